"""Substances that laboratories report by mass or by moles: with the molar mass one becomes the other (`data/analytes.csv`)."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path

from salus.core.reference_data import Row, read, refuse_repeats
from salus.terminology.ucum import NotComparable, NoUnit, convert

FILE = Path(__file__).parent / "data" / "analytes.csv"
_COLUMNS = (
    *("code", "name", "formula", "molar_mass", "loincs", "factor", "from_unit", "to_unit"),
    *("source", "source_place", "source_opened"),
)


@dataclass(frozen=True, slots=True)
class Analyte:
    """One substance: its molar mass in g/mol, the tests that measure it, and a published factor that bears it out."""

    code: str
    name: str
    formula: str
    molar_mass: Decimal
    loincs: tuple[str, ...]
    factor: Decimal
    from_unit: str
    to_unit: str
    source: str


@cache
def analytes(path: Path = FILE) -> tuple[Analyte, ...]:
    """Read the table."""
    found = read(path, _COLUMNS, _analyte)
    refuse_repeats(path, ((loinc,) for one in found for loinc in one.loincs))
    return tuple(found)


def _analyte(row: Row) -> Analyte:
    return Analyte(
        code=row.needed("code"),
        name=row.needed("name"),
        formula=row.needed("formula"),
        molar_mass=Decimal(row.needed("molar_mass")),
        loincs=tuple(row.many("loincs")),
        factor=Decimal(row.needed("factor")),
        from_unit=row.needed("from_unit"),
        to_unit=row.needed("to_unit"),
        source=f"{row.needed('source')}; {row.needed('source_place')}; {row.needed('source_opened')}",
    )


@cache
def _by_loinc() -> Mapping[str, Analyte]:
    return {loinc: one for one in analytes() for loinc in one.loincs}


def analyte_of(loinc: str) -> Analyte | None:
    """Answer the substance that a test measures, where it is one whose molar mass is sourced."""
    return _by_loinc().get(loinc)


def converted(value: Decimal, unit: str, to: str, loinc: str = "") -> Decimal | None:
    """Write a result in another unit: by UCUM, and between mass and moles for a substance of the table; else nothing."""
    analyte = analyte_of(loinc) if loinc else None
    try:
        return convert(value, unit, to, molar_mass=analyte.molar_mass if analyte else None)
    except (NoUnit, NotComparable):
        return None
