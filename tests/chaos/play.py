"""A run: clients play visits while parts of the hospital are killed; then all settles, and the books are read."""

import random
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import psycopg

from salus.config import home
from tests.chaos import books
from tests.chaos.killer import Kill, Killer
from tests.chaos.ledger import Ledger
from tests.chaos.staff import GaveUp, Person
from tests.chaos.visit import Catalogue, Visit
from tests.hospital import PASSWORD, Hospital

STAFF = ("reception", "nurse", "doctor", "labtech", "pathologist", "pharmacist", "cashier")


@dataclass
class Run:
    """One run on a hospital that serves; `wrong` says afterwards all that must not be."""

    hospital: Hospital
    ledger: Ledger
    clients: int
    seed: int
    #: the number of the first visit, and how long a client waits for an answer and for the charges
    first: int = 0
    patience: float = 60.0
    pause: tuple[float, float] = (0.5, 2.5)
    visits: list[Visit] = field(default_factory=list)
    kills: list[Kill] = field(default_factory=list)
    seconds: float = 0.0
    _next: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def play(self, kinds: tuple[str, ...], kills: int, writes: int = 0) -> "Run":
        """Play until so many kills were survived and so many writes acknowledged; each client ends its visit first."""
        began = time.monotonic()
        self._next = self.first
        catalogue = _catalogue()
        staff = {name: Person(self.hospital.port, name, self.ledger, self.patience).sign_in(PASSWORD) for name in STAFF}
        _stock(staff["pharmacist"], writes)
        killer = Killer(self.hospital, self.ledger, random.Random(self.seed), kinds, self.pause, self.patience)
        killer.every = writes // kills
        players = [
            threading.Thread(target=self._plays, args=(staff, catalogue, killer, writes)) for _n in range(self.clients)
        ]
        death = threading.Thread(target=killer.run, args=(kills,))
        for thread in (*players, death):
            thread.start()
        for thread in (*players, death):
            thread.join()
        self.kills, self.seconds = killer.kills, time.monotonic() - began
        self._settle()
        return self

    def wrong(self) -> list[str]:
        """All that is wrong after it: what clients met, what was lost, what is half done or done twice."""
        with psycopg.connect(home.database_dsn("owner")) as read:
            return [
                *self.ledger.wrong,
                *books.lost_writes(read, self.ledger.writes),
                *books.wrong_visits(read, self.visits),
                *books.broken_invariants(read),
            ]

    def figures(self) -> str:
        """What it came to, in one paragraph."""
        lines = [
            f"{len(self.ledger.writes)} acknowledged writes in {len(self.visits)} whole visits by {self.clients} clients, "
            f"{len(self.kills)} kills, {self.seconds:.0f} s",
            "clients met: "
            + (", ".join(f"{n} x {what}" for what, n in sorted(self.ledger.tally.items())) or "nothing"),
        ]
        for what in sorted({kill.what for kill in self.kills}):
            times = sorted(kill.back for kill in self.kills if kill.what == what)
            lines.append(
                f"{what}: {len(times)} kills, back after {median(times):.1f} s (median), {times[-1]:.1f} s (longest)"
            )
        return "\n".join(lines)

    def _plays(self, staff: dict[str, Person], catalogue: Catalogue, killer: Killer, writes: int) -> None:
        windows = {name: person.again() for name, person in staff.items()}
        while not (killer.done.is_set() and len(self.ledger.writes) >= writes):
            with self._lock:
                number, self._next = self._next, self._next + 1
            visit = Visit(number, windows, catalogue)
            try:
                visit.play()
            except GaveUp as refusal:
                self.ledger.complain(f"visit {number} could not go on: {refusal}")
            except Exception as defect:
                self.ledger.complain(f"visit {number}: {defect!r}")
                if not isinstance(defect, (KeyError, IndexError, AttributeError)):
                    raise
            else:
                self.visits.append(visit)
            if len(self.ledger.wrong) > 200:
                return

    def _settle(self) -> None:
        """Wait until the worker has done what waited."""
        asked = (
            "SELECT count(*) FROM procrastinate_jobs WHERE queue_name = 'consequences' AND status IN ('todo', 'doing')"
        )
        # what failed while the database was away is tried again later and later
        until = time.monotonic() + 3 * self.patience
        while time.monotonic() < until:
            try:
                with psycopg.connect(home.database_dsn("owner"), connect_timeout=5) as read:
                    if read.execute(asked).fetchone() == (0,):
                        return
            except psycopg.OperationalError:
                pass
            time.sleep(0.2)


def a_hospital(port: int, patients: int = 25) -> Hospital:
    """A small demonstration hospital in this `SALUS_HOME`, serving on the port."""
    hospital = Hospital(port)
    hospital.salus("migrate")
    hospital.salus("demo", "--patients", str(patients))
    hospital.start().until("ready ")
    hospital.serves_again()
    return hospital


def a_ledger(folder: Path, name: str) -> Ledger:
    return Ledger(folder / f"{name}.jsonl")


def told(wrong: Sequence[str]) -> str:
    """The first of what is wrong, for people."""
    wrong = sorted(wrong, key=lambda one: "could not go on" in one)
    more = [f"... and {len(wrong) - 20} more"] if len(wrong) > 20 else []
    return "\n".join(["", *wrong[:20], *more])


def _stock(pharmacist: Person, writes: int) -> None:
    """Enough of the medicine for all visits of the run."""
    with psycopg.connect(home.database_dsn("owner")) as read:
        item, department = _one(
            read,
            "SELECT i.id::text, d.id::text FROM inventory_item i JOIN terminology_presentation p ON p.id = i.presentation_id "
            "JOIN places_department d ON d.kind = 'pharmacy' WHERE p.code = 'paracetamol-500-mg-tablet' ORDER BY i.code, d.code",
        )
    lot = {
        "item_id": item,
        "department_id": department,
        "lot_number": f"RUN-{time.time():.0f}",
        "expires_on": "2030-12-31",
        "quantity": str(5 * writes + 1000),
    }
    pharmacist.post(-1, "receive stock", "/inventory/receive", lot)


def _catalogue() -> Catalogue:
    with psycopg.connect(home.database_dsn("owner")) as read:
        return Catalogue(
            *_one(read, "SELECT id::text, code FROM catalog_testdefinition WHERE code = 'crp'"),
            *_one(read, "SELECT id::text, unit FROM terminology_presentation WHERE code = 'paracetamol-500-mg-tablet'"),
            "oral",
            *_one(read, "SELECT id::text FROM places_department WHERE code = 'opd'"),
        )


def _one(read: psycopg.Connection, query: str) -> tuple[str, ...]:
    row = read.execute(query).fetchone()
    assert row is not None, query
    return row
