"""Reading reference files: rows of a CSV with the place of each, and all that is wrong with it told at once."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TypeVar

MANY = ";"

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class RowProblem:
    """What is wrong with one row: where it stands and what to mend."""

    file: str
    line: int
    column: str
    message: str

    def __str__(self) -> str:
        """Say the place as an editor does: file:line, then the column and the problem."""
        return f"{self.file}:{self.line}: {self.column}: {self.message}"


class ReferenceDataError(ValueError):
    """A reference file cannot be used as it is; every problem is listed, not only the first."""

    def __init__(self, problems: Iterable[RowProblem]) -> None:
        """Keep the problems, and say them one a line."""
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a reference file; what is asked of it answers with a value or notes a problem."""

    file: str
    line: int
    cells: dict[str, str]
    problems: list[RowProblem]

    def note(self, column: str, message: str) -> None:
        """Note a problem of this row."""
        self.problems.append(RowProblem(self.file, self.line, column, message))

    def text(self, column: str) -> str:
        """Answer the cell, which may be empty."""
        return self.cells[column]

    def needed(self, column: str) -> str:
        """Answer the cell, which may not be empty."""
        if not self.cells[column]:
            self.note(column, "is empty")
        return self.cells[column]

    def one_of(self, column: str, allowed: Iterable[str], *, empty: bool = False) -> str:
        """Answer the cell, which must be one of the allowed words."""
        value = self.cells[column]
        allowed = sorted(allowed)
        if value not in allowed and not (empty and not value):
            self.note(column, f"{value!r} is none of {', '.join(allowed)}")
        return value

    def many(self, column: str) -> tuple[str, ...]:
        """Answer the words of a cell that are separated by semicolons."""
        words = tuple(word.strip() for word in self.cells[column].split(MANY)) if self.cells[column] else ()
        if len(set(words)) != len(words) or "" in words:
            self.note(column, f"{self.cells[column]!r} has an empty or repeated word")
        return words

    def whole(self, column: str) -> int | None:
        """Answer a whole number, or nothing where the cell is empty."""
        value = self.cells[column]
        if not value:
            return None
        if not value.isascii() or not value.isdigit():
            self.note(column, f"{value!r} is not a whole number")
            return None
        return int(value)

    def decimal(self, column: str) -> Decimal | None:
        """Answer a decimal as written (its digits are kept), or nothing where the cell is empty."""
        value = self.cells[column]
        if not value:
            return None
        try:
            number = Decimal(value)
        except InvalidOperation:
            number = Decimal("NaN")
        if not number.is_finite():
            self.note(column, f"{value!r} is not a number")
            return None
        return number

    def day(self, column: str) -> date | None:
        """Answer a date written as 2026-11-21, or nothing where the cell is empty."""
        value = self.cells[column]
        if not value:
            return None
        try:
            return date.fromisoformat(value)
        except ValueError:
            self.note(column, f"{value!r} is not a date like 2026-11-21")
            return None

    def flag(self, column: str) -> bool:
        """Answer yes or no; an empty cell is no."""
        return self.one_of(column, ("yes", "no"), empty=True) == "yes"


def read(
    path: Path, columns: Iterable[str], parse: Callable[[Row], T], *, optional: Iterable[str] = ()
) -> tuple[T, ...]:
    """Read a UTF-8 CSV with exactly these columns, each row through `parse`.

    :param optional: those of the columns that may all be missing, as in files of an older version: they are empty then
    :raises ReferenceDataError: with every problem of the file, also those that `parse` notes
    """
    problems: list[RowProblem] = []
    parsed = tuple(parse(row) for row in _rows(path, tuple(columns), tuple(optional), problems))
    if problems:
        raise ReferenceDataError(problems)
    return parsed


def _rows(path: Path, columns: tuple[str, ...], optional: tuple[str, ...], problems: list[RowProblem]) -> Iterator[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.reader(file, strict=True)
        header = tuple(next(reader, ()))
        missing = dict.fromkeys(optional, "")
        if header == columns:
            missing = {}
        elif header != tuple(one for one in columns if one not in missing):
            problems.append(RowProblem(path.name, 1, "header", f"is {','.join(header)}, not {','.join(columns)}"))
            return
        for cells in reader:
            if len(cells) != len(header):
                problems.append(RowProblem(path.name, reader.line_num, "row", f"has {len(cells)} cells"))
                continue
            stripped = (cell.strip() for cell in cells)
            yield Row(path.name, reader.line_num, missing | dict(zip(header, stripped, strict=True)), problems)


def refuse_repeats(path: Path, keys: Iterable[tuple[str, ...]]) -> None:
    """Refuse a file in which a key stands twice.

    :raises ReferenceDataError: naming each repeated key once
    """
    seen: set[tuple[str, ...]] = set()
    repeated: dict[tuple[str, ...], None] = {}
    for key in keys:
        if key in seen:
            repeated[key] = None
        seen.add(key)
    if repeated:
        raise ReferenceDataError(RowProblem(path.name, 0, "key", f"{' '.join(key)} stands twice") for key in repeated)


def refuse_unknown(path: Path, column: str, used: Iterable[str], known: Iterable[str]) -> None:
    """Refuse a file that names what another file does not define.

    :raises ReferenceDataError: naming each unknown word once
    """
    unknown = sorted(set(used) - set(known))
    if unknown:
        raise ReferenceDataError(RowProblem(path.name, 0, column, f"{word!r} is defined nowhere") for word in unknown)
