"""The longer lists behind the first page: problems, allergies, reports."""

from collections.abc import Collection
from uuid import UUID

from django.db.models import Q

from salus.accounts.models import User
from salus.chart.models import (
    AllergyIntolerance,
    Condition,
    DiagnosticReport,
)
from salus.chart.queries.allergies import is_dangerous
from salus.core.act import Act

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


def reports_of(act: Act, patient_id: UUID) -> list[DiagnosticReport]:
    """Reports that say something in words, newest first; those that only bind values together are read as values."""
    rows = DiagnosticReport.objects.of_patient(act, patient_id).valid()
    return list(rows.exclude(Q(conclusion="") & ~Q(results=[])).order_by("-at")[:PAGE])
