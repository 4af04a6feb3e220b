"""The short lists of the chart's first page, all in one statement that answers as JSON."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from django.db import connection

from salus.core.act import Act
from salus.patients import access
from salus.patients.access.reading import decision_on

Row = dict[str, Any]

#: so many lines in each list of the first page
PROBLEMS, FEW = 8, 5


@dataclass(frozen=True, slots=True)
class NoteLine:
    """A note in a list of notes."""

    id: UUID
    kind: str
    author_name: str
    written_at: datetime
    voided_at: datetime | None
    assessment: str | None
    history: str | None
    title: str


@dataclass(frozen=True, slots=True)
class Told:
    """The newest history that the patient told."""

    id: UUID
    sections: dict[str, str]
    author_name: str
    written_at: datetime


@dataclass(frozen=True, slots=True)
class Summary:
    """Rows as mappings of texts (None where there is none); dates are FHIR texts as written, instants ISO texts."""

    problems: list[Row] | None
    problem_count: int
    past_problem_count: int
    notes: list[NoteLine] | None
    told: Told | None
    immunizations: list[Row] | None
    procedures: list[Row] | None
    plans: list[Row] | None
    goals: list[Row] | None


# One problem seen on many visits is one line; of its rows the newest is shown.
_SUMMARY = """
    WITH whose AS MATERIALIZED (
        SELECT %(patient)s::uuid AS id WHERE %(opens)s),
    problems AS MATERIALIZED (
        SELECT DISTINCT ON (coalesce(nullif(c.code, ''), c.display)) c.id, c.version, c.code_system, c.code, c.display, c.status,
               c.verification, c.severity, c.category, c.onset, c.onset_at, c.recorded_at, c.note, c.is_principal, c.place
        FROM chart_condition c, whose
        WHERE c.patient_id = whose.id AND [[c]] AND c.voided_at IS NULL AND c.status IN ('active', 'recurrence', 'relapse')
          AND c.verification NOT IN ('refuted', 'entered-in-error')
        ORDER BY coalesce(nullif(c.code, ''), c.display), c.recorded_at DESC NULLS LAST)
    SELECT json_build_object(
        'problems', (SELECT json_agg(x) FROM (
            SELECT * FROM problems
            ORDER BY is_principal DESC, place NULLS LAST, category = 'problem-list-item' DESC,
                     coalesce(onset_at, recorded_at) DESC NULLS LAST
            LIMIT %(problems)s) x),
        'problem_count', (SELECT count(*) FROM problems),
        'past_problem_count', (
            SELECT count(DISTINCT coalesce(nullif(c.code, ''), c.display)) FROM chart_condition c, whose
            WHERE c.patient_id = whose.id AND [[c]] AND c.voided_at IS NULL
              AND c.status IN ('resolved', 'inactive', 'remission')),
        'notes', (SELECT json_agg(x) FROM (
            SELECT n.id, n.kind, n.title, n.author_name, n.written_at, n.voided_at,
                   left(n.sections ->> 'assessment', 200) AS assessment,
                   left(coalesce(n.sections ->> 'history', n.sections ->> 'text'), 200) AS history
            FROM chart_note n, whose
            WHERE n.patient_id = whose.id AND [[n]] AND n.kind IN ('consultation', 'addendum') AND n.status = 'signed'
            ORDER BY n.written_at DESC LIMIT %(few)s) x),
        'told', (SELECT to_json(x) FROM (
            SELECT n.id, n.sections, n.author_name, n.written_at FROM chart_note n, whose
            WHERE n.patient_id = whose.id AND [[n]] AND n.kind = 'history' AND n.voided_at IS NULL
            ORDER BY n.written_at DESC LIMIT 1) x),
        'immunizations', (SELECT json_agg(x) FROM (
            SELECT * FROM (
                SELECT DISTINCT ON (i.display) i.id, i.display, i.occurrence, i.occurrence_text, i.at,
                       count(*) OVER (PARTITION BY i.display) AS times
                FROM chart_immunization i, whose
                WHERE i.patient_id = whose.id AND [[i]] AND i.voided_at IS NULL AND i.status <> 'not-done'
                ORDER BY i.display, i.at DESC NULLS LAST) i
            ORDER BY i.at DESC NULLS LAST LIMIT %(few)s) x),
        'procedures', (SELECT json_agg(x) FROM (
            SELECT * FROM (
                SELECT DISTINCT ON (r.display) r.id, r.display, r.performed, r.at,
                       count(*) OVER (PARTITION BY r.display) AS times
                FROM chart_procedure r, whose
                WHERE r.patient_id = whose.id AND [[r]] AND r.voided_at IS NULL AND r.status <> 'not-done'
                ORDER BY r.display, r.at DESC NULLS LAST) r
            ORDER BY r.at DESC NULLS LAST LIMIT %(few)s) x),
        'plans', (SELECT json_agg(x) FROM (
            SELECT k.id, k.display, k.status, k.starts, k.activities FROM chart_careplan k, whose
            WHERE k.patient_id = whose.id AND [[k]] AND k.voided_at IS NULL AND k.status = 'active'
            ORDER BY k.at DESC NULLS LAST LIMIT %(few)s) x),
        'goals', (SELECT json_agg(x) FROM (
            SELECT g.id, g.display, g.status, g.achievement, g.due FROM chart_goal g, whose
            WHERE g.patient_id = whose.id AND [[g]] AND g.voided_at IS NULL
              AND g.status IN ('proposed', 'planned', 'accepted', 'active', 'on-hold', 'in-progress')
            ORDER BY g.at DESC NULLS LAST LIMIT %(few)s) x)
    )::text
"""
_SUMMARY = re.sub(r"\[\[(\w)\]\]", lambda found: access.shown_sql(found[1]), _SUMMARY)


def summary_of(act: Act, patient_id: UUID) -> Summary:
    """The lists of the first page, in one statement."""
    act.require("patients.open")
    decided = decision_on(act, patient_id)
    values: dict[str, Any] = {"patient": patient_id, "opens": decided.allows, "problems": PROBLEMS, "few": FEW}
    values |= access.shown_values(act, decided)
    with connection.cursor() as cursor:
        cursor.execute(_SUMMARY, values)
        (answer,) = cursor.fetchone()
    return msgspec.json.decode(answer, type=Summary)
