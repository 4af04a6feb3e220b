"""Which problems a plan of care is for: those to choose from, those that a template is meant for, those that a plan names."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from salus.care.models import PlanTemplate
from salus.chart.models import Condition
from salus.chart.queries.lists import ACTIVE, problems_of
from salus.core.act import Act
from salus.core.errors import NotFound
from salus.orders.rules import Wanted, why_not
from salus.patients.access.labels import known
from salus.terminology.queries import nearest_of_icd10


def problems_now(act: Act, patient_id: UUID, also: Sequence[UUID] = ()) -> list[Condition]:
    """The problems that the patient has now, in the order of the record's list, and those that are named already."""
    rows = problems_of(act, patient_id)
    return [one for one in rows if one.id in also or (one.status in (*ACTIVE, "") and one.verification != "refuted")]


def fits(template: PlanTemplate, codes: Iterable[str]) -> bool:
    """Whether a template is meant for who has a problem of one of these codes."""
    return bool(template.problems) and not why_not(Wanted("", None, None, tuple(template.problems)), "", None, codes)


def problems_met(template: PlanTemplate, problems: Sequence[Condition]) -> list[UUID]:
    """Those of the problems that a template is meant for. One statement where one of them is a code of ICD-11."""
    nearest = nearest_of_icd10([(one.code_system, one.code) for one in problems])
    codes = {one.id: (one.code, nearest.get((one.code_system, one.code), "")) for one in problems if one.code}
    return [one for one, said in codes.items() if fits(template, filter(None, said))]


def problems_named(act: Act, patient_id: UUID, ids: Sequence[UUID]) -> list[Condition]:
    """Those of the named problems that the act may read, in the order in which they are named."""
    rows = Condition.objects.of_patient(act, patient_id).valid().in_bulk(list(ids)) if ids else {}
    return [rows[one] for one in ids if one in rows]


def require_problems(act: Act, patient_id: UUID, ids: Sequence[UUID]) -> list[Condition]:
    """The problems that a plan shall be for.

    :raises NotFound: if one of them is none of this patient's that the act may read
    """
    rows = problems_named(act, patient_id, list(dict.fromkeys(ids)))
    if len(rows) != len(set(ids)):
        raise NotFound
    return rows


def labels_of(ids: Iterable[UUID]) -> list[str]:
    """The sensitivity labels of these problems, whoever may read them: what a plan is for says as much as the problem."""
    rows = Condition.objects.filter(id__in=list(ids)).values_list("labels", flat=True)
    return known(label for labels in rows for label in labels)
