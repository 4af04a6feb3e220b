"""When a vaccine is due, by a schedule: pure, so that it can be read, argued about and tested without a hospital around it.

The reckoning follows CDC's "Logic Specification for ACIP Recommendations" (CDSi): a dose counts from `valid_*` on; the next
one is recommended at an age, or after an interval where no age is said, and never before the least age and interval.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Literal

_SPAN = re.compile(r"P(?:(\d{1,3})Y)?(?:(\d{1,3})M)?(?:(\d{1,4})W)?(?:(-?\d{1,4})D)?")

CVX = "http://hl7.org/fhir/sid/cvx"
#: a person who is immune is asked for no dose; the codes are those of HL7 v3 ActReason
IMMUNE = "IMMUNE"
REASONS = (IMMUNE, "MEDPREC", "OSTOCK", "PATOBJ")

State = Literal["complete", "later", "due", "overdue", "ended", "immune"]


class NotASpan(ValueError):
    """This is no duration like P6W, P12M-4D or P4Y."""


@dataclass(frozen=True, slots=True)
class Span:
    """A duration as calendars reckon it: years and months first, then weeks and days; days may be taken away (a grace)."""

    months: int = 0
    days: int = 0

    @classmethod
    def parse(cls, text: str) -> Span | None:
        """Read an ISO 8601 duration (days may be negative, as in ISO 8601-2); nothing for an empty text.

        :raises NotASpan: for anything else
        """
        if not text:
            return None
        found = _SPAN.fullmatch(text)
        if found is None or not any(found.groups()):
            raise NotASpan(text)
        years, months, weeks, days = (int(part or 0) for part in found.groups())
        return cls(years * 12 + months, weeks * 7 + days)

    def after(self, day: date) -> date:
        """The day so long after another; where a month has no such day, the first of the next one (CDSi CALCDT-5)."""
        month = day.year * 12 + day.month - 1 + self.months
        year, month = divmod(month, 12)
        if year > date.max.year - 1:
            return date.max
        try:
            moved = day.replace(year=year, month=month + 1)
        except ValueError:
            moved = date(year + (month + 1) // 12, (month + 1) % 12 + 1, 1)
        try:
            return moved + timedelta(days=self.days)
        except OverflowError:
            return date.max


_UNITS = {"year": "Y", "month": "M", "week": "W", "day": "D"}
_PART = re.compile(r"([+-]?)\s*(\d{1,4})\s*(year|month|week|day)s?")


def span_of_words(text: str) -> str:
    """ISO 8601 of `12 months - 4 days`, as schedules are printed; ISO itself stays as it is, empty stays empty.

    :raises NotASpan: for anything else
    """
    folded = " ".join(text.replace("\u2212", "-").split()).lower()
    if not folded or folded.upper().startswith("P"):
        Span.parse(folded.upper())
        return folded.upper()
    parts = _PART.findall(folded)
    if _PART.sub("", folded).strip() or len({unit for _sign, _n, unit in parts}) != len(parts):
        raise NotASpan(text)
    said = {unit: f"{'-' if sign == '-' else ''}{int(number)}{_UNITS[unit]}" for sign, number, unit in parts}
    iso = "P" + "".join(said[unit] for unit in _UNITS if unit in said)
    Span.parse(iso)
    return iso


def words_of_span(iso: str) -> str:
    """`12 months - 4 days` of `P12M-4D`."""
    found = _SPAN.fullmatch(iso)
    if found is None:
        return iso
    parts = [(int(n), unit) for n, unit in zip(found.groups(), _UNITS, strict=True) if n is not None]
    words = [f"{'- ' if n < 0 else '+ '}{abs(n)} {unit}{'' if abs(n) == 1 else 's'}" for n, unit in parts]
    return " ".join(words).removeprefix("+ ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One dose of a series, as `chart.ScheduledDose` has it."""

    dose: int
    valid_age: Span | None = None
    min_age: Span | None = None
    age: Span | None = None
    late_age: Span | None = None
    max_age: Span | None = None
    valid_interval: Span | None = None
    min_interval: Span | None = None
    interval: Span | None = None
    late_interval: Span | None = None
    valid_from_first: Span | None = None
    min_from_first: Span | None = None
    from_first: Span | None = None
    skip_from: Span | None = None
    start_before: Span | None = None
    completes_from: Span | None = None
    people_from: Span | None = None
    people_until: Span | None = None
    again: Span | None = None
    #: the day of the year on which its season begins, as 07-01
    season: str = ""
    #: the group whose series this one may stand for
    instead_of: str = ""
    #: the vaccines (CVX) that will do for it; any of its group where none is named
    vaccines: tuple[str, ...] = ()
    #: its source speaks of who was born from this day on
    born_from: date | None = None
    #: diagnoses (beginnings of ICD-10, SNOMED codes) that are evidence of immunity, and those with which somebody asks first
    immune_by: tuple[str, ...] = ()
    not_with: tuple[str, ...] = ()

    def takes(self, code: str) -> bool:
        """Whether this vaccine will do; one that is not named will."""
        return not self.vaccines or not code or code in self.vaccines

    @property
    def recurs(self) -> bool:
        """Whether it comes again and again."""
        return self.again is not None or bool(self.season)

    def next_after(self, day: date) -> date:
        """When a dose that comes again is due, after the one that was given on a day."""
        if self.again is not None:
            return self.again.after(day)
        month, of_month = (int(part) for part in self.season.split("-"))
        turn = date(day.year, month, of_month)
        return turn if turn > day else turn.replace(year=day.year + 1)

    def season_of(self, day: date) -> date:
        """When the season began in which a day lies."""
        month, of_month = (int(part) for part in self.season.split("-"))
        turn = date(day.year, month, of_month)
        return turn if turn <= day else turn.replace(year=day.year - 1)

    def speaks_of(self, born: date, today: date) -> bool:
        """Whether its source is about people of this age, and born so late."""
        if self.born_from is not None and born < self.born_from:
            return False
        begins, ends = _from(born, self.people_from), _from(born, self.people_until)
        return (begins is None or today >= begins) and (ends is None or today < ends)


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """A diagnosis of the record: the codes that it is known by, and whether the patient has it now."""

    codes: tuple[str, ...]
    words: str
    is_active: bool = True


def first_of(diagnoses: Iterable[Diagnosis], codes: Sequence[str]) -> Diagnosis | None:
    """The first diagnosis of which a code begins like one of these."""
    return next((one for one in diagnoses if any(code.startswith(tuple(codes)) for code in one.codes)), None)


@dataclass(frozen=True, slots=True)
class Dose:
    """A dose that was given: on which day, of which vaccine (CVX), where that is known."""

    on: date
    code: str = ""


@dataclass(frozen=True, slots=True)
class Counted:
    """A dose that was given: as which dose of the series it counts, or why it does not."""

    on: date
    dose: int | None
    problem: Literal["", "early-age", "early-interval", "late", "extra"] = ""


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a series comes to on a day. `earliest` is when the next dose may be given, `due` when it should be, `overdue`
    from when it is late, `until` from when it is given no more."""

    state: State
    counted: Sequence[Counted] = field(default_factory=tuple)
    dose: int | None = None
    earliest: date | None = None
    due: date | None = None
    overdue: date | None = None
    until: date | None = None

    @property
    def valid(self) -> list[Counted]:
        """The doses that count."""
        return [one for one in self.counted if one.dose is not None]


def forecast(
    series: Sequence[Line], given: Iterable[date | Dose], born: date, today: date, *, is_immune: bool = False
) -> Forecast:
    """Reckon a series for one person.

    :param series: its lines by dose
    :param given: the doses, or the days on which some were given, in any order; what lies in the future does not count
    """
    doses = [one if isinstance(one, Dose) else Dose(one) for one in given]
    doses = sorted((one for one in doses if one.on <= today), key=lambda one: (one.on, one.code))
    counted, place = _count(series, doses, born)
    if is_immune:
        return Forecast("immune", counted)
    if place >= len(series):
        return Forecast("complete", counted)
    return _next(series, place, counted, born, today, doses[-1].on if doses else None)


#: of series that may stand for one another: what is done, what goes on, what is begun no more
_RANKS: dict[State, int] = {"immune": 0, "complete": 1, "ended": 3}


def furthest(found: Sequence[tuple[Sequence[Line], Forecast]]) -> int:
    """Which of several series counts: one that is complete, else the one with the most doses that count, of those the one
    that asks for the fewest more; where nothing tells them apart, the first."""

    def rank(place: int) -> tuple[int, int, int, int]:
        series, now = found[place]
        valid = len(now.valid)
        return _RANKS.get(now.state, 2), -valid, len(series) - valid if valid else 0, place

    return min(range(len(found)), key=rank)


def _count(series: Sequence[Line], doses: Sequence[Dose], born: date) -> tuple[list[Counted], int]:
    counted: list[Counted] = []
    first: date | None = None
    place = 0
    for at, given in enumerate(doses):
        day = given.on
        place = _without_skipped(series, place, born, day)
        if place >= len(series):
            counted.append(Counted(day, None, "extra"))
            continue
        if not series[place].takes(given.code):
            continue  # it counts in another series
        problem = _problem(series[place], day, born, doses[at - 1].on if at else None, first)
        counted.append(Counted(day, None if problem else series[place].dose, problem))
        if not problem:
            first = first or day
            ends = _from(born, series[place].completes_from)
            if ends is not None and day >= ends:
                place = len(series)
            elif not series[place].recurs:
                place += 1
    return counted, place


def _without_skipped(series: Sequence[Line], place: int, born: date, day: date) -> int:
    """The dose that is asked for at this age: those that older people leave out are left out, but never the last."""
    while place < len(series) - 1:
        limit = _from(born, series[place].skip_from)
        if limit is None or day < limit:
            break
        place += 1
    return place


def _problem(
    line: Line, day: date, born: date, before: date | None, first: date | None
) -> Literal["", "early-age", "early-interval", "late"]:
    ends = _from(born, line.max_age)
    if ends is not None and day >= ends:
        return "late"
    if day < (_from(born, line.valid_age or line.min_age) or born):
        return "early-age"
    waits = [_from(before, line.valid_interval or line.min_interval), _from(first, line.valid_from_first)]
    if any(wait is not None and day < wait for wait in waits):
        return "early-interval"
    return ""


def _next(
    series: Sequence[Line], place: int, counted: Sequence[Counted], born: date, today: date, before: date | None
) -> Forecast:
    """What comes next; `before` is the last dose that was given, whether it counted or not."""
    valid = [one for one in counted if one.dose is not None]
    first = valid[0].on if valid else None
    asked = place
    place = _without_skipped(series, place, born, max(today, _earliest(series[place], born, before, first)))
    line = series[place]
    earliest = _earliest(line, born, before, first)
    begins = _from(born, line.age) or _from(before, line.interval) or _from(first, line.from_first) or earliest
    if line.recurs and (times := [one.on for one in valid if one.dose == line.dose]):
        begins = line.next_after(times[-1])
    elif line.season:
        begins = max(begins, line.season_of(today))
    # a dose that was overdue when it was left out leaves its debt to the one that is asked for instead
    ends = _owed_since(series[asked:place], born, before, first) or _late(line, born, before)
    until = _from(born, line.max_age)
    if not valid and (last_start := _from(born, series[0].start_before)) is not None:
        until = min(until or last_start, last_start)
    due = max(begins, earliest)
    overdue = max(ends, earliest) if ends is not None else until
    if until is not None and max(today, earliest) >= until:
        return Forecast("ended", counted, line.dose, until=until)
    state: State = "later" if today < due else "overdue" if overdue is not None and today >= overdue else "due"
    return Forecast(state, counted, line.dose, earliest, due, overdue, until)


def _late(line: Line, born: date, before: date | None) -> date | None:
    return _from(born, line.late_age) or _from(before, line.late_interval)


def _owed_since(skipped: Iterable[Line], born: date, before: date | None, first: date | None) -> date | None:
    """From when the first dose was late, of those that are left out now; one that was left out before it was late never was."""
    asked_from = born
    for line in skipped:
        late, until = _late(line, born, before), _from(born, line.skip_from)
        assert until is not None, "it would not have been left out"
        if late is not None and (since := max(late, asked_from, _earliest(line, born, before, first))) < until:
            return since
        asked_from = max(asked_from, until)
    return None


def _earliest(line: Line, born: date, before: date | None, first: date | None) -> date:
    found = (
        _from(born, line.min_age or line.valid_age),
        _from(before, line.min_interval or line.valid_interval),
        _from(first, line.min_from_first or line.valid_from_first),
    )
    return max([born, *(one for one in found if one is not None)])


def _from(day: date | None, span: Span | None) -> date | None:
    return span.after(day) if day is not None and span is not None else None


#: what must not come before what, in one line of a schedule
_ORDER = (
    ("valid_age", "min_age"), ("min_age", "age"), ("age", "late_age"), ("late_age", "max_age"), ("min_age", "max_age"),
    ("valid_interval", "min_interval"), ("min_interval", "interval"), ("interval", "late_interval"),
    ("valid_from_first", "min_from_first"), ("min_from_first", "from_first"),
)  # fmt: skip
_SOME_DAY = date(2001, 3, 1)


def disordered(spans: Mapping[str, str]) -> list[str]:
    """Which durations of a line come before one that must come first."""
    days = {name: span.after(_SOME_DAY) for name, text in spans.items() if (span := Span.parse(text)) is not None}
    return [later for first, later in _ORDER if first in days and later in days and days[later] < days[first]]
