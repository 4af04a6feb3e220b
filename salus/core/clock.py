"""What happens by the clock: the second table of `workflows/table.py`, made known to procrastinate."""

from collections.abc import Mapping
from typing import Any

from procrastinate.contrib.django import app


def install(table: Mapping[str, tuple[Any, ...]]) -> None:
    """Have each task of the table run at its times; called once, by `workflows` when it is ready.

    :param table: when, as cron writes it (minute, hour, day, month, day of the week) -> tasks of the rooms' `jobs.py`
    """
    for cron, tasks in table.items():
        for task in tasks:
            app.periodic(cron=cron)(task)


def tasks_by_the_clock() -> set[str]:
    """The names of all tasks that any clock starts."""
    return {name for name, _id in app.periodic_registry.periodic_tasks}
