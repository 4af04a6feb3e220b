"""Weekly plans in a facility's own time: which slots a day has, also where clocks are changed.

Wall time says when a session begins, pauses and ends; inside it slots follow each other in real minutes. Where a session
begins in an hour that does not exist (spring), it begins when that hour is over; an hour that comes twice (autumn) is meant
at its first coming. Instants are whole minutes since 1970-01-01T00:00Z: a month of two hundred doctors is sums of integers.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec

DAY = 1440
#: so many minutes from its time an appointment is kept on another day: who comes before midnight may have one after it
NIGHT = 240
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Span = tuple[int, int]


class Plan(msgspec.Struct, frozen=True, gc=False):
    """One session of one weekday (0 is Monday): wall minutes of the day, slot length, places in a slot, days of validity."""

    weekday: int
    starts: int
    ends: int
    slot: int
    places: int = 1
    breaks: tuple[Span, ...] = ()
    first: date = date.min
    #: the day after its last
    until: date | None = None

    def holds_on(self, day: date) -> bool:
        """Whether it is this plan's weekday within its validity."""
        return day.weekday() == self.weekday and self.is_valid_on(day)

    def is_valid_on(self, day: date) -> bool:
        """Whether a day is within its validity, whatever the weekday."""
        return self.first <= day and (self.until is None or day < self.until)

    def spans(self) -> Iterator[Span]:
        """The session without its breaks, in wall minutes."""
        at = self.starts
        for begins, ends in sorted(self.breaks):
            if begins > at:
                yield at, min(begins, self.ends)
            at = max(at, ends)
        if at < self.ends:
            yield at, self.ends

    def keeps(self, wall: int, length: int) -> bool:
        """Whether a time within a day that it holds on is its own: it may lie across slots, and last beyond the end."""
        is_within = self.starts <= wall and wall + min(length, self.slot) <= self.ends
        return is_within and not any(begins < wall + length and wall < ends for begins, ends in self.breaks)


@dataclass(frozen=True, slots=True)
class Block:
    """So many slots in a row: `base` is the first one's minute, `slot` the length of each."""

    base: int
    count: int
    slot: int

    def starts(self) -> range:
        return range(self.base, self.base + self.count * self.slot, self.slot)


class Clock:
    """A zone's days as minutes; what a day looks like is reckoned once."""

    def __init__(self, zone: str) -> None:
        self.zone = ZoneInfo(zone)
        self._midnights: dict[date, tuple[int, bool]] = {}

    def minute(self, day: date, wall: int) -> int:
        """The instant of a wall time, as minutes since 1970; 1440 is the next midnight."""
        midnight, is_plain = self._midnight(day)
        return midnight + wall if is_plain else self._exact(day, wall)

    def plain_midnight(self, day: date) -> int | None:
        """The instant at which a day begins that has 24 hours; None where clocks are changed."""
        midnight, is_plain = self._midnight(day)
        return midnight if is_plain else None

    def day_of(self, minute: int) -> date:
        """The day in this zone of an instant."""
        return at(minute).astimezone(self.zone).date()

    def wall_of(self, minute: int) -> int:
        """The minute of the day in this zone of an instant."""
        local = at(minute).astimezone(self.zone)
        return local.hour * 60 + local.minute

    def _midnight(self, day: date) -> tuple[int, bool]:
        known = self._midnights.get(day)
        if known is None:
            begins, ends = self._exact(day, 0), self._exact(day + timedelta(days=1), 0)
            known = self._midnights[day] = begins, ends - begins == DAY and self._exact(day, 720) - begins == 720
        return known

    def _exact(self, day: date, wall: int) -> int:
        day, wall = day + timedelta(days=wall // DAY), wall % DAY
        naive = datetime.combine(day, time(wall // 60, wall % 60))
        found = minutes(naive.replace(tzinfo=self.zone))
        if at(found).astimezone(self.zone).replace(tzinfo=None) == naive:
            return found
        # The wall time is skipped. With the offset of before it lies after the change, with the one of after it before.
        low, high = minutes(naive.replace(tzinfo=self.zone, fold=1)), found
        while high - low > 1:
            middle = (low + high) // 2
            is_after = at(middle).astimezone(self.zone).replace(tzinfo=None) > naive
            low, high = (low, middle) if is_after else (middle, high)
        return high


def minutes(instant: datetime) -> int:
    """Whole minutes since 1970 of an instant."""
    return int((instant - _EPOCH).total_seconds() // 60)


def at(minute: int) -> datetime:
    """The instant, in UTC, of minutes since 1970."""
    return _EPOCH + timedelta(minutes=minute)


def blocks_on(plan: Plan, day: date, clock: Clock) -> Iterator[Block]:
    """The slots of a plan on a day that it holds on, one block for each span between breaks."""
    for begins, ends in plan.spans():
        base = clock.minute(day, begins)
        count = (clock.minute(day, ends) - base) // plan.slot
        if count > 0:
            yield Block(base, count, plan.slot)


def slots_on(plan: Plan, day: date, clock: Clock) -> list[Span]:
    """The same as (start, end), each in minutes since 1970."""
    if not plan.holds_on(day):
        return []
    return [(start, start + plan.slot) for block in blocks_on(plan, day, clock) for start in block.starts()]


def closed_on(plans: Iterable[Plan], day: date, clock: Clock) -> Iterator[Span]:
    """When on a day a room or device with hours of its own cannot be had, as minutes since 1970; without any: never."""
    valid = [one for one in plans if one.is_valid_on(day)]
    if not valid:
        return
    kept = [one for one in valid if one.holds_on(day)]
    at, midnight = clock.minute(day, 0), clock.minute(day, DAY)
    for begins, ends in sorted((clock.minute(day, a), clock.minute(day, b)) for one in kept for a, b in one.spans()):
        if begins > at:
            yield at, begins
        at = max(at, ends)
    if at < midnight:
        yield at, midnight


def is_due(starts: int, now: int, clock: Clock) -> bool:
    """Whether whoever has an appointment then may come for it now, both in minutes since 1970."""
    return abs(starts - now) <= NIGHT or clock.day_of(starts) == clock.day_of(now)
