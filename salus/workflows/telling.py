"""What people are told by message, and after which fact. Nothing of a record leaves the house: that there is something, and when.

A doctor's name and a place can tell what somebody is treated for. They are said only of departments whose specialty says
little; of all others, and of those whose specialty nobody wrote down, a message has the day, the hour and the hospital alone.
"""

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from salus.core.act import Act
from salus.core.consequences import consequence
from salus.messaging import services as messaging
from salus.patients.queries.reaching import recipient_of
from salus.scheduling.facts import AppointmentBooked, AppointmentCancelled, AppointmentMoved
from salus.scheduling.queries.told import Told, appointment_told, newest_move

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


def _tell(act: Act, told: Told, template: str, which: str, values: Mapping[str, str]) -> None:
    to = recipient_of(act, told.patient_id)
    if to is None or told.starts_at <= act.at:
        return
    source = f"scheduling.appointment:{told.id}#{which}"
    messaging.queue_message(act, source=source, template=template, to=to, values=values, expires_at=told.starts_at)


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
