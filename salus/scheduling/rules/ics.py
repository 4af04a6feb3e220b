"""Appointments as iCalendar (RFC 5545): what goes along with a message (RFC 5546), and what a private feed says.

An event says when, where to come and which hospital, and never what for: calendars are shared, synchronised and read aloud.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from icalendar import Calendar, Event, vCalAddress, vText

PRODUCT = "-//Salus//Salus//EN"


@dataclass(frozen=True, slots=True)
class Entry:
    """One appointment, as a calendar may show it.

    :ivar sequence: grows with each change; a calendar keeps the newest
    """

    id: UUID
    sequence: int
    starts_at: datetime
    ends_at: datetime
    title: str
    place: str = ""
    changed_at: datetime | None = None
    is_cancelled: bool = False


def invitation(entry: Entry, *, at: datetime, organizer: str, attendee: str) -> bytes:
    """One appointment for the calendar of the person who got the message; a cancelled one takes it out again.

    :param organizer: the address from which the hospital writes
    :param attendee: the address to which the message goes
    """
    calendar = _calendar("CANCEL" if entry.is_cancelled else "REQUEST")
    event = _event(entry, at, _domain(organizer))
    event["ORGANIZER"] = vCalAddress(f"mailto:{organizer}")
    who = vCalAddress(f"mailto:{attendee}")
    who.params["PARTSTAT"] = vText("ACCEPTED")
    who.params["RSVP"] = vText("FALSE")
    event["ATTENDEE"] = who
    calendar.add_component(event)
    return bytes(calendar.to_ical())


def feed(entries: Iterable[Entry], *, at: datetime, name: str, domain: str) -> bytes:
    """A calendar to subscribe to."""
    calendar = _calendar("PUBLISH")
    calendar.add("X-WR-CALNAME", name)
    calendar.add("REFRESH-INTERVAL;VALUE=DURATION", "PT1H")
    for entry in entries:
        calendar.add_component(_event(entry, entry.changed_at or at, domain))
    return bytes(calendar.to_ical())


def hash_of(secret: str) -> bytes:
    """By what the secret of a feed is found: it has 256 random bits, so that a plain hash is enough."""
    return hashlib.sha256(secret.encode()).digest()


def _calendar(method: Literal["REQUEST", "CANCEL", "PUBLISH"]) -> Calendar:
    calendar = Calendar()
    calendar.add("PRODID", PRODUCT)
    calendar.add("VERSION", "2.0")
    calendar.add("METHOD", method)
    return calendar


def _event(entry: Entry, at: datetime, domain: str) -> Event:
    event = Event()
    event.add("UID", f"{entry.id}@{domain}")
    event.add("SEQUENCE", entry.sequence)
    event.add("DTSTAMP", at)
    event.add("DTSTART", entry.starts_at)
    event.add("DTEND", entry.ends_at)
    event.add("SUMMARY", entry.title)
    event.add("STATUS", "CANCELLED" if entry.is_cancelled else "CONFIRMED")
    event.add("CLASS", "PRIVATE")
    if entry.place:
        event.add("LOCATION", entry.place)
    return event


def _domain(address: str) -> str:
    return address.rpartition("@")[2] or "salus.invalid"
