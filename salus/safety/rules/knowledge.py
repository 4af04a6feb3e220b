"""What is known about medicines: one dataclass for each kind of statement, read from the rows of the knowledge."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Any, TypeVar

from salus.orders.sockets import Proposed
from salus.safety.rules.findings import Setting

GROUP = "group:"
TEST = "test:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What every statement has: its code, its row, how severe it is, what it says, who says so."""

    code: str
    row: str = ""
    severity: str = "moderate"
    statement: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interaction(Statement):
    """Two medicines that should not meet; `statement` is the effect."""

    a: str
    b: str
    management: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CrossReaction(Statement):
    """Who is allergic to `allergy` may react to `medicine`."""

    allergy: str
    medicine: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseLimit(Statement):
    """The least and the most of an ingredient in one dose or in a day, for an age, kidneys and a liver.

    Ages are ISO 8601 durations, half-open; `basis` kg or m2 means for each of them.
    """

    ingredient: str
    route: str = ""
    age_from: str = ""
    age_until: str = ""
    egfr_from: Decimal | None = None
    egfr_until: Decimal | None = None
    hepatic: str = ""
    per: str = "dose"
    basis: str = ""
    low: Decimal | None = None
    high: Decimal | None = None
    unit: str = "mg"

    @property
    def is_renal(self) -> bool:
        """Whether it holds for some kidneys only."""
        return self.egfr_from is not None or self.egfr_until is not None

    @property
    def is_special(self) -> bool:
        """Whether it holds for some kidneys or a sick liver only."""
        return self.is_renal or bool(self.hepatic)


@dataclass(frozen=True, slots=True, kw_only=True)
class Frequency(Statement):
    """An ingredient that is given at most so many times in so many days: a weekly medicine is never a daily one.

    `unless` are conditions (as in `Contraindication`) for which it may be more often, if somebody says why.
    """

    ingredient: str
    route: str = ""
    times: int
    days: int
    unless: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reproduction(Statement):
    """What speaks against a medicine in pregnancy (in a trimester, or all of them) or while breast-feeding."""

    medicine: str
    state: str
    trimester: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgeLimit(Statement):
    """The ages at which something speaks against a medicine."""

    medicine: str
    age_from: str = ""
    age_until: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contraindication(Statement):
    """Conditions that speak against a medicine: ICD-10 prefixes and SNOMED codes."""

    medicine: str
    conditions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TestInterval(Statement):
    """So many days after a test, the same test says nothing new."""

    test: str
    days: int


S = TypeVar("S", bound=Statement)
KINDS: dict[str, type[Statement]] = {
    "interaction": Interaction,
    "cross": CrossReaction,
    "dose": DoseLimit,
    "frequency": Frequency,
    "reproduction": Reproduction,
    "age": AgeLimit,
    "contraindication": Contraindication,
    "test": TestInterval,
}
_DECIMALS = ("egfr_from", "egfr_until", "low", "high")


def statement_of(row: Mapping[str, Any]) -> Statement | None:
    """Read a row (`kind`, `says` and what every statement has); None for a kind that no check reads."""
    kind = KINDS.get(row["kind"])
    if kind is None:
        return None
    says = dict(row["says"])
    for name in _DECIMALS:
        if says.get(name) is not None:
            says[name] = Decimal(says[name])
    says |= {name: tuple(says[name]) for name in ("conditions", "unless") if name in says}
    common = {name: row[name] for name in ("code", "row", "severity", "statement", "source")}
    return kind(**common, **says)


@dataclass(frozen=True)
class Knowledge:
    """The statements that concern what is proposed and what the patient takes.

    `groups` are the groups of each ingredient.
    """

    statements: tuple[Statement, ...] = ()
    groups: Mapping[str, Collection[str]] = field(default_factory=dict)
    settings: Mapping[str, Setting] = field(default_factory=dict)

    @cached_property
    def _by_kind(self) -> dict[type[Statement], list[Any]]:
        found: dict[type[Statement], list[Any]] = {}
        for one in self.statements:
            found.setdefault(type(one), []).append(one)
        return found

    def of(self, kind: type[S]) -> list[S]:
        """All statements of one kind."""
        return self._by_kind.get(kind, [])

    def terms_of(self, medicine: Proposed) -> frozenset[str]:
        """By which words the knowledge may mean a medicine: its ingredients, and its groups as `group:<name>`."""
        return frozenset(terms(medicine.ingredients, medicine.allergy_groups, self.groups))


def terms(
    ingredients: Iterable[str], allergy_groups: Iterable[str], groups: Mapping[str, Collection[str]]
) -> Iterable[str]:
    """Ingredients in lower case, and every group that they or their medicine belong to."""
    for one in ingredients:
        name = one.strip().casefold()
        yield name
        for group in groups.get(name, ()):
            yield GROUP + group
    for group in allergy_groups:
        yield GROUP + group
