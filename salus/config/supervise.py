"""Keeping processes alive: a dead child is started again with back-off, and all end together.

Children are processes of their own group, so that Ctrl-C reaches only the supervisor, who stops them. A child whose
supervisor was killed stops by itself (`stop_with_parent`).
"""

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import FrameType

from salus.config.stopping import asking_signals

_PARENT = "SALUS_PARENT"
_HEALTHY_AFTER = 10.0
#: nobody waits longer for the service than this and a start, however often it died before
_LONGEST_WAIT = 4.0
_STOPS_WITHIN = 15.0
_PR_SET_PDEATHSIG = 1


def stop_with_parent(parent: int | None = None) -> None:
    """Make this process end when its parent ends, however the parent ends.

    :param parent: the parent's number; default: what the supervisor put into the environment, nothing if there is none
    """
    told = parent or int(os.environ.get(_PARENT) or 0)
    if not told:
        return
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    # elsewhere, and where the parent was gone before we asked
    threading.Thread(target=_watch_parent, args=(told,), daemon=True).start()


def _watch_parent(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1.0)
    os.kill(os.getpid(), signal.SIGTERM)


@dataclass
class Child:
    """One process to keep alive."""

    name: str
    command: Sequence[str]
    environ: Mapping[str, str]
    process: "subprocess.Popen[bytes] | None" = None
    started_at: float = 0.0
    wait: float = 0.0
    not_before: float = 0.0

    def start(self) -> None:
        """Start the process, in a group of its own."""
        environ = {**self.environ, _PARENT: str(os.getpid())}
        self.process = subprocess.Popen(self.command, env=environ, start_new_session=True)  # noqa: S603 - ourselves
        self.started_at = time.monotonic()

    def signal(self, number: int) -> None:
        """Send a signal to the process and all that it started."""
        if self.process and self.process.poll() is None:
            try:
                os.killpg(self.process.pid, number)
            except ProcessLookupError:
                return


@dataclass
class Supervisor:
    """Starts children, starts the dead ones again, and calls `tend` in between (the database has a keeper too)."""

    children: Sequence[Child]
    say: Callable[[str], None]
    tend: Callable[[], None]
    stopping: threading.Event = field(default_factory=threading.Event)

    def run(self, when_started: Callable[[], None]) -> None:
        """Keep the children alive until somebody asks to stop; then stop them, the first one first."""
        before = {number: signal.signal(number, self._ask_to_stop) for number in asking_signals()}
        announcer = threading.Thread(target=when_started, daemon=True)
        try:
            for child in self.children:
                child.start()
            announcer.start()
            while not self.stopping.wait(0.25):
                self.tend()
                for child in self.children:
                    self._keep(child)
        finally:
            self.stopping.set()
            self._stop_all()
            for number, handler in before.items():
                signal.signal(number, handler)

    def _keep(self, child: Child) -> None:
        now = time.monotonic()
        if child.process is None:
            if now >= child.not_before:
                child.start()
            return
        code = child.process.poll()
        if code is None:
            return
        lived = now - child.started_at
        child.wait = 0.2 if lived > _HEALTHY_AFTER else min(max(child.wait * 2, 0.2), _LONGEST_WAIT)
        child.not_before = now + child.wait
        child.signal(signal.SIGKILL)
        child.process = None
        self.say(f"the {child.name} ended ({_in_words(code)}); starting it again in {child.wait:.1f} s")

    def _stop_all(self) -> None:
        self.say("stopping")
        for child in self.children:
            child.signal(signal.SIGTERM)
        until = time.monotonic() + _STOPS_WITHIN
        for child in self.children:
            if child.process is None:
                continue
            try:
                child.process.wait(max(0.1, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                self.say(f"the {child.name} does not stop; ending it")
                child.signal(signal.SIGKILL)
                child.process.wait()

    def _ask_to_stop(self, _number: int, _frame: FrameType | None) -> None:
        if self.stopping.is_set():  # asked twice: at once
            for child in self.children:
                child.signal(signal.SIGKILL)
        self.stopping.set()


def _in_words(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"exit code {code}"
