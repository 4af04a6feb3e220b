"""Rows of a table as lines of COPY: what is the same in all of them is written once."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import connection, models
from django.db.models.expressions import DatabaseDefault

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


def _is_left(row: models.Model, field: models.Field[Any, Any]) -> bool:
    value = row.__dict__.get(field.attname)
    return isinstance(value, DatabaseDefault) or (value is None and isinstance(field, models.AutoField))


def _constant(row: models.Model, field: models.Field[Any, Any]) -> str:
    return told(row.__dict__[field.attname], is_array=isinstance(field, ArrayField)).replace("%", "%%")


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
