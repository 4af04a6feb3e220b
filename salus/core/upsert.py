"""Many rows brought up to date by a few statements: what is new is added, what differs is changed, the rest stays."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any
from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.db import connection, models
from django.db.backends.utils import CursorWrapper

from salus.core.ids import uuid7
from salus.core.models import Record

#: what each row may bring for full-text search, from the heaviest words to the lightest
WEIGHTS = ("A", "B", "C", "D")


@dataclass(frozen=True, slots=True)
class Changed:
    """How many rows were read, and what they did."""

    rows: int = 0
    added: int = 0
    changed: int = 0
    retired: int = 0

    def __add__(self, other: Changed) -> Changed:
        """Count two loads as one."""
        return Changed(
            self.rows + other.rows,
            self.added + other.added,
            self.changed + other.changed,
            self.retired + other.retired,
        )


@dataclass(frozen=True, slots=True)
class Table:
    """Where rows go: `key` finds a row again, `columns` are what it says (attribute names: `medicine_id`).

    With `words`, a row also brings `words_a` to `words_d`: folded text that becomes the `words` column. With
    `retire`, active rows that are not among the new ones are made inactive; `within` says which rows are meant.
    `order` is the physical order of new rows, which is the order in which a scan meets them.
    """

    model: type[models.Model]
    key: tuple[str, ...]
    columns: tuple[str, ...]
    words: bool = False
    retire: bool = False
    within: Mapping[str, Any] = field(default_factory=dict)
    order: str = ""

    @property
    def name(self) -> str:
        """Answer the table's name in the database."""
        return self.model._meta.db_table

    @property
    def has_versions(self) -> bool:
        """Tell whether rows have an id and versions of their own."""
        return issubclass(self.model, Record)

    @property
    def defaults(self) -> dict[str, Any]:
        """Answer what a new row says in the columns that nobody names: the database does not know the model's defaults."""
        named = {*self.key, *self.columns, "words", "id", "version", "recorded_by_id"}
        return {
            column.attname: column.get_db_prep_save(column.get_default(), connection)
            for column in self.model._meta.concrete_fields
            if column.attname not in named and not column.null and column.has_default() and not column.primary_key
        }

    @property
    def word_columns(self) -> tuple[str, ...]:
        """Answer the columns that a row brings for its words."""
        return tuple(f"words_{weight.lower()}" for weight in WEIGHTS) if self.words else ()


def bring_up_to_date(table: Table, rows: Iterable[Mapping[str, Any]], *, by: UUID) -> Changed:
    """Add, change and retire rows in the caller's transaction; what a person has changed since is left as it is.

    A row of a `Record` belongs to whoever wrote it last (`recorded_by_id`): only rows that are `by`'s own are changed.
    """
    with connection.cursor() as cursor:
        count = _bring(cursor, table, rows)
        added, changed = _merge(cursor, table, by)
        retired = _retire(cursor, table, by) if table.retire else 0
        cursor.execute("DROP TABLE incoming")
    return Changed(count, added, changed, retired)


def _bring(cursor: CursorWrapper, table: Table, rows: Iterable[Mapping[str, Any]]) -> int:
    own = ("id",) if table.has_versions else ()
    columns = (*own, *table.key, *table.columns)
    empty = f"SELECT {', '.join(columns)} FROM {table.name} LIMIT 0"  # noqa: S608 - names of our own
    cursor.execute(f"CREATE TEMP TABLE incoming ON COMMIT DROP AS {empty}")
    for column in table.word_columns:
        cursor.execute(f"ALTER TABLE incoming ADD COLUMN {column} text")
    fields = {f.attname: f for f in table.model._meta.concrete_fields}
    prepared = [(name, _preparation(fields[name])) for name in (*table.key, *table.columns)]
    copy_in = f"COPY incoming ({', '.join((*columns, *table.word_columns))}) FROM STDIN"
    count = 0
    rest = iter(rows)
    while some := list(islice(rest, 5_000)):  # whatever makes the rows may ask the database between copies
        count += len(some)
        with cursor.copy(copy_in) as copy:
            for row in some:
                values = [prepare(row[name]) for name, prepare in prepared]
                identity = [uuid7()] if own else []
                copy.write_row([*identity, *values, *(row[column] for column in table.word_columns)])
    return count


def _preparation(field: models.Field[Any, Any]) -> Callable[[Any], Any]:
    """How a column's value is made ready for COPY: chosen once for each column, because there are many rows."""
    plain = field.base_field if isinstance(field, ArrayField) else field
    if isinstance(plain, models.TextField | models.BooleanField | models.IntegerField):
        return lambda value: value
    return lambda value: field.get_db_prep_save(value, connection)


def _merge(cursor: CursorWrapper, table: Table, by: UUID) -> tuple[int, int]:
    names = [*table.key, *table.columns]
    values = list(names)
    if table.words:
        names.append("words")
        parts = zip(table.word_columns, WEIGHTS, strict=True)
        values.append(" || ".join(f"setweight(to_tsvector('simple', {c}), '{w}')" for c, w in parts))
    said = [name for name in names if name not in table.key]
    parameters: list[Any] = []
    owned = ""
    if table.has_versions:
        names += ["id", "version", "recorded_by_id"]
        values += ["id", "1", "%s"]
        owned = " AND kept.recorded_by_id = %s"
        parameters = [by, by]
    defaults = table.defaults
    names += defaults
    values += ["%s"] * len(defaults)
    parameters[1:1] = defaults.values()
    cursor.execute(
        f"""
        WITH merged AS (
            INSERT INTO {table.name} AS kept ({", ".join(names)})
            SELECT {", ".join(values)} FROM incoming {"ORDER BY " + table.order if table.order else ""}
            ON CONFLICT ({", ".join(table.key)}) DO UPDATE SET {", ".join(f"{n} = excluded.{n}" for n in said)}
            WHERE ({_list("kept", said)}) IS DISTINCT FROM ({_list("excluded", said)}){owned}
            RETURNING old.{table.key[0]} IS NULL AS is_new)
        SELECT count(*) FILTER (WHERE is_new), count(*) FILTER (WHERE NOT is_new) FROM merged
        """,  # noqa: S608 - names of our own tables and columns
        parameters,
    )
    added, changed = cursor.fetchone()
    return added, changed


def _list(row: str, names: Sequence[str]) -> str:
    return ", ".join(f"{row}.{name}" for name in names)


def _retire(cursor: CursorWrapper, table: Table, by: UUID) -> int:
    conditions = [f"kept.{name} = %s" for name in table.within]
    parameters = list(table.within.values())
    if table.has_versions:
        conditions.append("kept.recorded_by_id = %s")
        parameters.append(by)
    same = " AND ".join(f"incoming.{name} = kept.{name}" for name in table.key)
    cursor.execute(
        f"""
        UPDATE {table.name} AS kept SET is_active = false
        WHERE {" AND ".join(["kept.is_active", *conditions])}
          AND NOT EXISTS (SELECT FROM incoming WHERE {same})
        """,  # noqa: S608 - names of our own tables and columns
        parameters,
    )
    return int(cursor.rowcount)
