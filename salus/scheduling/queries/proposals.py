"""Which time is proposed to each of many who need another one: near to the one they had, each free time to one alone."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple
from uuid import UUID

from django.db import connection

from salus.catalog.models import Service
from salus.core.act import Act
from salus.scheduling.models import BOOK
from salus.scheduling.queries.free import FreeSlot, Looked, Wish, look, slot_of
from salus.scheduling.queries.plans import clock_of
from salus.scheduling.queries.touched import Touched
from salus.scheduling.rules.calendar import minutes
from salus.scheduling.rules.free import whole_slots

#: so many days are looked at, from so many minutes before the first of the lost times on
AHEAD, BEFORE = 42, 3 * 1440
_SPECIALTIES = """
    SELECT s.id, coalesce(nullif(m.specialty, ''), d.specialty) FROM scheduling_schedule s
    JOIN places_department d ON d.id = s.department_id
    LEFT JOIN staff_staffmember m ON m.practitioner_id = s.practitioner_id
    WHERE s.facility_id = %(facility)s AND s.id = ANY(%(ids)s::uuid[])
"""


class _Free(NamedTuple):
    """One slot that is free, by its beginning."""

    start: int
    session: int


def proposals(act: Act, rows: Sequence[Touched]) -> dict[UUID, FreeSlot]:
    """A free time for each appointment, as far as there is one: with the same one, or with another of the specialty where that
    one has none; nearest to the lost time, the soonest lost first. Five statements at most, however many they are."""
    act.require(BOOK)
    if not rows:
        return {}
    first = max(minutes(act.at), min(minutes(one.starts_at) for one in rows) - BEFORE)
    looked = look(act, Wish(clock_of(act).day_of(first), AHEAD))
    specialties = _specialties_of(act, {one.schedule_id for one in rows})
    by_schedule, by_specialty = _sorted(looked, specialties)
    codes = {one.service_code for one in rows if one.service_code}
    takes = dict(Service.objects.filter(code__in=codes, minutes__gt=0).values_list("code", "minutes")) if codes else {}
    chosen = _Chosen(looked, takes, {one for its in by_schedule.values() for one in its} if takes else set())
    found: dict[UUID, FreeSlot] = {}
    for row in sorted(rows, key=lambda one: one.starts_at):
        same = by_schedule.get(row.schedule_id, ())
        others = by_specialty.get(specialties.get(row.schedule_id, ""), ())
        slot = chosen.nearest(same, row) or chosen.nearest(others, row)
        if slot is not None:
            found[row.appointment_id] = slot
    return found


@dataclass(slots=True)
class _Chosen:
    """What has been proposed so far: a place to one alone, and nobody at two places."""

    looked: Looked
    #: kind of visit -> minutes, of those that say so
    takes: Mapping[str, int]
    free: set[_Free]
    given: Counter[_Free] = field(default_factory=Counter)
    whose: set[tuple[UUID | None, int]] = field(default_factory=set)

    def nearest(self, choice: Sequence[_Free], row: Touched) -> FreeSlot | None:
        """The nearest that is left and takes the kind of visit; not the lost time itself."""
        wished = minutes(row.starts_at)
        for free in outward(choice, wished):
            codes = self.looked.found[free.session].service_codes
            fits = not (row.service_code and codes and row.service_code not in codes)
            if fits and free.start != wished and (row.patient_id, free.start) not in self.whose:
                slot = slot_of(self.looked, free.session, free.start)
                its = self._slots_for(row, free)
                if its and all(slot.left > self.given[one] for one in its):
                    self.given.update(its)
                    self.whose.add((row.patient_id, free.start))
                    return slot
        return None

    def _slots_for(self, row: Touched, first: _Free) -> list[_Free]:
        """The neighbouring slots that this kind of visit takes from here on; none where one of them is not free."""
        length = self.looked.found[first.session].session.plan.slot
        count = whole_slots(self.takes.get(row.service_code, 0), length) // length
        its = [_Free(first.start + n * length, first.session) for n in range(count)]
        return its if count == 1 or self.free.issuperset(its) else []


def outward(choice: Sequence[_Free], wished: int) -> Iterator[_Free]:
    """From the wished time on both ways, the nearest first."""
    after = bisect_left(choice, wished, key=lambda one: one.start)
    before = after - 1
    while before >= 0 or after < len(choice):
        if after == len(choice) or before >= 0 and wished - choice[before].start <= choice[after].start - wished:
            yield choice[before]
            before -= 1
        else:
            yield choice[after]
            after += 1


def _sorted(looked: Looked, touched: Mapping[UUID, str]) -> tuple[dict[UUID, list[_Free]], dict[str, list[_Free]]]:
    """What is free with those, and of their specialties, by time."""
    by_schedule: dict[UUID, list[_Free]] = {}
    by_specialty: dict[str, list[_Free]] = {one: [] for one in touched.values() if one}
    for piece in looked.pieces:
        offering = looked.found[piece.session]
        whose, specialty = offering.session.schedule_id, offering.specialty
        if whose in touched or specialty in by_specialty:
            free = [_Free(start, piece.session) for start in piece.starts()]
            by_specialty.get(specialty, []).extend(free)
            by_schedule.setdefault(whose, []).extend(free)
    for one in (*by_schedule.values(), *by_specialty.values()):
        one.sort()
    return by_schedule, by_specialty


def _specialties_of(act: Act, ids: set[UUID]) -> dict[UUID, str]:
    with connection.cursor() as cursor:
        cursor.execute(_SPECIALTIES, {"facility": act.here, "ids": list(ids)})
        return dict(cursor.fetchall())
