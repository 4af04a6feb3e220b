"""Acts on offers: a free time is kept for somebody, who says yes or no; what nobody says lapses, and the next is asked."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.utils.translation import gettext as _

from salus.core.act import Act
from salus.core.announce import announce
from salus.core.errors import Conflict, NotFound, WrongPatient
from salus.core.live import changed
from salus.scheduling.models import BOOK, Appointment
from salus.scheduling.queries.conflicts import asked_of
from salus.scheduling.queries.day import held_beyond
from salus.scheduling.queries.plans import clock_of
from salus.scheduling.rules.calendar import at, minutes
from salus.scheduling.services import booking, keeping
from salus.waitlist.facts import OfferAccepted, PlaceOffered, WaitingListLeft
from salus.waitlist.locking import NotWaiting, end_offer, offer_locked, policy_locked, policy_of, topic_of, wish_locked
from salus.waitlist.models import JOIN, OFFER, WAITING, Offer, Wish
from salus.waitlist.queries.matching import candidates, proposals
from salus.waitlist.queries.wishes import crossed_by, fulfilled_by
from salus.waitlist.rules.keeping import LEAD, kept_until, lapses_at


class OfferOver(Conflict):
    """This offer is over: it lapsed, was declined, or somebody else answered it."""


class CannotOffer(Conflict):
    """The patient is somewhere else at that time, or is asked about another one."""


@transaction.atomic
def fill_places(act: Act, *, most: int = 50, waits: bool = True) -> int:
    """Offer what is free to who waits for it, the next in the order each; returns how many were offered.

    Everything is looked at anew each time, so that nothing which came free is forgotten, whatever happened meanwhile. One at a
    time does this in a facility; who comes second sees what the first has done.

    :param waits: whether to wait for somebody who does it at this moment
    :raises OthersOffer: if somebody does and this act does not wait
    """
    act.require(OFFER)
    act.require(BOOK)
    if not Wish.objects.visible_to(act).filter(status="waiting").exists():
        return 0  # nobody waits: whoever joins at this moment is looked after by the fact that says so
    policy = policy_locked(act, waits=waits)
    if not policy.is_automatic:
        return 0
    now = _now(act)
    clock = clock_of(act)
    soonest = lapses_at(now, policy.keep_minutes, (policy.awake_from, policy.awake_until), clock) + LEAD
    made = 0
    for one in proposals(act, policy, soonest=soonest)[:most]:
        rows = candidates(act, policy).filter(id=one.wish_id)
        wish = rows.select_for_update(skip_locked=True, no_key=True, of=("self",)).first()
        expires = kept_until(now, one.starts, policy.keep_minutes, (policy.awake_from, policy.awake_until), clock)
        if wish is None or expires is None:
            continue  # somebody is changing it at this moment: the next round sees it
        try:
            _offer(act, wish, one.schedule_id, at(one.starts), at(expires), by_hand=False)
        except (booking.CannotBook, CannotOffer):
            continue  # just booked by somebody, or a room of it was
        made += 1
    return made


@transaction.atomic
def offer_place(act: Act, *, wish_id: UUID, schedule_id: UUID, starts_at: datetime) -> Offer:
    """Offer a free time by hand, whatever the order says: the desk has the patient on the telephone, or knows better.

    :raises NotWaiting: if the patient has a time, is off the list, or is offered another one
    :raises CannotBook: with everything that stands in the way of this time
    :raises CannotOffer: if the patient is somewhere else then
    """
    act.require(JOIN)
    act.require(BOOK)
    wish = wish_locked(act, wish_id)
    if wish.status != "waiting":
        raise NotWaiting
    policy, start = policy_of(act), minutes(starts_at)
    lapses = lapses_at(_now(act), policy.keep_minutes, (policy.awake_from, policy.awake_until), clock_of(act))
    return _offer(act, wish, schedule_id, starts_at, at(min(lapses, start)), by_hand=True)


@transaction.atomic
def accept_offer(act: Act, *, offer_id: UUID, channel: str = "desk", patient_id: UUID | None = None) -> Appointment:
    """The patient takes the time that is kept for him or her, and has it. Said twice it is the same appointment.

    Who has a later one already is moved: its place is free for the next in the same act.

    :param channel: by which door the answer came: desk, phone, portal
    :param patient_id: for whom the form was drawn
    :raises WrongPatient: if it is somebody else's
    :raises OfferOver: if it lapsed, was declined or withdrawn
    :raises CannotBook: if something stands in the way by now
    """
    act.require_for_some(JOIN)
    wish, offer = offer_locked(act, offer_id)
    act.require_for(wish.patient_id, JOIN)
    if patient_id not in (None, wish.patient_id):
        raise WrongPatient
    if offer.status == "accepted" and wish.appointment is not None:
        return wish.appointment
    if offer.status != "open" or offer.expires_at <= act.at:
        raise OfferOver
    made = _moved(act, wish, offer) or booking.book_appointment(
        act,
        patient_id=wish.patient_id,
        schedule_id=offer.schedule_id,
        starts_at=offer.period.lower,
        service_code=wish.service_code,
        reason=wish.note,
        channel=channel,
        kept=offer.source,
    )
    _taken(act, wish, offer, made, channel)
    fact = OfferAccepted(patient_id=wish.patient_id, offer_id=offer.id, wish_id=wish.id, appointment_id=made.id)
    announce(act, fact)
    return made


_TAKEN = """
    WITH answered AS (
        UPDATE waitlist_offer SET status = 'accepted', ended_at = %(at)s, channel = %(channel)s WHERE id = %(offer)s)
    UPDATE waitlist_wish SET status = 'booked', appointment_id = %(made)s, ended_at = %(at)s WHERE id = %(wish)s
"""


def _taken(act: Act, wish: Wish, offer: Offer, made: Appointment, channel: str) -> None:
    """Offer and wish are over, by one statement."""
    values: dict[str, Any] = {"at": act.at, "channel": channel, "offer": offer.id, "made": made.id, "wish": wish.id}
    with connection.cursor() as cursor:
        cursor.execute(_TAKEN, values)
    changed(topic_of(act))


def _moved(act: Act, wish: Wish, offer: Offer) -> Appointment | None:
    """The later appointment, moved to what was offered; None where there is none to move: it was cancelled meanwhile."""
    later = wish.replaces
    if later is None or later.voided_at or later.status == "cancelled":
        return None
    if later.status != "booked" or later.period.lower <= offer.period.lower:
        raise OfferOver
    return booking.move_appointment(
        act,
        appointment_id=later.id,
        version=later.version,
        schedule_id=offer.schedule_id,
        starts_at=offer.period.lower,
        note=_("An earlier time from the waiting list."),
        kept=offer.source,
    )


@transaction.atomic
def decline_offer(act: Act, *, offer_id: UUID, channel: str = "desk", reason: str = "") -> Wish:
    """The patient does not take this time, and waits for another. Said twice it is the same.

    :raises OfferOver: if it was accepted, lapsed or withdrawn
    """
    act.require_for_some(JOIN)
    wish, offer = offer_locked(act, offer_id)
    act.require_for(wish.patient_id, JOIN)
    if offer.status == "declined":
        return wish
    if offer.status != "open":
        raise OfferOver
    end_offer(act, wish, "declined", reason=reason.strip(), channel=channel)
    return wish


@transaction.atomic
def lapse_offers(act: Act, *, most: int = 200) -> int:
    """End what nobody answered in time; returns how many. Whoever is answering at this moment is left alone."""
    act.require(OFFER)
    act.require(BOOK)
    late = Offer.objects.filter(facility_id=act.here, status="open", expires_at__lte=act.at)
    wishes = Wish.objects.filter(id__in=late.order_by("expires_at").values_list("wish_id", flat=True)[:most])
    lapsed = 0
    for wish in wishes.order_by("id").select_for_update(skip_locked=True, no_key=True, of=("self",)):
        still = Offer.objects.filter(wish=wish, status="open", expires_at__lte=act.at).exists()
        lapsed += still and end_offer(act, wish, "lapsed") is not None
    return lapsed


@transaction.atomic
def review_offers(act: Act) -> int:
    """Withdraw what is offered and no plan keeps any more: the doctor is away, the session ended; returns how many."""
    act.require(OFFER)
    act.require(BOOK)
    withdrawn = 0
    for offer in Offer.objects.filter(facility_id=act.here, status="open").select_related("wish").order_by("wish_id"):
        if _is_kept(act, offer):
            continue
        wish = wish_locked(act, offer.wish_id)
        withdrawn += end_offer(act, wish, "withdrawn", reason="no-plan") is not None
    return withdrawn


@transaction.atomic
def note_booked(act: Act, *, appointment_id: UUID, was: tuple[UUID, datetime] | None = None) -> None:
    """A patient was given a time at some door: what it crosses is withdrawn, what it fulfils is over.

    :param was: schedule and time that the patient had before, where the appointment was moved
    """
    act.require(OFFER)
    act.require(BOOK)
    made = Appointment.objects.visible_to(act).filter(id=appointment_id, status="booked").first()
    if made is None:
        return
    for wish_id in crossed_by(act, made):
        end_offer(act, wish_locked(act, wish_id), "withdrawn", reason="elsewhere")
    for wish_id in fulfilled_by(act, made, was):
        wish = wish_locked(act, wish_id)
        if wish.status in WAITING:
            end_offer(act, wish, "withdrawn", reason="left")
            _fulfil(act, wish, made)
            announce(act, WaitingListLeft(patient_id=wish.patient_id, wish_id=wish.id, reason="booked"))


def _offer(
    act: Act, wish: Wish, schedule_id: UUID, starts_at: datetime, expires_at: datetime, *, by_hand: bool
) -> Offer:
    """Keep the time and write the offer: both, or nothing."""
    offer = Offer(
        wish=wish,
        facility_id=act.here,
        patient_id=wish.patient_id,
        schedule_id=schedule_id,
        by_hand=by_hand,
        offered_at=act.at,
        expires_at=expires_at,
        recorded_by_id=act.by,
    )
    with transaction.atomic():
        later = wish.replaces if wish.replaces_id else None
        kept = keeping.keep_time(
            act,
            source=offer.source,
            patient_id=wish.patient_id,
            schedule_id=schedule_id,
            starts_at=starts_at,
            service_code=wish.service_code,
            also=held_beyond(act, later) if later and later.status == "booked" else (),
        )
        offer.period = DateTimeTZRange(kept.starts_at, kept.ends_at)
        if _is_elsewhere(wish, offer.period):
            raise CannotOffer
        try:
            with transaction.atomic():
                offer.save(force_insert=True)
        except IntegrityError as error:
            raise CannotOffer from error
        wish.status, wish.offers_made = "offered", wish.offers_made + 1
        wish.save(update_fields=["status", "offers_made"])
    fact = PlaceOffered(
        patient_id=wish.patient_id,
        offer_id=offer.id,
        wish_id=wish.id,
        schedule_id=schedule_id,
        starts_at=kept.starts_at,
        ends_at=kept.ends_at,
        expires_at=expires_at,
        department_id=kept.offering.department_id if kept.offering else kept.schedule.department_id,
        practitioner_id=kept.schedule.practitioner_id,
    )
    announce(act, fact)
    changed(topic_of(act))
    return offer


def _is_elsewhere(wish: Wish, period: DateTimeTZRange) -> bool:
    booked = Appointment.objects.filter(patient_id=wish.patient_id, status__in=("booked", "arrived"), voided_at=None)
    return booked.filter(period__overlap=period).exists()


def _is_kept(act: Act, offer: Offer) -> bool:
    try:
        asked = asked_of(
            act,
            schedule_id=offer.schedule_id,
            starts_at=offer.period.lower,
            service_code=offer.wish.service_code,
        )
    except NotFound:
        return False
    return not asked.obstacles and asked.ends_at == offer.period.upper


def _fulfil(act: Act, wish: Wish, made: Appointment) -> None:
    wish.status, wish.appointment, wish.ended_at = "booked", made, act.at
    wish.save(update_fields=["status", "appointment", "ended_at"])
    changed(topic_of(act))


def _now(act: Act) -> int:
    """The minute that has begun by the act's time is over."""
    return -int(-act.at.timestamp() // 60)
