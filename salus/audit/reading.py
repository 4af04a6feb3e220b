"""Reading one state of the database on several connections at once: the processors share what `salus audit verify` reads."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from queue import SimpleQueue
from typing import Any, Generic, Protocol, Self, TypeVar

from django.db import connection, transaction

#: more connections than this would take the database from those who work with it
_MOST = 4
#: pieces of work that wait for a free connection: what they are about is in memory
_AHEAD = 3
_READ_ONLY = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"
_TAKES_LONG = "SET LOCAL statement_timeout TO 0; SET LOCAL idle_in_transaction_session_timeout TO 0"

Found = TypeVar("Found")


class Cursor(Protocol):
    """A cursor of Django or of psycopg."""

    def execute(self, query: Any, params: Any = None, /) -> Any: ...

    def fetchall(self) -> list[Any]: ...


@contextmanager
def one_view() -> Iterator[tuple[Cursor, list[Cursor]]]:
    """A cursor, and others of connections of their own for each processor: all see the database as it was at one moment."""
    with transaction.atomic(), connection.cursor() as cursor, ExitStack() as others:
        cursor.execute(_READ_ONLY)
        cursor.execute(_TAKES_LONG)
        cursor.execute("SELECT pg_export_snapshot()")
        ((snapshot,),) = cursor.fetchall()
        many = min(os.cpu_count() or 1, _MOST)
        yield cursor, [others.enter_context(_beside(snapshot)) for _ in range(many if many > 1 else 0)]


@contextmanager
def _beside(snapshot: str) -> Iterator[Cursor]:
    with closing(connection.copy()) as other:
        other.inc_thread_sharing()
        other.set_autocommit(False)
        with other.cursor() as cursor:
            cursor.execute(_READ_ONLY)
            cursor.execute("SET TRANSACTION SNAPSHOT %s", [snapshot])
            cursor.execute(_TAKES_LONG)
            yield cursor
        other.rollback()


class Crew(Generic[Found]):
    """Work on whichever cursor is free, beside the caller; without others the caller's own cursor does it at once.

    What is found is added to `found` in the order in which the work was given.
    """

    def __init__(self, own: Cursor, beside: Sequence[Cursor], found: list[Found]) -> None:
        self._own, self._found, self._most = own, found, len(beside) + _AHEAD
        self._free: SimpleQueue[Cursor] = SimpleQueue()
        for one in beside:
            self._free.put(one)
        self._threads = ThreadPoolExecutor(len(beside), "reading") if beside else None
        self._running: deque[Future[list[Found]]] = deque()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        try:
            while self._running and raised[0] is None:
                self._take()
        finally:
            if self._threads:
                self._threads.shutdown(cancel_futures=True)

    def do(self, work: Callable[[Cursor], Iterable[Found]]) -> None:
        """Have this done; waits while too much is waiting already."""
        if self._threads is None:
            self._found.extend(work(self._own))
            return
        self._running.append(self._threads.submit(self._on_a_free_one, work))
        while len(self._running) > self._most:
            self._take()

    def _take(self) -> None:
        self._found.extend(self._running.popleft().result())

    def _on_a_free_one(self, work: Callable[[Cursor], Iterable[Found]]) -> list[Found]:
        cursor = self._free.get()
        try:
            return list(work(cursor))
        finally:
            self._free.put(cursor)
