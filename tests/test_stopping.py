"""Whoever asks Salus to stop is heard, also where Python swallows the interruption."""

import os
import signal

import pytest

from salus.config import stopping
from salus.config.cli import run
from salus.config.supervise import Supervisor


@pytest.fixture
def listening():
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    yield stopping.listen
    stopping.asked.clear()
    for number, handler in before.items():
        signal.signal(number, handler)


class Finalised:
    def __del__(self) -> None:
        os.kill(os.getpid(), signal.SIGINT)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_asked_in_a_finaliser_it_stops_before_the_next_step(listening) -> None:
    listening()
    stopping.stop_if_asked()
    Finalised()  # the interruption is raised in there, and Python drops it
    with pytest.raises(KeyboardInterrupt):
        stopping.stop_if_asked()


def test_under_nohup_a_closed_terminal_stops_nothing(listening) -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    listening()
    os.kill(os.getpid(), signal.SIGHUP)
    stopping.stop_if_asked()


def test_who_asked_before_anything_was_supervised_is_heard(listening, monkeypatch) -> None:
    """Protects the short time between the last step and the first child."""
    made: list[Supervisor] = []
    monkeypatch.setattr(run.Supervisor, "run", lambda self, when_started: made.append(self))
    run._supervise(run.Web("127.0.0.1", 1, 1))
    assert made[0].stopping is stopping.asked
    stopping.asked.set()
    with pytest.raises(KeyboardInterrupt):
        run._supervise(run.Web("127.0.0.1", 1, 1))
