"""Finding a time: what is free, across many schedules and days; and what comes nearest when a wish cannot be met."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from heapq import nsmallest
from uuid import UUID

from salus.core.act import Act
from salus.scheduling.queries.conflicts import FARTHEST
from salus.scheduling.queries.plans import Offering, busy_of, clock_of, offerings
from salus.scheduling.rules.calendar import DAY, Clock, Plan, Span, at, closed_on, minutes
from salus.scheduling.rules.free import Busy, Piece, Window, days_from, free_pieces, in_a_row, left_of

#: so many days ahead are looked at unless said, and at most
DAYS, MOST_DAYS = 28, 366
#: an alternative at the wished time begins at most so many minutes from it
NEAR = 90


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody looks for; what is empty does not matter."""

    first: date
    days: int = DAYS
    schedule_ids: tuple[UUID, ...] = ()
    department_id: UUID | None = None
    specialty: str = ""
    language: str = ""
    service_code: str = ""
    #: this schedule, and all of its specialty
    peers_of: UUID | None = None
    #: minutes of the day at which a slot may begin
    walls: Span = (0, DAY)
    #: nothing that begins before, on the first day
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class FreeSlot:
    """A time that can be had now."""

    offering: Offering
    starts_at: datetime
    ends_at: datetime
    left: int

    @property
    def schedule_id(self) -> UUID:
        return self.offering.session.schedule_id


@dataclass(frozen=True, slots=True)
class Availability:
    """The answer to a wish: how much is free on each day, and the first free times."""

    counts: dict[date, int]
    slots: list[FreeSlot]
    total: int


#: whether a session counts
Keep = Callable[[Offering], bool]


def availability(
    act: Act, wish: Wish, *, most: int = 60, a_day_each: int | None = None, keep: Keep | None = None
) -> Availability:
    """What is free: counts for each day, and the first free times in order; two statements however
    many schedules, and one for the hours of rooms and devices.

    :param most: so many times are told
    :param a_day_each: at most so many of one schedule on one day
    :param keep: of the sessions only those
    """
    looked = look(act, wish, keep)
    counts = dict.fromkeys(looked.days, 0)
    for piece in looked.pieces:
        counts[piece.day] += piece.free
    slots = _first(looked, most, a_day_each)
    return Availability(counts, slots, sum(counts.values()))


@dataclass(frozen=True, slots=True)
class Looked:
    """What there is for a wish, before anything is chosen of it."""

    days: list[date]
    found: list[Offering]
    pieces: list[Piece]
    busy: Busy


def look(act: Act, wish: Wish, keep: Keep | None = None) -> Looked:
    """All that is free for a wish, before anything is chosen of it: sessions, and their slots piece by piece."""
    act.require_for_some("scheduling.view", "scheduling.book")
    if wish.first > act.at.date() + FARTHEST:
        return Looked([], [], [], Busy(0, 0))
    clock = clock_of(act)
    days = days_from(wish.first, max(1, min(wish.days, MOST_DAYS)))
    until = days[-1] + timedelta(days=1)
    found = offerings(
        act,
        first=wish.first,
        until=until,
        schedule_ids=list(wish.schedule_ids),
        department_id=wish.department_id,
        specialty=wish.specialty,
        language=wish.language,
        service_code=wish.service_code,
        peers_of=wish.peers_of,
        visit=wish.service_code,
    )
    if keep is not None:
        found = [one for one in found if keep(one)]
    since = max(clock.minute(wish.first, 0), minutes(act.at) + 1, minutes(wish.since) if wish.since else 0)
    end = clock.minute(days[-1], DAY)
    if end <= since or not found:
        return Looked(days, [], [], Busy(0, 0))
    things = {room for one in found for room, _places in one.session.also}
    whose = {one.session.schedule_id for one in found} | things
    busy, holidays = busy_of(act, whose, since=since, until=end, days=days)
    if things:
        _close(busy, offerings(act, first=wish.first, until=until, schedule_ids=list(things)), days, clock)
    pieces = list(free_pieces([one.session for one in found], Window(days, wish.walls, holidays), clock, busy))
    if any(one.visit for one in found):
        pieces = [_for_a_visit(one, found[one.session], busy) for one in pieces]
    return Looked(days, found, pieces, busy)


def _for_a_visit(piece: Piece, offering: Offering, busy: Busy) -> Piece:
    """The same slots for a kind of visit that may take several: who sits among others keeps one place all the time."""
    row, session = in_a_row(piece, offering.length), offering.session
    if row is piece or all(places == 1 for _schedule, places in session.needs):
        return row
    begins = [piece.base - busy.origin + n * piece.minutes for n in range(len(row.taken))]
    left = (left_of(session, begin, begin + offering.length, busy) for begin in begins)
    return row._replace(taken=bytes(not one for one in left))


def _close(busy: Busy, hours: Sequence[Offering], days: Sequence[date], clock: Clock) -> None:
    """Rooms and devices with hours of their own cannot be had beside them."""
    plans: dict[UUID, list[Plan]] = {}
    for one in hours:
        plans.setdefault(one.session.schedule_id, []).append(one.session.plan)
    for thing, its in plans.items():
        spans = (span for day in days for span in closed_on(its, day, clock))
        busy.close(thing, [(begins - busy.origin, ends - busy.origin) for begins, ends in spans])


def _first(looked: Looked, most: int, a_day_each: int | None) -> list[FreeSlot]:
    """Pieces come day by day: only days are looked at until there are enough."""
    slots: list[FreeSlot] = []
    at_hand: list[Piece] = []
    pieces = looked.pieces
    for number, piece in enumerate(pieces):
        at_hand.append(piece)
        if number + 1 == len(pieces) or pieces[number + 1].day != piece.day:
            ordered = nsmallest(most - len(slots), _starts(at_hand, a_day_each))
            slots += [slot_of(looked, session, start) for start, session in ordered]
            at_hand = []
            if len(slots) >= most:
                break
    return slots


def _starts(pieces: Sequence[Piece], each: int | None) -> Iterator[tuple[int, int]]:
    given: dict[int, int] = {}
    for piece in pieces:
        for start in piece.starts():
            told = given.get(piece.session, 0)
            if each is not None and told >= each:
                break
            given[piece.session] = told + 1
            yield start, piece.session


def slot_of(looked: Looked, session: int, start: int) -> FreeSlot:
    """The slot of one of the sessions that begins then, in minutes since 1970."""
    offering, busy = looked.found[session], looked.busy
    length = offering.length
    begins = start - busy.origin
    left = left_of(offering.session, begins, begins + length, busy)
    return FreeSlot(offering, at(start), at(start + length), left)


@dataclass(frozen=True, slots=True)
class Alternatives:
    """What comes nearest to a wish that cannot be met."""

    same: list[FreeSlot]
    others: list[FreeSlot]


def alternatives(
    act: Act, *, schedule_id: UUID, starts_at: datetime, service_code: str = "", most: int = 4
) -> Alternatives:
    """Other times with the same one, nearest first; and others of the same specialty at about that time.
    Two statements, or three."""
    if starts_at > act.at + FARTHEST:
        return Alternatives([], [])
    clock = clock_of(act)
    day = clock.day_of(minutes(starts_at))
    first = max(day - timedelta(days=3), clock.day_of(minutes(act.at)))
    looked = look(act, Wish(first, 14, peers_of=schedule_id, service_code=service_code))
    wished = minutes(starts_at)

    def far(one: tuple[int, int]) -> int:
        return abs(one[0] - wished)

    same: list[tuple[int, int]] = []
    nearest: dict[UUID, tuple[int, int]] = {}
    for piece in looked.pieces:
        whose = looked.found[piece.session].session.schedule_id
        if whose == schedule_id:
            same += [(start, piece.session) for start in piece.starts() if start != wished]
        elif piece.base - NEAR <= wished <= piece.base + len(piece.taken) * piece.minutes + NEAR:
            near = [(start, piece.session) for start in piece.starts() if abs(start - wished) <= NEAR]
            nearest[whose] = min([*near, *([nearest[whose]] if whose in nearest else [])], key=far, default=(0, 0))
    others = nsmallest(most, [one for one in nearest.values() if far(one) <= NEAR], key=far)
    return Alternatives(
        [slot_of(looked, session, start) for start, session in sorted(nsmallest(most, same, key=far))],
        [slot_of(looked, session, start) for start, session in others],
    )
