"""The inbox as a list: what waits for this person, what he or she gave on, ended or had asked for; and how many of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db.models import BooleanField, Case, Count, ExpressionWrapper, F, IntegerField, Q, QuerySet, Value, When
from django.db.models.expressions import Combinable

from salus.core.act import Act
from salus.core.ids import SYSTEM
from salus.inbox.models import VIEW, Task, inboxes, reads
from salus.inbox.rules import ENDED, KINDS, OPEN
from salus.patients.access.decision import FINDING
from salus.patients.access.labels import words_of
from salus.patients.models import Patient
from salus.patients.rules.matching import similar_names
from salus.staff.models import Practitioner

PAGE = 50
#: so long what is over stays on the list of those
RECENT = timedelta(days=30)
SHOWN = ("all", *KINDS, "given", "done")
_RANK = Case(
    *(When(priority=one, then=Value(n)) for n, one in enumerate(("stat", "asap", "urgent"))),
    default=Value(3),
    output_field=IntegerField(),
)
#: of the rows that a task points to
_NAMES = (
    *(f"patient__{name}" for name in ("id", "family", "given", "title", "mrn", "birth_date", "gender")),
    *(f"owner__{name}" for name in ("id", "title", "given", "family")),
    *("department__id", "department__name"),
)
_COLUMNS = tuple(field.name for field in Task._meta.concrete_fields)


@dataclass(frozen=True, slots=True)
class Row:
    """A task of a list; without words where its reader may not open the record.

    :ivar is_readable: whether subject, note and mark may be shown
    :ivar is_mine: whether it stands in the reader's own inbox
    """

    task: Task
    is_readable: bool
    is_overdue: bool
    is_mine: bool
    #: None for a task about nobody, and to who may find nobody
    patient: Patient | None = None
    is_similar: bool = False

    @property
    def marks(self) -> str:
        """Its sensitivity labels in words, for who may read it."""
        return words_of(self.task.labels) if self.is_readable else ""

    @property
    def whose(self) -> str:
        """Who has it: a name, or a department."""
        if self.task.owner:
            return name_of(self.task.owner)
        return self.task.department.name if self.task.department else ""


@dataclass(frozen=True, slots=True)
class Found:
    """A page of the inbox, and how many each filter has; `overdue` of what waits for this person."""

    counts: Mapping[str, int]
    overdue: int
    rows: Sequence[Row]
    total: int


def name_of(one: Practitioner) -> str:
    """A colleague as people speak of him or her."""
    return " ".join(filter(None, (one.title, one.given, one.family)))


def count_of(act: Act) -> int:
    """How many wait for this person: the number at the bell. One statement."""
    act.require(VIEW)
    return Task.objects.waiting_for(act).count()


def inbox(act: Act, show: str = "all", *, page: int = 1, most: int = PAGE) -> Found:
    """What waits: overdue first, then how soon, then by when. Three statements; years of what is over cost nothing."""
    act.require(VIEW)
    own = inboxes(act)
    waits = Task.objects.filter(
        Q(holders__overlap=own) | Q(watchers__overlap=own), facility_id=act.here, status__in=OPEN
    )
    overdue = Count("id", filter=Q(holders__overlap=own, due_at__lt=act.at))
    said = waits.aggregate(
        overdue_=overdue, **{_key(one): Count("id", filter=_shown(own, one)) for one in SHOWN if one != "done"}
    )
    done = _done(act)
    counts = {one: said[_key(one)] if one != "done" else done.count() for one in SHOWN}
    order: tuple[Any, ...] = ("-ended_at", "id") if show == "done" else _order()
    begin = (page - 1) * most
    rows = _rows(act, done if show == "done" else waits.filter(_shown(own, show)), order, begin, most)
    return Found(counts, said["overdue_"], rows, counts[show])


def _key(show: str) -> str:
    return show.replace("-", "_") + "_"


def _shown(own: list[UUID], show: str) -> Q:
    """What a filter shows of what is open: in one's own inboxes, or given on to others."""
    if show == "given":
        return ~Q(holders__overlap=own)
    return Q(holders__overlap=own) if show == "all" else Q(holders__overlap=own, kind=show)


def _done(act: Act) -> QuerySet[Task]:
    """What this person ended lately, or had asked for: both have an index."""
    mine = Q(ended_by_id=act.by)
    if act.practitioner_id:
        mine |= Q(requester_id=act.practitioner_id)
    return Task.objects.filter(mine, facility_id=act.here, status__in=ENDED, ended_at__gte=act.at - RECENT)


def _order() -> tuple[Any, ...]:
    return (F("is_overdue").desc(), _RANK, "due_at", "id")


def waiting_now(act: Act, most: int) -> tuple[list[Row], int]:
    """The first of what waits for this person, and how many there are in all: for the home page. At most two statements."""
    rows = Task.objects.waiting_for(act)
    found = _rows(act, rows, _order(), 0, most)
    return found, len(found) if len(found) < most else rows.count()


def tasks_about(act: Act, patient_id: UUID, *, most: int = 100) -> list[Row]:
    """What is to be done about one patient, and what was: open ones first. One statement."""
    act.require(VIEW)
    order = (F("ended_at").desc(nulls_first=True), *_order())
    return _rows(act, Task.objects.of_patient(act, patient_id), order, 0, most)


def row_of(act: Act, task_id: UUID) -> Row | None:
    """One task as a row, if this act may see it. One statement."""
    act.require(VIEW)
    found = _rows(act, Task.objects.visible_to(act).filter(id=task_id), ("id",), 0, 1)
    return found[0] if found else None


def _rows(act: Act, rows: QuerySet[Task], order: tuple[Any, ...], begin: int, most: int) -> list[Row]:
    readable = Q(pk__isnull=False) if act.by == SYSTEM else reads(act)
    told = rows.annotate(
        is_readable=_as_boolean(readable),
        is_overdue=_as_boolean(Q(status__in=OPEN, due_at__lt=act.at)),
        is_mine=_as_boolean(Q(holders__overlap=inboxes(act))),
    )
    loaded = told.select_related("patient", "owner", "department").only(*_COLUMNS, *_NAMES)
    found: list[Any] = list(loaded.order_by(*order)[begin : begin + most])
    # a patient who stands in the list twice is not like himself
    known = {one.patient.id: one.patient for one in found if one.patient} if act.may_any(*FINDING) else {}
    people = list(known.values())
    alike = {people[place].id for place in similar_names([(one.family, one.given) for one in people])}
    return [_row(one, known.get(one.patient_id), one.patient_id in alike) for one in found]


def _row(task: Any, patient: Patient | None, is_similar: bool) -> Row:
    if not task.is_readable:
        task.subject = task.note = task.mark = task.route = task.end_reason = ""
    return Row(task, task.is_readable, task.is_overdue, task.is_mine, patient, is_similar)


def _as_boolean(condition: Q) -> Combinable:
    return ExpressionWrapper(condition, output_field=BooleanField())
