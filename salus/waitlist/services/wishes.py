"""Acts on wishes: somebody waits, comes sooner or later than before, waits no more."""

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from salus.catalog.models import Service
from salus.core.act import Act
from salus.core.announce import announce
from salus.core.errors import Conflict, Invalid, NotFound, Stale
from salus.core.live import changed
from salus.patients.models import Patient
from salus.places.models import Department
from salus.scheduling.models import BOOK, Appointment, Schedule
from salus.scheduling.queries.plans import clock_of
from salus.scheduling.rules.calendar import DAY, Span, minutes
from salus.waitlist.facts import PriorityChanged, WaitingListJoined, WaitingListLeft
from salus.waitlist.locking import NotWaiting, end_offer, topic_of, wish_locked
from salus.waitlist.models import JOIN, OFFER, RANK, WAITING, Wish
from salus.waitlist.rules.matching import PRIORITIES

#: a wish ends by itself after so many days unless it says when
DAYS = 90
MOST_DAYS = 366


class WaitsAlready(Conflict):
    """The patient waits for this already."""


@transaction.atomic
def join_waiting_list(
    act: Act,
    *,
    patient_id: UUID,
    schedule_ids: Sequence[UUID] = (),
    department_id: UUID | None = None,
    specialty: str = "",
    service_code: str = "",
    length: int = 0,
    first_on: date | None = None,
    last_on: date | None = None,
    weekdays: Sequence[int] = (),
    walls: Span = (0, DAY),
    language: str = "",
    priority: str = "routine",
    priority_reason: str = "",
    short_notice: bool = False,
    note: str = "",
    channel: str = "desk",
    replaces_id: UUID | None = None,
) -> Wish:
    """Put a patient on the waiting list; the list offers what comes free and fits.

    :param schedule_ids: whom the patient would see, any of them; else a department or a specialty
    :param weekdays: 0 is Monday; none is every day
    :param walls: minutes of the day between which the visit begins and ends
    :param priority: other than `routine` only for who may set it
    :param replaces_id: an appointment that is moved when an earlier time is taken; it says with whom unless that is said, and
        what for
    :raises WaitsAlready: if the patient waits for the same
    :raises Invalid: for what cannot be
    """
    act.require_for(patient_id, JOIN)
    if priority != "routine":
        act.require(RANK)
    _may_wait(act, patient_id)
    clock = clock_of(act)
    today = clock.day_of(minutes(act.at))
    first = max(first_on or today, today)
    last = last_on or first + timedelta(days=DAYS)
    if later := _replaced(act, patient_id, replaces_id):
        last = min(last, clock.day_of(minutes(later.period.lower)))
        service_code = later.service_code
        if not (schedule_ids or department_id or specialty):
            schedule_ids = [later.schedule_id]
    wish = Wish(
        facility_id=act.here,
        patient_id=patient_id,
        schedule_ids=sorted(set(schedule_ids)),
        department_id=department_id,
        specialty=specialty.strip(),
        service_code=service_code,
        length=length,
        first_on=first,
        last_on=last,
        weekdays=sorted(set(weekdays)),
        wall_from=walls[0],
        wall_until=walls[1],
        language=language,
        priority=priority,
        priority_reason=priority_reason.strip(),
        short_notice=short_notice,
        note=note.strip(),
        channel=channel,
        joined_at=act.at,
        replaces=later,
        recorded_by_id=act.by,
    )
    _check(act, wish, today)
    try:
        with transaction.atomic():
            wish.save(force_insert=True)
    except IntegrityError as error:
        if "waitlist_wish_once" not in str(error):
            raise
        raise WaitsAlready from error
    announce(act, WaitingListJoined(patient_id=patient_id, wish_id=wish.id, priority=priority))
    changed(topic_of(act))
    return wish


@transaction.atomic
def set_priority(act: Act, *, wish_id: UUID, version: int, priority: str, reason: str) -> Wish:
    """Let a patient come sooner or later than before; the time of waiting stays.

    :raises NotWaiting: if the wish is over
    :raises Stale: if somebody changed it since it was read
    :raises Invalid: without a reason
    """
    act.require(RANK)
    if priority not in PRIORITIES:
        raise Invalid(priority=_("Choose how soon."))
    if not reason.strip():
        raise Invalid(reason=_("Say why."))
    wish = wish_locked(act, wish_id)
    if wish.version != version:
        raise Stale
    if wish.status not in WAITING:
        raise NotWaiting
    wish.priority, wish.priority_reason = priority, reason.strip()
    wish.save(update_fields=["priority", "priority_reason"])
    announce(act, PriorityChanged(patient_id=wish.patient_id, wish_id=wish.id, priority=priority))
    changed(topic_of(act))
    return wish


@transaction.atomic
def leave_waiting_list(act: Act, *, wish_id: UUID, reason: str, note: str = "") -> Wish:
    """Take a patient off the list; what is offered now is given back. Somebody who is off it already stays so.

    :param reason: a code of `Wish.BY_HAND`
    :raises NotWaiting: if the patient was given a time
    """
    act.require_for_some(JOIN)
    wish = wish_locked(act, wish_id)
    act.require_for(wish.patient_id, JOIN)
    if reason not in Wish.BY_HAND:
        raise Invalid(reason=_("Choose why."))
    if wish.status == "left":
        return wish
    if wish.status not in WAITING:
        raise NotWaiting
    _leave(act, wish, reason, note)
    return wish


@transaction.atomic
def close_wishes(act: Act, *, most: int = 200) -> int:
    """Take off the list whose last day is over, who died, whose record was joined with another; returns how many."""
    act.require(OFFER)
    act.require(BOOK)
    today = clock_of(act).day_of(minutes(act.at))
    waiting = Wish.objects.visible_to(act).filter(status__in=WAITING)
    found = {
        "deceased": waiting.filter(patient__is_deceased=True),
        "joined": waiting.filter(patient__merged_into__isnull=False),
        "over": waiting.filter(last_on__lt=today),
    }
    closed = 0
    for reason, rows in found.items():
        for wish in rows.order_by("id").select_for_update(skip_locked=True, no_key=True, of=("self",))[:most]:
            if wish.status in WAITING:
                _leave(act, wish, reason)
                closed += 1
    return closed


def _leave(act: Act, wish: Wish, reason: str, note: str = "") -> None:
    end_offer(act, wish, "withdrawn", reason="left")
    wish.status, wish.left_reason, wish.left_note, wish.ended_at = "left", reason, note.strip(), act.at
    wish.save(update_fields=["status", "left_reason", "left_note", "ended_at"])
    announce(act, WaitingListLeft(patient_id=wish.patient_id, wish_id=wish.id, reason=reason))
    changed(topic_of(act))


def _may_wait(act: Act, patient_id: UUID) -> None:
    known = Patient.objects.visible_to(act).filter(id=patient_id).values_list("is_deceased", "merged_into_id").first()
    if known is None:
        raise NotFound
    if known[1]:
        raise Conflict(_("This record was joined with another one. Open that one."))
    if known[0]:
        raise Conflict(_("This patient is recorded as deceased."))


def _replaced(act: Act, patient_id: UUID, appointment_id: UUID | None) -> Appointment | None:
    if appointment_id is None:
        return None
    ahead = Appointment.objects.visible_to(act).filter(patient_id=patient_id, status="booked")
    found = ahead.filter(id=appointment_id, period__startswith__gt=act.at).first()
    if found is None:
        raise Invalid(replaces=_("Choose an appointment that is to come."))
    return found


def _check(act: Act, wish: Wish, today: date) -> None:
    wrong = _cannot_be(wish, today) | _not_here(act, wish)
    if wrong:
        raise Invalid(**wrong)


def _cannot_be(wish: Wish, today: date) -> dict[str, str]:
    wrong = {}
    if not (wish.schedule_ids or wish.department_id or wish.specialty):
        wrong["specialty"] = _("Say what for: a specialty, a doctor or a place.")
    if wish.last_on < wish.first_on:
        wrong["last_on"] = _("It would end before it began.")
    elif (wish.last_on - today).days > MOST_DAYS:
        wrong["last_on"] = _("At most a year ahead.")
    if not 0 <= wish.wall_from < wish.wall_until <= DAY:
        wrong["wall_until"] = _("It would end before it began.")
    if not 0 <= wish.length <= DAY:
        wrong["length"] = _("A visit lasts at most a day.")
    if wish.priority not in PRIORITIES:
        wrong["priority"] = _("Choose how soon.")
    if not set(wish.weekdays) <= set(range(7)):
        wrong["weekdays"] = _("Choose days of the week.")
    return wrong


def _not_here(act: Act, wish: Wish) -> dict[str, str]:
    wrong = {}
    if wish.service_code and not Service.objects.filter(code=wish.service_code, is_active=True).exists():
        wrong["service_code"] = _("Choose a service of the catalogue.")
    departments = Department.objects.filter(facility_id=act.here, retired_at=None)
    if wish.department_id and not departments.filter(id=wish.department_id).exists():
        wrong["department"] = _("Choose a department that is open.")
    known = Schedule.objects.filter(facility_id=act.here, retired_at=None, kind__in=("practitioner", "service"))
    if wish.schedule_ids and known.filter(id__in=wish.schedule_ids).count() != len(wish.schedule_ids):
        wrong["schedules"] = _("Choose somebody of the list.")
    return wrong
