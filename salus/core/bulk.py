"""Many rows at once by COPY: history, imports and the demonstration; everyday acts use the rooms' services."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.contrib.postgres.search import SearchVectorField
from django.db import connection, models
from django.db.models.expressions import DatabaseDefault
from django.db.models.fields.json import JSONField
from psycopg.types.json import Jsonb

from salus.core.fields import EncryptedField, PartialDateField


def copy_rows(model: type[models.Model], rows: Iterable[models.Model]) -> int:
    """COPY unsaved rows of one model into its table; returns how many.

    A column that the database fills (`db_default`) is left to it unless the first row has set it, one that it reckons in
    any case. Constraints and insert triggers hold as always; the caller's transaction decides.
    """
    iterator = iter(rows)
    first = next(iterator, None)
    if first is None:
        return 0
    fields = [field for field in model._meta.concrete_fields if not _left_to_database(first, field)]
    readers = [_reader(field) for field in fields]
    columns = ", ".join(connection.ops.quote_name(str(field.column)) for field in fields)
    count = 0
    with connection.cursor() as cursor:
        statement = f"COPY {connection.ops.quote_name(model._meta.db_table)} ({columns}) FROM STDIN"
        with cursor.copy(statement) as copy:
            for row in _chain(first, iterator):
                copy.write_row([read(row) for read in readers])
                count += 1
    return count


def _left_to_database(row: models.Model, field: models.Field[Any, Any]) -> bool:
    value = row.__dict__.get(field.attname)
    return (
        field.generated or isinstance(value, DatabaseDefault) or (value is None and isinstance(field, models.AutoField))
    )


def _reader(field: models.Field[Any, Any]) -> Callable[[models.Model], Any]:
    """How a column's value is read from a row: chosen once for each column, because there are many rows."""
    name = field.attname
    if isinstance(field, EncryptedField):
        return lambda row: field.pre_save(row, add=True)
    if isinstance(field, JSONField):
        return lambda row: None if (value := row.__dict__[name]) is None else Jsonb(value)
    if isinstance(field, PartialDateField):
        return lambda row: None if (value := row.__dict__[name]) is None else str(value)
    if isinstance(field, SearchVectorField | models.BinaryField):
        return lambda row: field.get_db_prep_save(row.__dict__[name], connection)
    return lambda row: row.__dict__[name]


def _chain(first: models.Model, rest: Iterable[models.Model]) -> Iterable[models.Model]:
    yield first
    yield from rest
