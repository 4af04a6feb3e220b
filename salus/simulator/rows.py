"""Rows of a table as lines of COPY, without a model's instance for each: what is the same in all of them is written once."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.db import connection, models
from django.db.models.expressions import DatabaseDefault

from salus.core.ids import SYSTEM

_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


class Lines:
    """COPY lines of one model: constants are told once, the varying columns with each line."""

    def __init__(self, model: type[models.Model], varying: Sequence[str], **constants: Any) -> None:
        row = model(**constants)
        fields = [f for f in model._meta.concrete_fields if f.attname in varying or not _is_left(row, f)]
        by_place = {f.attname: place for place, f in enumerate(f for f in fields if f.attname in varying)}
        missing = set(varying) - by_place.keys()
        if missing:
            raise ValueError(f"{model.__name__} has no {missing}")
        self._order = tuple(sorted(range(len(varying)), key=lambda n: by_place[varying[n]]))
        self._pattern = "\t".join("%s" if f.attname in varying else _constant(row, f) for f in fields) + "\n"
        table = connection.ops.quote_name(model._meta.db_table)
        columns = ", ".join(connection.ops.quote_name(str(f.column)) for f in fields)
        self.statement = f"COPY {table} ({columns}) FROM STDIN"
        self.lines: list[str] = []
        self.written = 0

    def add(self, *values: Any) -> None:
        """One line; the values in the order in which the varying columns were named, as COPY writes them."""
        self.lines.append(self._pattern % tuple([values[n] for n in self._order]))

    def flush(self) -> None:
        """Write what was added to the table."""
        if self.lines:
            with connection.cursor() as cursor, cursor.copy(self.statement) as copy:
                for start in range(0, len(self.lines), 5_000):
                    copy.write("".join(self.lines[start : start + 5_000]))
            self.written += len(self.lines)
            self.lines.clear()


class Sheet:
    """The rows of one table by the names of their columns; what a row does not say has the model's own default.

    Rows stay dictionaries until they are written, so that what is known only at the end (a number) can be told then.
    """

    def __init__(self, model: type[models.Model], varying: Sequence[str], **constants: Any) -> None:
        row = model(id=SYSTEM, **constants)
        varying = ("id", "created_at", "updated_at", *varying)
        fields = {f.attname: f for f in model._meta.concrete_fields}
        if missing := set(varying) - fields.keys():
            raise ValueError(f"{model.__name__} has no {missing}")
        told_of = {
            name: f for name, f in fields.items() if name in varying or not (_is_left(row, f) or _is_null(row, f))
        }
        pattern = [f"%({name})s" if name in varying else _constant(row, f) for name, f in told_of.items()]
        self._pattern = "\t".join(pattern) + "\n"
        self._defaults = {n: _told_of(row, fields[n]) for n in varying if not _is_left(row, fields[n])}
        self._known = frozenset(varying)
        self.table = model._meta.db_table
        columns = ", ".join(connection.ops.quote_name(str(f.column)) for f in told_of.values())
        self._statement = f"COPY {self.table} ({columns}) FROM STDIN"
        self.rows: list[dict[str, Any]] = []

    def add(self, row_id: UUID, written_at: datetime, /, **said: Any) -> UUID:
        """One row as it was written at an instant; lists and objects as text (`told`)."""
        if not said.keys() <= self._known:
            raise KeyError(f"no such column: {sorted(said.keys() - self._known)}")
        said["id"], said["created_at"], said["updated_at"] = row_id, written_at, written_at
        self.rows.append(said)
        return row_id

    def write(self) -> None:
        """Write all rows to the table."""
        with connection.cursor() as cursor, cursor.copy(self._statement) as copy:
            for start in range(0, len(self.rows), 2_000):
                copy.write("".join([self._line(row) for row in self.rows[start : start + 2_000]]))

    def _line(self, row: dict[str, Any]) -> str:
        return self._pattern % {**self._defaults, **{name: "\\N" if v is None else v for name, v in row.items()}}


def _is_null(row: models.Model, field: models.Field[Any, Any]) -> bool:
    """A column that no row says anything of: NULL where the database is not told of it."""
    return field.null and row.__dict__[field.attname] is None


def _is_left(row: models.Model, field: models.Field[Any, Any]) -> bool:
    value = row.__dict__.get(field.attname)
    return (
        field.generated or isinstance(value, DatabaseDefault) or (value is None and isinstance(field, models.AutoField))
    )


def _constant(row: models.Model, field: models.Field[Any, Any]) -> str:
    return _told_of(row, field).replace("%", "%%")


def _told_of(row: models.Model, field: models.Field[Any, Any]) -> str:
    return told(row.__dict__[field.attname], is_array=isinstance(field, ArrayField))


def told(value: Any, *, is_array: bool = False) -> str:
    """A value in COPY's text format."""
    if value is None:
        return "\\N"
    if is_array:
        return "{" + ",".join(f'"{one}"' for one in value) + "}"
    if isinstance(value, bool):
        return "t" if value else "f"
    if isinstance(value, (Mapping, list)):
        return json.dumps(value).translate(_ESCAPES)
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    return str(value).translate(_ESCAPES)


def flush_all(tables: Iterable[Lines]) -> None:
    """Write all tables in the order of their foreign keys."""
    for one in tables:
        one.flush()
