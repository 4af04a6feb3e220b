"""Finding files and reading them: JSON, gzip, one resource a line; never more of a file than a limit."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

SUFFIXES = (".json", ".json.gz", ".ndjson", ".ndjson.gz")
#: a bundle is held in memory whole; a gzip of a few kB must not fill it
LARGEST = 512 * 1024 * 1024
#: lines of an ndjson file that are filed together
LINES = 500

#: a bulk export has one file for each type: those that others refer to go first
_FIRST = (
    "Organization",
    "Location",
    "Practitioner",
    "PractitionerRole",
    "Patient",
    "Encounter",
    "Medication",
    "Condition",
)


class Unreadable(Exception):
    """This file cannot be read."""


@dataclass(frozen=True, slots=True)
class Found:
    """A file to import. `source` names the system whose ids it holds, where they do not say so themselves."""

    path: str
    source: str


def files_in(paths: Iterable[Path], source: str | None) -> Iterator[Found]:
    """The FHIR files named, and those in the folders named, in a lasting order."""
    for path in paths:
        if path.is_dir():
            name = source or path.resolve().name
            inside = (one for one in path.rglob("*") if one.name.endswith(SUFFIXES) and one.is_file())
            for one in sorted(inside, key=_place):
                yield Found(str(one), name)
        else:
            yield Found(str(path), source or path.resolve().parent.name)


def _place(path: Path) -> tuple[int, str]:
    kind = path.name.partition(".")[0]
    return (_FIRST.index(kind) if kind in _FIRST and ".ndjson" in path.name else len(_FIRST), str(path))


def read(path: str) -> bytes:
    """The content of a file, unpacked, without a byte order mark.

    :raises Unreadable: if it is no gzip, too large or cannot be opened
    """
    try:
        with _open(path) as file:
            content: bytes = file.read(LARGEST + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise Unreadable(f"cannot be read: {_reason(error)}") from None
    if len(content) > LARGEST:
        raise Unreadable(f"is larger than {LARGEST // 1024 // 1024} MB")
    return content.removeprefix(b"\xef\xbb\xbf")


def read_lines(path: str) -> Iterator[list[tuple[int, bytes]]]:
    """Portions of `(number, line)` of an ndjson file.

    :raises Unreadable: as `read`
    """
    portion: list[tuple[int, bytes]] = []
    try:
        with _open(path) as file:
            for number, line in enumerate(file, 1):
                if line.strip():
                    portion.append((number, line.removeprefix(b"\xef\xbb\xbf")))
                if len(portion) >= LINES:
                    yield portion
                    portion = []
    except (OSError, EOFError, zlib.error) as error:
        raise Unreadable(f"cannot be read: {_reason(error)}") from None
    if portion:
        yield portion


def _open(path: str) -> IO[bytes]:
    return cast("IO[bytes]", gzip.open(path, "rb")) if path.endswith(".gz") else open(path, "rb")


def _reason(error: Exception) -> str:
    return (error.strerror or type(error).__name__) if isinstance(error, OSError) else "the gzip data are broken"
