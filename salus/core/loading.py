"""Rows by COPY: what the loaders of rooms are made of. Only loaders of reference data, imports, the simulator and the
bench come through here; everybody else through services."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from itertools import islice
from typing import Any
from uuid import UUID

import msgspec
from django.contrib.postgres.fields import ArrayField
from django.db import connection, models
from django.db.models.fields import NOT_PROVIDED

from salus.core.fields import PartialDateField
from salus.core.models import Record

#: so many rows are drawn, then copied
BATCH = 5_000


def copy_rows(model: type[Record], rows: Iterable[Mapping[str, Any]], *, recorded_by_id: UUID, at: datetime) -> int:
    """Load rows in the caller's transaction; gives how many. Nothing is announced, nothing is logged.

    :param rows: column (`patient_id`) -> value; what a row leaves out has the model's default. A row that says
        `created_at` was recorded then, others at `at`
    :raises psycopg.Error: what the table's constraints refuse
    """
    fields = list(model._meta.concrete_fields)
    fill = [(field.attname, _default(field), _written(field)) for field in fields]
    known = {name for name, _default_of, _write in fill}
    columns = ", ".join(f'"{field.column}"' for field in fields)
    left, total = iter(rows), 0
    # A batch is drawn before COPY begins: whoever makes the rows may ask the database, which cannot answer meanwhile.
    while batch := [_whole(row, known, recorded_by_id, at) for row in islice(left, BATCH)]:
        with connection.cursor() as cursor, cursor.copy(f"COPY {model._meta.db_table} ({columns}) FROM STDIN") as copy:
            for row in batch:
                copy.write_row([write(row[name]) if name in row else default() for name, default, write in fill])
        total += len(batch)
    return total


def _whole(row: Mapping[str, Any], known: set[str], by: UUID, at: datetime) -> dict[str, Any]:
    if not row.keys() <= known:
        raise KeyError(f"no such column: {sorted(row.keys() - known)}")
    recorded = row.get("created_at", at)
    return {"created_at": recorded, "updated_at": recorded, "recorded_by_id": by, **row}


def _default(field: models.Field[Any, Any]) -> Callable[[], Any]:
    default = field.default
    if default is NOT_PROVIDED:
        return lambda: None
    write = _written(field)
    return (lambda: write(default())) if callable(default) else (lambda: write(default))


def _written(field: models.Field[Any, Any]) -> Callable[[Any], Any]:
    """How a value of this column is handed to the driver."""
    if isinstance(field, models.JSONField):
        return lambda value: None if value is None else msgspec.json.encode(value).decode()
    if isinstance(field, PartialDateField):
        return lambda value: None if value is None else str(value)
    if isinstance(field, ArrayField):
        return lambda value: list(value) if value else "{}"
    return lambda value: value
