"""What is asked before a message is written: which words, which channel, which hours."""

from datetime import time
from uuid import UUID
from zoneinfo import ZoneInfo

from salus.messaging import sockets
from salus.messaging.models import Decline, QuietHours, Wording
from salus.messaging.rules import Recipient
from salus.messaging.rules.kinds import built_in, languages
from salus.messaging.rules.wording import Words


def words_for(facility_id: UUID, template: str, language: str, channel: str) -> Words:
    """The hospital's own words, or those that come with Salus."""
    own = Wording.objects.filter(
        facility_id=facility_id, template=template, language=language, channel=channel, reset_at=None
    )
    found = own.values_list("body", "subject").first()
    if found:
        return Words(*found)
    return built_in(template, language if language in languages() else "en", channel)


def languages_said(facility_id: UUID, template: str) -> set[str]:
    """The languages in which there are words for a template."""
    own = Wording.objects.filter(facility_id=facility_id, template=template, reset_at=None)
    return {*languages(), *own.values_list("language", flat=True)}


def declined_by(to: Recipient, purpose: str) -> set[str]:
    """The channels by which somebody wants nothing of this purpose."""
    rows = Decline.objects.filter(recipient_kind=to.kind, recipient_id=to.id, purpose=purpose, ended_at=None)
    return set(rows.values_list("channel", flat=True))


def quiet_hours_of(facility_id: UUID) -> tuple[ZoneInfo, time, time]:
    """The clock of a facility and its quiet hours: since, until."""
    row = QuietHours.objects.filter(facility_id=facility_id).first()
    since, until = (row.since, row.until) if row else (QuietHours.SINCE, QuietHours.UNTIL)
    return sockets.places[0](facility_id).zone, since, until
