"""Emergency access to review: what waits, what waits too long, what was said."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from salus.core.act import Act
from salus.patients.access.words import WORDS
from salus.patients.models import BreakGlass
from salus.ui import formatting

#: what is not reviewed after this shows as late (guarantees, S9)
LATE = timedelta(hours=72)
PAGE = 100

# What was done through the glass is in the access log, under the purpose BTG; a list does not count it. What the journal kept
# is written late: when it happened counts.
_LOOKED = """
    (SELECT count(*) FROM core_accessentry e WHERE e.patient_id = g.patient_id AND e.by_id = g.by_id
     AND e.purpose = 'BTG' AND e.written_at >= g.opened_at - interval '1 minute'
     AND e.happened_at < g.until + interval '1 minute')
"""
_CASES = """
    SELECT g.id, g.version, g.by_name, g.by_id, g.barrier, g.reason_code, g.reason, g.opened_at, g.until, g.verdict,
           g.verdict_words, g.reviewed_at, g.reviewed_by_name, p.id, p.family, p.given, p.title, p.mrn, p.birth_date,
           {looked}
    FROM patients_breakglass g JOIN patients_patient p ON p.id = g.patient_id
    WHERE g.facility_id = %(facility)s AND {which}
    ORDER BY g.opened_at {order} LIMIT %(limit)s
"""
_WAIT = "g.verdict IN ('', 'unclear')"


@dataclass(frozen=True, slots=True)
class Case:
    """One emergency access, with two identifiers of the patient; alone it knows how often the record was looked at."""

    id: UUID
    version: int
    by_name: str
    by_id: UUID
    barrier: str
    reason_code: str
    reason: str
    opened_at: Any
    until: Any
    verdict: str
    verdict_words: str
    reviewed_at: Any
    reviewed_by_name: str
    patient_id: UUID
    family: str
    given: str
    title: str
    mrn: str
    birth_date: str | None
    looked: int | None
    is_late: bool = False
    is_open: bool = False

    @property
    def why(self) -> str:
        return str(dict(BreakGlass.REASONS).get(self.reason_code, self.reason_code))

    @property
    def barrier_words(self) -> str:
        return str(WORDS.get(self.barrier, self.barrier))

    @property
    def verdict_shown(self) -> str:
        return str(dict(BreakGlass.VERDICTS).get(self.verdict, ""))

    @property
    def name(self) -> str:
        return formatting.full_name(self.family, self.given, self.title)


def cases_to_review(act: Act, limit: int = PAGE) -> list[Case]:
    """Emergency access that waits for a verdict, the longest waiting first."""
    return _cases(act, _WAIT, "ASC", limit)


def cases_reviewed(act: Act, limit: int = PAGE) -> list[Case]:
    """Emergency access that has its verdict, the newest first."""
    return _cases(act, f"NOT {_WAIT}", "DESC", limit)


def case(act: Act, glass_id: UUID) -> Case | None:
    """One emergency access of the facility, or None."""
    found = _cases(act, "g.id = %(id)s", "ASC", 1, looked=_LOOKED, id=glass_id)
    return found[0] if found else None


def _cases(act: Act, which: str, order: str, limit: int, *, looked: str = "NULL", **values: Any) -> list[Case]:
    act.require("patients.review_access")
    with connection.cursor() as cursor:
        statement = _CASES.format(which=which, order=order, looked=looked)
        cursor.execute(statement, {"facility": act.facility_id, "limit": limit} | values)
        rows = cursor.fetchall()
    late = act.at - LATE
    cases = [
        replace(one, is_late=one.verdict in BreakGlass.UNDECIDED and one.opened_at < late, is_open=one.until > act.at)
        for one in (Case(*row) for row in rows)
    ]
    act.shows(*(one.patient_id for one in cases))
    return cases
