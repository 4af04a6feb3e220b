"""Code systems that may not be given on, as the hospital brings them under its own licence: a file, a folder or a zip."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Literal, TextIO
from uuid import UUID

from django.db import connection

from salus.core.upsert import Changed, bring_up_to_date
from salus.terminology.loading import concepts_of


class NotARelease(ValueError):
    """This is something else."""


@dataclass(frozen=True, slots=True)
class Release:
    """The tables of a release, and how one is read."""

    names: list[str]
    open: Callable[[str], IO[bytes]]

    @contextmanager
    def read(self, name: str) -> Iterator[TextIO]:
        """Open one table as text."""
        with self.open(name) as raw, io.TextIOWrapper(raw, encoding="utf-8-sig", newline="") as file:
            yield file


@contextmanager
def a_release(path: Path, endings: tuple[str, ...]) -> Iterator[Release]:
    """A file, or the files with these endings in a folder or a zip."""
    if path.is_dir():
        names = sorted(one.relative_to(path).as_posix() for one in path.rglob("*") if one.name.endswith(endings))
        yield Release(names, lambda name: (path / name).open("rb"))
    elif zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as whole:
            yield Release(sorted(n for n in whole.namelist() if n.endswith(endings)), whole.open)
    else:
        yield Release([path.name], lambda name: path.open("rb"))


def rows_of(file: TextIO, wrong: type[NotARelease], *, delimiter: str) -> Iterator[dict[str, str]]:
    """The lines of a table by the names of its columns, letters only; fields are quoted where commas part them.

    :raises NotARelease: (`wrong`) if it is no table of text
    """
    plain: Literal[3, 0] = 3 if delimiter == "\t" else 0  # csv.QUOTE_NONE, csv.QUOTE_MINIMAL
    lines = csv.reader(file, delimiter=delimiter, quoting=plain)
    try:
        header = [re.sub(r"[^a-z]", "", cell.lower()) for cell in next(lines, [])]
        for cells in lines:
            if len(cells) >= len(header):
                yield dict(zip(header, cells, strict=False))
    except (csv.Error, UnicodeDecodeError) as error:
        raise wrong("this is no table of UTF-8 text") from error


def bring_concepts(system: str, rows: Iterable[Mapping[str, Any]], *, by: UUID, more: tuple[str, ...] = ()) -> Changed:
    """Bring the concepts of a release into the database; those that are gone from it are retired.

    :param more: columns that this system's rows say beside those of all
    """
    changed = bring_up_to_date(concepts_of(system, *more), rows, by=by)
    with connection.cursor() as cursor:  # the planner has never seen these rows
        cursor.execute("ANALYZE terminology_concept")
    return changed
