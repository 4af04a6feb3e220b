"""Where a number goes: to another queue, to another place in line, out of the house; and what a visit means for it."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from salus.core.act import Act
from salus.core.announce import announce
from salus.core.errors import Conflict, Invalid
from salus.encounters import services as encounters
from salus.encounters.models import OPEN as OPEN_VISIT
from salus.encounters.models import Encounter
from salus.places.models import Location
from salus.queues import live, rules
from salus.queues.facts import TokenMoved, TokenOrdered, TokenTransferred
from salus.queues.holding import CannotMove, locked
from salus.queues.models import CALL, FOLLOW, OF_THE_VISIT, ORDER, Queue, Token
from salus.queues.numbering import doctors_queue, insert, issued
from salus.queues.queries.waiting import as_waiting
from salus.staff.models import StaffMember


class OtherCategory(Conflict):
    """These two are not of one category. Change the category first, then the place in line."""


@transaction.atomic
def transfer_token(
    act: Act,
    *,
    token_id: UUID,
    version: int,
    queue_id: UUID,
    practitioner_id: UUID | None = None,
    room_id: UUID | None = None,
) -> Token:
    """Send somebody on: to another queue of the house, or to another doctor or room of this one. The number stays.

    What was stays too: the token of the other queue points to the one it came from.
    :raises AlreadyWaits: if the patient waits there already
    :raises Invalid: for a queue, doctor or room that is not open
    """
    act.require(CALL)
    visit = _lock_visit(token_id)
    token = locked(act, token_id, version, "transferred")
    target = Queue.objects.here(act).filter(id=queue_id).select_related("facility").first()
    if target is None:
        raise Invalid(queue=_("Choose a queue that is open."))
    _may_be_for(act, target, practitioner_id, room_id)
    if target.id == token.queue_id:
        return _hand_over(act, token, practitioner_id, room_id)
    return _transfer(act, token, target, practitioner_id, room_id, visit=visit)


@transaction.atomic
def leave_token(act: Act, *, token_id: UUID, version: int) -> Token:
    """The patient has left without being seen. A visit that nobody has begun is cancelled with it."""
    act.require(CALL)
    visit = _lock_visit(token_id)
    token = locked(act, token_id, version, "left")
    _end(act, token, "left")
    if visit and visit.status in ("planned", "arrived", "triaged") and token.queue.kind in OF_THE_VISIT:
        # Whoever calls may say that nobody came: the visit must not wait on in no list.
        ends = act.caused_by(rights=("encounters.view", "encounters.move_encounter"))
        encounters.move_encounter(ends, encounter_id=visit.id, status="cancelled", version=visit.version)
    return token


@transaction.atomic
def categorize_token(act: Act, *, token_id: UUID, version: int, category: str) -> Token:
    """Say how soon somebody must be called: the word of a nurse who has looked at the patient.

    :raises Invalid: for a category that does not exist
    """
    act.require(ORDER)
    if category not in rules.CATEGORIES:
        raise Invalid(category=_("Choose one of these."))
    token = locked(act, token_id, version, "left")
    token.category, token.put_at, token.put_why = category, None, ""
    token.save(update_fields=["category", "put_at", "put_why"])
    _ordered(act, token, by_hand=False)
    return token


@transaction.atomic
def put_before(act: Act, *, token_id: UUID, version: int, before_id: UUID, reason: str) -> Token:
    """Let somebody be called just before another of the same category, with the reason.

    :raises OtherCategory: if the other one's comes sooner or later by its kind
    :raises Invalid: without a reason
    """
    act.require(ORDER)
    if not reason.strip():
        raise Invalid(reason=_("Say why."))
    token = locked(act, token_id, version, "called")
    if token.status != "waiting":
        raise CannotMove
    other = Token.objects.filter(queue_id=token.queue_id, status="waiting").exclude(id=token_id).get(id=before_id)
    if rules.tier_of(other.category) != rules.tier_of(token.category):
        raise OtherCategory
    token.put_at, token.put_why = rules.turn_before(as_waiting(other)), reason.strip()
    token.save(update_fields=["put_at", "put_why"])
    _ordered(act, token, by_hand=True)
    return token


@transaction.atomic
def follow_visit(act: Act, *, encounter_id: UUID, status: str, was: str = "") -> None:
    """What became of a visit, at whatever door, becomes of its numbers.

    After triage the patient waits for the doctor; who is in the room is served; what is over is over.
    :param was: the state that the visit came from
    """
    act.require(FOLLOW)
    rows = Token.objects.open().filter(encounter_id=encounter_id, queue__kind__in=OF_THE_VISIT)
    rows = rows.select_for_update(no_key=True, of=("self",)).order_by("id")
    if status == "triaged":
        rows = rows.annotate(doctors=doctors_queue())
    tokens = list(rows.select_related("queue__facility", "encounter"))
    for token in tokens:
        _follow(act, token, status)
    if not tokens and was == "in-progress" and status in ("arrived", "triaged"):
        _wait_again(act, encounter_id)


@transaction.atomic
def close_the_day(act: Act, *, before: datetime, most: int = 500) -> int:
    """Numbers that were given until then and that nobody has ended are over; returns how many."""
    act.require(FOLLOW)
    old = Token.objects.open().filter(facility_id=act.here, issued_at__lt=before).select_related("queue")
    rows = list(old.select_for_update(skip_locked=True, no_key=True, of=("self",)).order_by("id")[:most])
    for token in rows:
        _end(act, token, "done" if token.status == "serving" else "left")
    return len(rows)


def _may_be_for(act: Act, queue: Queue, practitioner_id: UUID | None, room_id: UUID | None) -> None:
    works_here = StaffMember.objects.filter(facility_id=act.here, retired_at=None)
    # A doctor who does not sit there is called by none of its rooms: the patient would wait for nobody.
    of_queue = works_here.filter(department_ids__contains=[queue.department_id])
    if practitioner_id and not of_queue.filter(practitioner_id=practitioner_id).exists():
        raise Invalid(practitioner=_("Choose somebody who works here."))
    rooms = Location.objects.filter(department_id=queue.department_id, retired_at__isnull=True)
    if room_id and not rooms.filter(id=room_id).exists():
        raise Invalid(room=_("Choose a room of that department."))


def _hand_over(act: Act, token: Token, practitioner_id: UUID | None, room_id: UUID | None) -> Token:
    token.status, token.room_id, token.started_at = "waiting", None, None
    token.practitioner_id, token.for_room_id = practitioner_id, room_id
    token.save(update_fields=["status", "room", "started_at", "practitioner", "for_room"])
    token.version += 1
    _told(act, token, "waiting")
    return token


def _transfer(
    act: Act,
    token: Token,
    target: Queue,
    practitioner_id: UUID | None,
    room_id: UUID | None,
    *,
    visit: Encounter | None = None,
    is_held: bool = False,
) -> Token:
    goes_on = visit is not None and visit.status in OPEN_VISIT and target.kind in OF_THE_VISIT
    elsewhere = visit if visit and goes_on and visit.department_id != target.department_id else None
    token.status, token.ended_at = "transferred", act.at
    token.save(update_fields=["status", "ended_at"])
    token.version += 1
    made = Token(
        facility_id=token.facility_id,
        queue=target,
        numbered_by_id=token.numbered_by_id,
        day=token.day,
        number=token.number,
        label=token.label,
        patient_id=token.patient_id,
        encounter_id=token.encounter_id,
        appointment_id=token.appointment_id,
        category=token.category,
        practitioner_id=practitioner_id,
        for_room_id=room_id,
        came_from=token,
        issued_at=act.at,
        due_at=token.due_at if target.kind == "consultation" else None,
        recorded_by_id=act.by,
    )
    insert(made, is_held=is_held)
    sent = TokenTransferred(
        patient_id=token.patient_id,
        token_id=token.id,
        queue_id=token.queue_id,
        to_token_id=made.id,
        to_queue_id=target.id,
        encounter_id=elsewhere.id if elsewhere else None,
        department_id=target.department_id if elsewhere else None,
    )
    announce(act, sent)
    live.tell(token.queue.department_id, target.department_id)
    return made


def _lock_visit(token_id: UUID) -> Encounter | None:
    visits = Encounter.objects.filter(id__in=Token.objects.filter(id=token_id).values("encounter_id"))
    return visits.select_for_update(no_key=True).first()


def _follow(act: Act, token: Token, status: str) -> None:
    if status in ("finished", "cancelled"):
        _end(act, token, "left" if status == "cancelled" else "done")
    elif status == "triaged" and token.queue.kind == "triage":
        _to_the_doctor(act, token)
    elif status in ("triaged", "arrived") and token.status == "serving" and token.queue.kind == "consultation":
        _hand_over(act, token, token.practitioner_id, token.for_room_id)
    elif status == "in-progress" and token.queue.kind != "consultation":
        _end(act, token, "done")
    elif status == "in-progress" and token.status != "serving":
        token.status, token.started_at = "serving", act.at
        token.save(update_fields=["status", "started_at"])
        _told(act, token, "serving")


def _to_the_doctor(act: Act, token: Token) -> None:
    queue_id = token.doctors  # type: ignore[attr-defined]
    if queue_id is None:
        _end(act, token, "done")
        return
    there = Queue(id=queue_id, department_id=token.queue.department_id, kind="consultation")
    whom = token.encounter.practitioner_id if token.encounter else None
    _transfer(act, token, there, whom, None, is_held=True)


def _wait_again(act: Act, encounter_id: UUID) -> None:
    """Sent back to wait by a doctor after the number was done: there is a new one."""
    visits = Encounter.objects.filter(id=encounter_id, facility_id=act.here)
    queue = Queue.objects.here(act).filter(department_id__in=visits.values("department_id"), kind="consultation")
    there = queue.select_related("facility").first()
    if there is not None:
        visit = visits.get()
        of_visit = {"patient_id": visit.patient_id, "encounter_id": visit.id}
        issued(act, there, **of_visit, practitioner_id=visit.practitioner_id)


def _end(act: Act, token: Token, status: str) -> None:
    token.status, token.ended_at = status, act.at
    token.save(update_fields=["status", "ended_at"])
    token.version += 1
    _told(act, token, status)


def _told(act: Act, token: Token, status: str) -> None:
    moved = TokenMoved(patient_id=token.patient_id, token_id=token.id, queue_id=token.queue_id, status=status)
    announce(act, moved)
    live.tell(token.queue.department_id)


def _ordered(act: Act, token: Token, *, by_hand: bool) -> None:
    token.version += 1
    ordered = TokenOrdered(
        patient_id=token.patient_id,
        token_id=token.id,
        queue_id=token.queue_id,
        category=token.category,
        by_hand=by_hand,
    )
    announce(act, ordered)
    live.tell(token.queue.department_id)
