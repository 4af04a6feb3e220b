"""Every unit that the reference files write is a UCUM unit (UCUM essence of the shared material, by its grammar)."""

import os
import re
from functools import cache
from pathlib import Path
from xml.etree import ElementTree  # our own copy of a known file, not what somebody sends

import pytest

from salus.catalog.definitions import read_catalogue
from salus.terminology.formulary import read_formulary

ESSENCE = Path(
    os.environ.get("SALUS_CORPUS", Path(__file__).parents[2] / "shared/data"), "terminology/ucum/ucum-essence.xml"
)
PARTS = re.compile(r"(\{[^{}]*\})|([()/.])|((?:\[[^\]]*\]|[^\[\]{}()/.])+)")

pytestmark = [
    pytest.mark.corpus,
    pytest.mark.skipif(not ESSENCE.exists(), reason="the shared UCUM essence is not here"),
]


@cache
def _atoms() -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    root = ElementTree.parse(ESSENCE).getroot()
    names: dict[str, set[str]] = {"prefix": set(), "metric": set(), "plain": set()}
    for element in root:
        kind = element.tag.rsplit("}", 1)[-1]
        code = element.get("Code", "")
        if kind == "prefix":
            names["prefix"].add(code)
        elif kind in ("base-unit", "unit"):
            names["metric" if kind == "base-unit" or element.get("isMetric") == "yes" else "plain"].add(code)
    return frozenset(names["prefix"]), frozenset(names["metric"]), frozenset(names["plain"])


def _is_simple(part: str) -> bool:
    prefixes, metric, plain = _atoms()
    bare = re.sub(r"[+-]?\d+$", "", part) or part
    for unit in {part, bare}:
        if unit.isdigit() or unit in metric or unit in plain:
            return True
        if any(unit.startswith(prefix) and unit[len(prefix) :] in metric for prefix in prefixes):
            return True
    return False


def _is_ucum(unit: str) -> bool:
    parts = PARTS.findall(unit)
    if not unit or "".join("".join(part) for part in parts) != unit or unit.count("(") != unit.count(")"):
        return False
    return all(_is_simple(simple) for _, _, simple in parts if simple)


@pytest.mark.parametrize(
    "unit", ["mm[Hg]", "mL/min/{1.73_m2}", "10*3/uL", "m[IU]/L", "kg/m2", "[pH]", "{INR}", "mg/(24.h)"]
)
def test_known_units_pass(unit: str) -> None:
    assert _is_ucum(unit)


@pytest.mark.parametrize("unit", ["mmHg", "mcg", "cc", "IU/L", "x10^9/L", "mg per dL", ""])
def test_other_units_fail(unit: str) -> None:
    assert not _is_ucum(unit)


def test_units_of_the_catalogue() -> None:
    catalogue = read_catalogue()
    units = {test.unit for test in catalogue.tests if test.unit} | {vital.unit for vital in catalogue.vitals}
    assert {unit for unit in units if not _is_ucum(unit)} == set()


def test_units_of_the_formulary() -> None:
    strengths = {p.strength for p in read_formulary().presentations}
    units = {
        re.sub(r"^[\d.]+ ?", "", side)
        for strength in strengths
        for quantity in strength.split(" + ")
        for side in re.sub(r"/(?![^(]*\))", "\0", quantity).split("\0")
    }
    assert {unit for unit in units if not _is_ucum(unit)} == set()
