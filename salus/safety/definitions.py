"""The files of the knowledge, read and checked: what ships, and what a hospital brings. One line is one statement.

Every file has a header and ends with `source,source_place,source_opened`. `medicine` (and `a`, `b`, `allergy`) is an
ingredient as the formulary spells it, or `group:<name>` of `drug_groups.csv`; `routes` (and `a_routes`, `b_routes`), where
they are said, are those by which alone it is meant.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from salus.core.reference_data import Row, read, refuse_repeats, refuse_unknown
from salus.safety.rules.findings import SEVERITIES
from salus.safety.rules.knowledge import GROUP, SPARABLE, TEST
from salus.safety.rules.measures import UNITS
from salus.safety.rules.people import after
from salus.terminology.formulary import ROUTES

DATA = Path(__file__).parent / "data"
SOURCE = ("source", "source_place", "source_opened")
#: the day by which a duration is tried
_ANY_DAY = date(2000, 2, 29)


@dataclass(frozen=True, slots=True)
class Definition:
    """One statement as a file says it; the names are those of `models.Rule`."""

    code: str
    kind: str
    about: tuple[str, ...]
    says: dict[str, Any]
    severity: str
    statement: str
    source: str = ""
    source_place: str = ""
    source_opened: date | None = None


@dataclass(frozen=True, slots=True)
class Membership:
    """One line of `drug_groups.csv`."""

    group_name: str
    ingredient: str
    source: str = ""
    source_place: str = ""
    source_opened: date | None = None


@dataclass(frozen=True, slots=True)
class Shape:
    """What a file looks like, and how a line of it is read; one line may be several statements."""

    name: str
    columns: tuple[str, ...]
    parse: Callable[[Row], Definition]
    kind: str
    #: of the columns, those that a file of an older version has not
    optional: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Shipped:
    """All files together."""

    members: tuple[Membership, ...] = ()
    rules: tuple[Definition, ...] = field(default=())


def _made(row: Row, kind: str, key: str, about: Iterable[str], says: dict[str, Any], **more: str) -> Definition:
    severity = more.get("severity") or row.one_of("severity", SEVERITIES)
    return Definition(
        code=f"{kind}:{key}",
        kind=kind,
        about=tuple(sorted(set(about))),
        says=says,
        severity=severity,
        statement=more["statement"] if "statement" in more else row.needed("statement"),
        source=row.needed("source"),
        source_place=row.text("source_place"),
        source_opened=row.day("source_opened"),
    )


def _name(row: Row, column: str) -> str:
    return row.needed(column).casefold()


def _age(row: Row, column: str) -> str:
    text = row.text(column)
    try:
        return text if not text or after(_ANY_DAY, text) else text
    except ValueError:
        row.note(column, f"{text!r} is no duration like P18Y, P6M or P2W")
        return ""


def _number(row: Row, column: str) -> str | None:
    value = row.decimal(column)
    return None if value is None else f"{value:f}"


def _routes(row: Row, column: str) -> list[str]:
    routes = row.many(column)
    for one in routes:
        if one not in ROUTES:
            row.note(column, f"{one!r} is none of {', '.join(sorted(ROUTES))}")
    return sorted(routes)


def _at(term: str, routes: Sequence[str]) -> str:
    """What stands in a code: a medicine, and by which routes it is meant where not by all."""
    return f"{term}@{';'.join(routes)}" if routes else term


def _interaction(row: Row) -> Definition:
    a, b = _name(row, "a"), _name(row, "b")
    says: dict[str, Any] = {"a": a, "b": b, "management": row.text("management")}
    by = {name: _routes(row, name) for name in ("a_routes", "b_routes")}
    says |= {name: routes for name, routes in by.items() if routes}
    key = "|".join(sorted((_at(a, by["a_routes"]), _at(b, by["b_routes"]))))
    return _made(row, "interaction", key, (a, b), says, statement=row.needed("effect"))


def _medicine(row: Row) -> tuple[dict[str, Any], str]:
    """The medicine of a line with its routes, and how a code names it."""
    medicine, routes = _name(row, "medicine"), _routes(row, "routes")
    return {"medicine": medicine} | ({"routes": routes} if routes else {}), _at(medicine, routes)


def _cross(row: Row) -> Definition:
    says, named = _medicine(row)
    says["allergy"] = _name(row, "allergy")
    return _made(row, "cross", f"{says['allergy']}|{named}", [says["medicine"]], says)


def _local(row: Row) -> Definition:
    says: dict[str, Any] = {"ingredient": _name(row, "ingredient"), "routes": _routes(row, "routes")}
    says["spares"] = sorted(row.many("spares"))
    for name in ("routes", "spares"):
        if not says[name]:
            row.note(name, "is empty")
    for one in set(says["spares"]) - set(SPARABLE):
        row.note("spares", f"{one!r} is none of {', '.join(SPARABLE)}")
    key = _at(says["ingredient"], says["routes"])
    return _made(row, "local", key, [says["ingredient"]], says, severity="minor")


def _dose(row: Row) -> Definition:
    says: dict[str, Any] = {
        "ingredient": _name(row, "ingredient"),
        "route": row.text("route"),
        "age_from": _age(row, "age_from"),
        "age_until": _age(row, "age_until"),
        "egfr_from": _number(row, "egfr_from"),
        "egfr_until": _number(row, "egfr_until"),
        "hepatic": row.text("hepatic"),
        "per": row.one_of("per", ("dose", "day")),
        "basis": row.one_of("basis", ("kg", "m2"), empty=True),
        "low": _number(row, "low"),
        "high": _number(row, "high"),
        "unit": row.one_of("unit", UNITS),
    }
    if says["low"] is None and says["high"] is None:
        row.note("high", "neither the least nor the most is said")
    if says["low"] and says["high"] and row.decimal("low") > row.decimal("high"):  # type: ignore[operator]
        row.note("low", "is more than the most")
    parts = ("ingredient", "route", "age_from", "age_until", "egfr_from", "egfr_until", "hepatic", "per", "basis")
    return _made(row, "dose", "|".join(str(says[part] or "") for part in parts), [says["ingredient"]], says)


def _frequency(row: Row) -> Definition:
    says: dict[str, Any] = {"ingredient": _name(row, "ingredient"), "route": row.text("route")}
    says["unless"] = list(row.many("unless"))
    counted = {name: row.whole(name) or 0 for name in ("times", "days")}
    for name, value in counted.items():
        if value < 1:
            row.note(name, "is not 1 or more")
    key = f"{says['ingredient']}|{says['route']}"
    return _made(row, "frequency", key, [says["ingredient"]], says | counted)


def _reproduction(row: Row) -> Definition:
    says, named = _medicine(row)
    says |= {"state": row.one_of("state", ("pregnancy", "lactation")), "trimester": row.text("trimester")}
    if set(says["trimester"]) - set("123;, "):
        row.note("trimester", f"{says['trimester']!r} is not 1, 2 or 3")
    key = f"{named}|{says['state']}|{says['trimester']}"
    return _made(row, "reproduction", key, [says["medicine"]], says)


def _age_limit(row: Row) -> Definition:
    says, named = _medicine(row)
    says |= {"age_from": _age(row, "age_from"), "age_until": _age(row, "age_until")}
    key = f"{named}|{says['age_from']}|{says['age_until']}"
    return _made(row, "age", key, [says["medicine"]], says)


def _contraindication(row: Row) -> Definition:
    codes = row.many("conditions")
    if not codes:
        row.note("conditions", "is empty")
    says, named = _medicine(row)
    says["conditions"] = list(codes)
    return _made(row, "contraindication", f"{named}|{';'.join(codes)}", [says["medicine"]], says)


def _first_line(row: Row) -> Definition:
    codes = row.many("conditions")
    if not codes:
        row.note("conditions", "is empty")
    says: dict[str, Any] = {
        "medicine": _name(row, "medicine"),
        "conditions": list(codes),
        "condition_name": row.needed("condition_name"),
        "line": row.text("line"),
    }
    key = f"{says['condition_name'].casefold()}|{says['medicine']}|{says['line']}"
    return _made(row, "first-line", key, [says["medicine"]], says, severity="minor")


def _test(row: Row) -> Definition:
    says = {"test": row.needed("test"), "days": row.whole("days") or 0}
    if not says["days"]:
        row.note("days", "is empty")
    return _made(row, "test", str(says["test"]), [f"{TEST}{says['test']}"], says, severity="minor")


SHAPES: dict[str, Shape] = {
    shape.name: shape
    for shape in (
        Shape(
            "interactions.csv",
            ("a", "a_routes", "b", "b_routes", "severity", "effect", "management"),
            _interaction,
            "interaction",
            ("a_routes", "b_routes"),
        ),
        Shape(
            "cross_reactivity.csv",
            ("allergy", "medicine", "routes", "severity", "statement"),
            _cross,
            "cross",
            ("routes",),
        ),
        Shape("local_routes.csv", ("ingredient", "routes", "spares", "statement"), _local, "local"),
        Shape(
            "dose_limits.csv",
            (
                *("ingredient", "route", "age_from", "age_until", "egfr_from", "egfr_until", "hepatic"),
                *("per", "basis", "low", "high", "unit", "severity", "statement"),
            ),
            _dose,
            "dose",
        ),
        Shape(
            "frequencies.csv",
            ("ingredient", "route", "times", "days", "unless", "severity", "statement"),
            _frequency,
            "frequency",
        ),
        Shape(
            "reproduction.csv",
            ("medicine", "routes", "state", "trimester", "severity", "statement"),
            _reproduction,
            "reproduction",
            ("routes",),
        ),
        Shape(
            "age_limits.csv",
            ("medicine", "routes", "age_from", "age_until", "severity", "statement"),
            _age_limit,
            "age",
            ("routes",),
        ),
        Shape(
            "contraindications.csv",
            ("medicine", "routes", "conditions", "severity", "statement"),
            _contraindication,
            "contraindication",
            ("routes",),
        ),
        Shape(
            "first_line.csv",
            ("conditions", "condition_name", "medicine", "line", "statement"),
            _first_line,
            "first-line",
        ),
        Shape("test_intervals.csv", ("test", "days", "statement"), _test, "test"),
    )
}


def read_rules(shape: Shape, path: Path) -> tuple[Definition, ...]:
    """Read one file.

    :raises ReferenceDataError: with the place of every problem
    """
    rules = read(path, (*shape.columns, *SOURCE), shape.parse, optional=shape.optional)
    refuse_repeats(path, ((rule.code,) for rule in rules))
    return rules


def read_members(path: Path) -> tuple[Membership, ...]:
    """Read `drug_groups.csv`."""
    members = read(path, ("group", "member", *SOURCE), _member)
    refuse_repeats(path, ((one.group_name, one.ingredient) for one in members))
    return members


def _member(row: Row) -> Membership:
    return Membership(
        group_name=_name(row, "group"),
        ingredient=_name(row, "member"),
        source=row.text("source"),
        source_place=row.text("source_place"),
        source_opened=row.day("source_opened"),
    )


def read_shipped(folder: Path = DATA) -> Shipped:
    """Read every file that ships; a group that no line defines is refused.

    :raises ReferenceDataError: with the place of every problem
    """
    groups = folder / "drug_groups.csv"
    members = read_members(groups) if groups.exists() else ()
    rules: list[Definition] = []
    for shape in SHAPES.values():
        if (folder / shape.name).exists():
            rules += read_rules(shape, folder / shape.name)
    return Shipped(members, tuple(rules))


def refuse_unknown_groups(path: Path, rules: Sequence[Definition], known: Iterable[str]) -> None:
    """Refuse statements about a group that nobody defines: they would never speak.

    :raises ReferenceDataError: naming each
    """
    terms = (term for rule in rules for term in (*rule.about, str(rule.says.get("allergy", ""))))
    refuse_unknown(path, "group", (t for t in terms if t.startswith(GROUP)), (GROUP + group for group in known))
