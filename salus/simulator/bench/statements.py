"""What a page asks of the database, recorded while it runs, and asked again without Django."""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg
from django.db import connection
from django.db.backends.postgresql.psycopg_any import get_adapters_template

_SAVEPOINT = re.compile(r'(SAVEPOINT|RELEASE SAVEPOINT|ROLLBACK TO SAVEPOINT) "?')


@dataclass(slots=True)
class Statement:
    """One statement with its parameters; `many` for executemany."""

    sql: str
    values: Any
    many: bool = False

    @property
    def asks(self) -> bool:
        """Whether it is more than the bounds of a transaction."""
        return self.sql not in ("BEGIN", "COMMIT") and not _SAVEPOINT.match(self.sql)


@dataclass(slots=True)
class Recording:
    """The statements of one round. The door's own transaction shows as `BEGIN` and `COMMIT`."""

    statements: list[Statement] = field(default_factory=list)
    counts: list[int] = field(default_factory=list)
    _depth: int = 0

    @contextmanager
    def of_one_request(self) -> Iterator[None]:
        """Record what Django executes within this block, and count it (savepoints and transactions not counted)."""
        before = len(self.statements)
        with connection.execute_wrapper(self._note):
            yield
        self.counts.append(sum(1 for one in self.statements[before:] if one.asks))

    def _note(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        result = execute(sql, params, many, context)
        self.statements.append(Statement(self._as_it_would_be(sql), params, many))
        return result

    def _as_it_would_be(self, sql: str) -> str:
        """The record is taken inside a transaction that is rolled back: its outermost savepoint is the door's own."""
        found = _SAVEPOINT.match(sql)
        if found is None:
            return sql
        if found[1] == "SAVEPOINT":
            self._depth += 1
            return "BEGIN" if self._depth == 1 else sql
        if found[1].startswith("RELEASE"):
            self._depth -= 1
            return "COMMIT" if self._depth == 0 else sql
        return sql


def connect_bare(dsn: dict[str, Any]) -> "psycopg.Connection[Any]":
    """A connection of psycopg alone, as the application's role, which adapts values as Django's does."""
    return psycopg.connect(
        **dsn, autocommit=True, cursor_factory=psycopg.ClientCursor, context=get_adapters_template(True, None)
    )


def replay(bare: "psycopg.Connection[Any]", statements: list[Statement]) -> float:
    """Execute them all and fetch what they give; returns the milliseconds."""
    cursor = bare.cursor()
    began = time.perf_counter()
    for one in statements:
        if one.many:
            cursor.executemany(one.sql, one.values)
        else:
            cursor.execute(one.sql, one.values)
            if cursor.description is not None:
                cursor.fetchall()
    return (time.perf_counter() - began) * 1000


def same_database() -> dict[str, Any]:
    """How psycopg alone connects to the database that Django uses."""
    known = connection.get_connection_params()
    wanted = ("dbname", "user", "password", "host", "port", "options")
    return {name: known[name] for name in wanted if known.get(name)}
