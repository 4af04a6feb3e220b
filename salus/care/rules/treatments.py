"""A course of sessions: on which days, and how far it has come."""

from collections.abc import Iterable
from datetime import date, timedelta

MOST = 200


def planned_days(first_on: date, every_days: int, count: int) -> list[date]:
    """The days of so many sessions, so many days apart."""
    return [first_on + timedelta(days=every_days * n) for n in range(count)]


def progress(statuses: Iterable[str], planned: int) -> tuple[int, int]:
    """How many sessions were given, of how many that were planned."""
    return sum(1 for one in statuses if one == "given"), planned


def is_complete(statuses: Iterable[str], planned: int) -> bool:
    """Whether as many sessions were given as were planned."""
    given, of = progress(statuses, planned)
    return given >= of
