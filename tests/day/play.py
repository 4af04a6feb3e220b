"""Playing the day: desks, kiosks, rooms, what follows later, the sender of messages, and somebody who checks all the while."""

import threading
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db import connection

from salus.core.announce import run_waiting
from salus.encounters import services as encounters
from salus.messaging import sending
from salus.queues import services as queues
from salus.queues.codes import code_of
from salus.queues.models import Token
from salus.scheduling.models import BOOK, VIEW
from salus.scheduling.services import booking
from salus.scheduling.services import day as scheduling
from tests.day import books
from tests.day.house import House, Room, Somebody
from tests.day.pace import attempt

#: minutes that a patient is in a room, by what it is for
TAKES = {"triage": 2.0, "consultation": 6.0, "cash": 1.5, "pharmacy": 2.0}


@dataclass
class Play:
    """One run of a day."""

    house: House
    desks: int = 4
    #: real seconds between two looks at the books
    looks: float = 2.0
    tally: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    back: list[tuple[datetime, Any, Somebody]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)
    over: threading.Event = field(default_factory=threading.Event)
    arrived: int = 0

    def run(self) -> None:
        """Play until everybody who came is done, then close the house."""
        self.who = {one.patient.id: one for one in self.house.people}
        self.coming = [one for one in self.house.people if one.comes]
        crew: list[Callable[[], None]] = [self._desk] * self.desks + [
            self._later,
            self._later,
            self._sender,
            self._sender,
            self._auditor,
        ]
        crew += [partial(self._room, room) for room in self.house.rooms]
        self.house.pace.begin()
        threads = [threading.Thread(target=self._at_work, args=(one,), daemon=True) for one in crew]
        for thread in threads:
            thread.start()
        while not self._is_done() and not self.wrong:
            self.house.pace.pass_by(2)
        self.over.set()
        for thread in threads:
            thread.join(60)
        self._close()

    def _at_work(self, work: Callable[[], None]) -> None:
        try:
            work()
        except Exception:
            self.wrong.append(traceback.format_exc())
            self.over.set()
        finally:
            connection.close()

    def _is_done(self) -> bool:
        with self.lock:
            waits = self.arrived < len(self.coming) or self.back
        return not waits and not Token.objects.open().exists()

    # ------------------------------------------------------------ the desk

    def _desk(self) -> None:
        while not self.over.is_set():
            one = self._next_arrival()
            if one is None:
                self._take_back()
                self.house.pace.pass_by(0.5)
                continue
            attempt(partial(self._check_in, one))
            with self.lock:
                self.arrived += 1

    def _next_arrival(self) -> Somebody | None:
        with self.lock:
            at = self.tally["begun"]
            if at < len(self.coming) and self.coming[at].at <= self.house.pace.now():
                self.tally["begun"] += 1
                return self.coming[at]
        return None

    def _check_in(self, one: Somebody) -> None:
        act = self.house.act("receptionist")
        if one.booked is None:
            clinic = self.house.clinics[one.patient.id.int % len(self.house.clinics)]
            visit = encounters.start_encounter(act, patient_id=one.patient.id, department_id=clinic.id)
            queues.confirm_identity(act, encounter_id=visit.id, identifiers=["name", "birth_date"])
            self._count("walk-in")
        elif one.by_code:
            kiosk = self.house.act("kiosk")
            queues.check_in_by_code(kiosk, code=code_of(one.booked.id), birth_date=one.patient.born_on)
            self._count("kiosk")
        else:
            queues.check_in_booked(
                act, appointment_id=one.booked.id, version=one.booked.version, identifiers=["name", "mrn"]
            )
            self._count("booked")

    def _take_back(self) -> None:
        """Who stepped out is back, or gave up."""
        with self.lock:
            due = [entry for entry in self.back if entry[0] <= self.house.pace.now()]
            self.back = [entry for entry in self.back if entry not in due]
        for _at, token, one in due:
            move = queues.return_token if one.returns else queues.leave_token
            act = self.house.act("receptionist")
            attempt(partial(move, act, token_id=token.id, version=token.version))
            self._count("back" if one.returns else "left")

    # ------------------------------------------------------------ the rooms

    def _room(self, room: Room) -> None:
        while not self.over.is_set():
            try:
                token = attempt(
                    lambda: queues.call_next(self._of(room), queue_id=room.queue.id, room_id=room.location_id)
                )
            except queues.NobodyWaits:
                self.house.pace.pass_by(1)
                continue
            one = self.who[token.patient_id]
            if one.steps_out and room.queue.kind == "consultation":
                self._missed(room, token, one)
            else:
                self._serve(room, token, one)

    def _of(self, room: Room) -> Any:
        fresh = self.house.act("doctor")
        return replace(room.act, id=fresh.id, at=fresh.at, trace=fresh.trace)

    def _missed(self, room: Room, token: Token, one: Somebody) -> None:
        again = attempt(lambda: queues.recall_token(self._of(room), token_id=token.id, version=token.version))
        missed = attempt(lambda: queues.miss_token(self._of(room), token_id=token.id, version=again.version))
        one.steps_out = False
        with self.lock:
            self.back.append((self.house.pace.now() + timedelta(minutes=5), missed, one))
        self._count("missed")

    def _serve(self, room: Room, token: Token, one: Somebody) -> None:
        begun = attempt(lambda: queues.start_token(self._of(room), token_id=token.id, version=token.version))
        self.house.pace.pass_by(TAKES[room.queue.kind] * self.house.chance.uniform(0.5, 1.5))
        self._count(room.queue.kind)
        if room.queue.kind == "triage":
            attempt(lambda: encounters.triage_encounter(self._of(room), encounter_id=token.encounter_id))
            return
        onward = next((r.queue.id for r in self.house.rooms if r.queue.kind == one.onward), None)
        if room.queue.kind == "consultation" and onward:
            attempt(
                lambda: queues.transfer_token(self._of(room), token_id=token.id, version=begun.version, queue_id=onward)
            )
            self._count("sent on")
        else:
            attempt(lambda: queues.finish_token(self._of(room), token_id=token.id, version=begun.version))
        if room.queue.kind == "consultation":
            attempt(lambda: encounters.finish_encounter(self._of(room), encounter_id=token.encounter_id))

        if room.queue.kind == "consultation" and one.again:
            attempt(partial(self._book_again, one))

    def _book_again(self, one: Somebody) -> None:
        assert one.again is not None
        schedule, starts = one.again
        act = self.house.act("receptionist")
        booking.book_appointment(act, patient_id=one.patient.id, schedule_id=schedule, starts_at=starts)
        self._count("booked again")

    # ------------------------------------------------------------ beside them

    def _later(self) -> None:
        while not self.over.is_set():
            if not run_waiting(at=self.house.pace.now()):
                self.house.pace.pass_by(1)

    def _sender(self) -> None:
        while not self.over.is_set():
            sending.send_all_due(self.house.pace.now)
            self.house.pace.pass_by(2)

    def _auditor(self) -> None:
        while not self.over.wait(self.looks):
            self.wrong += books.broken_now()
            self._count("looks at the books")

    def _close(self) -> None:
        """What is left to do is done, and who did not come is marked by the clock."""
        run_waiting(at=self.house.pace.now())
        sending.send_all_due(self.house.pace.now)
        late = self.house.pace.now() + timedelta(days=1)
        act = self.house.cast.almighty()
        while scheduling.mark_all_missed(replace(act, at=late, rights=frozenset({BOOK, VIEW})), before=late):
            pass
        run_waiting(at=self.house.pace.now())

    def _count(self, what: str) -> None:
        with self.lock:
            self.tally[what] += 1
