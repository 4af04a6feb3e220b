"""Kills one part of the hospital after the other with -9, and measures how long it is away."""

import random
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import psycopg

from salus.config import home
from tests.chaos.ledger import Ledger
from tests.hospital import Hospital, children_of, command_of, kill_all, postgres_pid


@dataclass(frozen=True)
class Kill:
    """What was killed, and after how many seconds a write was acknowledged and a worker worked again."""

    what: str
    back: float


@dataclass
class Killer:
    """Kills at random until told to stop. `kinds` says what, in an order that chance decides."""

    hospital: Hospital
    ledger: Ledger
    chance: random.Random
    kinds: tuple[str, ...]
    pause: tuple[float, float] = (0.5, 2.5)
    #: no kill is waited for longer: then the service counts as gone
    gone_after: float = 60.0
    #: so many writes are acknowledged between two kills, more or less: the kills are spread over the run
    every: int = 0
    kills: list[Kill] = field(default_factory=list)
    done: threading.Event = field(default_factory=threading.Event)

    def run(self, number: int) -> None:
        """So many kills; then `done` is set."""
        try:
            waiting: list[str] = []
            while len(self.kills) < number:
                time.sleep(self.chance.uniform(*self.pause))
                self._let_them_write()
                waiting = waiting or self.chance.sample(self.kinds, len(self.kinds))
                self.kill(waiting.pop())
        except Exception as defect:
            self.ledger.complain(f"the killer itself fell: {defect!r}")
            raise
        finally:
            self.done.set()

    def _let_them_write(self) -> None:
        enough = len(self.ledger.writes) + int(self.every * self.chance.uniform(0.5, 1.5))
        until = time.monotonic() + self.gone_after
        while len(self.ledger.writes) < enough and time.monotonic() < until:
            time.sleep(0.02)

    def kill(self, what: str) -> None:
        """Kill one part and wait until the service is whole again."""
        at, clock = time.monotonic(), time.time()
        if not KINDS[what](self):
            return
        while not (self.ledger.sent_at > at and _a_worker_lives_since(clock)):
            if time.monotonic() - at > self.gone_after:
                self.ledger.complain(f"not back {self.gone_after:.0f} s after the {what} was killed")
                break
            time.sleep(0.05)
        self.kills.append(Kill(what, time.monotonic() - at))

    def web(self) -> int:
        """The web server with all its processes."""
        return self.hospital.kill("cli serve")

    def web_process(self) -> int:
        """One of the web server's processes, or the one that keeps them."""
        serving = self.hospital.processes("cli serve")
        family = [one for one in {*serving, *(child for one in serving for child in children_of(one))} if _serves(one)]
        return kill_all(self.chance.sample(sorted(family), 1) if family else [])

    def worker(self) -> int:
        return self.hospital.kill("cli worker")

    def database(self) -> int:
        """The main process of the database: the others end when they see it."""
        return kill_all([postgres_pid()])

    def database_process(self) -> int:
        """One connection's process: PostgreSQL then throws all out and recovers."""
        serving = [one for one in children_of(postgres_pid()) if re.search(r"postgres: .*salus_app", command_of(one))]
        return kill_all(self.chance.sample(serving, 1) if serving else [])

    def everything(self) -> int:
        """A power cut: all processes at once, the supervisor too; then it is started again as a service manager would."""
        killed = kill_all([postgres_pid()]) + self.hospital.kill("salus.config.cli")
        self.hospital.start()
        while not self.hospital.is_well():
            process = self.hospital.process
            if process is not None and process.poll() is not None:
                self.hospital.start()
            time.sleep(0.1)
        return killed

    def supervisor(self) -> int:
        """Only the supervisor: what it started ends by itself; then it is started again."""
        killed = self.hospital.kill("cli run")
        self.hospital.start()
        return killed


KINDS: dict[str, Callable[[Killer], int]] = {
    "web server": Killer.web,
    "web process": Killer.web_process,
    "worker": Killer.worker,
    "database": Killer.database,
    "database process": Killer.database_process,
    "supervisor": Killer.supervisor,
    "everything": Killer.everything,
}


def _serves(number: int) -> bool:
    command = command_of(number)
    return bool(command) and "resource_tracker" not in command


def _a_worker_lives_since(clock: float) -> bool:
    """Whether a worker said that it lives after this moment."""
    asked = "SELECT 1 FROM procrastinate_workers WHERE last_heartbeat > to_timestamp(%s) LIMIT 1"
    try:
        with psycopg.connect(home.database_dsn("owner"), connect_timeout=2) as connection:
            return connection.execute(asked, [clock]).fetchone() is not None
    except psycopg.Error:
        return False
