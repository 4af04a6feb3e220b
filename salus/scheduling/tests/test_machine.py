"""Whatever is booked, moved, cancelled, missed, put back, squeezed in and visited while doctors go and come: no place twice,
nobody at two places, only states that follow each other, what is given back is offered again, and the history tells all of it."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from salus.core.models import Fact
from salus.encounters import services as encounters
from salus.encounters.models import Encounter
from salus.scheduling import holding
from salus.scheduling.models import Absence, Appointment, Change, Hold
from salus.scheduling.queries.free import Wish, availability
from salus.scheduling.services import absences, booking, day, moving
from salus.scheduling.tests.builders import a_patient, a_schedule, a_session, next_weekday, when
from tests.machines import SHARE, Machine, play, play_planted, refused

ROLES = ("receptionist", "doctor", "nurse", "administrator")
SLOT, SLOTS = timedelta(minutes=20), 3
#: places of a slot: the doctor sees two at once, the nurse one
PLACES = (2, 1)
WHO, WHOM, WHICH = st.integers(0, 2), st.integers(0, 1), st.integers(0, SLOTS - 1)
ONE, LATELY = st.integers(0, 7), 6
#: what is told of each step
FACTS = {
    "booked": "AppointmentBooked",
    "moved": "AppointmentMoved",
    "cancelled": "AppointmentCancelled",
    "missed": "AppointmentMissed",
    "arrived": "PatientArrived",
    "fulfilled": "AppointmentFulfilled",
}


@dataclass
class Booked:
    """What we expect of an appointment, without asking the database."""

    id: UUID
    who: int
    whom: int
    slot: int
    history: list[str]
    status: str = "booked"
    #: booked although something stood in the way
    is_squeezed: bool = False
    #: the count of steps when it changed last
    changed: int = 0
    visit: UUID | None = None
    version: int = 0
    #: what it was before it was moved last, and by which act
    was: tuple[int, int, UUID] | None = None

    @property
    def is_awaited(self) -> bool:
        return self.status in ("booked", "arrived")


@dataclass
class Away:
    """Somebody is not there, from one slot to another."""

    id: UUID
    whom: int
    first: int
    last: int
    since: int

    def holds(self, one: Booked) -> bool:
        return self.whom == one.whom and self.first <= one.slot <= self.last


@dataclass
class Expected:
    """Everything that was said so far."""

    rows: list[Booked] = field(default_factory=list)
    away: list[Away] = field(default_factory=list)
    #: patient -> the open visit
    visits: dict[int, UUID] = field(default_factory=dict)


class Desk(Machine):
    """One Monday morning: three patients, a doctor and a nurse with three slots each."""

    def begin(self) -> None:
        self.day = next_weekday()
        self.now = when(8, 50, self.day)
        self.said, self.steps = Expected(), 0
        self.patients = [a_patient(self.cast) for _n in range(3)]
        hours = {"starts": 540, "ends": 540 + 20 * SLOTS}
        self.schedules = [
            a_schedule(self.cast, [a_session(places=places, **hours)], role=role)
            for role, places in zip(("doctor", "nurse"), PLACES, strict=True)
        ]

    # what is done

    @rule(who=WHO, whom=WHOM, slot=WHICH)
    def book(self, who: int, whom: int, slot: int) -> None:
        self.asks_for(who, whom, slot, "receptionist")

    @rule(who=WHO, one=ONE)
    def squeeze_in(self, who: int, one: int) -> None:
        if row := self.pick(one):
            self.asks_for(who, row.whom, row.slot, "doctor", overbook_reason="He has come from far.")

    def asks_for(self, who: int, whom: int, slot: int, role: str, **more: str) -> None:
        act = self.as_(role)
        at = {"schedule_id": self.schedules[whom].id, "starts_at": self.begins(slot)}
        why = refused(booking.book_appointment, act, patient_id=self.patients[who].id, **at, **more)
        assert (why is None) == self.can_be_had(who, whom, slot, anyhow=bool(more)), why
        if why is None:
            made = Change.objects.get(act_id=act.id).appointment_id
            self.said.rows.append(
                Booked(made, who, whom, slot, ["booked"], is_squeezed=bool(more), changed=self.step())
            )

    @rule(one=ONE, whom=WHOM, slot=WHICH, stale=st.integers(0, 9))
    def move(self, one: int, whom: int, slot: int, stale: int) -> None:
        if (row := self.pick(one)) is None:
            return
        act, to = self.as_("receptionist"), {"schedule_id": self.schedules[whom].id, "starts_at": self.begins(slot)}
        version = row.version - (stale == 0)
        why = refused(booking.move_appointment, act, appointment_id=row.id, version=version, **to)
        can = stale > 0 and row.status == "booked" and self.can_be_had(row.who, whom, slot, but=row)
        assert (why is None) == can, why
        if why is None:
            row.was = (row.whom, row.slot, act.id)
            row.whom, row.slot, row.is_squeezed = whom, slot, False
            self.noted(row, "moved")

    @rule(one=ONE)
    def put_back(self, one: int) -> None:
        row = self.pick(one)
        if row is None or row.was is None:
            return
        whom, slot, act_id = row.was
        can = row.history[-1] == "moved" and row.status == "booked"
        can = can and self.can_be_had(row.who, whom, slot, but=row, planned=False)
        act = self.as_("receptionist")
        back, left = moving.move_back(act, act_id=act_id)
        assert (len(back), len(left)) == ((1, 0) if can else (0, 1)), left
        if can:
            row.was = (row.whom, row.slot, act.id)
            row.whom, row.slot, row.is_squeezed = whom, slot, False
            self.noted(row, "moved")

    @rule(one=ONE, reason=st.sampled_from(["pat", "prov", ""]))
    def cancel(self, one: int, reason: str) -> None:
        if (row := self.pick(one)) is None:
            return
        of = {"appointment_id": row.id, "version": row.version, "reason": reason}
        why = refused(booking.cancel_appointment, self.as_("receptionist"), **of)
        assert (why is None) == (bool(reason) and row.status == "booked"), why
        if why is None:
            self.becomes(row, "cancelled", "cancelled")

    @rule(one=ONE)
    def check_in(self, one: int) -> None:
        if (row := self.pick(one)) is None:
            return
        of = {"appointment_id": row.id, "version": row.version}
        why = refused(day.check_in, self.as_("receptionist"), **of)
        can = row.status == "booked" or row.status == "noshow" and not self.is_elsewhere(row.who, row.slot, but=row)
        assert (why is None) == can, why
        if why is None:
            visit = Encounter.objects.get(patient=self.patients[row.who], status__in=("arrived", "in-progress"))
            assert self.said.visits.setdefault(row.who, visit.id) == visit.id, "a second visit beside an open one"
            row.visit = visit.id
            self.becomes(row, "arrived", "arrived")

    @rule(one=ONE)
    def is_missed(self, one: int) -> None:
        if (row := self.pick(one)) is None:
            return
        why = refused(day.mark_missed, self.as_("receptionist"), appointment_id=row.id, version=row.version)
        assert (why is None) == (row.status == "booked" and self.begins(row.slot) <= self.now), why
        if why is None:
            self.becomes(row, "noshow", "missed")

    @rule(who=WHO, is_seen=st.booleans())
    def visit_ends(self, who: int, is_seen: bool) -> None:
        visit = self.said.visits.pop(who, None)
        if visit is None:
            return
        for status in ("in-progress", "finished") if is_seen else ("cancelled",):
            version = Encounter.objects.values_list("version", flat=True).get(id=visit)
            encounters.move_encounter(self.as_("doctor"), encounter_id=visit, status=status, version=version)
        day.follow_visit(self.as_("system"), encounter_id=visit, is_seen=is_seen)
        for row in self.said.rows:
            if row.visit == visit and row.status == "arrived":
                self.becomes(row, *(("fulfilled", "fulfilled") if is_seen else ("booked", "waiting")))

    @rule(whom=WHOM, first=WHICH, length=st.integers(0, 1), is_seen=st.booleans())
    def is_away(self, whom: int, first: int, length: int, is_seen: bool) -> None:
        away = Away(UUID(int=0), whom, first, min(first + length, SLOTS - 1), self.step())
        period = {"starts_at": self.begins(away.first), "ends_at": self.begins(away.last + 1)}
        act, of = self.as_("administrator"), {"schedule_id": self.schedules[whom].id, "reason": "leave"}
        if any(one.whom == whom and (one.first, one.last) == (away.first, away.last) for one in self.said.away):
            return
        why = refused(absences.record_absence, act, accept_touched=is_seen, **period, **of)
        loses = [row for row in self.said.rows if self.is_touched(row, away) and not self.was_touched(row)]
        assert (why is None) == (is_seen or not loses), why
        if why is None:
            away.id = Absence.objects.filter(schedule=self.schedules[whom]).latest("created_at", "id").id
            self.said.away.append(away)

    @rule(which=st.integers(0, 3))
    def is_back(self, which: int) -> None:
        if self.said.away:
            one = self.said.away.pop(which % len(self.said.away))
            version = Absence.objects.values_list("version", flat=True).get(id=one.id)
            absences.withdraw_absence(self.as_("administrator"), absence_id=one.id, version=version)

    @rule(minutes=st.sampled_from([1, 9, 20]))
    def time_goes_on(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    # what we expect

    def begins(self, slot: int) -> datetime:
        return when(9, 0, self.day) + slot * SLOT

    def step(self) -> int:
        self.steps += 1
        return self.steps

    def pick(self, one: int) -> Booked | None:
        """Mostly one of those who are awaited."""
        awaited = [row for row in self.said.rows if row.is_awaited]
        rows = awaited if awaited and one < LATELY else self.said.rows
        return rows[-1 - one % len(rows)] if rows else None

    def becomes(self, row: Booked, status: str, what: str) -> None:
        row.status = status
        self.noted(row, what)

    def noted(self, row: Booked, what: str) -> None:
        row.history.append(what)
        row.changed = self.step()

    def in_slot(self, whom: int, slot: int, but: Booked | None = None) -> int:
        """How many sit there; who did not come gives no place back."""
        return sum(
            row is not but and (row.whom, row.slot) == (whom, slot) and row.status != "cancelled"
            for row in self.said.rows
        )

    def is_elsewhere(self, who: int, slot: int, but: Booked | None = None) -> bool:
        return any(row is not but and (row.who, row.slot) == (who, slot) and row.is_awaited for row in self.said.rows)

    def is_closed(self, whom: int, slot: int) -> bool:
        return any(one.whom == whom and one.first <= slot <= one.last for one in self.said.away)

    def can_be_had(
        self, who: int, whom: int, slot: int, *, but: Booked | None = None, anyhow: bool = False, planned: bool = True
    ) -> bool:
        """:param planned: whether it matters that somebody is away"""
        if self.begins(slot) + SLOT <= self.now or self.is_elsewhere(who, slot, but):
            return False
        if anyhow:
            return True
        return self.in_slot(whom, slot, but) < PLACES[whom] and not (planned and self.is_closed(whom, slot))

    def is_touched(self, row: Booked, away: Away) -> bool:
        """Who was squeezed in knew of what was said before."""
        is_to_come = row.status == "booked" and self.begins(row.slot) > self.now
        return is_to_come and away.holds(row) and (not row.is_squeezed or away.since > row.changed)

    def was_touched(self, row: Booked) -> bool:
        return any(self.is_touched(row, away) for away in self.said.away)

    # what holds

    @invariant()
    def states_and_histories_are_as_told(self) -> None:
        known = {row.id: row for row in self.said.rows}
        found = {row.id: row for row in Appointment.objects.filter(patient__in=self.patients)}
        assert {one: row.status for one, row in found.items()} == {one: row.status for one, row in known.items()}
        histories: dict[UUID, list[str]] = {}
        for appointment, what in (
            Change.objects.filter(appointment_id__in=known).order_by("id").values_list("appointment_id", "what")
        ):
            histories.setdefault(appointment, []).append(what)
        assert histories == {one: row.history for one, row in known.items()}
        for one, row in known.items():
            steps = len(row.history)
            assert found[one].version >= max(row.version, steps), "a version that does not rise"
            row.version = found[one].version
            assert found[one].period.lower == self.begins(row.slot)

    @invariant()
    def each_step_was_told_once(self) -> None:
        told = Counter(
            Fact.objects.filter(name__in=[f"scheduling.{one}" for one in FACTS.values()]).values_list("name", flat=True)
        )
        steps = Counter(f"scheduling.{FACTS[what]}" for row in self.said.rows for what in row.history if what in FACTS)
        assert told == steps

    @invariant()
    def no_place_is_given_twice(self) -> None:
        known = {row.id: row for row in self.said.rows if row.status != "cancelled"}
        holds = list(Hold.objects.filter(schedule__in=self.schedules, released_at=None))
        assert Counter(one.appointment_id for one in holds) == Counter(known.keys())
        places: dict[tuple[int, int], list[int]] = {}
        for one in holds:
            row = known[one.appointment_id]  # type: ignore[index]
            assert one.schedule_id == self.schedules[row.whom].id
            assert one.is_overbooked == (one.place >= one.places)
            places.setdefault((row.whom, row.slot), []).append(one.place)
        for (whom, _slot), taken in places.items():
            assert len(taken) == len(set(taken)), "one place, two people"
            within = [place for place in taken if place < PLACES[whom]]
            assert len(within) == min(len(taken), PLACES[whom]), "somebody is squeezed in beside a free place"

    @invariant()
    def nobody_is_at_two_places(self) -> None:
        awaited = Counter((row.who, row.slot) for row in self.said.rows if row.is_awaited)
        assert all(count == 1 for count in awaited.values())

    @invariant()
    def what_is_free_is_offered(self) -> None:
        wish = Wish(self.day, 1, tuple(one.id for one in self.schedules))
        found = {
            (one.schedule_id, one.starts_at): one.left for one in availability(self.as_("receptionist"), wish).slots
        }
        expected = {
            (self.schedules[whom].id, self.begins(slot)): PLACES[whom] - self.in_slot(whom, slot)
            for whom in (0, 1)
            for slot in range(SLOTS)
            if self.begins(slot) > self.now and not self.is_closed(whom, slot)
        }
        assert found == {one: left for one, left in expected.items() if left > 0}


@pytest.mark.guarantee("B12", "H11")
def test_the_desk_holds_together(cast: Any) -> None:
    play(Desk, cast, roles=ROLES, runs=SHARE)


@pytest.mark.long
@pytest.mark.guarantee("B12", "H11")
def test_the_desk_holds_together_whatever_happens(cast: Any) -> None:
    play(Desk, cast, roles=ROLES)


@pytest.mark.guarantee("B12")
@pytest.mark.parametrize(("where", "name", "mistake"), [
    (booking, "release", lambda _act, _appointment: []),
    pytest.param(holding, "_MOVE_UP", "SELECT", marks=pytest.mark.long),  # rare
    (day, "note_change", lambda *_said: None),
])  # fmt: skip
def test_a_planted_mistake_is_found(
    cast: Any, monkeypatch: pytest.MonkeyPatch, where: Any, name: str, mistake: Any
) -> None:
    monkeypatch.setattr(where, name, mistake)
    with pytest.raises(AssertionError):
        play_planted(Desk, cast, roles=ROLES)
