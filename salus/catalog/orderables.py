"""What can be ordered beside medicines and tests, as it ships: read, checked, and brought into the database."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from salus.catalog.billed import DATA, DEPARTMENT_KINDS
from salus.catalog.models import Orderable
from salus.core.act import Act
from salus.core.reference_data import Row, read, refuse_repeats, refuse_unknown
from salus.core.upsert import Changed, Table, bring_up_to_date
from salus.terminology.rules import fold

SNOMED = "http://snomed.info/sct"

_COLUMNS = (
    *("code", "name", "kind", "synonyms", "section", "department_kind", "specialty", "asks", "often", "service"),
    *("snomed", "snomed_source", "snomed_source_place", "snomed_source_opened"),
)
_TABLE = Table(
    Orderable,
    key=("code",),
    columns=(
        *("name", "kind", "synonyms", "section", "code_system", "coding", "department_kind", "specialty"),
        *("asks", "often", "service_id", "is_active"),
    ),
    words=True,
    retire=True,
)


@dataclass(frozen=True, slots=True)
class Ordered:
    """One line of `orderables.csv`; `service` is the code of what it is charged as."""

    code: str
    name: str
    kind: str
    synonyms: tuple[str, ...]
    section: str
    department_kind: str
    specialty: str
    asks: str
    often: str
    service: str
    coding: str


def read_orderables(services: Collection[str], path: Path = DATA / "orderables.csv") -> tuple[Ordered, ...]:
    """Read what can be ordered; a code of others has a source.

    :raises ReferenceDataError: with the place of every problem
    """
    lines = read(path, _COLUMNS, _line)
    refuse_repeats(path, ((line.code,) for line in lines))
    refuse_unknown(path, "service", (line.service for line in lines if line.service), services)
    return lines


def _line(row: Row) -> Ordered:
    if row.text("snomed"):
        for column in ("snomed_source", "snomed_source_place", "snomed_source_opened"):
            row.needed(column)
    return Ordered(
        code=row.needed("code"),
        name=row.needed("name"),
        kind=row.one_of("kind", frozenset(dict(Orderable.KINDS))),
        synonyms=row.many("synonyms"),
        section=row.needed("section"),
        department_kind=row.one_of("department_kind", DEPARTMENT_KINDS, empty=True),
        specialty=row.text("specialty"),
        asks=row.text("asks"),
        often=row.text("often"),
        service=row.text("service"),
        coding=row.text("snomed"),
    )


def load_orderables(act: Act, services: Mapping[str, UUID]) -> Changed:
    """Bring what can be ordered up to date with the file that ships; `services` by code."""
    act.require("catalog.load_catalogue")
    return bring_up_to_date(_TABLE, (_row(line, services) for line in read_orderables(services)), by=act.by)


def _row(line: Ordered, services: Mapping[str, UUID]) -> dict[str, Any]:
    return asdict(line) | {
        "synonyms": list(line.synonyms),
        "code_system": SNOMED if line.coding else "",
        "service_id": services.get(line.service),
        "is_active": True,
        "words_a": fold(f"{line.name} {line.code}"),
        "words_b": fold(" ".join(line.synonyms)),
        "words_c": fold(f"{line.section} {line.specialty}"),
        "words_d": "",
    }
