"""What a file says, before it is held against the hospital: sessions, absences, holidays; and what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from salus.scheduling.rules.calendar import Span


@dataclass(frozen=True, slots=True)
class Whose:
    """Whose time it is: a member of staff by number, or something by name."""

    staff_number: str = ""
    kind: str = "practitioner"
    name: str = ""
    #: code of the department, for a schedule that is not there yet; a person's first one unless said
    department: str = ""
    #: how many may have a room or device at once
    places: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionEntry:
    """A weekly session on one weekday (0 is Monday), from `first` until before `until`."""

    where: str
    whose: Whose
    weekday: int
    starts: int
    ends: int
    slot_minutes: int
    first: date
    until: date | None = None
    places: int = 1
    breaks: tuple[Span, ...] = ()
    service_codes: tuple[str, ...] = ()
    #: names of rooms and devices that come with it
    also: tuple[str, ...] = ()
    #: code of the room
    location: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AbsenceEntry:
    """A time in which a schedule is not kept."""

    where: str
    whose: Whose
    starts_at: datetime
    ends_at: datetime
    reason: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HolidayEntry:
    """A day on which the facility keeps no schedule."""

    where: str
    on: date
    name: str


Entry = SessionEntry | AbsenceEntry | HolidayEntry


@dataclass(frozen=True, slots=True)
class Mistake:
    """What cannot be taken as it is: a line or an event, and why."""

    where: str
    words: str


@dataclass(slots=True)
class Read:
    """A file as it was read: what it says, what is wrong, what is left out because it is over."""

    entries: list[Entry] = field(default_factory=list)
    mistakes: list[Mistake] = field(default_factory=list)
    over: int = 0
