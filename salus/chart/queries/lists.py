"""The longer lists behind the first page: problems, allergies, vital signs as a table, care, documents."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Q

from salus.accounts.models import User
from salus.chart.models import (
    AllergyIntolerance,
    CarePlan,
    Condition,
    DiagnosticReport,
    Goal,
    Immunization,
    Procedure,
)
from salus.chart.queries.allergies import is_dangerous
from salus.core.act import Act
from salus.terminology.rules import without_tag

#: clinical states in which a problem wants care
ACTIVE = ("active", "recurrence", "relapse")
#: so many lines on a page of a list
PAGE = 40


#: how the list of problems can be sorted
SORTS = ("own", "newest", "name")


def problems_of(act: Act, patient_id: UUID, sort: str = "own") -> list[Condition]:
    """All problems of the patient, the active ones first: the principal one, those that somebody put in order, the newest.

    :param sort: `own` (the above), `newest` by their beginning, `name`
    """
    rows = list(Condition.objects.of_patient(act, patient_id).valid().order_by("-onset_at", "-recorded_at"))
    if sort == "name":
        rows.sort(key=lambda row: row.display.casefold())
    elif sort == "own":
        rows.sort(key=lambda row: (not row.is_principal, row.place is None, row.place or 0))
    return sorted(rows, key=lambda row: row.status not in ACTIVE)


def allergies_of(act: Act, patient_id: UUID) -> list[AllergyIntolerance]:
    """Everything ever said about allergies: what holds first, and of that what is dangerous."""
    rows = AllergyIntolerance.objects.of_patient(act, patient_id)
    return sorted(rows.order_by("-recorded_at", "-id"), key=lambda row: (has_ended(row), not is_dangerous(row)))


def names_of(users: Collection[UUID]) -> dict[UUID, str]:
    """The names of those who wrote entries."""
    return dict(User.objects.filter(id__in=users).values_list("id", "display_name")) if users else {}


def has_ended(row: AllergyIntolerance) -> bool:
    """Whether an allergy holds no longer: refuted, voided, resolved."""
    return row.voided_at is not None or row.status != "active" or row.verification == "refuted"


@dataclass(frozen=True, slots=True)
class Repeated:
    """What was done once or several times: its words, and the dates as written, newest first."""

    name: str
    dates: Sequence[str]
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Care:
    """What was done for the patient and what is planned."""

    procedures: Sequence[Repeated]
    immunizations: Sequence[Repeated]
    plans: Sequence[CarePlan]
    goals: Sequence[Goal]


def care_of(act: Act, patient_id: UUID) -> Care:
    """Procedures and vaccinations by their name, plans and goals, newest first; four statements."""
    done = Procedure.objects.of_patient(act, patient_id).valid().exclude(status="not-done").order_by("-at")
    given = Immunization.objects.of_patient(act, patient_id).valid().exclude(status="not-done").order_by("-at")
    return Care(
        procedures=_repeated((row.display, str(row.performed or ""), "") for row in done),
        immunizations=_repeated(
            (row.display, str(row.occurrence or row.occurrence_text), row.lot_number) for row in given
        ),
        plans=list(CarePlan.objects.of_patient(act, patient_id).valid().order_by("-at")[:PAGE]),
        goals=list(Goal.objects.of_patient(act, patient_id).valid().order_by("-at")[:PAGE]),
    )


def _repeated(rows: Iterable[tuple[str, str, str]]) -> list[Repeated]:
    """One line for each name, in the order of its newest date."""
    dates: dict[str, list[str]] = {}
    details: dict[str, str] = {}
    for name, date, detail in rows:
        dates.setdefault(without_tag(name), []).append(date)
        details.setdefault(without_tag(name), detail)
    return [Repeated(name, found, details[name]) for name, found in dates.items()]


def reports_of(act: Act, patient_id: UUID) -> list[DiagnosticReport]:
    """Reports that say something in words, newest first; those that only bind values together are read as values."""
    rows = DiagnosticReport.objects.of_patient(act, patient_id).valid()
    return list(rows.exclude(Q(conclusion="") & ~Q(results=[])).order_by("-at")[:PAGE])


def activities_of(plan: CarePlan) -> list[str]:
    """What a plan says is to be done, in words."""
    words = []
    for activity in plan.activities:
        code = (activity.get("detail") or {}).get("code") or {}
        first: dict[str, Any] = next(iter(code.get("coding") or ()), {})
        words.append(
            code.get("text") or first.get("display") or (activity.get("detail") or {}).get("description") or ""
        )
    return [word for word in words if word]
