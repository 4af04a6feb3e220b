"""Which slots are free: weekly sessions, less holidays and absences, less what is booked. Pure sums over minutes.

Each place of a schedule is a row of bytes, one for each minute of the window, 1 where somebody has it. A slot is free while
fewer have a place in it than there are places, whatever the numbers of theirs (who overbooked sits there too), and while
every room and device that comes with it has one left.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import reduce
from operator import or_, sub
from typing import NamedTuple
from uuid import UUID

from salus.scheduling.rules.calendar import DAY, Clock, Plan, Span


@dataclass(frozen=True, slots=True)
class Session:
    """A weekly plan of one schedule, and what each booking takes as well: (schedule, places) of rooms and devices."""

    pattern_id: UUID
    schedule_id: UUID
    plan: Plan
    also: tuple[tuple[UUID, int], ...] = ()


class Piece(NamedTuple):
    """Slots in a row of one session on one day; `taken` has a byte for each, 0 where the slot is free."""

    base: int
    minutes: int
    session: int
    day: date
    taken: bytes

    @property
    def free(self) -> int:
        """How many of them are free."""
        return self.taken.count(0)

    def starts(self) -> Iterator[int]:
        """When the free ones begin, in minutes since 1970."""
        return (self.base + n * self.minutes for n, byte in enumerate(self.taken) if not byte)


@dataclass(slots=True)
class Busy:
    """Who has what within [origin, origin + length), in minutes since 1970."""

    origin: int
    length: int
    places: dict[UUID, dict[int, bytearray]] = field(default_factory=dict)
    #: absences of a schedule: no place of it can be had
    closed: dict[UUID, bytearray] = field(default_factory=dict)

    def take(self, schedule_id: UUID, place: int, begins: Sequence[int], ends: Sequence[int]) -> None:
        """One place is taken from each of these minutes until the one beside it, counted from the origin."""
        row = self.places.setdefault(schedule_id, {}).setdefault(place, bytearray(self.length))
        if min(begins, default=0) < 0 or max(ends, default=0) > self.length:
            begins, ends = [max(one, 0) for one in begins], [min(one, self.length) for one in ends]
        ones = {length: b"\1" * length for length in set(map(sub, ends, begins))}
        for begin, end in zip(begins, ends, strict=True):
            if begin < end:
                row[begin:end] = ones[end - begin]

    def close(self, schedule_id: UUID, spans: Iterable[Span]) -> None:
        """In these spans, from the origin on, the schedule is not kept."""
        row = self.closed.setdefault(schedule_id, bytearray(self.length))
        for begins, ends in spans:
            begins, ends = max(begins, 0), min(ends, self.length)
            if begins < ends:
                row[begins:ends] = b"\1" * (ends - begins)

    def left(self, schedule_id: UUID, places: int, begins: int, ends: int) -> int:
        """How many places of a schedule are free from minute to minute, both from the origin on."""
        closed = self.closed.get(schedule_id)
        if closed is not None and closed.find(1, begins, ends) >= 0:
            return 0
        rows = self.places.get(schedule_id)
        return max(0, places - sum(row.find(1, begins, ends) >= 0 for row in rows.values())) if rows else places

    def anybody(self, schedule_id: UUID) -> bytes | bytearray | None:
        """One row for all places of a schedule: 1 where somebody has any of them."""
        rows = list(self.places.get(schedule_id, {}).values())
        if len(rows) < 2:
            return rows[0] if rows else None
        return reduce(or_, (int.from_bytes(row) for row in rows)).to_bytes(self.length)


@dataclass(frozen=True, slots=True)
class Window:
    """What is asked for: days, wall times at which a slot may begin, holidays on which none does."""

    days: Sequence[date]
    walls: Span = (0, DAY)
    holidays: frozenset[date] = frozenset()


def free_pieces(sessions: Sequence[Session], window: Window, clock: Clock, busy: Busy) -> Iterator[Piece]:
    """What the sessions have within the window and within `busy`, day by day; slots that are cut off are left out."""
    by_weekday: dict[int, list[_Known]] = {}
    for number, one in enumerate(sessions):
        by_weekday.setdefault(one.plan.weekday, []).append(_known(number, one, busy))
    for day in window.days:
        if day in window.holidays:
            continue
        midnight = clock.plain_midnight(day)
        bounds = _bounds(clock, day, window.walls, busy)
        for known in by_weekday.get(day.weekday(), ()):
            if known.session.plan.holds_on(day):
                for begins, ends in known.spans:
                    base = clock.minute(day, begins) if midnight is None else midnight + begins
                    end = clock.minute(day, ends) if midnight is None else midnight + ends
                    piece = _piece(known, day, base, end, bounds, busy)
                    if piece is not None:
                        yield piece


class _Known(NamedTuple):
    """A session, with what is the same on each of its days."""

    number: int
    session: Session
    spans: tuple[Span, ...]
    slot: int
    #: one place and nothing else to ask for: then the row of its bookings is all there is to look at
    is_simple: bool
    row: bytes | bytearray | None


def _known(number: int, session: Session, busy: Busy) -> _Known:
    whose, plan = session.schedule_id, session.plan
    is_simple = plan.places == 1 and not session.also and whose not in busy.closed
    return _Known(
        number, session, tuple(plan.spans()), plan.slot, is_simple, busy.anybody(whose) if is_simple else None
    )


def _bounds(clock: Clock, day: date, walls: Span, busy: Busy) -> Span:
    """The first start that is asked for, and the end of all that is known, in minutes since 1970."""
    until = min(busy.origin + busy.length, clock.minute(day, walls[1]) if walls[1] < DAY else busy.origin + busy.length)
    return max(clock.minute(day, walls[0]), busy.origin), until


def _piece(known: _Known, day: date, base: int, end: int, bounds: Span, busy: Busy) -> Piece | None:
    slot = known.slot
    count = (end - base) // slot
    first, until = bounds
    if base < first:
        cut = -((base - first) // slot)
        base, count = base + cut * slot, count - cut
    if base + count * slot > until:
        count = (until - base) // slot
    if count <= 0:
        return None
    begins = base - busy.origin
    if known.is_simple:
        taken = _of_one_place(known.row, begins, count, slot)
    else:
        ends = begins + count * slot
        taken = bytes(not left_of(known.session, at, at + slot, busy) for at in range(begins, ends, slot))
    return Piece(base, slot, known.number, day, taken)


def _of_one_place(row: bytes | bytearray | None, begins: int, count: int, slot: int) -> bytes:
    if row is None:
        return bytes(count)
    part = row[begins : begins + count * slot]
    if not part.count(1):
        return bytes(count)
    starts = bytes(part[::slot])
    if part == starts.replace(b"\0", bytes(slot)).replace(b"\1", b"\1" * slot):
        return starts  # whole slots are booked, and nothing across their borders
    return bytes(part.find(1, at, at + slot) >= 0 for at in range(0, count * slot, slot))


def left_of(session: Session, begins: int, ends: int, busy: Busy) -> int:
    """How many places a slot has left, from minute to minute, both counted from the origin of `busy`."""
    left = busy.left(session.schedule_id, session.plan.places, begins, ends)
    return left if left and all(busy.left(one, most, begins, ends) for one, most in session.also) else 0


def days_from(first: date, count: int) -> list[date]:
    """So many days from one on."""
    return [first + timedelta(days=n) for n in range(count)]
