"""What the laboratory's screens read: worklists, one request with its values, the previous ones."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Case, Count, When

from salus.catalog.models import ReferenceRange, TestDefinition
from salus.core.act import Act
from salus.lab import rules
from salus.lab.models import Request, Result, Specimen
from salus.ui import formatting
from salus.ui.printing import code128_svg

#: how many rows a worklist shows at once; the counts above it count all
PAGE = 100
#: the home shows who comes first, and leads to the whole list
ON_HOME = 40


@dataclass(frozen=True, slots=True)
class TestToFill:
    """One value to enter: the test, the range for this patient, and what was entered."""

    id: UUID
    code: str
    name: str
    kind: str
    unit: str
    decimals: int | None
    choices: tuple[str, ...]
    range: ReferenceRange | None

    @property
    def reference(self) -> str:
        return rules.range_text(self.range)

    @property
    def options(self) -> list[tuple[str, str]]:
        return [(choice, choice) for choice in self.choices]


@dataclass(frozen=True, slots=True)
class Previous:
    """The last final value of a test before this one."""

    shown: str
    at: datetime


def tests_to_fill(request: Request) -> list[TestToFill]:
    """The tests of a request, a panel's in their order, each with the range for the patient's sex and age."""
    wanted = TestDefinition.objects.filter(panels__panel_id=request.test_id).order_by("panels__place")
    tests = list(wanted) if request.test.result_kind == "panel" else [request.test]
    ranges: dict[UUID, list[ReferenceRange]] = {}
    for found in ReferenceRange.objects.filter(test__in=[t.id for t in tests], is_active=True):
        ranges.setdefault(found.test_id, []).append(found)
    when = request.specimen.collected_at if request.specimen else datetime.now(UTC)
    age = rules.age_in_days(request.patient.born_on, when.date())
    sex = request.patient.gender
    return [_to_fill(test, rules.fitting_range(ranges.get(test.id, ()), sex=sex, age_days=age)) for test in tests]


def _to_fill(test: TestDefinition, found: object) -> TestToFill:
    assert found is None or isinstance(found, ReferenceRange)
    return TestToFill(
        id=test.id,
        code=test.code,
        name=test.name,
        kind=test.result_kind,
        unit=test.unit,
        decimals=test.decimals,
        choices=tuple(test.choices),
        range=found,
    )


@dataclass(frozen=True, slots=True)
class WorkRow:
    """One open request of a worklist, with two identifiers of its patient."""

    id: UUID
    patient_id: UUID
    status: str
    priority: str
    ordered_at: datetime
    test: str
    specimen: str
    requester: str
    accession: str | None
    family: str
    given: str
    title: str
    mrn: str
    birth_date: str | None
    gender: str

    @property
    def is_urgent(self) -> bool:
        return self.priority != "routine"


_URGENT_FIRST = (Case(When(priority="stat", then=0), When(priority="routine", then=2), default=1), "ordered_at", "id")
_ROW = (
    *("id", "patient_id", "status", "priority", "ordered_at", "test__name", "test__specimen"),
    *("order__requester_name", "specimen__accession"),
    *(f"patient__{one}" for one in ("family", "given", "title", "mrn", "birth_date", "gender")),
)


def work(act: Act, status: str, limit: int = PAGE, first: int = 0) -> list[WorkRow]:
    """The open requests in one state, urgent first, then the longest waiting; with patient, test and specimen.

    They are chosen before anything is joined to them: a morning's thousand costs no more than a hundred.
    """
    chosen = (
        Request.objects.visible_to(act)
        .filter(status=status)
        .order_by(*_URGENT_FIRST)
        .values("id")[first : first + limit]
    )
    rows: Iterable[tuple[Any, ...]] = Request.objects.filter(id__in=chosen).order_by(*_URGENT_FIRST).values_list(*_ROW)
    return [WorkRow(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class WorkPage:
    """One page of a worklist."""

    rows: list[WorkRow]
    number: int
    has_next: bool


def work_page(act: Act, status: str, page: int) -> WorkPage:
    """The open requests in one state, so many at once."""
    number = max(page, 1)
    rows = work(act, status, PAGE + 1, (number - 1) * PAGE)
    return WorkPage(rows[:PAGE], number, len(rows) > PAGE)


def work_counts(act: Act) -> dict[str, int]:
    """How many requests are in each open state."""
    open_states = (Request.WAITING, Request.COLLECTED, Request.RESULTED)
    rows = Request.objects.visible_to(act).filter(status__in=open_states).values_list("status").annotate(n=Count("id"))
    return dict.fromkeys(open_states, 0) | dict(rows)


def request_with_patient(act: Act, request_id: UUID) -> Request:
    """One request as a screen shows it.

    :raises Request.DoesNotExist: where this act may not see it
    """
    found = Request.objects.visible_to(act).select_related("patient", "test__service", "specimen", "order")
    return found.get(id=request_id)


def waiting_of_patient(act: Act, patient_id: UUID) -> list[Request]:
    """The tests of one patient that wait for a specimen."""
    found = Request.objects.visible_to(act).filter(patient_id=patient_id, status=Request.WAITING)
    return list(found.select_related("patient", "test").order_by("test__specimen", "test__container", "test__name"))


def results_of(request: Request) -> dict[UUID, Result]:
    """What was entered for a request, by test."""
    return {r.test_id: r for r in Result.objects.filter(request=request, voided_at=None)}


def previous_values(patient_id: UUID, test_ids: Sequence[UUID], before: Request) -> dict[UUID, Previous]:
    """The last final value of each test before this request, by test: one statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT wanted.id, last.comparator, last.number, last.text, last.verified_at "
            "FROM unnest(%s::uuid[]) AS wanted (id) "
            "CROSS JOIN LATERAL (SELECT r.comparator, r.number, r.text, r.verified_at FROM lab_result r "
            "WHERE r.patient_id = %s AND r.test_id = wanted.id AND r.request_id <> %s AND r.voided_at IS NULL "
            "AND r.verified_at IS NOT NULL ORDER BY r.verified_at DESC LIMIT 1) last",
            [list(test_ids), patient_id, before.id],
        )
        rows = cursor.fetchall()
    return {test: Previous(shown(number, comparator, text), at) for test, comparator, number, text, at in rows}


def shown(number: Decimal | None, comparator: str, text: str) -> str:
    """A value as it was written."""
    return text if number is None else f"{comparator}{number}"


@dataclass(frozen=True, slots=True)
class Line:
    """One value of a request as the screens show it."""

    test: TestToFill
    result: Result | None
    previous: Previous | None

    @property
    def shown(self) -> str:
        return shown(self.result.number, self.result.comparator, self.result.text) if self.result else ""


def lines_of(request: Request) -> list[Line]:
    """The values of a request with range and previous value, in the order of the panel."""
    tests = tests_to_fill(request)
    results = results_of(request)
    before = previous_values(request.patient_id, [t.id for t in tests], request)
    return [Line(test, results.get(test.id), before.get(test.id)) for test in tests]


@dataclass(frozen=True, slots=True)
class ToCollect:
    """A patient who waits for one or more specimens; `first` is the one that has waited longest."""

    first: WorkRow
    tests: str
    is_urgent: bool
    since: datetime

    @property
    def patient_id(self) -> UUID:
        return self.first.patient_id

    @property
    def family(self) -> str:
        return self.first.family


def patients_to_collect(act: Act, limit: int = PAGE) -> list[ToCollect]:
    """One row for each patient with tests that wait for a specimen, urgent ones first."""
    return by_patient(work(act, Request.WAITING, limit))


def by_patient(waiting_tests: Iterable[WorkRow]) -> list[ToCollect]:
    """One row for each patient of a page of tests that wait for a specimen."""
    rows: dict[UUID, list[WorkRow]] = {}
    for one in waiting_tests:
        rows.setdefault(one.patient_id, []).append(one)
    return [
        ToCollect(
            first=waiting[0],
            tests=", ".join(one.test for one in waiting),
            is_urgent=any(one.is_urgent for one in waiting),
            since=min(one.ordered_at for one in waiting),
        )
        for waiting in rows.values()
    ]


def by_container(waiting: Sequence[Request]) -> list[tuple[str, str, list[Request]]]:
    """Waiting tests grouped by specimen and container: one label each."""
    groups: dict[tuple[str, str], list[Request]] = {}
    for request in waiting:
        groups.setdefault((request.test.specimen, request.test.container), []).append(request)
    return [(specimen, container, requests) for (specimen, container), requests in groups.items()]


def label_of(specimen: Specimen) -> dict[str, Any]:
    """What stands on a specimen's label: two identifiers, the number, the tests, when it was taken."""
    patient = specimen.patient
    return {
        "accession": specimen.accession,
        "barcode": str(code128_svg(specimen.accession, height=40)),
        "name": formatting.full_name(patient.family, patient.given, ""),
        "born": formatting.partial_date(patient.birth_date) if patient.birth_date else "",
        "sex": formatting.sex_letter(patient.gender),
        "mrn": formatting.mrn(patient.mrn),
        "specimen": " · ".join(filter(None, (specimen.kind, specimen.container))),
        "tests": ", ".join(r.test.name for r in specimen.requests.all()),
        "at": formatting.instant(specimen.collected_at),
    }


def similar(rows: Iterable[WorkRow | ToCollect]) -> set[UUID]:
    """Who on this list shares a family name with another: the rows are marked, so that nobody is mistaken."""
    by_name: dict[str, set[UUID]] = {}
    for row in rows:
        by_name.setdefault(row.family.casefold(), set()).add(row.patient_id)
    return {one for group in by_name.values() if len(group) > 1 for one in group}
