"""How much anybody may ask of one worker process: a bucket for each person, program or address, kept in memory.

It protects the others from a script that runs away, at every door (guarantees, B52). It is generous, costs no statement and
counts for one process only: what must be exact (guessing passwords) is measured in the database (`accounts.limits`).
"""

import threading
import time
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.conf import settings

from salus.core.clients import source_of
from salus.core.errors import TooMany

#: kind -> (how many at once, how many a second after that)
MEASURES = {"person": (1000, 50.0), "program": (2000, 200.0), "address": (2000, 100.0)}
_ROUNDING = 1e-6
#: more subjects than this are not kept: those who have long been quiet are forgotten
_KEPT = 20_000


@dataclass(slots=True)
class Throttle:
    """Subject -> the monotonic second at which its bucket is full again."""

    full_at: dict[tuple[str, str], float] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, kind: str, subject: str, now: float) -> float:
        """One request: 0, or how many seconds to wait."""
        burst, rate = MEASURES[kind]
        with self.lock:
            if len(self.full_at) > _KEPT:
                self.full_at = {key: at for key, at in self.full_at.items() if at > now}
            standing = max(self.full_at.get((kind, subject), now), now) + 1 / rate
            wait = standing - now - burst / rate
            if wait > _ROUNDING:
                return wait
            self.full_at[kind, subject] = standing
            return 0


throttle = Throttle()


def admit(request: Any, *, api: bool) -> None:
    """Count a request of whoever asks.

    :raises TooMany: if there were too many
    """
    if not settings.SALUS_THROTTLE:
        return
    act = getattr(request, "act", None)
    kind = "address" if act is None else "program" if api else "person"
    wait = throttle.take(kind, source_of(request) if act is None else str(act.by), time.monotonic())
    if wait:
        raise TooMany(timedelta(seconds=wait))
