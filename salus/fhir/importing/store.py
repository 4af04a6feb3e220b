"""Writing rows by the hundred: one COPY for each table of a bundle."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any
from uuid import UUID

from django.db import connection, models

from salus.core import crypto
from salus.core.fields import EncryptedField
from salus.fhir.written import encode_text

Row = Mapping[str, Any]


@cache
def defaults_of(model: type[models.Model]) -> dict[str, Any]:
    """What each column of a new row holds where nothing is said; columns that the database fills itself are left out."""
    return {
        str(field.column): _default(field)
        for field in model._meta.concrete_fields
        if not field.has_db_default() or field.column == "version"
    }


def _default(field: models.Field) -> Any:  # type: ignore[type-arg]
    if field.primary_key:
        return None
    value = field.get_default()
    return encode_text(value) if isinstance(field, models.JSONField) and value is not None else value


@cache
def sealed_columns(model: type[models.Model]) -> tuple[str, ...]:
    """The columns that hold sealed text."""
    return tuple(str(f.column) for f in model._meta.concrete_fields if isinstance(f, EncryptedField))


def _sealed(model: type[models.Model], row: Row) -> Row:
    """The row with its texts sealed for their place."""
    table = model._meta.db_table
    return {
        **row,
        **{
            column: crypto.seal(table, column, UUID(str(row["id"])), row[column]) if row[column] else None
            for column in sealed_columns(model)
            if isinstance(row.get(column), str)
        },
    }


def copy_rows(model: type[models.Model], rows: Sequence[Row]) -> None:
    """Add rows by COPY; what a row does not say has the model's default."""
    if not rows:
        return
    defaults = defaults_of(model)
    columns = [*defaults, *sorted({key for row in rows for key in row if key not in defaults})]
    names = ", ".join(f'"{name}"' for name in columns)
    with connection.cursor() as cursor, cursor.copy(f'COPY "{model._meta.db_table}" ({names}) FROM STDIN') as copy:
        for row in rows:
            if sealed_columns(model):
                row = _sealed(model, row)
            copy.write_row([row.get(name, defaults.get(name)) for name in columns])


def update_row(model: type[models.Model], row_id: str, row: Row, *, version: int) -> int | None:
    """Change a row that is still at this version; gives its new one, or None where it has moved on."""
    changes = {name: value for name, value in _sealed(model, {**row, "id": row_id}).items() if name != "id"}
    settings = ", ".join(f'"{name}" = %s' for name in changes)
    with connection.cursor() as cursor:
        cursor.execute(
            f'UPDATE "{model._meta.db_table}" SET {settings} WHERE id = %s AND version = %s RETURNING version',  # noqa: S608 - our own columns
            [*changes.values(), row_id, version],
        )
        found = cursor.fetchone()
    return found[0] if found else None


def link(keys: Iterable[tuple[tuple[str, str, str], str]]) -> bool:
    """Write links; False if somebody else made one of them meanwhile.

    Sorted, so that two bundles which name the same hospital wait for each other and never in a circle.
    """
    wanted = sorted(keys)
    if not wanted:
        return True
    columns = [[key[part] for key, _ in wanted] for part in range(3)]
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO fhir_link (source, type, external_id, row_id) "
            "SELECT * FROM unnest(%s::text[], %s::text[], %s::text[], %s::uuid[]) ON CONFLICT DO NOTHING",
            [*columns, [row for _, row in wanted]],
        )
        return bool(cursor.rowcount == len(wanted))
