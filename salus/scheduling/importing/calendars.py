"""iCalendar (RFC 5545): what comes every week is a session, its exceptions and every other event are absences.

What cannot be understood is told, event by event: nothing is passed over in silence.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from icalendar import Calendar

from salus.scheduling.importing.entries import AbsenceEntry, Entry, HolidayEntry, Mistake, Read, SessionEntry, Whose
from salus.scheduling.importing.tables import Unreadable
from salus.scheduling.rules.calendar import DAY, Span

_DAYS = {"MO": 0, "TU": 1, "WE": 2, "TH": 3, "FR": 4, "SA": 5, "SU": 6}
#: parts of a rule that say nothing else where a week is not skipped
_KNOWN = {"FREQ", "INTERVAL", "BYDAY", "UNTIL", "COUNT", "WKST"}
_MOST_COUNT = 5000
_LONGEST = 200


def read_calendar(content: bytes, *, zone: ZoneInfo, whose: Whose | None, today: date, slot_minutes: int = 20) -> Read:
    """Read an .ics file.

    :param zone: the facility's: sessions are kept in its wall time, and what names no zone is meant in it
    :param whose: whose calendar it is; None reads whole days as the facility's holidays
    :param today: what was over before is left out and counted
    """
    found = Read()
    try:
        calendars = Calendar.from_ical(content, multiple=True)
        events = [one for calendar in calendars for one in calendar.walk("VEVENT")]
    except (ValueError, IndexError, KeyError, TypeError, AttributeError) as error:
        found.mistakes.append(Mistake("the file", f"It is no iCalendar: {str(error)[:100]}"))
        return found
    if not events:
        found.mistakes.append(Mistake("the file", "It holds no event."))
    for number, event in enumerate(events, 1):
        where = f"event {number}"
        try:
            entries = list(_entries(event, where, zone, whose, slot_minutes))
        except Unreadable as wrong:
            found.mistakes.append(Mistake(where, str(wrong)))
            continue
        except (ValueError, TypeError, AttributeError, KeyError, OverflowError) as error:
            found.mistakes.append(Mistake(where, f"It cannot be read: {str(error)[:100]}"))
            continue
        lasting = [one for one in entries if not _is_over(one, today, zone)]
        found.over += len(entries) - len(lasting)
        found.entries += lasting
    return found


def _entries(event: Any, where: str, zone: ZoneInfo, whose: Whose | None, slot_minutes: int) -> Iterator[Entry]:
    for name in ("DTSTART", "DTEND", "RRULE", "RECURRENCE-ID"):
        if isinstance(event.get(name), list):
            raise Unreadable(f"It has more than one {name}.")
    if str(event.get("STATUS", "")).upper() == "CANCELLED":
        raise Unreadable("It is cancelled: take the whole calendar as it stands now, without it.")
    if event.get("RECURRENCE-ID") is not None:
        raise Unreadable("It moves one occurrence of another event (RECURRENCE-ID).")
    if event.get("RDATE") is not None:
        raise Unreadable("It has dates beside its rule (RDATE).")
    if event.get("DTSTART") is None:
        raise Unreadable("It does not say when it begins.")
    starts, ends = event["DTSTART"].dt, _end(event)
    if whose is None:
        yield from _holidays(event, where, starts, ends)
    elif event.get("RRULE") is None:
        yield _absence(where, whose, starts, ends, zone, str(event.get("SUMMARY", "")))
    else:
        yield from _weekly(event, where, zone, whose, starts, ends, slot_minutes)


def _end(event: Any) -> Any:
    starts = event["DTSTART"].dt
    if event.get("DTEND") is not None:
        ends = event["DTEND"].dt
    elif event.get("DURATION") is not None:
        ends = starts + event["DURATION"].dt
    elif isinstance(starts, datetime):
        raise Unreadable("It does not say when it ends.")
    else:
        ends = starts + timedelta(days=1)
    if isinstance(starts, datetime) is not isinstance(ends, datetime):
        raise Unreadable("It begins at a time and ends on a day, or the other way round.")
    if ends <= starts:
        raise Unreadable("It would end before it began.")
    return ends


def _holidays(event: Any, where: str, starts: Any, ends: Any) -> Iterator[Entry]:
    if isinstance(starts, datetime) or event.get("RRULE") is not None:
        raise Unreadable("A holiday is a whole day, once.")
    if (ends - starts).days > 31:
        raise Unreadable("It lasts longer than a month.")
    name = str(event.get("SUMMARY", "")).strip()[:_LONGEST] or "Holiday"
    for n in range((ends - starts).days):
        yield HolidayEntry(where=where, on=starts + timedelta(days=n), name=name)


def _absence(where: str, whose: Whose, starts: Any, ends: Any, zone: ZoneInfo, summary: str) -> AbsenceEntry:
    begins, over = _instant(starts, zone), _instant(ends, zone)
    return AbsenceEntry(
        where=where, whose=whose, starts_at=begins, ends_at=over, reason="other", note=summary.strip()[:_LONGEST]
    )


def _instant(when: Any, zone: ZoneInfo) -> datetime:
    """A day begins at midnight; what names no zone is meant where the facility is."""
    at = when if isinstance(when, datetime) else datetime.combine(when, time())
    return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(zone)


# ---------------------------------------------------------------- what comes every week


def _weekly(
    event: Any, where: str, zone: ZoneInfo, whose: Whose, starts: Any, ends: Any, slot_minutes: int
) -> Iterator[Entry]:
    if not isinstance(starts, datetime):
        raise Unreadable("Whole days that come again are no sessions.")
    span, first = _span(starts, ends, zone)
    days = _weekdays(event["RRULE"], first)
    until = _until(event["RRULE"], first, days, starts, zone)
    slot = min(slot_minutes, span[1] - span[0])
    for day in sorted(days):
        held = first + timedelta(days=(day - first.weekday()) % 7)
        if until is None or held < until:
            yield SessionEntry(
                where=where, whose=whose, weekday=day, starts=span[0], ends=span[1], slot_minutes=slot, first=first,
                until=until,
            )  # fmt: skip
    for out in _exceptions(event):
        begins = _instant(out, zone) if isinstance(out, datetime) else _at(out, span[0], zone)
        length = timedelta(minutes=span[1] - span[0])
        yield AbsenceEntry(where=where, whose=whose, starts_at=begins, ends_at=begins + length, reason="other")


def _span(starts: datetime, ends: datetime, zone: ZoneInfo) -> tuple[Span, date]:
    """Wall minutes on the facility's clock, and the first day."""
    begin, end = _instant(starts, zone), _instant(ends, zone)
    if starts.tzinfo is not None:
        # A rule keeps the wall time of its own zone: where the two clocks differ it wanders on ours.
        for days in (91, 182, 273):
            if _instant(starts + timedelta(days=days), zone).time() != begin.time():
                raise Unreadable("It is kept in another time zone, whose clock is not changed as that of the facility.")
    wall = begin.hour * 60 + begin.minute
    length = int((end - begin).total_seconds() // 60)
    if length < 1 or wall + length > DAY:
        raise Unreadable("A session begins and ends on one day.")
    return (wall, wall + length), begin.date()


def _weekdays(rule: Any, first: date) -> set[int]:
    unknown = set(rule) - _KNOWN
    if unknown:
        raise Unreadable(f"Its rule has {', '.join(sorted(unknown))}.")
    often, every = rule.get("FREQ", [""])[0], int(rule.get("INTERVAL", [1])[0])
    if often not in ("WEEKLY", "DAILY") or every != 1:
        raise Unreadable("It comes neither every week nor every day.")
    told = rule.get("BYDAY", [])
    if not told:
        return {first.weekday()} if often == "WEEKLY" else set(range(7))
    if any(str(day) not in _DAYS for day in told):
        raise Unreadable("Its rule names a day such as the second Monday.")
    return {_DAYS[str(day)] for day in told}


def _until(rule: Any, first: date, days: set[int], starts: datetime, zone: ZoneInfo) -> date | None:
    """The day after its last, or None where it goes on."""
    if "COUNT" in rule:
        left, day = int(rule["COUNT"][0]), first
        if not 1 <= left <= _MOST_COUNT:
            raise Unreadable(f"Its rule counts to more than {_MOST_COUNT}.")
        while True:
            left -= day.weekday() in days
            if left == 0:
                return day + timedelta(days=1)
            day += timedelta(days=1)
    if "UNTIL" not in rule:
        return None
    last = rule["UNTIL"][0]
    if not isinstance(last, datetime):
        return date(last.year, last.month, last.day) + timedelta(days=1)
    at = _instant(last, zone)
    # An occurrence that would begin after that instant is none any more.
    is_held = _instant(starts, zone).time() <= at.time()
    return at.date() + timedelta(days=1) if is_held else at.date()


def _exceptions(event: Any) -> Iterator[Any]:
    told = event.get("EXDATE")
    for part in told if isinstance(told, list) else [told] if told is not None else []:
        for one in part.dts:
            yield one.dt


def _at(day: date, wall: int, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(wall // 60, wall % 60), zone)


def _is_over(entry: Entry, today: date, zone: ZoneInfo) -> bool:
    if isinstance(entry, SessionEntry):
        return entry.until is not None and entry.until <= today
    if isinstance(entry, HolidayEntry):
        return entry.on < today
    return entry.ends_at <= datetime.combine(today, time(), zone).astimezone(UTC)
