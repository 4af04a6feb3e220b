"""State machines: what is done in any order, held against a plain reckoning. A share is played by `make test`, all of it by
`make sweep` (`RUNS` says how many), and each finds a mistake that is planted."""

import os
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, ClassVar

from django.db import connection, transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

from salus.core.act import Act, Trace
from salus.core.errors import SalusError
from salus.core.ids import uuid7
from tests.cast import Cast

RUNS, STEPS = int(os.environ.get("RUNS", "500")), 40
#: of them in each run of the tests
SHARE = 6


class Machine(RuleBasedStateMachine):
    """One run: in a transaction that is rolled back, each act by somebody of the cast at the machine's own time."""

    cast: ClassVar[Cast]
    acts: ClassVar[dict[str, Act]]
    now: datetime

    def __init__(self) -> None:
        super().__init__()
        self.savepoint = transaction.atomic()
        self.savepoint.__enter__()
        try:
            self.begin()
        except BaseException:
            self.teardown()
            raise

    def begin(self) -> None:
        """Make what the run begins with."""

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.savepoint.__exit__(None, None, None)

    def as_(self, role: str) -> Act:
        """A fresh act of somebody."""
        return replace(self.acts[role], id=uuid7(), at=self.now, proved_at=self.now, trace=Trace())


def refused(service: Any, act: Act, **values: Any) -> SalusError | None:
    """Do something as a door would, with what a commit checks; returns why it was refused, and then nothing was done."""
    try:
        with transaction.atomic():
            service(act, **values)
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
    except SalusError as error:
        return error
    return None


def play(
    machine: type[RuleBasedStateMachine], cast: Cast, *, roles: Sequence[str], runs: int = RUNS, **how: Any
) -> None:
    """Play so many runs; who acts is there before, so that each run finds the same."""
    _ = cast.departments
    acts = {role: cast.act(role) for role in roles} | {"system": cast.almighty()}
    machine.cast, machine.acts = cast, acts  # type: ignore[attr-defined]
    lenient: dict[str, Any] = {"deadline": None, "database": None, "suppress_health_check": list(HealthCheck)}
    run_state_machine_as_test(
        machine, settings=settings(max_examples=runs, stateful_step_count=STEPS, **lenient, **how)
    )


def play_planted(machine: type[RuleBasedStateMachine], cast: Cast, *, roles: Sequence[str]) -> None:
    """The same runs each time, and no search for the shortest: for a mistake that is planted."""
    quick = {"phases": [Phase.generate], "report_multiple_bugs": False, "derandomize": True}
    play(machine, cast, roles=roles, runs=100, **quick)
