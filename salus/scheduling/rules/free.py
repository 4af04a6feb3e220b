"""Which slots are free: weekly sessions, less holidays and absences, less what is booked. Pure sums over minutes.

A slot of so many minutes has a row of bytes for each schedule that it needs: one byte for each minute at which it could
begin, 1 where it cannot, because too many have a place in the meantime, whatever the numbers of theirs (who overbooked sits
there too), or because the schedule is not kept. What a session has on a day is then every so many bytes of a row.
"""

from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import reduce
from operator import or_
from typing import NamedTuple
from uuid import UUID

import msgspec

from salus.scheduling.rules.calendar import DAY, Clock, Plan, Span

#: nothing is booked for longer (minutes); so far before the origin may begin what reaches into the window
LONGEST = DAY
_PAD = 2 * LONGEST
#: (schedule, places) of all that a slot takes
Needs = tuple[tuple[UUID, int], ...]


class Session(msgspec.Struct, frozen=True, gc=False):
    """A weekly plan of one schedule, and what each booking takes as well: (schedule, places) of rooms and devices."""

    pattern_id: UUID
    schedule_id: UUID
    plan: Plan
    also: Needs = ()

    @property
    def needs(self) -> Needs:
        """All that a slot of it takes."""
        return ((self.schedule_id, self.plan.places), *self.also)


class Piece(NamedTuple):
    """Slots in a row of one session on one day; `taken` has a byte for each, 0 where the slot is free."""

    base: int
    minutes: int
    session: int
    day: date
    taken: bytes | bytearray

    @property
    def free(self) -> int:
        """How many of them are free."""
        return self.taken.count(0)

    def starts(self) -> Iterator[int]:
        """When the free ones begin, in minutes since 1970."""
        return (self.base + n * self.minutes for n, byte in enumerate(self.taken) if not byte)


def whole_slots(minutes: int, slot: int) -> int:
    """The minutes of as many neighbouring slots as something of so many minutes takes, one at least."""
    return max(1, -(-minutes // slot)) * slot


def in_a_row(piece: Piece, length: int) -> Piece:
    """The same slots for a visit that takes several: free where all that it takes are; the last ones begin too late."""
    count = length // piece.minutes
    if count == 1:
        return piece
    starts = len(piece.taken) - count + 1
    return piece._replace(taken=bytes(any(piece.taken[n : n + count]) for n in range(max(0, starts))))


class Holds(NamedTuple):
    """Where one place is had for equally many minutes: from each of these, counted from the origin."""

    place: int
    minutes: int
    begins: Sequence[int]


@dataclass(slots=True)
class Busy:
    """Who has what within [origin, origin + length), in minutes since 1970."""

    origin: int
    length: int
    holds: dict[UUID, list[Holds]] = field(default_factory=dict)
    #: when a schedule is not kept, from the origin on: no place of it can be had
    closed: dict[UUID, list[Span]] = field(default_factory=dict)
    _rows: dict[tuple[Needs, int], bytes | bytearray | None] = field(default_factory=dict)

    def take(self, schedule_id: UUID, place: int, minutes: int, begins: Sequence[int]) -> None:
        """One place is taken for so many minutes from each of these on, counted from the origin."""
        self.holds.setdefault(schedule_id, []).append(Holds(place, minutes, begins))

    def close(self, schedule_id: UUID, spans: Iterable[Span]) -> None:
        """In these spans, counted from the origin, the schedule is not kept."""
        self.closed.setdefault(schedule_id, []).extend(spans)

    def left(self, schedule_id: UUID, places: int, begins: int, ends: int) -> int:
        """How many places of a schedule are free from minute to minute, both from the origin on."""
        if any(a < ends and begins < b for a, b in self.closed.get(schedule_id, ())):
            return 0
        rows = self.holds.get(schedule_id, ())
        had = {place for place, minutes, starts in rows if any(at < ends and begins < at + minutes for at in starts)}
        return max(0, places - len(had))

    def marks(self, needs: Needs, slot: int) -> bytearray | None:
        """Where something is held from, a byte for each minute, `_PAD` before the origin on; only for one place of one schedule
        that is always kept, with nothing that lasts longer than a slot."""
        whose, places = needs[0]
        held = self.holds.get(whose, ())
        if len(needs) > 1 or places > 1 or whose in self.closed or not held or max(one.minutes for one in held) > slot:
            return None
        known = needs, 0
        if known not in self._rows:
            row = self._rows[known] = self._empty()
            for _place, _minutes, begins in held:
                for begin in begins:
                    row[begin + _PAD] = 1
        return self._rows[known]  # type: ignore[return-value]

    def row(self, needs: Needs, slot: int) -> bytes | bytearray | None:
        """Where a slot of so many minutes that needs these (schedule, places) cannot begin, `_PAD` bytes before the origin
        on; nothing where it always can."""
        known = needs, slot
        if known not in self._rows:
            rows = [row for one, places in needs if (row := self._row(one, places, slot)) is not None]
            self._rows[known] = _joined(rows) if len(rows) > 1 else next(iter(rows), None)
        return self._rows[known]

    def _row(self, schedule_id: UUID, places: int, slot: int) -> bytes | bytearray | None:
        held, closed = self.holds.get(schedule_id, ()), self.closed.get(schedule_id, ())
        if not held and not closed:
            return None
        rows: dict[int, bytearray] = {}
        for place, minutes, begins in held:
            self._mark(rows.setdefault(place if places > 1 else 0, self._empty()), minutes, begins, slot)
        found: bytes | bytearray = next(iter(rows.values()), b"")
        if places > 1:
            found = _full([row[: self._size] for row in rows.values()], places)
        if closed:
            found = bytearray(found or self._size)
            for since, until in closed:
                first, end = max(_PAD + since - slot + 1, 0), min(_PAD + until, self._size)
                if first < end:
                    found[first:end] = b"\1" * (end - first)
        return found

    @property
    def _size(self) -> int:
        return _PAD + self.length

    def _empty(self) -> bytearray:
        return bytearray(self._size)

    def _mark(self, row: bytearray, minutes: int, begins: Sequence[int], slot: int) -> None:
        # A slot cannot begin while it would reach into what is held, nor until that is over.
        before, after = _PAD - slot + 1, _PAD + minutes
        ones = b"\1" * (after - before)
        for begin in begins:
            row[begin + before : begin + after] = (
                ones  # what lies beyond the end makes the row longer, and is not looked at
            )


def _full(rows: Sequence[bytearray], places: int) -> bytes:
    """Where so many of these rows, one for each place, have somebody."""
    if not rows:
        return b""
    if len(rows) > 255:
        return bytes(sum(minute) >= places for minute in zip(*rows, strict=True))
    heads = sum(int.from_bytes(row) for row in rows).to_bytes(len(rows[0]))  # no byte overflows into the next
    return heads.translate(bytes(n >= places for n in range(256)))


def _joined(rows: Sequence[bytes | bytearray]) -> bytes:
    size = min(map(len, rows))
    return reduce(or_, (int.from_bytes(row[:size]) for row in rows)).to_bytes(size)


@dataclass(frozen=True, slots=True)
class Window:
    """What is asked for: days, wall times at which a slot may begin, holidays on which none does."""

    days: Sequence[date]
    walls: Span = (0, DAY)
    holidays: frozenset[date] = frozenset()


def free_pieces(sessions: Sequence[Session], window: Window, clock: Clock, busy: Busy) -> Iterator[Piece]:
    """What the sessions have within the window and within `busy`, day by day; slots that are cut off are left out."""
    by_weekday: dict[int, list[_Part]] = {}
    for number, one in enumerate(sessions):
        by_weekday.setdefault(one.plan.weekday, []).extend(_parts(number, one, busy))
    for day in window.days:
        if day not in window.holidays:
            yield from _pieces_on(day, by_weekday.get(day.weekday(), ()), window, clock, busy)


def _pieces_on(day: date, parts: Sequence["_Part"], window: Window, clock: Clock, busy: Busy) -> Iterator[Piece]:
    midnight, offset = clock.plain_midnight(day), _PAD - busy.origin
    first, until = _bounds(clock, day, window.walls, busy)
    for number, plan, begins, ends, slot, marks, needs in parts:
        if not (plan.first <= day and (plan.until is None or day < plan.until)):
            continue
        if midnight is None:
            base, end = clock.minute(day, begins), clock.minute(day, ends)
        else:
            base, end = midnight + begins, midnight + ends
        if base < first:
            base -= (base - first) // slot * slot  # the first of its slots that is not cut off
        count = (min(end, until) - base) // slot
        if count > 0:
            at = base + offset
            yield Piece(base, slot, number, day, _taken(busy, marks, needs, slot, at, at + count * slot))


def _taken(busy: Busy, marks: bytearray | None, needs: Needs, slot: int, at: int, until: int) -> bytes | bytearray:
    if marks is not None:
        taken = marks[at:until:slot]
        if taken.count(1) == marks.count(1, at - slot + 1, until):
            return taken  # whole slots are held, and nothing across their borders
    row = busy.row(needs, slot)
    return row[at:until:slot] if row else bytes((until - at) // slot)


class _Part(NamedTuple):
    """A session between two breaks, with what is the same on each of its days."""

    number: int
    plan: Plan
    begins: int
    ends: int
    slot: int
    #: see `Busy.marks`
    marks: bytearray | None
    needs: Needs


def _parts(number: int, session: Session, busy: Busy) -> Iterator[_Part]:
    plan = session.plan
    needs = session.needs
    marks = busy.marks(needs, plan.slot)
    return (_Part(number, plan, begins, ends, plan.slot, marks, needs) for begins, ends in plan.spans())


def _bounds(clock: Clock, day: date, walls: Span, busy: Busy) -> Span:
    """The first start that is asked for, and the end of all that is known, in minutes since 1970."""
    until = min(busy.origin + busy.length, clock.minute(day, walls[1]) if walls[1] < DAY else busy.origin + busy.length)
    return max(clock.minute(day, walls[0]), busy.origin), until


def left_of(session: Session, begins: int, ends: int, busy: Busy) -> int:
    """How many places a slot has left, from minute to minute, both counted from the origin of `busy`."""
    left = busy.left(session.schedule_id, session.plan.places, begins, ends)
    return left if left and all(busy.left(one, most, begins, ends) for one, most in session.also) else 0


def minutes_of(packed: bytes) -> Sequence[int]:
    """Minutes that a database packed as whole numbers of four bytes, the highest first."""
    found = array("i", packed)
    found.byteswap()
    return found


def days_from(first: date, count: int) -> list[date]:
    """So many days from one on."""
    return [first + timedelta(days=n) for n in range(count)]
