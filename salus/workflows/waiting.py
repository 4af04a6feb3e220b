"""What comes free, and who is asked whether he or she wants it."""

from salus.core.act import Act
from salus.core.consequences import consequence
from salus.core.facts import Fact
from salus.scheduling.facts import AppointmentBooked, AppointmentMoved, HolidayChanged, ScheduleChanged
from salus.waitlist.services import looking, offers


@consequence("waitlist.offer")
def offer_what_is_free(act: Act, fact: Fact) -> None:
    looking.look_soon(act)


@consequence("waitlist.offer", "scheduling.book")
def follow_the_plan(act: Act, fact: ScheduleChanged | HolidayChanged) -> None:
    offers.review_offers(act)
    looking.look_soon(act)


@consequence("waitlist.offer", "scheduling.book")
def note_who_is_booked(act: Act, fact: AppointmentBooked | AppointmentMoved) -> None:
    was = (fact.was_schedule_id, fact.was_at) if isinstance(fact, AppointmentMoved) else None
    offers.note_booked(act, appointment_id=fact.appointment_id, was=was)
