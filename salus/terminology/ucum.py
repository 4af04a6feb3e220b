"""Units of UCUM: read, compared and converted exactly. Nothing is converted on a likeness.

The table is UCUM's own (`data/ucum-essence.xml`, unmodified). Three things are stricter than UCUM, so that two quantities
are never mixed up: a mole, an equivalent and an osmole are kinds of their own (UCUM makes them numbers, by which mmol/L
would be a count per litre); an arbitrary unit ([iU]) converts to itself alone; and what stands in braces ({1.73_m2}, {creat})
must be the same on both sides, but for words that only say what was counted.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, localcontext
from fractions import Fraction
from functools import cache, lru_cache
from pathlib import Path
from xml.etree import ElementTree  # noqa: S405 - our own copy of a known file

ESSENCE = Path(__file__).parent / "data" / "ucum-essence.xml"
_NS = "{http://unitsofmeasure.org/ucum-essence}"

#: kinds of their own, see above
_OWN_KINDS = ("mol", "eq", "osm")
#: braces that only say what was counted: `{beats}/min` is `/min`
_COUNTED = frozenset({"beats", "breaths", "cells", "count", "counts", "events", "rbc", "wbc", "hb"})

Dimensions = tuple[tuple[str, int], ...]


class NoUnit(ValueError):
    """This is no unit of UCUM."""


class NotComparable(ValueError):
    """These two units measure different things, or nobody can tell that they measure the same."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit read: `factor` times its base units, an offset for temperatures, and what its braces say."""

    code: str
    factor: Fraction
    dimensions: Dimensions
    braces: tuple[str, ...] = ()
    offset: Fraction = Fraction(0)
    #: a unit of a scale that is no multiple of anything (pH, dB): it converts to itself alone
    special: str = ""


@dataclass(frozen=True, slots=True)
class _Atom:
    factor: Fraction
    dimensions: Dimensions
    is_metric: bool
    offset: Fraction = Fraction(0)
    special: str = ""


#: kelvins at the zero of the two scales that medicine knows
_SCALES = {"Cel": (Fraction(1), Fraction("273.15")), "[degF]": (Fraction(5, 9), Fraction("459.67") * Fraction(5, 9))}


@cache
def _essence() -> tuple[Mapping[str, ElementTree.Element], Mapping[str, Fraction]]:
    root = ElementTree.parse(ESSENCE).getroot()  # noqa: S314 - see above
    units = {one.get("Code", ""): one for one in root if one.tag in (f"{_NS}unit", f"{_NS}base-unit")}
    prefixes = {
        one.get("Code", ""): Fraction(one.find(f"{_NS}value").get("value", "1"))  # type: ignore[union-attr]
        for one in root.iterfind(f"{_NS}prefix")
    }
    return units, prefixes


@cache
def _atom(code: str) -> _Atom | None:
    units, _ = _essence()
    element = units.get(code)
    if element is None:
        return None
    is_metric = element.tag == f"{_NS}base-unit" or element.get("isMetric") == "yes"
    if element.tag == f"{_NS}base-unit" or element.get("isArbitrary") == "yes" or code in _OWN_KINDS:
        value = element.find(f"{_NS}value")
        same_as = value.get("Unit", "") if value is not None else ""
        # [IU] is another writing of [iU]
        kind = same_as if element.get("isArbitrary") == "yes" and same_as in units else code
        return _Atom(Fraction(1), ((kind, 1),), is_metric)
    if code in _SCALES:
        factor, offset = _SCALES[code]
        return _Atom(factor, (("K", 1),), is_metric, offset, code)
    value = element.find(f"{_NS}value")
    assert value is not None
    if element.get("isSpecial") == "yes":
        return _Atom(Fraction(1), ((code, 1),), is_metric, special=code)
    inner = _read(value.get("Unit", ""))
    return _Atom(inner.factor * Fraction(value.get("value", "1")), inner.dimensions, is_metric)


def _simple(text: str) -> _Atom:
    """One unit with its prefix, without its exponent."""
    atom = _atom(text)
    if atom is not None:
        return atom
    for prefix, times in _essence()[1].items():
        if text.startswith(prefix) and (atom := _atom(text[len(prefix) :])) is not None and atom.is_metric:
            if atom.special:
                return _Atom(Fraction(1), ((text, 1),), True, special=text)
            return _Atom(atom.factor * times, atom.dimensions, True)
    raise NoUnit(text)


_TOKEN = re.compile(r"\{[^{}]*\}|[()./]|(?:\[[^\[\]]*\]|[^\[\]{}()./])+")
_EXPONENT = re.compile(r"(.*?[^0-9+\-])([+-]?[0-9]+)")


class _Reader:
    """UCUM's grammar: terms of components, from left to right (a division counts for the next component alone)."""

    def __init__(self, code: str) -> None:
        self.code = code
        self.tokens = _TOKEN.findall(code)
        if "".join(self.tokens) != code or not code.isascii():
            raise NoUnit(code)
        self.place = 0
        self.factor = Fraction(1)
        self.powers: dict[str, int] = {}
        self.braces: list[str] = []
        self.specials: list[tuple[str, int, Fraction]] = []

    def term(self, sign: int, *, depth: int = 0) -> None:
        if depth > 20:
            raise NoUnit(self.code)
        self.place += (divides := self._is("/"))
        self.component(-sign if divides else sign, depth)
        while self._is(".") or self._is("/"):
            divides = self._is("/")
            self.place += 1
            self.component(-sign if divides else sign, depth)

    def component(self, sign: int, depth: int) -> None:
        if self.place >= len(self.tokens):
            raise NoUnit(self.code)
        piece = self.tokens[self.place]
        self.place += 1
        if piece == "(":
            self.term(sign, depth=depth + 1)
            if not self._is(")"):
                raise NoUnit(self.code)
            self.place += 1
        elif piece in ")./":
            raise NoUnit(self.code)
        elif not piece.startswith("{"):
            self.unit(piece, sign)
        else:
            self.braces.append(piece[1:-1])
            return
        if self.place < len(self.tokens) and self.tokens[self.place].startswith("{"):
            self.braces.append(self.tokens[self.place][1:-1])
            self.place += 1

    def unit(self, token: str, sign: int) -> None:
        if token.isdigit():
            number = Fraction(int(token))
            if not number:
                raise NoUnit(self.code)
            self.factor *= number**sign
            return
        text, power = token, 1
        if _atom(token) is None and (found := _EXPONENT.fullmatch(token)):
            text, power = found[1], int(found[2])
        if abs(power) > 30:
            raise NoUnit(self.code)
        atom = _simple(text)
        if atom.special:
            self.specials.append((atom.special, power * sign, atom.offset))
        self.factor *= atom.factor ** (power * sign)
        for kind, times in atom.dimensions:
            self.powers[kind] = self.powers.get(kind, 0) + times * power * sign

    def _is(self, token: str) -> bool:
        return self.place < len(self.tokens) and self.tokens[self.place] == token

    def result(self) -> Unit:
        self.term(1)
        if self.place != len(self.tokens):
            raise NoUnit(self.code)
        dimensions = tuple(sorted((kind, power) for kind, power in self.powers.items() if power))
        alone = len(self.specials) == 1 and self.specials[0][1] == 1 and len(self.tokens) == 1
        if self.specials and not alone:  # `Cel/h` would be a difference, pH per litre nothing at all
            return Unit(self.code, Fraction(1), ((self.code, 1),), special=self.code)
        offset = self.specials[0][2] if alone else Fraction(0)
        special = self.specials[0][0] if alone and not offset else ""
        braces = tuple(sorted(one for one in self.braces if one.casefold() not in _COUNTED))
        return Unit(self.code, self.factor, dimensions, braces, offset, special)


@lru_cache(maxsize=4096)
def _read(code: str) -> Unit:
    if not code or len(code) > 100:
        raise NoUnit(code)
    return _Reader(code).result()


def read_unit(code: str) -> Unit:
    """Read a unit of UCUM (case-sensitive).

    :raises NoUnit: if it is none
    """
    return _read(code)


def is_unit(code: str) -> bool:
    """Tell whether this is a unit of UCUM."""
    try:
        _read(code)
    except NoUnit:
        return False
    return True


def are_comparable(one: str, other: str, *, has_molar_mass: bool = False) -> bool:
    """Tell whether values in these units can be held against each other."""
    try:
        _ratio(_read(one), _read(other), Fraction(1) if has_molar_mass else None)
    except (NoUnit, NotComparable):
        return one == other and bool(one)
    return True


def convert(value: Decimal, unit: str, to: str, *, molar_mass: Decimal | None = None) -> Decimal:
    """Write a value in another unit, exactly; what does not end is written with 18 digits.

    :param molar_mass: of the substance in g/mol, where one unit is of mass and the other of moles
    :raises NoUnit: if one of them is no unit of UCUM
    :raises NotComparable: if they measure different things
    """
    if unit == to:
        return value
    source, target = _read(unit), _read(to)
    ratio = _ratio(source, target, Fraction(molar_mass) if molar_mass is not None else None)
    found = Fraction(value)
    if source.offset or target.offset:
        found = (found * source.factor + source.offset - target.offset) / target.factor
    else:
        found *= ratio
    return _written(found)


def _ratio(source: Unit, target: Unit, molar_mass: Fraction | None) -> Fraction:
    if source.special or target.special:
        if source.special == target.special:
            return Fraction(1)
        raise NotComparable(f"{source.code} and {target.code}")
    if source.braces != target.braces:
        raise NotComparable(f"{source.code} and {target.code}")
    ratio = source.factor / target.factor
    if source.dimensions == target.dimensions:
        return ratio
    change = _difference(source.dimensions, target.dimensions)
    if molar_mass is not None and change in ({"g": 1, "mol": -1}, {"g": -1, "mol": 1}):
        return ratio / molar_mass if change["g"] == 1 else ratio * molar_mass
    raise NotComparable(f"{source.code} and {target.code}")


def _difference(one: Dimensions, other: Dimensions) -> dict[str, int]:
    left, right = dict(one), dict(other)
    found = {kind: left.get(kind, 0) - right.get(kind, 0) for kind in left.keys() | right.keys()}
    return {kind: power for kind, power in found.items() if power}


def _written(value: Fraction) -> Decimal:
    with localcontext(prec=18):
        found = Decimal(value.numerator) / Decimal(value.denominator)
    return found.normalize() if found else Decimal(0)


def unit_codes() -> Iterator[str]:
    """Every unit of UCUM without a prefix."""
    yield from _essence()[0]
