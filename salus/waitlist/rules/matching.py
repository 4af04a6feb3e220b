"""Who is offered which free time: the patient with the highest priority first, of equals the one who waits longest.

Times are given away from the earliest on, each to the first in the order whom it fits. As everybody prefers the earlier time,
nobody is left with a later one, or none, while somebody behind him has one that he could have taken.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from salus.scheduling.rules.calendar import DAY, Span, at
from salus.scheduling.rules.free import whole_slots

#: FHIR request-priority: who comes first
PRIORITIES = ("asap", "urgent", "routine")


@dataclass(frozen=True, slots=True)
class Asker:
    """A wish: what is empty does not matter. Times are minutes of the day, days run from `first` until before `until`."""

    wish_id: UUID
    patient_id: UUID
    priority: str
    since: datetime
    first: date
    until: date
    schedules: frozenset[UUID] = frozenset()
    department_id: UUID | None = None
    specialty: str = ""
    language: str = ""
    service_code: str = ""
    length: int = 0
    #: minutes that this kind of visit takes: as many neighbouring slots; 0 is one
    visit: int = 0
    weekdays: frozenset[int] = frozenset()
    walls: Span = (0, DAY)
    short_notice: bool = False
    #: only times that begin before this minute: what is had already is later
    before: int | None = None

    @property
    def rank(self) -> tuple[int, datetime, UUID]:
        """The place in the order; no two are equal."""
        return PRIORITIES.index(self.priority), self.since, self.wish_id


@dataclass(frozen=True, slots=True)
class Offered:
    """A session as far as a wish may be about it: whose, where, what for, how long."""

    schedule_id: UUID
    department_id: UUID
    minutes: int
    practitioner_id: UUID | None = None
    specialties: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()
    service_codes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Place:
    """A free time: minutes since 1970, the day and minute of the day where it is, how many can be had."""

    session: Offered
    starts: int
    ends: int
    day: date
    wall: int
    left: int = 1
    #: free minutes from here on, in neighbouring slots; 0 is this slot alone
    room: int = 0

    @property
    def starts_at(self) -> datetime:
        """The instant at which it begins."""
        return at(self.starts)

    def span_for(self, asker: Asker) -> Span:
        """The time that somebody has from here on, in minutes since 1970."""
        return self.starts, self.starts + whole_slots(asker.visit, self.ends - self.starts)

    @property
    def key(self) -> tuple[int, UUID]:
        """The order in which times are given away; no two are equal."""
        return self.starts, self.session.schedule_id


@dataclass(frozen=True, slots=True)
class Known:
    """What stands between patients and times. Spans are minutes since 1970."""

    #: patient -> when he or she is somewhere, or is asked about another time
    busy: Mapping[UUID, Sequence[Span]] = field(default_factory=dict)
    #: (wish, schedule, start) that were offered before
    had: frozenset[tuple[UUID, UUID, int]] = frozenset()
    #: (patient, practitioner or department) that the patient does not want to be treated by
    barred: frozenset[tuple[UUID, UUID]] = frozenset()
    #: times before this minute are only for who takes one at short notice
    soon: int = 0


def fits_session(asker: Asker, session: Offered) -> bool:
    """Whether a session is what somebody waits for, whatever the day."""
    return (
        (not asker.schedules or session.schedule_id in asker.schedules)
        and asker.department_id in (None, session.department_id)
        and (not asker.specialty or asker.specialty in session.specialties)
        and (not asker.language or asker.language in session.languages)
        and (not asker.service_code or not session.service_codes or asker.service_code in session.service_codes)
        and asker.length <= session.minutes
    )


def fits_time(asker: Asker, place: Place) -> bool:
    """Whether day and time are what somebody waits for, and there is so much of it in a row."""
    starts, ends = place.span_for(asker)
    return (
        asker.first <= place.day < asker.until
        and (not asker.weekdays or place.day.weekday() in asker.weekdays)
        and asker.walls[0] <= place.wall
        and place.wall + (ends - starts) <= asker.walls[1]
        and ends <= max(place.ends, place.starts + place.room)
    )


def may_have(asker: Asker, place: Place, known: Known) -> bool:
    """Whether nothing stands between this patient and this time."""
    session = place.session
    return (
        (place.starts >= known.soon or asker.short_notice)
        and (asker.before is None or place.starts < asker.before)
        and (asker.wish_id, session.schedule_id, place.starts) not in known.had
        and (asker.patient_id, session.department_id) not in known.barred
        and (session.practitioner_id is None or (asker.patient_id, session.practitioner_id) not in known.barred)
        and not _crosses(known.busy.get(asker.patient_id, ()), place.span_for(asker))
    )


def fits(asker: Asker, place: Place, known: Known) -> bool:
    """Whether this time can be offered to this patient."""
    return fits_session(asker, place.session) and fits_time(asker, place) and may_have(asker, place, known)


def match(askers: Iterable[Asker], places: Iterable[Place], known: Known) -> list[tuple[Asker, Place]]:
    """Who is offered what, in the order in which times are given away: one time each, no time oftener than it can be had."""
    waiting = _Waiting(askers)
    given: dict[UUID, list[Span]] = {}
    #: what was given of a schedule beyond the slot in which it begins
    reaching: dict[UUID, list[Span]] = {}
    found = []
    for place in sorted(places, key=lambda one: one.key):
        whose = place.session.schedule_id
        left = place.left - sum(place.starts < end for _begin, end in reaching.get(whose, ()))
        for asker in waiting.for_(place) if left > 0 else ():
            # A patient may wait for two things; two offers of one time could not both be taken.
            span = place.span_for(asker)
            if may_have(asker, place, known) and not _crosses(given.get(asker.patient_id, ()), span):
                waiting.served.add(asker.wish_id)
                given.setdefault(asker.patient_id, []).append(span)
                if span[1] > place.ends:
                    reaching.setdefault(whose, []).append(span)
                found.append((asker, place))
                left -= 1
                if left == 0:
                    break
        if waiting.is_empty:
            break
    return found


class _Waiting:
    """Who waits for what, by rank. Many sessions are the same to those who wait, and many times of a day: each kind is looked at
    once."""

    def __init__(self, askers: Iterable[Asker]) -> None:
        self.ordered = sorted(askers, key=lambda one: one.rank)
        self.served: set[UUID] = set()
        self._groups: dict[Offered, int] = {}
        self._members: list[tuple[Asker, ...]] = []
        self._fitting: dict[tuple[int, date, int, int, int], list[Asker]] = {}

    @property
    def is_empty(self) -> bool:
        return len(self.served) == len(self.ordered)

    def for_(self, place: Place) -> list[Asker]:
        """Those whom a time fits and who have none yet."""
        group = self._group(place.session)
        kind = group, place.day, place.wall, place.ends - place.starts, place.room
        known = self._fitting.get(kind)
        fitting = [one for one in self._members[group] if fits_time(one, place)] if known is None else known
        if fitting:
            fitting = [one for one in fitting if one.wish_id not in self.served]
        self._fitting[kind] = fitting
        return fitting

    def _group(self, session: Offered) -> int:
        number = self._groups.get(session)
        if number is None:
            members = tuple(one for one in self.ordered if fits_session(one, session))
            if members not in self._members:
                self._members.append(members)
            number = self._groups[session] = self._members.index(members)
        return number


def _crosses(spans: Iterable[Span], span: Span) -> bool:
    return any(begin < span[1] and span[0] < end for begin, end in spans)
