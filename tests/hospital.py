"""`salus run` on a `SALUS_HOME` of its own, as a hospital has it: started, killed piece by piece, started again."""

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
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from salus.config import home, postgres

PASSWORD = "a-long-demo-password"  # noqa: S105 - of a hospital that lives for one run


@dataclass
class Hospital:
    """One `SALUS_HOME`, and `salus run` on it, as often as it is started."""

    port: int
    process: "subprocess.Popen[str] | None" = None
    lines: "queue.Queue[str]" = field(default_factory=queue.Queue)
    #: what its log calls an error, but for "not now"
    defects: list[str] = field(default_factory=list)

    def salus(self, *arguments: str) -> None:
        """Run another command of salus to its end."""
        command = [sys.executable, "-m", "salus.config.cli", *arguments]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)

    def start(self) -> "Hospital":
        command = [sys.executable, "-m", "salus.config.cli", "run", "--no-demo", "--port", str(self.port)]
        self.process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            # tests that run under nohup would hand on that it is ignored
            preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_DFL),
        )
        threading.Thread(target=self._read, args=(self.process,), daemon=True).start()
        return self

    def _read(self, process: "subprocess.Popen[str]") -> None:
        assert process.stdout is not None
        for line in process.stdout:
            self.lines.put(line.rstrip())
            if '"ERROR"' in line and "503" not in line:
                self.defects.append(line.rstrip())

    def until(self, words: str, within: float = 240) -> str:
        """Wait until it says these words, or ends; returns the line."""
        end = time.monotonic() + within
        seen = []
        while time.monotonic() < end:
            try:
                seen.append(self.lines.get(timeout=0.2))
            except queue.Empty:
                if self.process is not None and self.process.poll() is not None:
                    break
                continue
            if words in seen[-1]:
                return seen[-1]
        raise AssertionError(f"{words!r} did not come: {seen}")

    def seconds_to_start(self) -> float:
        """Start it, and how long that took until it was ready."""
        before = time.monotonic()
        self.start().until("ready ")
        return time.monotonic() - before

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

    def kill(self, words: str) -> int:
        """Kill -9 whatever of this hospital matches; returns how many."""
        return kill_all(self.processes(words))

    def processes(self, words: str) -> list[int]:
        """The processes of this hospital whose command matches."""

        def ours(number: int) -> bool:
            told = Path(f"/proc/{number}/environ").read_bytes().decode(errors="replace").split("\0")
            return f"SALUS_HOME={home.home()}" in told and bool(re.search(words, command_of(number)))

        return [number for number in _all_processes() if _looked_at(ours, number)]

    def stop(self, number: int = signal.SIGINT) -> int:
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(120)

    def remove(self) -> None:
        """Kill what is left of it, and take its database away."""
        self.kill("salus.config.cli")
        postgres.stop()
        shutil.rmtree(home.place().data, ignore_errors=True)


def postgres_pid() -> int:
    """The main process of this home's database."""
    return int((Path(home.place().data) / "postmaster.pid").read_text().split()[0])


def children_of(parent: int) -> list[int]:
    """The processes that this one started and that live."""

    def is_child(number: int) -> bool:
        return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[1] == str(parent)

    return [number for number in _all_processes() if _looked_at(is_child, number)]


def command_of(number: int) -> str:
    """What a process was called with; empty where it has just ended."""
    try:
        return Path(f"/proc/{number}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


def kill_all(numbers: list[int]) -> int:
    """Kill -9 these; returns how many were still there."""
    killed = 0
    for number in numbers:
        try:
            os.kill(number, signal.SIGKILL)
            killed += 1
        except ProcessLookupError:
            continue
    return killed


def _all_processes() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").glob("[0-9]*")]


def _looked_at(look: Callable[[int], bool], number: int) -> bool:
    """A look at a process that may end while it is looked at."""
    try:
        return look(number)
    except (OSError, IndexError):
        return False
