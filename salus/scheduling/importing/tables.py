"""CSV: a line for each session, absence or holiday. Every line that cannot be read is told, with its number."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from salus.scheduling.importing.entries import AbsenceEntry, Entry, HolidayEntry, Mistake, Read, SessionEntry, Whose
from salus.scheduling.rules.calendar import DAY
from salus.scheduling.rules.typing import NotATime, parse_spans, parse_wall

COLUMNS = ("what", "staff_number", "kind", "name", "department", "room", "weekdays", "starts", "ends", "slot_minutes",
           "places", "breaks", "services", "also", "first", "last", "reason", "note")  # fmt: skip
#: a table of public holidays as they are published: country, date, name
HOLIDAYS = {"date", "name"}
KINDS = ("practitioner", "room", "device", "service")
REASONS = ("leave", "illness", "training", "maintenance", "other")
_DAYS = {name: n for n, names in enumerate((
    ("mon", "monday"), ("tue", "tuesday"), ("wed", "wednesday"), ("thu", "thursday"), ("fri", "friday"),
    ("sat", "saturday"), ("sun", "sunday"),
)) for name in names}  # fmt: skip
#: a field that is longer is none
_LONGEST = 500


class Unreadable(ValueError):
    """Why a line says nothing that could be taken."""


def read_table(content: bytes, *, zone: ZoneInfo, country: str = "") -> Read:
    """Read a CSV file, with commas or semicolons, in UTF-8.

    :param zone: in which a wall time is meant
    :param country: of a table of public holidays only those of this one
    """
    found = Read()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        found.mistakes.append(Mistake("the file", "It is not written in UTF-8."))
        return found
    if "\0" in text:
        found.mistakes.append(Mistake("the file", "It holds a NUL character: it is no text."))
        return found
    lines = _lines(text)
    try:
        _number, header = next(lines)
        names = [name.strip().lower() for name in header]
    except StopIteration:
        found.mistakes.append(Mistake("the file", "It is empty."))
        return found
    except csv.Error as error:
        found.mistakes.append(Mistake("line 1", f"It is no CSV: {error}."))
        return found
    wrong = _heading(names)
    if wrong:
        found.mistakes.append(Mistake("line 1", wrong))
        return found
    read = _holiday if set(names) >= HOLIDAYS and set(names) <= HOLIDAYS | {"country"} else _entries
    _read_lines(found, lines, names, read, zone, country)
    return found


Reader = Callable[[Mapping[str, str], str, ZoneInfo, str], list[Entry]]


def _read_lines(
    found: Read, lines: Iterator[tuple[int, list[str]]], names: list[str], read: Reader, zone: ZoneInfo, country: str
) -> None:
    while True:
        try:
            number, cells = next(lines)
        except StopIteration:
            return
        except csv.Error as error:
            found.mistakes.append(Mistake("the rest of the file", f"It is no CSV: {error}."))
            return
        where = f"line {number}"
        if not any(cell.strip() for cell in cells):
            continue
        try:
            if len(cells) > len(names):
                raise Unreadable("It has more fields than the heading.")
            if any(len(cell) > _LONGEST for cell in cells):
                raise Unreadable(f"A field has more than {_LONGEST} characters.")
            said = dict(zip(names, (cell.strip() for cell in cells), strict=False))
            found.entries += read(said, where, zone, country)
        except Unreadable as wrong:
            found.mistakes.append(Mistake(where, str(wrong)))


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    """Lines with the number at which each begins."""
    first = text.partition("\n")[0]
    reader = csv.reader(
        io.StringIO(text, newline=""), delimiter=";" if first.count(";") > first.count(",") else ",", strict=True
    )
    begins = 1
    for cells in reader:
        yield begins, cells
        begins = reader.line_num + 1


def _heading(names: list[str]) -> str:
    doubled = sorted({name for name in names if names.count(name) > 1})
    if doubled:
        return f"The heading names {', '.join(doubled)} twice."
    if set(names) >= HOLIDAYS and set(names) <= HOLIDAYS | {"country"}:
        return ""
    unknown = sorted(name[:40] for name in set(names) - set(COLUMNS))
    if unknown:
        return f"The heading names what nobody knows: {', '.join(unknown)}. It may name {', '.join(COLUMNS)}."
    return "" if {"weekdays", "first"} & set(names) else "The heading names neither weekdays nor first."


def _holiday(said: Mapping[str, str], where: str, zone: ZoneInfo, country: str) -> list[Entry]:
    if country and said.get("country", "").upper() != country.upper():
        return []
    if not country and said.get("country"):
        raise Unreadable("Say which country's holidays: --country.")
    return [HolidayEntry(where=where, on=_day(said.get("date", ""), "date"), name=_needed(said, "name"))]


def _entries(said: Mapping[str, str], where: str, zone: ZoneInfo, country: str) -> list[Entry]:
    what = said.get("what", "") or "session"
    if what == "session":
        return _sessions(said, where)
    if what == "absence":
        return [_absence(said, where, zone)]
    if what == "holiday":
        name = said.get("name") or _needed(said, "note")
        return [HolidayEntry(where=where, on=_day(said.get("first", ""), "first"), name=name)]
    raise Unreadable("what is session, absence or holiday.")


def _sessions(said: Mapping[str, str], where: str) -> list[Entry]:
    last = said.get("last", "")
    values: dict[str, Any] = {
        "where": where,
        "whose": _whose(said),
        "starts": _wall(_needed(said, "starts"), "starts"),
        "ends": _wall(_needed(said, "ends"), "ends"),
        "slot_minutes": _number(said, "slot_minutes", 20),
        "places": _number(said, "places", 1),
        "breaks": _breaks(said.get("breaks", "")),
        "service_codes": tuple(said.get("services", "").split()),
        "also": tuple(one.strip() for one in said.get("also", "").replace("|", ";").split(";") if one.strip()),
        "location": said.get("room", ""),
        "first": _day(_needed(said, "first"), "first"),
        "until": _day(last, "last") + timedelta(days=1) if last else None,
    }
    return [SessionEntry(weekday=day, **values) for day in _weekdays(_needed(said, "weekdays"))]


def _absence(said: Mapping[str, str], where: str, zone: ZoneInfo) -> Entry:
    first = _day(_needed(said, "first"), "first")
    last = _day(said["last"], "last") if said.get("last") else first
    starts = _wall(said.get("starts") or "00:00", "starts")
    ends = _wall(said.get("ends") or "24:00", "ends")
    reason = said.get("reason") or "leave"
    if reason not in REASONS:
        raise Unreadable(f"reason is one of {', '.join(REASONS)}.")
    begins, over = _instant(first, starts, zone), _instant(last, ends, zone)
    if over <= begins:
        raise Unreadable("It would end before it began.")
    return AbsenceEntry(
        where=where, whose=_whose(said), starts_at=begins, ends_at=over, reason=reason, note=said.get("note", "")
    )


def _whose(said: Mapping[str, str]) -> Whose:
    number, name = said.get("staff_number", ""), said.get("name", "")
    kind = said.get("kind") or ("practitioner" if number else "service")
    if kind not in KINDS:
        raise Unreadable(f"kind is one of {', '.join(KINDS)}.")
    if kind == "practitioner" and not number:
        raise Unreadable("A person is named by staff_number.")
    if kind != "practitioner" and not name:
        raise Unreadable("A room, device or clinic is named by name.")
    is_thing = kind in ("room", "device")
    places = _number(said, "places", 1) if is_thing else 1
    return Whose(number, kind, "" if number else name, said.get("department", ""), places)


def _needed(said: Mapping[str, str], name: str) -> str:
    if not said.get(name):
        raise Unreadable(f"{name} is empty.")
    return said[name]


def _day(text: str, name: str) -> date:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        raise Unreadable(f"{name} is a day like 2026-11-28.") from None
    if not 1901 <= found.year < 2200:
        raise Unreadable(f"{name} is in no year of ours.")
    return found


def _wall(text: str, name: str) -> int:
    try:
        return parse_wall(text)
    except NotATime:
        raise Unreadable(f"{name} is a time like 09:30.") from None


def _breaks(text: str) -> tuple[tuple[int, int], ...]:
    try:
        return parse_spans(text.replace(";", ","))
    except NotATime:
        raise Unreadable("breaks are spans like 10:30-10:45; 12:00-13:00.") from None


def _number(said: Mapping[str, str], name: str, usual: int) -> int:
    text = said.get(name, "")
    if not text:
        return usual
    if not (text.isascii() and text.isdigit() and len(text) < 6):
        raise Unreadable(f"{name} is a whole number.")
    if name == "places" and not 1 <= int(text) <= 500:
        raise Unreadable("places are 1 to 500.")
    return int(text)


def _weekdays(text: str) -> list[int]:
    words = text.lower().replace(",", " ").replace(";", " ").split()
    if not words or any(word not in _DAYS for word in words):
        raise Unreadable("weekdays are words like mon tue fri.")
    return sorted({_DAYS[word] for word in words})


def _instant(day: date, wall: int, zone: ZoneInfo) -> datetime:
    day, wall = day + timedelta(days=wall // DAY), wall % DAY
    return datetime.combine(day, time(wall // 60, wall % 60), zone)
