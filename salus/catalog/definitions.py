"""The catalogue that ships with Salus: tests, reference ranges, vital signs, services and prices, read and checked.

Reference ranges and critical values are each somebody's, named with place and date: a laboratory replaces them by its
own. Prices are invented, for the demonstration only.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

from salus.catalog.billed import DATA, BilledService, PriceLine, read_prices, read_services
from salus.core.reference_data import (
    ReferenceDataError,
    Row,
    RowProblem,
    read,
    refuse_repeats,
    refuse_unknown,
)
from salus.terminology.rules import is_loinc

RESULT_KINDS = frozenset({"quantity", "coded", "text", "panel"})
SEXES = frozenset({"male", "female"})

#: days in the units of age, as UCUM has them (a mean Julian year, a twelfth of it)
DAYS_IN = {"d": Decimal(1), "wk": Decimal(7), "mo": Decimal("30.4375"), "a": Decimal("365.25")}

AGE = re.compile(r"(0|[1-9]\d*) (d|wk|mo|a)")


@dataclass(frozen=True, slots=True)
class Sourced:
    """Where a statement was read, and when."""

    source: str
    source_place: str
    source_opened: date | None


@dataclass(frozen=True, slots=True)
class LabTest:
    """A laboratory test or panel; `also_loinc` are codes under which others send the same measurement."""

    code: str
    name: str
    result_kind: str
    members: tuple[str, ...]
    loinc: str
    also_loinc: tuple[str, ...]
    loinc_source: Sourced
    specimen: str
    container: str
    unit: str
    decimals: int | None
    choices: tuple[str, ...]
    turnaround_minutes: int | None
    section: str


@dataclass(frozen=True, slots=True)
class LabRange:
    """What is usual, and what is critical, for a sex (empty: any) and an age (half-open, in days).

    A value is outside where it is below `low` or above `high`; it is critical at `critical_low` or below, and at
    `critical_high` or above. A source that says "less than 2.8" is taken at 2.8 too: the call is made one step early.
    """

    test: str
    sex: str
    age_from_days: int
    age_until_days: int | None
    low: Decimal | None
    high: Decimal | None
    critical_low: Decimal | None
    critical_high: Decimal | None
    text: str
    usual_source: Sourced
    critical_source: Sourced
    line: int


@dataclass(frozen=True, slots=True)
class Vital:
    """A vital sign: outside the possible it is refused, outside the usual it is shown as such (adults)."""

    code: str
    name: str
    short_name: str
    loinc: str
    loinc_source: Sourced
    unit: str
    unit_text: str
    decimals: int
    possible_low: Decimal | None
    possible_high: Decimal | None
    possible_source: str
    usual_low: Decimal | None
    usual_high: Decimal | None
    usual_source: Sourced


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All of it, checked together."""

    tests: tuple[LabTest, ...]
    ranges: tuple[LabRange, ...]
    vitals: tuple[Vital, ...]
    services: tuple[BilledService, ...]
    prices: tuple[PriceLine, ...]


def read_catalogue(folder: Path = DATA) -> Catalogue:
    """Read every file of the catalogue and check each against the others.

    :raises ReferenceDataError: with the place of every problem
    """
    tests = read_tests(folder / "tests.csv")
    ranges = read_ranges(folder / "reference_ranges.csv", tests)
    prices = read_prices(folder / "prices.csv")
    priced = (line.code for line in prices if line.kind == "test")
    refuse_unknown(folder / "prices.csv", "code", priced, (test.code for test in tests))
    return Catalogue(tests, ranges, read_vitals(folder / "vitals.csv"), read_services(folder / "services.csv"), prices)


def age_in_days(text: str) -> int:
    """Turn `6 mo` or `18 a` into whole days.

    :raises ValueError: if it is not a number and one of d, wk, mo, a
    """
    found = AGE.fullmatch(text)
    if not found:
        raise ValueError(f"{text!r} is not an age like 10 d, 6 wk, 3 mo or 18 a")
    days = Decimal(found[1]) * DAYS_IN[found[2]]
    return int(days.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def _sourced(row: Row, prefix: str, *, needed: bool) -> Sourced:
    columns = [prefix + part for part in ("source", "source_place", "source_opened")]
    if needed:
        for column in columns:
            row.needed(column)
    return Sourced(row.text(columns[0]), row.text(columns[1]), row.day(columns[2]))


def _loinc(row: Row, column: str = "loinc") -> str:
    code = row.text(column)
    if code and not is_loinc(code):
        row.note(column, f"{code!r} is not a LOINC code (its check digit counts)")
    return code


def read_tests(path: Path = DATA / "tests.csv") -> tuple[LabTest, ...]:
    """Read the tests and panels; a panel's members are tests of the same file."""
    columns: tuple[str, ...] = ("code", "name", "result_kind", "members", "loinc", "also_loinc")
    columns += ("loinc_source", "loinc_source_place", "loinc_source_opened", "specimen", "container")
    tests = read(path, (*columns, "unit", "decimals", "choices", "turnaround_minutes", "section"), _test)
    refuse_repeats(path, ((test.code,) for test in tests))
    refuse_repeats(path, ((test.loinc,) for test in tests if test.loinc))
    single = [test.code for test in tests if test.result_kind != "panel"]
    refuse_unknown(path, "members", (member for test in tests for member in test.members), single)
    return tests


def _test(row: Row) -> LabTest:
    kind = row.one_of("result_kind", RESULT_KINDS)
    members, choices = row.many("members"), row.many("choices")
    if (kind == "panel") != bool(members):
        row.note("members", "a panel has members, nothing else does")
    if (kind == "coded") != bool(choices):
        row.note("choices", "a coded result has choices, nothing else does")
    decimals = row.whole("decimals")
    if (kind == "quantity") != (decimals is not None and bool(row.text("unit"))):
        row.note("unit", "a number has a unit and decimals, nothing else does")
    return LabTest(
        code=row.needed("code"),
        name=row.needed("name"),
        result_kind=kind,
        members=members,
        loinc=_loinc(row),
        also_loinc=row.many("also_loinc"),
        loinc_source=_sourced(row, "loinc_", needed=bool(row.text("loinc"))),
        specimen=row.needed("specimen"),
        container=row.needed("container"),
        unit=row.text("unit"),
        decimals=decimals,
        choices=choices,
        turnaround_minutes=row.whole("turnaround_minutes"),
        section=row.needed("section"),
    )


def read_ranges(path: Path, tests: Iterable[LabTest]) -> tuple[LabRange, ...]:
    """Read the reference ranges; no two of one test hold for the same sex and age."""
    columns: tuple[str, ...] = (
        "test",
        "sex",
        "age_from",
        "age_until",
        "low",
        "high",
        "critical_low",
        "critical_high",
        "text",
    )
    columns += ("source", "source_place", "source_opened")
    ranges = read(path, (*columns, "critical_source", "critical_place", "critical_opened"), _range)
    by_code = {test.code: test for test in tests}
    refuse_unknown(path, "test", (line.test for line in ranges), by_code)
    problems = [*_overlaps(path, ranges), *_misfits(path, ranges, by_code)]
    if problems:
        raise ReferenceDataError(problems)
    return ranges


def _range(row: Row) -> LabRange:
    bounds = {name: row.decimal(name) for name in ("low", "high", "critical_low", "critical_high")}
    in_order = [bounds[name] for name in ("critical_low", "low", "high", "critical_high") if bounds[name] is not None]
    if in_order != sorted(in_order, key=lambda bound: bound or Decimal(0)):
        row.note("low", "the bounds are not in order: critical low, low, high, critical high")
    usual = bounds["low"] is not None or bounds["high"] is not None or bool(row.text("text"))
    critical = bounds["critical_low"] is not None or bounds["critical_high"] is not None
    if not usual and not critical:
        row.note("low", "the row says nothing")
    return LabRange(
        test=row.needed("test"),
        sex=row.one_of("sex", SEXES, empty=True),
        age_from_days=_age(row, "age_from") or 0,
        age_until_days=_age(row, "age_until") if row.text("age_until") else None,
        text=row.text("text"),
        usual_source=_sourced(row, "", needed=usual),
        critical_source=_critical_source(row, needed=critical),
        line=row.line,
        **bounds,
    )


def _critical_source(row: Row, *, needed: bool) -> Sourced:
    if needed:
        row.needed("critical_source")
        row.needed("critical_place")
        row.needed("critical_opened")
    return Sourced(row.text("critical_source"), row.text("critical_place"), row.day("critical_opened"))


def _age(row: Row, column: str) -> int | None:
    try:
        return age_in_days(row.text(column))
    except ValueError as error:
        row.note(column, str(error))
        return None


def _overlaps(path: Path, ranges: tuple[LabRange, ...]) -> Iterator[RowProblem]:
    by_test: dict[str, list[LabRange]] = {}
    for line in ranges:
        for other in by_test.get(line.test, ()):
            same_sex = not line.sex or not other.sex or line.sex == other.sex
            apart = _ends(other) <= line.age_from_days or _ends(line) <= other.age_from_days
            if same_sex and not apart:
                yield RowProblem(path.name, line.line, "age_from", f"overlaps line {other.line}")
        by_test.setdefault(line.test, []).append(line)


def _ends(line: LabRange) -> float:
    return float("inf") if line.age_until_days is None else line.age_until_days


def _misfits(path: Path, ranges: Iterable[LabRange], tests: dict[str, LabTest]) -> Iterator[RowProblem]:
    for line in ranges:
        test = tests[line.test]
        numbers = (line.low, line.high, line.critical_low, line.critical_high)
        if test.result_kind != "quantity" and any(number is not None for number in numbers):
            yield RowProblem(path.name, line.line, "low", f"{test.code} is not a number")
        if test.result_kind == "coded" and line.text not in test.choices:
            yield RowProblem(path.name, line.line, "text", f"{line.text!r} is no choice of {test.code}")
        if line.age_until_days is not None and line.age_until_days <= line.age_from_days:
            yield RowProblem(path.name, line.line, "age_until", "is not after age_from")


def read_vitals(path: Path = DATA / "vitals.csv") -> tuple[Vital, ...]:
    """Read the vital signs, in the order in which they are shown."""
    columns: tuple[str, ...] = (
        "code",
        "name",
        "short_name",
        "loinc",
        "loinc_source",
        "loinc_source_place",
        "loinc_source_opened",
    )
    columns += ("unit", "unit_text", "decimals", "possible_low", "possible_high", "possible_source")
    columns += ("usual_low", "usual_high", "source", "source_place", "source_opened")
    vitals = read(path, columns, _vital)
    refuse_repeats(path, ((vital.code,) for vital in vitals))
    refuse_repeats(path, ((vital.loinc,) for vital in vitals))
    return vitals


def _vital(row: Row) -> Vital:
    usual_low, usual_high = row.decimal("usual_low"), row.decimal("usual_high")
    return Vital(
        code=row.needed("code"),
        name=row.needed("name"),
        short_name=row.needed("short_name"),
        loinc=_loinc(row),
        loinc_source=_sourced(row, "loinc_", needed=True),
        unit=row.needed("unit"),
        unit_text=row.needed("unit_text"),
        decimals=row.whole("decimals") or 0,
        possible_low=row.decimal("possible_low"),
        possible_high=row.decimal("possible_high"),
        possible_source=row.needed("possible_source"),
        usual_low=usual_low,
        usual_high=usual_high,
        usual_source=_sourced(row, "", needed=usual_low is not None or usual_high is not None),
    )
