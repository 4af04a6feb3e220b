"""What the hospital has acknowledged, noted outside its database, and what went wrong on the way."""

import json
import threading
import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TextIO


@dataclass(frozen=True)
class Acknowledged:
    """A write that was answered: under which key, and with what."""

    visit: int
    what: str
    by: str
    key: str
    status: int
    location: str


@dataclass
class Ledger:
    """Notes of all clients. Each acknowledged write is in the file before its client goes on."""

    path: Path
    writes: list[Acknowledged] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    tally: Counter[str] = field(default_factory=Counter)
    #: when the newest acknowledged write was sent: the service is back when that is after the kill
    sent_at: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _file: TextIO | None = None

    def note(self, write: Acknowledged, *, sent_at: float) -> None:
        """An answer came to what was sent at this moment (of the monotonic clock)."""
        with self._lock:
            if self._file is None:
                self._file = self.path.open("a")
            self._file.write(json.dumps(asdict(write)) + "\n")
            self._file.flush()
            self.writes.append(write)
            self.sent_at = max(self.sent_at, sent_at)

    def complain(self, what: str) -> None:
        """Something that must not happen."""
        with self._lock:
            self.wrong.append(f"{time.strftime('%H:%M:%S')} {what}")

    def count(self, what: str) -> None:
        """Something that may happen, and is counted: a lost answer, a refused one, a replay."""
        with self._lock:
            self.tally[what] += 1
