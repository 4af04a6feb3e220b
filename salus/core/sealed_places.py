"""Where sealed values stand: columns of tables and of their histories, and how both are read and written in SQL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Sealed:
    """One sealed column of a table, or of its history (where the row lies in JSON)."""

    table: str
    column: str
    key: tuple[str, ...]
    is_history: bool = False

    @property
    def source(self) -> str:
        """The table that it is read from."""
        return f"{self.table}_history" if self.is_history else self.table

    @property
    def value(self) -> str:
        """The sealed bytes, in SQL."""
        return f"decode(substr(row->>'{self.column}', 3), 'hex')" if self.is_history else f'"{self.column}"'

    @property
    def names(self) -> tuple[str, ...]:
        """The columns that a row is found by, in order."""
        return ("id",) if self.is_history else self.key

    @property
    def bound(self) -> str:
        """What names the row in the seal's place, in SQL."""
        return "row_id::text" if self.is_history else "concat_ws('|', " + ", ".join(self.key) + ")"

    @property
    def update(self) -> str:
        """How the new bytes are put in, in SQL."""
        if self.is_history:
            return f"row = jsonb_set(row, '{{{self.column}}}', to_jsonb('\\x' || encode(fresh.value, 'hex')))"
        return f'"{self.column}" = fresh.value'

    def write(self, cursor: Any, update: str, fresh: Sequence[tuple[Sequence[Any], Any]], kind: str) -> None:
        """Put new values (`fresh.value`, of a type of PostgreSQL) into rows by their keys."""
        names = [f"k{n}" for n in range(len(self.names))]
        same = " AND ".join(f'kept."{name}"::text = fresh.{k}' for name, k in zip(self.names, names, strict=True))
        if len(self.names) == 1:  # by its index, with the type that the key has
            same = f'kept."{self.names[0]}" = fresh.k0::{"bigint" if self.is_history else "uuid"}'
        given = ", ".join(["%s::text[]"] * len(names) + [f"%s::{kind}[]"])
        columns = [[str(keys[n]) for keys, _ in fresh] for n in range(len(names))]
        cursor.execute(
            f"UPDATE {self.source} AS kept SET {update} "  # noqa: S608 - names of our own tables and columns
            f"FROM unnest({given}) AS fresh ({', '.join([*names, 'value'])}) WHERE {same}",
            [*columns, [value for _, value in fresh]],
        )
