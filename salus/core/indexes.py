"""Blind indexes: what each is made of, and how all are made anew with another key while the hospital works.

A room registers its own (`register`). Every row and every version in a history is opened, and its index written where it is not
what the present key makes of it: what an index should be follows from the sealed value beside it, and from nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidTag
from django.apps import apps
from django.db import connection, models, transaction

from salus.core import crypto
from salus.core.guards import index_columns
from salus.core.keyring import KeyLost
from salus.core.models import Record
from salus.core.sealed_places import Sealed

#: what makes the index, or the indexes, of an opened value
Make = Callable[[str], bytes | list[bytes]]
_registered: dict[tuple[str, str], tuple[str, Make]] = {}


def register(model: type[models.Model], column: str, *, of: str, make: Make) -> None:
    """Say what a column of blind indexes is made of: the sealed column `of` of its row, by `make`."""
    _registered[model._meta.db_table, column] = (of, make)


@dataclass(frozen=True, slots=True)
class Index:
    """A column of blind indexes of a table, or of its history, and the sealed column that it is made of."""

    column: str
    sealed: Sealed
    make: Make

    @property
    def stored(self) -> str:
        """What stands there, as JSON in SQL: an index as `\\x` and digits, several as a list of such."""
        return f"row->'{self.column}'" if self.sealed.is_history else f'to_jsonb("{self.column}")'

    @property
    def update(self) -> str:
        """How what it should be (JSON again) is put in, in SQL."""
        if self.sealed.is_history:
            return f"row = jsonb_set(row, '{{{self.column}}}', fresh.value::jsonb)"
        return (
            f"\"{self.column}\" = (jsonb_populate_record(kept, jsonb_build_object('{self.column}', fresh.value::jsonb)))"
            f'."{self.column}"'
        )

    def wanted(self, bound: str, sealed: bytes) -> Any:
        """What should stand there, as `stored` says it."""
        opened = crypto.open_sealed(self.sealed.table, self.sealed.column, bound, sealed)
        made = self.make(opened)
        return _said(made) if isinstance(made, bytes) else [_said(one) for one in made]


def _said(index: bytes) -> str:
    return f"\\x{index.hex()}"


def places() -> Iterator[Index]:
    """Every column of blind indexes of the hospital, with its history.

    :raises LookupError: for one of which no room has said how it is made
    """
    for model in apps.get_models():
        for column in index_columns(model):
            of, make = _registered[model._meta.db_table, column]
            key = tuple(str(one.column) for one in model._meta.pk_fields)
            yield Index(column, Sealed(model._meta.db_table, of, key), make)
            if issubclass(model, Record):
                yield Index(column, Sealed(model._meta.db_table, of, key, is_history=True), make)


def make_anew(one: Index, batch: int, after: Sequence[Any], *, done: Callable[[int], None]) -> Sequence[Any] | None:
    """One batch of a column, in a transaction of its own; gives the key of its last row, or None after the last batch.

    Rows that somebody holds are passed over, and values that do not open: the sealed column's own round tells of them.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL salus.resealing = 'on'")
        rows = _batch(cursor, one, batch, after, "FOR NO KEY UPDATE SKIP LOCKED")
        fresh = list(_differing(one, rows))
        if fresh:
            one.sealed.write(cursor, one.update, fresh, "text")
            done(len(fresh))
    return rows[-1][: len(one.sealed.names)] if rows else None


def left(batch: int = 5_000) -> int:
    """How many rows and versions have an index that the present key did not make; nothing is locked or passed over."""
    found = 0
    for one in places():
        after: Sequence[Any] | None = ()
        while after is not None:
            with connection.cursor() as cursor:
                rows = _batch(cursor, one, batch, after, "")
            found += sum(1 for _ in _differing(one, rows))
            after = rows[-1][: len(one.sealed.names)] if rows else None
    return found


def _batch(cursor: Any, one: Index, batch: int, after: Sequence[Any], lock: str) -> list[Any]:
    sealed, names = one.sealed, ", ".join(f'"{name}"' for name in one.sealed.names)
    further = f"AND ({names}) > ({', '.join(['%s'] * len(after))})" if after else ""
    cursor.execute(
        f"SELECT {names}, {sealed.bound}, {sealed.value}, ({one.stored})::text FROM {sealed.source} "  # noqa: S608 - our own names
        f"WHERE length({sealed.value}) > 0 AND {one.stored} IS NOT NULL {further} ORDER BY {names} LIMIT %s {lock}",
        [*after, batch],
    )
    rows: list[Any] = cursor.fetchall()
    return rows


def _differing(one: Index, rows: Iterable[Any]) -> Iterator[tuple[Sequence[Any], str]]:
    for *keys, bound, sealed, stored in rows:
        try:
            wanted = one.wanted(bound, bytes(sealed))
        except (InvalidTag, KeyLost):
            continue
        if json.loads(stored) != wanted:
            yield keys, json.dumps(wanted)


def hold(kind: str, values: Iterable[str]) -> bool:
    """While two keys make indexes, have nobody else write one of these values until the caller's transaction ends.

    Then a constraint sees two different indexes of one value: the caller looks for the value by `crypto.blind_indexes`
    before it writes. False, and nothing asked, when one key makes them all.
    """
    numbers = sorted({number for value in values if (number := crypto.lock_number(kind, value)) is not None})
    if numbers:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(one) FROM unnest(%s::bigint[]) one", [numbers])
    return bool(numbers)
