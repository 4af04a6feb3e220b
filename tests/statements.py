"""Counting what a page or an act asks of the database."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection
from django.test.utils import CaptureQueriesContext

#: Savepoints are not statements of the budget (guarantees: "savepoints not counted").
_FREE = ("SAVEPOINT", "RELEASE", "ROLLBACK TO")


@contextmanager
def at_most(number: int) -> Iterator[None]:
    """Fail if the block runs more statements than that."""
    with CaptureQueriesContext(connection) as captured:
        yield
    asked = [query["sql"] for query in captured if not query["sql"].startswith(_FREE)]
    shown = "\n".join(" ".join(one.split())[:160] for one in asked)
    assert len(asked) <= number, f"{len(asked)} statements instead of {number}:\n{shown}"
