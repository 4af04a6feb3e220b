"""How every act of the inbox keeps a task: in whose inbox it stands, who is called next, what became of it, who sees it live."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.utils.translation import gettext as _

from salus.accounts.models import User
from salus.core import live
from salus.core.act import Act
from salus.core.announce import announce
from salus.core.errors import Conflict, Invalid, NotAllowed, NotFound, Stale
from salus.inbox import rules
from salus.inbox.facts import TaskEscalated, TaskPut
from salus.inbox.models import WORK, Ladder, Step, Task, inboxes
from salus.inbox.queries import people
from salus.patients.access.reading import decision_on, require_open

#: the right by which a giver or writer lets others into the record
REFERS = "patients.refer_patient"
#: so many words of one comment, reason or message
LONGEST = 4000


class Ended(Conflict):
    """This is done already. Somebody was quicker."""


class NotYours(NotAllowed):
    """This stands in somebody else's inbox. Ask for it, or have it given to you."""

    def __init__(self) -> None:
        super().__init__(WORK, str(_("This stands in somebody else's inbox. Ask for it, or have it given to you.")))


def topic(practitioner_id: UUID | None) -> str:
    """What the screens of one person listen to."""
    return f"inbox:{practitioner_id}"


def tell(ids: Collection[UUID]) -> None:
    """Every screen that shows one of these inboxes draws itself again, once the act commits."""
    live.changed(*(topic(one) for one in people.listeners(ids)))


def ladder_of(act: Act, kind: str, mark: str) -> rules.Ladder:
    """What holds in this facility for one kind of task."""
    kind, mark = rules.key_of(kind, mark)
    row = Ladder.objects.filter(facility_id=act.here, kind=kind, mark=mark).first()
    return row.as_rule() if row else rules.DEFAULTS[kind, mark]


def put(act: Act, task: Task, due_at: datetime | None = None) -> Task:
    """Have a new task stand in the inbox of its owner or department; one whose source is known puts nothing.

    Whoever cannot be reached is not waited for: the first rung that is somebody's is climbed at once.
    """
    ladder = ladder_of(act, task.kind, task.mark)
    task.facility_id, task.put_at = act.here, act.at
    task.due_at = due_at or act.at + timedelta(minutes=ladder.due)
    task.recorded_by_id = act.on_behalf_of or act.by
    entrust(act, task, task.owner_id, task.department_id)
    task.counted_from = task.due_at
    called = climb(act, task, ladder)
    Task.objects.bulk_create([task], ignore_conflicts=True)
    kept = Task.objects.get(source=task.source)
    if kept.id != task.id:
        return kept
    note(act, task, "put", to=[task.owner_id or task.department_id])
    announce(
        act,
        TaskPut(
            task_id=task.id,
            patient_id=task.patient_id,
            kind=task.kind,
            owner_id=task.owner_id,
            department_id=task.department_id,
            relates=task.kind != "message" and relates(act, task),  # a message says so itself
        ),
    )
    tell_of_the_call(act, task, called)
    tell(task.holders)
    return task


def relates(act: Act, task: Task) -> bool:
    """Whether whoever is given this may open the record by it: where the giver may, and may refer the patient."""
    return bool(task.patient_id and act.may(REFERS) and decision_on(act, task.patient_id).allows)


def entrust(act: Act, task: Task, owner_id: UUID | None, department_id: UUID | None) -> None:
    """Somebody has it from now on: a person, or the people of a department.

    :raises Invalid: if there is no department in this facility at all
    """
    if owner_id is None and department_id is None:
        department_id = people.last_resort(act)
        if department_id is None:
            raise Invalid(_("There is no department here that this could be given to."))
    task.owner_id, task.department_id = owner_id, department_id
    holder = owner_id or department_id
    assert holder is not None
    task.holders, task.climbed = [holder], 0


def climb(act: Act, task: Task, ladder: rules.Ladder) -> list[tuple[str, list[UUID]]]:
    """Call who is to be told by now, rung by rung; higher at once while nobody sees the task. Returns who was called.

    When the ladder ends and still nobody sees it, the first department in which somebody looks has it as well.
    """
    called: list[tuple[str, list[UUID]]] = []
    is_seen = _is_seen(act, task.holders)
    while (rung := rules.next_rung(ladder, task.counted_from, task.climbed)) is not None:
        place, when = rung
        if when > act.at and is_seen:
            break
        task.climbed = place + 1
        fresh = [one for one in _on(act, rules.RUNGS[place], task) if one not in task.holders]
        if fresh:
            called.append((rules.RUNGS[place], fresh))
            task.holders = [*task.holders, *fresh]
            is_seen = True
    task.escalates_at = rung[1] if rung else None
    if not is_seen and (somewhere := people.last_resort(act)) and somewhere not in task.holders:
        called.append(("department", [somewhere]))
        task.holders = [*task.holders, somewhere]
    return called


def _is_seen(act: Act, holders: Collection[UUID]) -> bool:
    return bool(people.reachable(act, holders) or people.peopled(act, holders))


def _on(act: Act, rung: rules.Rung, task: Task) -> list[UUID]:
    """Who stands on a rung, if somebody there can be reached."""
    if rung == "deputy":
        deputy = people.deputy_of(act, task.owner_id) if task.owner_id else None
        return [deputy] if deputy else []
    places = [task.department_id] if task.department_id else []
    if task.owner_id:
        places += [one for one in people.departments_of(act, task.owner_id) if one not in places]
    if rung == "head":
        head = people.head_of(act, places)
        return [head] if head else []
    there = people.peopled(act, places)
    first = next((one for one in places if one in there), None) or people.last_resort(act)
    return [first] if first else []


def doer_of(act: Act) -> str:
    """Who does it, or on whose behalf it follows by itself, by name."""
    if act.by_name or act.on_behalf_of is None:
        return act.by_name
    return User.objects.filter(id=act.on_behalf_of).values_list("display_name", flat=True).first() or ""


def note(act: Act, task: Task, kind: str, *, to: Iterable[UUID | None] = (), words: str = "", names: str = "") -> None:
    """Write down one step of a task."""
    ids = [one for one in to if one]
    known = names or ", ".join(people.names_of(act, ids).values())
    Step.objects.create(
        task=task,
        kind=kind,
        happened_at=act.at,
        by_id=act.on_behalf_of or act.by,
        by_name=doer_of(act),
        to_ids=ids,
        to_names=known,
        words=words.strip(),
    )


def tell_of_the_call(act: Act, task: Task, called: Sequence[tuple[str, list[UUID]]]) -> None:
    """Write down who was called, and by which rung, and have follow what follows: they can read it, they are told."""
    if not called:
        return
    for rung, ids in called:
        note(act, task, "escalated", to=ids, words=rung)
    places = [one for rung, ids in called if rung == "department" for one in ids]
    announce(
        act,
        TaskEscalated(
            task_id=task.id,
            patient_id=task.patient_id,
            kind=task.kind,
            level=task.climbed,
            is_critical=task.mark == "critical",
            practitioner_ids=tuple(one for _rung, ids in called for one in ids if one not in places),
            department_ids=tuple(places),
        ),
    )


def locked(act: Act, task_id: UUID, version: int | None = None, *, to_read: bool = True) -> Task:
    """A task that this act may see, held until the act ends.

    :param to_read: whether it must be one that the act may read; what may not be read can still be given on
    :raises Stale: if somebody changed it since it was read
    :raises Barred: if it is about a patient whose record this act may not open
    """
    rows = Task.objects.visible_to(act).select_for_update(of=("self",), no_key=True)
    task = rows.get(id=task_id)
    if version is not None and task.version != version:
        raise Stale
    if to_read and task.patient_id and not Task.objects.readable_by(act).filter(id=task.id).exists():
        require_open(act, task.patient_id)
        raise NotFound  # the record is open, and an entry of it is barred by its label
    return task


def locked_all(act: Act, task_ids: Collection[UUID]) -> list[Task]:
    """Many tasks, held in the order of their ids, as everybody locks them; two statements however many.

    :raises NotFound: if this act may not see one of them
    :raises Barred: if one is about a patient whose record this act may not open
    """
    ids = set(task_ids)
    rows = Task.objects.visible_to(act).filter(id__in=ids)
    tasks = list(rows.order_by("id").select_for_update(of=("self",), no_key=True))
    if len(tasks) != len(ids):
        raise NotFound
    readable = set(Task.objects.readable_by(act).filter(id__in=ids).values_list("id", flat=True))
    for task in tasks:
        if task.patient_id and task.id not in readable:
            require_open(act, task.patient_id)
            raise NotFound  # the record is open, and an entry of it is barred by its label
    return tasks


def require_open_task(task: Task) -> None:
    """Go on only with what is not over yet.

    :raises Ended: else, with who ended it
    """
    if not task.is_open:
        words = (
            _("This is done already: %(who)s was quicker.")
            if task.status == "completed"
            else _("This was cancelled meanwhile by %(who)s.")
        )
        raise Ended(words % {"who": task.ended_by_name} if task.ended_by_name else "")


def require_held(act: Act, task: Task) -> None:
    """Go on only as somebody in whose inbox it stands.

    :raises NotYours: else
    """
    if set(inboxes(act)).isdisjoint(task.holders):
        raise NotYours
