"""What people are told by message, and after which fact. Nothing of a record leaves the house: that there is something, and when.

A doctor's name and a place can tell what somebody is treated for. They are said only of departments whose specialty says
little; of all others, and of those whose specialty nobody wrote down, a message has the day, the hour and the hospital alone.
"""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction

from salus.care.facts import FollowUpMoved
from salus.care.queries.follow_ups import Due
from salus.core import access
from salus.core.act import Act
from salus.core.consequences import consequence
from salus.inbox.facts import CommunicationSent
from salus.lab.due import Waiting
from salus.messaging import services as messaging
from salus.messaging.rules import Attachment, Recipient
from salus.messaging.rules.kinds import event_title
from salus.patients.queries.reaching import facility_named, recipient_of
from salus.portal.facts import AccountLinked, ProxyGranted, ResultReleased
from salus.queues.codes import code_of
from salus.scheduling.facts import AppointmentBooked, AppointmentCancelled, AppointmentMoved
from salus.scheduling.queries.told import Coming, Told, appointment_told, newest_move
from salus.scheduling.rules.ics import Entry, invitation
from salus.scheduling.rules.reminders import Reminder
from salus.ui.printing import qr_png
from salus.waitlist.facts import OfferAccepted, OfferDeclined, OfferLapsed, OfferWithdrawn, PlaceOffered
from salus.waitlist.queries.told import offer_told

#: specialties that everybody visits: who is seen there tells nothing
SAYS_LITTLE = frozenset(
    {
        "general-practice",
        "family-medicine",
        "internal-medicine",
        "paediatrics",
        "orthopaedics",
        "ophthalmology",
        "ent",
        "dentistry",
        "physiotherapy",
    }
)
_TELLS = ("messaging.send", "scheduling.view")


@consequence(*_TELLS)
def confirm_the_appointment(act: Act, fact: AppointmentBooked) -> None:
    told = appointment_told(act, fact.appointment_id, at=fact.starts_at)
    if told is not None:
        _tell(act, told, "appointment-booked", f"booked@{_stamp(told.starts_at)}", _values(told))


@consequence(*_TELLS)
def tell_the_new_time(act: Act, fact: AppointmentMoved) -> None:
    messaging.withdraw_messages(act, about=_about(fact), template="appointment-reminder")
    told = appointment_told(act, fact.appointment_id, at=fact.starts_at)
    if told is not None:
        was = _wall(fact.was_at, told.zone)
        values = _values(told) | {"was_day": was["day"], "was_time": was["time"]}
        _tell(act, told, "appointment-moved", f"moved-{newest_move(act, told.id, told.starts_at)}", values)


@consequence(*_TELLS)
def tell_of_the_end(act: Act, fact: AppointmentCancelled) -> None:
    messaging.withdraw_messages(act, about=_about(fact), template="appointment-reminder")
    told = appointment_told(act, fact.appointment_id, at=fact.starts_at, states=("cancelled",))
    if told is not None and fact.reason not in ("deceased", "error"):
        template = "appointment-cancelled-by-us" if fact.reason == "prov" else "appointment-cancelled"
        _tell(act, told, template, f"cancelled@{_stamp(told.starts_at)}", _wall(told.starts_at, told.zone))


@consequence("messaging.send", "waitlist.view")
def offer_the_place(act: Act, fact: PlaceOffered) -> None:
    told = offer_told(act, fact.offer_id)
    to = recipient_of(act, told.patient_id) if told else None
    if told is not None and to is not None:
        until = _wall(fact.expires_at, told.zone)
        values = _values(told) | {"until_day": until["day"], "until_time": until["time"]}
        messaging.queue_message(
            act,
            source=f"{_offer(fact.offer_id)}#offered",
            template="place-offered",
            to=to,
            values=values,
            expires_at=fact.expires_at,
        )


@consequence("messaging.send")
def take_the_offer_back(act: Act, fact: OfferAccepted | OfferDeclined | OfferLapsed | OfferWithdrawn) -> None:
    messaging.withdraw_messages(act, about=_offer(fact.offer_id), template="place-offered")


@consequence("messaging.send")
def tell_of_a_result(act: Act, fact: ResultReleased) -> None:
    to = recipient_of(act, fact.patient_id) if fact.is_shown else None
    if to is not None:
        source = f"chart.observation:{fact.observation_id}#released"
        messaging.queue_message(act, source=source, template="news", to=to, values={})


@consequence("messaging.send")
def tell_who_was_let_in(act: Act, fact: AccountLinked | ProxyGranted) -> None:
    """By the address that the record knows, whoever was let in: the desk alone could let in anybody, and nobody would see it."""
    to = recipient_of(act, fact.patient_id) if fact.patient_id else None
    if to is not None:
        by = f"portal.proxy:{fact.proxy_id}" if isinstance(fact, ProxyGranted) else f"portal.account:{fact.account_id}"
        source = f"{by}#let-in:{fact.patient_id}"
        messaging.queue_message(act, source=source, template="access-given", to=to, values={})


@consequence("messaging.send")
def tell_of_an_answer(act: Act, fact: CommunicationSent) -> None:
    to = recipient_of(act, fact.patient_id) if fact.is_to_patient and fact.patient_id else None
    if to is not None:
        source = f"inbox.communication:{fact.communication_id}#answered"
        messaging.queue_message(act, source=source, template="news", to=to, values={})


@transaction.atomic
def tell_of_results(act: Act, patient_id: UUID, hour: datetime) -> None:
    """Tell a patient once that results of one hour can be read, which no person released; which they are is no part of it."""
    to = recipient_of(act, patient_id)
    if to is not None:
        messaging.queue_message(act, source=source_of_results(patient_id, hour), template="news", to=to, values={})
        access.write_log(act, act.trace.touched)


def source_of_results(patient_id: UUID, hour: datetime) -> str:
    """The source of the message that results of an hour can be read."""
    return f"patients.patient:{patient_id}#released@{_stamp(hour)}"


def _offer(offer_id: UUID) -> str:
    return f"waitlist.offer:{offer_id}"


@transaction.atomic
def remind_of_tests(act: Act, waiting: Waiting) -> None:
    """Remind a patient once of what was ordered and not done; which tests they are is no part of it."""
    to = recipient_of(act, waiting.patient_id)
    if to is not None:
        messaging.queue_message(act, source=source_of_test_due(waiting), template="visit-due", to=to, values={})
        access.write_log(act, act.trace.touched)


def source_of_test_due(waiting: Waiting) -> str:
    """The source of the reminder of what was ordered at once."""
    return f"orders.group:{waiting.group_id}#due"


@transaction.atomic
def remind_of_follow_up(act: Act, due: Due) -> None:
    """Tell a patient once that a follow-up is due; what for and where is no part of it."""
    to = recipient_of(act, due.patient_id)
    if to is not None:
        messaging.queue_message(act, source=source_of_follow_up(due.id), template="follow-up-due", to=to, values={})
        access.write_log(act, act.trace.touched)


@consequence("messaging.send")
def end_the_follow_up_reminder(act: Act, fact: FollowUpMoved) -> None:
    """Who has a time, came, or need not come is not told that it is due by a message that waited."""
    if fact.status != "planned":
        about = f"care.followup:{fact.follow_up_id}"
        messaging.withdraw_messages(act, about=about, template="follow-up-due")


def source_of_follow_up(follow_up_id: UUID) -> str:
    """The source of the reminder of a follow-up."""
    return f"care.followup:{follow_up_id}#due"


@transaction.atomic
def remind(act: Act, coming: Coming, due: Reminder) -> None:
    """Remind of one appointment, if it still stands; a reminder of a time is one message, however often it is due."""
    told = appointment_told(act, coming.id, at=coming.starts_at)
    if told is not None:
        which = reminder_of(told.starts_at, due)
        _tell(act, told, "appointment-reminder", which, _values(told), until=due.until)
        access.write_log(act, act.trace.touched)


def reminder_of(starts_at: datetime, due: Reminder) -> str:
    """Which of an appointment's messages a reminder is."""
    return f"reminder-{due.hours}@{_stamp(starts_at)}"


def _tell(
    act: Act, told: Told, template: str, which: str, values: Mapping[str, str], until: datetime | None = None
) -> None:
    to = recipient_of(act, told.patient_id)
    if to is None or told.starts_at <= act.at:
        return
    messaging.queue_message(
        act,
        source=f"scheduling.appointment:{told.id}#{which}",
        template=template,
        to=to,
        values=values,
        expires_at=until or told.starts_at,
        attachments=[] if until or not to.email else [_calendar_file(act, told, to, values), *_code(told)],
    )


def _code(told: Told) -> list[Attachment]:
    """The code by which the patient checks in at the desk or a kiosk; it holds nothing of a person."""
    return [] if told.status == "cancelled" else [Attachment("check-in.png", "image/png", qr_png(code_of(told.id)))]


def _calendar_file(act: Act, told: Told, to: Recipient, values: Mapping[str, str]) -> Attachment:
    """The appointment for the patient's own calendar, by e-mail."""
    house = facility_named(act.here)
    entry = Entry(
        id=told.id,
        sequence=told.version,
        starts_at=told.starts_at,
        ends_at=told.ends_at,
        title=event_title(to.language, house.name),
        place=values.get("place", "") or house.name,
        is_cancelled=told.status == "cancelled",
    )
    organizer = settings.SALUS_MAIL["sender"] or "appointments@salus.invalid"
    content = invitation(entry, at=act.at, organizer=organizer, attendee=to.email)
    method = "CANCEL" if entry.is_cancelled else "REQUEST"
    return Attachment("appointment.ics", f"text/calendar; method={method}; charset=utf-8", content)


def _about(fact: AppointmentMoved | AppointmentCancelled) -> str:
    return f"scheduling.appointment:{fact.appointment_id}"


def _values(told: Told) -> dict[str, str]:
    """What may be said of an appointment."""
    open_words = {"doctor": told.doctor, "place": told.place} if told.specialty in SAYS_LITTLE else {}
    return _wall(told.starts_at, told.zone) | open_words


def _wall(at: datetime, zone: ZoneInfo) -> dict[str, str]:
    here = at.astimezone(zone)
    return {"day": here.date().isoformat(), "time": f"{here:%H:%M}"}


def _stamp(at: datetime) -> str:
    return f"{at:%Y%m%dT%H%M}"
