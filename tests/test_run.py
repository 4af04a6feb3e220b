"""`salus run` as a newcomer meets it: ready, killed piece by piece, started again, stopped."""

import os
import queue
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest

from conftest import answers, free_port
from salus.config import home, postgres

pytestmark = [pytest.mark.slow, pytest.mark.guarantee("B30")]


@dataclass
class Hospital:
    """One `SALUS_HOME`, and `salus run` on it, as often as it is started."""

    port: int
    process: "subprocess.Popen[str] | None" = None
    lines: "queue.Queue[str]" = field(default_factory=queue.Queue)

    def start(self) -> "Hospital":
        command = [sys.executable, "-m", "salus.config.cli", "run", "--no-demo", "--port", str(self.port)]
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
        )
        threading.Thread(target=self._read, args=(self.process,), daemon=True).start()
        return self

    def _read(self, process: "subprocess.Popen[str]") -> None:
        assert process.stdout is not None
        for line in process.stdout:
            self.lines.put(line.rstrip())

    def until(self, words: str, within: float = 240) -> str:
        end = time.monotonic() + within
        seen = []
        while time.monotonic() < end:
            try:
                seen.append(self.lines.get(timeout=0.2))
            except queue.Empty:
                continue
            if words in seen[-1]:
                return seen[-1]
        raise AssertionError(f"{words!r} did not come within {within} s: {seen}")

    def serves_again(self, within: float = 60) -> None:
        end = time.monotonic() + within
        while not self.is_well():
            assert time.monotonic() < end, "not back in time"
            time.sleep(0.1)

    def is_well(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def kill(self, words: str) -> None:
        for number in self.processes(words):
            os.kill(number, signal.SIGKILL)

    def processes(self, words: str) -> list[int]:
        """The processes of this hospital whose command matches."""
        found = []
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                ours = f"SALUS_HOME={home.home()}" in (entry / "environ").read_bytes().decode().split("\0")
            except OSError:
                continue
            if ours and re.search(words, command):
                found.append(int(entry.name))
        return found

    def stop(self, number: int = signal.SIGINT) -> int:
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(30)


@pytest.fixture(scope="module")
def hospital(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hospital]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SALUS_HOME", str(tmp_path_factory.mktemp("salus")))
        patch.delenv("SALUS_DB_NAME", raising=False)
        patch.delenv("SALUS_DB_POOLED", raising=False)
        here = Hospital(free_port())
        yield here
        here.kill("salus.config.cli")
        postgres.stop()
        shutil.rmtree(home.place().data, ignore_errors=True)


def postgres_pid() -> int:
    return int((Path(home.place().data) / "postmaster.pid").read_text().split()[0])


def remember(name: str) -> None:
    with psycopg.connect(home.database_dsn("app"), autocommit=True) as app:
        app.execute("INSERT INTO core_idempotencykey (by_id, key, request_hash) VALUES (uuidv7(), %s, '')", [name])


def remembered() -> set[str]:
    with psycopg.connect(home.database_dsn("app")) as app:
        return {row[0] for row in app.execute("SELECT key FROM core_idempotencykey WHERE key LIKE 'kept%'")}


def test_a_hospital_survives_what_is_done_to_it(hospital: Hospital) -> None:
    hospital.start()
    assert hospital.until("ready ") == f"ready http://127.0.0.1:{hospital.port}"
    assert hospital.until("also ") == f"also  http://localhost:{hospital.port}"
    hospital.serves_again()

    hospital.kill("cli serve")
    hospital.until("the web server ended")
    hospital.serves_again()

    hospital.kill("cli worker")
    hospital.until("the worker ended")

    remember("kept when the database was killed")
    os.kill(postgres_pid(), signal.SIGKILL)
    hospital.until("the database ended")
    hospital.serves_again()
    assert "kept when the database was killed" in remembered()

    remember("kept when the supervisor was killed")
    hospital.kill("cli run")
    hospital.start().until("ready ")
    hospital.serves_again()

    remember("kept when everything was killed")
    number = postgres_pid()
    hospital.kill("salus.config.cli")
    os.kill(number, signal.SIGKILL)
    before = time.monotonic()
    hospital.start().until("ready ")
    assert time.monotonic() - before < 15
    hospital.serves_again()
    assert len(remembered()) == 3

    assert hospital.stop() == 0
    assert hospital.processes("salus.config.cli") == []
    assert not postgres.is_alive()
    assert not answers(f"http://127.0.0.1:{hospital.port}/")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_other_ways_to_say_stop(hospital: Hospital, number: int) -> None:
    hospital.start().until("ready ")
    assert hospital.stop(number) == 0
    assert hospital.processes("salus.config.cli") == []
    assert not postgres.is_alive()


def test_stopped_while_it_prepares_it_starts_again(hospital: Hospital) -> None:
    for wait in (0.3, 0.6, 0.9, 1.2):
        hospital.start()
        time.sleep(wait)
        hospital.stop()
    hospital.start().until("ready ")
    assert hospital.stop() == 0
