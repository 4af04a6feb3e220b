"""The demonstration's messages: what was told of the appointments that come, and one that nobody can tell of."""

from datetime import datetime, timedelta

from django.conf import settings

from salus.core.act import system_act
from salus.messaging import sending
from salus.messaging.models import Message
from salus.places.models import Facility
from salus.scheduling.facts import AppointmentBooked
from salus.scheduling.queries.told import appointments_coming
from salus.scheduling.rules.reminders import Reminder
from salus.workflows import telling

_RIGHTS = {"messaging.send", "scheduling.view", "messaging.manage"}
CONFIRMED, REMINDED = 10, 24


def tell_of_what_comes(facility: Facility, at: datetime, _password: str) -> None:
    """Confirm and remind as the handlers do; nothing leaves the house."""
    # By day, so that nothing lies in the quiet hours of a demonstration that is made at night.
    at = min(at, at.replace(hour=12, minute=0))
    before, settings.SALUS_DEMONSTRATION = settings.SALUS_DEMONSTRATION, True
    try:
        act = system_act(rights=_RIGHTS, door="demonstration", facility_id=facility.id, at=at)
        soon = appointments_coming(act, since=at + timedelta(hours=3), until=at + timedelta(days=2))
        later = appointments_coming(act, since=at + timedelta(days=6), until=at + timedelta(days=8))
        for one in later[:CONFIRMED]:
            fact = AppointmentBooked(
                appointment_id=one.id, schedule_id=one.id, starts_at=one.starts_at, ends_at=one.starts_at
            )
            telling.confirm_the_appointment(act, fact)
        for one in soon[:REMINDED]:
            mine = system_act(rights=_RIGHTS, door="demonstration", facility_id=facility.id, at=at)
            telling.remind(mine, one, Reminder(48, one.starts_at))
        sending.send_all_due(lambda: at)
    finally:
        settings.SALUS_DEMONSTRATION = before
    _one_nobody_can_tell_of()


def _one_nobody_can_tell_of() -> None:
    """As a gateway that fell silent leaves it: somebody has to decide."""
    message = Message.objects.filter(status="sent", channel="sms").order_by("number").last()
    if message is not None:
        message.status, message.sent_at, message.problem = "unknown", None, "ReadTimeout"
        message.save(update_fields=["status", "sent_at", "problem"])
