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

    @property
    def by_route(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Of which of its medicines it speaks only by some routes, and by which."""
        return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OfMedicine(Statement):
    """A statement about one medicine or group; where it names `routes`, about these alone."""

    medicine: str
    routes: tuple[str, ...] = ()

    @property
    def by_route(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Its medicine, where it names routes."""
        return ((self.medicine, self.routes),) if self.routes else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Interaction(Statement):
    """Two medicines that should not meet; `statement` is the effect. Each may be meant by some routes alone."""

    a: str
    b: str
    a_routes: tuple[str, ...] = ()
    b_routes: tuple[str, ...] = ()
    management: str = ""

    @property
    def by_route(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Those of the two that are meant by some routes alone."""
        return tuple((name, routes) for name, routes in ((self.a, self.a_routes), (self.b, self.b_routes)) if routes)


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalRoute(Statement):
    """An ingredient that by these routes stays where it is put, as its source says.

    What is known of it in the body does not hold then, as far as `spares` (of `SPARABLE`) reaches. A statement that names
    the route itself holds all the same.
    """

    ingredient: str
    routes: tuple[str, ...] = ()
    spares: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CrossReaction(OfMedicine):
    """Who is allergic to `allergy` may react to `medicine`."""

    allergy: str


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
class Reproduction(OfMedicine):
    """What speaks against a medicine in pregnancy (in a trimester, or all of them) or while breast-feeding."""

    state: str
    trimester: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgeLimit(OfMedicine):
    """The ages at which something speaks against a medicine."""

    age_from: str = ""
    age_until: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contraindication(OfMedicine):
    """Conditions that speak against a medicine: ICD-10 prefixes and SNOMED codes."""

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
    "local": LocalRoute,
}
#: what a medicine that stays where it is put may be spared; an allergy never is: the skin reacts to what is put on it
SPARABLE = ("interaction", "duplicate", "contraindication", "reproduction", "age", "dose")
#: which value of a statement is meant by the routes of which other one
ROUTES_OF = (("a", "a_routes"), ("b", "b_routes"), ("medicine", "routes"), ("ingredient", "routes"))
_LISTS = ("conditions", "unless", "routes", "a_routes", "b_routes", "spares")
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
    says |= {name: tuple(says[name]) for name in _LISTS if name in says}
    common = {name: row[name] for name in ("code", "row", "severity", "statement", "source")}
    return kind(**common, **says)


@dataclass(frozen=True, slots=True)
class Meant:
    """By which words a medicine is meant by one kind of statement, given as it is.

    `every` are its ingredients and groups, `inside` those that reach the blood by its route.
    """

    every: frozenset[str]
    inside: frozenset[str]
    route: str = ""

    def by(self, term: str, routes: Collection[str] = ()) -> bool:
        """Whether a statement about `term` means it: one that names routes by them, also where the route is not known."""
        if routes:
            return term in self.every and (not self.route or self.route in routes)
        return term in self.inside


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

    def meant(self, medicine: Proposed, kind: str) -> Meant:
        """By which words statements of one kind (of `SPARABLE`, or any other) may mean a medicine.

        Without a route, or where no line says that it stays where it is put, that is all of it.
        """
        every = frozenset(terms(medicine.ingredients, medicine.allergy_groups, self.groups))
        inside = [one for one in medicine.ingredients if not self.is_spared(medicine, one, kind)]
        if len(inside) == len(medicine.ingredients):
            return Meant(every, every, medicine.route)
        # The groups of a medicine are told of all its ingredients together: they stay while one of these does.
        groups = medicine.allergy_groups if inside else ()
        return Meant(every, frozenset(terms(inside, groups, self.groups)), medicine.route)

    def is_spared(self, medicine: Proposed, ingredient: str, kind: str) -> bool:
        """Whether an ingredient of a medicine, by its route, stays where it is put as far as this kind reaches."""
        name = ingredient.strip().casefold()
        return any(
            said.ingredient == name and medicine.route in said.routes and kind in said.spares for said in self._local
        )

    @cached_property
    def _local(self) -> list[LocalRoute]:
        """The lines that a hospital has not retired: without one, everything is as loud as by mouth."""
        retired = {code for code, setting in self.settings.items() if setting.is_retired}
        return [said for said in self.of(LocalRoute) if said.code not in retired]


def named_term(term: str) -> str:
    """An ingredient, or a group without hyphens, as people read it."""
    return term.removeprefix(GROUP).replace("-", " ") if term.startswith(GROUP) else term


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
