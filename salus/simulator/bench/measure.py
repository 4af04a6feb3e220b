"""Measuring one scenario: over HTTP with so many clients, and as bare SQL."""

import math
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import psycopg
from django.db import transaction

from salus.simulator.bench.browsers import HttpBrowser, LocalBrowser, Took, WrongAnswer
from salus.simulator.bench.scenarios import Scenario
from salus.simulator.bench.statements import Recording, replay
from salus.simulator.bench.workshop import Workshop


@dataclass(slots=True)
class Times:
    """Rounds of one kind with one number of clients; milliseconds."""

    took: list[Took] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def server(self, share: float) -> float:
        return quantile([one.server for one in self.took], share)

    def worked(self, share: float) -> float:
        return quantile([one.worked for one in self.took], share)

    def client(self, share: float) -> float:
        return quantile([one.client for one in self.took], share)

    @property
    def a_second(self) -> float:
        return len(self.took) / self.seconds if self.seconds else 0.0


@dataclass(slots=True)
class Bare:
    """The same statements without Django: how many, and how long they took."""

    #: of each request of a round
    statements: tuple[int, ...] = ()
    milliseconds: list[float] = field(default_factory=list)
    trouble: str = ""


@dataclass(slots=True)
class Measurement:
    """Everything measured of one scenario; by number of clients."""

    scenario: Scenario
    http: dict[int, Times] = field(default_factory=dict)
    bare: Bare = field(default_factory=Bare)


def quantile(values: Sequence[float], share: float) -> float:
    """The value below which that share lies (nearest rank); NaN without values."""
    if not values:
        return float("nan")
    ordered = sorted(values)
    return ordered[max(math.ceil(share * len(ordered)) - 1, 0)]


def over_http(scenario: Scenario, browsers: Sequence[HttpBrowser], supplies: Sequence[Any], *, warm: int) -> Times:
    """Run one round for each of the supplies, shared out among the browsers; the first `warm` of them do not count."""
    rounds = iter(supplies)
    lock, times = threading.Lock(), Times()
    for subject in [next(rounds) for _n in range(min(warm, len(supplies) // 2))]:
        _round(scenario, browsers[0], subject, Times())
    began = time.perf_counter()
    threads = [
        threading.Thread(target=_work, args=(scenario, browser, rounds, lock, times), daemon=True)
        for browser in browsers
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    times.seconds = time.perf_counter() - began
    return times


def _work(scenario: Scenario, browser: HttpBrowser, rounds: Iterator[Any], lock: threading.Lock, times: Times) -> None:
    missing = object()
    while True:
        with lock:
            subject = next(rounds, missing)
        if subject is missing:
            return
        _round(scenario, browser, subject, times)


def _round(scenario: Scenario, browser: HttpBrowser, subject: Any, times: Times) -> None:
    browser.start()
    try:
        scenario.round(browser, subject)
    except WrongAnswer as wrong:
        times.failures.append(str(wrong))
    else:
        times.took.append(browser.took)


def as_bare_sql(
    scenario: Scenario, supplies: Sequence[Any], bare: "psycopg.Connection[Any]", note: Callable[[str], None]
) -> Bare:
    """Record each round in a transaction that is rolled back, then let psycopg alone do and commit the same."""
    found = Bare()
    browser = LocalBrowser(scenario.username, Recording())
    for subject in supplies:
        browser.recording = Recording()
        try:
            with transaction.atomic():
                scenario.round(browser, subject)
                transaction.set_rollback(True)
            took = replay(bare, browser.recording.statements)
        except (WrongAnswer, psycopg.Error) as error:
            found.trouble = f"{type(error).__name__}: {str(error).splitlines()[0]}"
            note(f"  {scenario.name}: as bare SQL: {found.trouble}")
            if not bare.autocommit or bare.info.transaction_status:
                bare.execute("ROLLBACK")
            continue
        found.statements = max(found.statements, tuple(browser.recording.counts))
        found.milliseconds.append(took)
    return found


def supplies_for(scenario: Scenario, shop: Workshop, number: int) -> Sequence[Any]:
    """What that many rounds use up."""
    return scenario.supplies(shop, number)
