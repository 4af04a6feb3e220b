"""Being asked to stop: heard at any moment, and never forgotten.

Python raises KeyboardInterrupt wherever it is, also where it is swallowed (a callback of the import machinery, a
finaliser). So that it was asked is kept, and looked at before each step.
"""

import signal
import threading
from types import FrameType
from typing import Any

asked = threading.Event()


def asking_signals() -> list[signal.Signals]:
    """The signals by which somebody asks; SIGHUP is left ignored where it is already (`nohup`)."""
    hangs_up = signal.getsignal(signal.SIGHUP) != signal.SIG_IGN
    return [signal.SIGINT, signal.SIGTERM, *([signal.SIGHUP] if hangs_up else [])]


def listen() -> None:
    """From now on whoever asks is heard."""
    for number in asking_signals():
        signal.signal(number, _hear)


def stop_if_asked() -> None:
    """Before a step: go on only if nobody has asked to stop.

    :raises KeyboardInterrupt: if somebody has
    """
    if asked.is_set():
        raise KeyboardInterrupt


def _hear(_number: int, _frame: FrameType | None) -> Any:
    asked.set()
    raise KeyboardInterrupt
