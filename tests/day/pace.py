"""The clock of a day that goes by faster than ours, and acts that are tried again as a door would."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

from django.db import OperationalError
from psycopg import errors as pg

T = TypeVar("T")


@dataclass
class Pace:
    """What time it is in the house: `speed` seconds there for one of ours; until it is started, the doors are about to open."""

    start: datetime
    speed: float
    began: float = field(default=0.0)

    def begin(self) -> None:
        self.began = time.monotonic()

    def now(self) -> datetime:
        gone = time.monotonic() - self.began if self.began else 0
        return self.start + timedelta(seconds=gone * self.speed)

    def pass_by(self, minutes: float) -> None:
        """Wait so many minutes of the house."""
        time.sleep(minutes * 60 / self.speed)


def attempt(act: Callable[[], T]) -> T:
    """Do an act, again from the start when the database asks for it, as the doors do."""
    for again in range(4):
        try:
            return act()
        except OperationalError as error:
            again_wanted = (pg.SerializationFailure, pg.DeadlockDetected, pg.LockNotAvailable)
            if not isinstance(error.__cause__, again_wanted) or again == 3:
                raise
            time.sleep(random.uniform(0.005, 0.05) * 2**again)
    raise AssertionError
