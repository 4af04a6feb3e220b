"""Rows as they were at an instant, from the histories that the database keeps of every record (`core.guards`).

What a row said is known to the length of a transaction: a version counts from the moment in which it was written.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TypeVar

from django.db import models

from salus.core.models import Record

R = TypeVar("R", bound=Record)


def as_they_were(rows: Sequence[R], at: datetime) -> list[R]:
    """These rows of one table as they stood at an instant, in their order, without those that were made later.

    One statement, and none where no row was changed since. A column that is younger than the version has its default.
    """
    changed = [row.id for row in rows if row.updated_at > at]
    before = _versions(type(rows[0]), changed, at) if changed else {}
    found: list[R] = []
    for row in rows:
        then = row if row.updated_at <= at else before.get(row.id)
        if then is not None and then.created_at <= at:
            found.append(then if then is row else _related(row, then))
    return found


def versions_sql(table: str, row: str, at: str) -> str:
    """The version of a row that stood at an instant as a subselect, for statements that look into a history themselves.

    :param row: the row, as the statement calls it; `at` the instant
    """
    return (
        f"SELECT r_.* FROM {table}_history h_ CROSS JOIN LATERAL jsonb_populate_record(NULL::{table}, h_.row) r_ "  # noqa: S608 - our own tables
        f"WHERE h_.row_id = {row}.id AND h_.valid_from <= {at} AND h_.valid_until > {at}"
    )


def completed(rows: Iterable[R]) -> list[R]:
    """Rows from a history, with the default of each column that is younger than their version."""
    found = list(rows)
    for row in found:
        for field in row._meta.concrete_fields:
            if not field.null and getattr(row, field.attname) is None:
                setattr(row, field.attname, field.get_default())
    return found


def _versions(model: type[R], ids: Sequence[object], at: datetime) -> dict[object, R]:
    table = model._meta.db_table
    sql = f"SELECT r.* FROM unnest(%s::uuid[]) AS w (id) CROSS JOIN LATERAL ({versions_sql(table, 'w', '%s')}) r"  # noqa: S608 - our own tables
    return {row.id: row for row in completed(model._base_manager.raw(sql, [list(ids), at, at]))}


def _related(now: R, then: R) -> R:
    """The older version, with what was loaded beside the row where it leads to the same."""
    for field in now._meta.concrete_fields:
        if not isinstance(field, models.ForeignKey) or not field.is_cached(now):
            continue
        if getattr(now, field.attname) == getattr(then, field.attname):
            field.set_cached_value(then, field.get_cached_value(now))
    return then
