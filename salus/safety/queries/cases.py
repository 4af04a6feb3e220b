"""What the checks judge by. Not narrowed by the rights of the doer: a check that sees less is no check.

One statement reads everything about the patient and all that is known of the medicines concerned.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils import timezone

from salus.chart.queries.allergies import told_of
from salus.core.act import Act
from salus.orders.sockets import Moment, Proposed
from salus.orders.taking import TAKEN, taken_from
from salus.safety.models import SHIPPED
from salus.safety.rules import people, reproduction
from salus.safety.rules.allergies import KnownAllergy, Substance
from salus.safety.rules.findings import Setting
from salus.safety.rules.judging import Case
from salus.safety.rules.knowledge import GROUP, TEST, Knowledge, statement_of
from salus.safety.rules.people import Person, Problem, Seen

_CODES = (
    *people.WEIGHTS,
    *people.HEIGHTS,
    *people.EGFRS,
    *people.CREATININES,
    *reproduction.STATUS,
    *reproduction.DUE_ON,
    *reproduction.BREASTFEEDS,
    *reproduction.TESTS,
    *reproduction.WEEKS,
)

# Allergies and problems of unknown state count; what was refuted, is over or proved wrong does not.
_FACTS = """
WITH person AS (
    SELECT id, gender, born_on, facility_id FROM patients_patient WHERE id = %(patient)s
), taken AS MATERIALIZED ({taken}), meant AS (
    SELECT unnest(%(ingredients)s::text[]) AS ingredient UNION SELECT lower(unnest(ingredients)) FROM taken
), named AS (
    SELECT array_agg(term) AS terms FROM (
        SELECT unnest(%(terms)s::text[]) AS term UNION SELECT ingredient FROM meant UNION
        SELECT 'group:' || unnest(allergy_groups) FROM taken UNION
        SELECT 'group:' || group_name FROM safety_member JOIN meant USING (ingredient) WHERE is_active
    ) t
), known AS (
    SELECT DISTINCT ON (r.code) r.* FROM safety_rule r, named, person
    WHERE r.is_active AND r.origin IN (%(shipped)s, person.facility_id::text) AND r.about && named.terms
      AND r.kind NOT IN ('first-line', 'check') AND (r.kind <> 'interaction' OR r.about <@ named.terms)
    ORDER BY r.code, r.origin = %(shipped)s
)
SELECT person.gender, person.born_on, (SELECT jsonb_agg(said) FROM taken), (
    SELECT jsonb_agg(jsonb_build_object('id', a.id, 'display', a.display, 'system', a.code_system, 'code', a.code,
        'ingredients', a.ingredients, 'groups', a.allergy_groups, 'reactions', a.reactions,
        'since', coalesce(a.onset, '')) ORDER BY a.id)
    FROM chart_allergyintolerance a
    WHERE a.patient_id = person.id AND a.voided_at IS NULL AND NOT a.is_none_known
      AND a.status NOT IN ('inactive', 'resolved') AND a.verification NOT IN ('refuted', 'entered-in-error')
), (
    SELECT jsonb_agg(jsonb_build_object('id', c.id, 'system', c.code_system, 'code', c.code, 'display', c.display,
        'on', coalesce(c.onset_at, c.recorded_at)::date, 'nearest', k.maps_to))
    FROM chart_condition c
    LEFT JOIN terminology_concept k ON k.system = c.code_system AND k.code = c.code AND k.maps_to <> ''
    WHERE c.patient_id = person.id AND c.voided_at IS NULL AND c.status NOT IN ('inactive', 'resolved', 'remission')
      AND c.verification NOT IN ('refuted', 'entered-in-error')
), (
    SELECT jsonb_agg(jsonb_build_object('id', o.id, 'code', o.code, 'on', o.at::date, 'number', o.number::text,
        'unit', coalesce(nullif(o.unit_code, ''), o.unit), 'value_code', o.value_code,
        'text', coalesce(nullif(o.text, ''), o.value)))
    FROM unnest(%(codes)s::text[]) AS wanted (code)
    CROSS JOIN LATERAL (
        SELECT * FROM chart_observation o
        WHERE o.patient_id = person.id AND o.code = wanted.code AND o.at IS NOT NULL AND o.voided_at IS NULL
          AND o.status NOT IN ('entered-in-error', 'cancelled', 'preliminary', 'registered')
        ORDER BY o.at DESC LIMIT 1
    ) o
), (
    SELECT jsonb_agg(jsonb_build_array(a.key, a.reason, a.by_name, a.answered_at) ORDER BY a.answered_at)
    FROM safety_answer a WHERE a.patient_id = person.id AND (a.order_id = ANY(%(own)s)
        OR a.order_id IN (SELECT (said->'order'->>'id')::uuid FROM taken))
), (
    SELECT jsonb_agg(jsonb_build_array(m.ingredient, m.group_name))
    FROM safety_member m
    WHERE m.is_active AND (m.ingredient IN (SELECT ingredient FROM meant)
        OR m.group_name IN (SELECT substr(k.says->>'allergy', 7) FROM known k WHERE k.kind = 'cross'))
), (
    SELECT jsonb_agg(jsonb_build_object('code', k.code, 'row', 'safety.rule:' || k.id, 'kind', k.kind, 'says', k.says,
        'severity', k.severity, 'statement', k.statement, 'source', concat_ws('; ', k.source, nullif(k.source_place, ''))))
    FROM known k
), (
    SELECT jsonb_object_agg(s.rule, jsonb_build_array(s.tier, s.is_retired))
    FROM safety_setting s WHERE s.facility_id = person.facility_id
), (
    SELECT jsonb_object_agg(w.code, w.since) FROM (
        SELECT o.code, max(o.authored_at)::date AS since FROM orders_order o
        WHERE %(tests)s::text[] <> '{}' AND o.patient_id = person.id AND o.kind = 'test' AND o.voided_at IS NULL
          AND o.status IN ('active', 'on-hold') AND o.code = ANY(%(tests)s) AND o.authored_at IS NOT NULL
          AND o.id <> ALL(%(own)s)
        GROUP BY o.code) w
)
FROM person, named
""".replace("{taken}", TAKEN)
_SUBSTANCES = """
    SELECT ARRAY[name], ingredients, allergy_groups FROM terminology_allergen
    WHERE is_active AND (ingredients <> '{}' OR allergy_groups <> '{}')
    UNION ALL
    SELECT array_prepend(name, synonyms), ingredients, allergy_groups FROM terminology_medicine WHERE is_active
"""


@dataclass(frozen=True, slots=True)
class Told:
    """What the words of an alert need beyond the case: how the patient reacted, what was answered before."""

    reactions: Mapping[UUID, str]
    answers: Mapping[str, "Answered"]


@dataclass(frozen=True, slots=True)
class Answered:
    """Why somebody went on before."""

    reason: str
    by: str
    at: datetime


def case_of(act: Act, patient_id: UUID, proposed: Sequence[Proposed], moment: Moment) -> tuple[Case, Told]:
    """Everything that the checks judge by, in one statement; in a second where an allergy stands only in words."""
    medicines = [one for one in proposed if one.kind == "medicine"]
    tests = [one.code for one in proposed if one.kind == "test" and one.code]
    found = _read(patient_id, medicines, tests, [one.order_id for one in proposed if one.order_id])
    gender, born_on, taken, allergies, problems, seen, answers, members, rules, settings, waiting = found
    known = [_allergy(one) for one in allergies or ()]
    unread = bool(medicines) and any(not one.is_read for one in known)
    observed = [_seen(one) for one in seen or ()]
    ending = {one.replaces_id for one in proposed if one.replaces_id}
    case = Case(
        proposed=proposed,
        moment=moment,
        person=Person(
            timezone.localdate(act.at), gender, born_on, tuple(_problem(one) for one in problems or ()), tuple(observed)
        ),
        taken=[one for one in taken_from(taken or (), patient_id=patient_id, at=act.at) if one.order_id not in ending],
        allergies=known,
        substances=substances() if unread else (),
        known=_knowledge(members, rules, settings),
        results={one.code: one for one in observed},
        waiting={code: date.fromisoformat(since) for code, since in (waiting or {}).items()},
    )
    reactions = {UUID(one["id"]): told_of(one["reactions"], one["since"]) for one in allergies or ()}
    told = {key: Answered(reason, by, datetime.fromisoformat(at)) for key, reason, by, at in answers or ()}
    return case, Told(reactions, told)


def _read(patient_id: UUID, medicines: Sequence[Proposed], tests: Sequence[str], own: Sequence[UUID]) -> list[Any]:
    ingredients = {name.strip().casefold() for one in medicines for name in one.ingredients}
    groups = {GROUP + group for one in medicines for group in one.allergy_groups}
    values: dict[str, Any] = {
        "patient": patient_id,
        "ingredients": sorted(ingredients),
        "terms": sorted(groups | {TEST + code for code in tests}),
        "codes": [*(_CODES if medicines else ()), *tests],
        "tests": list(tests),
        "own": list(own),
        "shipped": SHIPPED,
    }
    with connection.cursor() as cursor:
        cursor.execute(_FACTS, values)
        gender, *rest = cursor.fetchone() or ("unknown", *[None] * 10)
    return [gender, *(json.loads(one) if isinstance(one, str) else one for one in rest)]


def _allergy(one: Mapping[str, Any]) -> KnownAllergy:
    return KnownAllergy(
        id=UUID(one["id"]),
        display=one["display"],
        code_system=one["system"],
        code=one["code"],
        ingredients=tuple(one["ingredients"]),
        allergy_groups=tuple(one["groups"]),
    )


def _problem(one: Mapping[str, Any]) -> Problem:
    on = date.fromisoformat(one["on"]) if one["on"] else None
    return Problem(one["system"], one["code"], one["display"], on, f"chart.condition:{one['id']}", one["nearest"] or "")


def _seen(one: Mapping[str, Any]) -> Seen:
    return Seen(
        code=one["code"],
        on=date.fromisoformat(one["on"]),
        number=None if one["number"] is None else Decimal(one["number"]),
        unit=one["unit"],
        value_code=one["value_code"],
        text=one["text"].strip('"'),
        row=f"chart.observation:{one['id']}",
    )


def _knowledge(members: Any, rules: Any, settings: Any) -> Knowledge:
    groups: dict[str, set[str]] = {}
    for ingredient, group in members or ():
        groups.setdefault(ingredient, set()).add(group)
    statements = (statement_of(row) for row in rules or ())
    return Knowledge(
        statements=tuple(one for one in statements if one is not None),
        groups=groups,
        settings={rule: Setting(tier or None, is_retired) for rule, (tier, is_retired) in (settings or {}).items()},
    )


def substances() -> list[Substance]:
    """Every medicine, and what the allergen list says of substances and classes, with all the names they go by."""
    with connection.cursor() as cursor:
        cursor.execute(_SUBSTANCES)
        return [Substance(tuple(names), tuple(parts), tuple(groups)) for names, parts, groups in cursor.fetchall()]


def patients_of(proposed: Collection[Proposed]) -> list[UUID]:
    """Whose things these are, each patient once."""
    return list(dict.fromkeys(one.patient_id for one in proposed if one.kind in ("medicine", "test")))
