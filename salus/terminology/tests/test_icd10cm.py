"""ICD-10-CM read from the wheel's files is what the wheel itself says."""

import csv
import warnings
from pathlib import Path

import pytest

from salus.terminology.icd10cm import IcdCode, icd_codes

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import simple_icd_10_cm as wheel


@pytest.fixture(scope="module")
def codes() -> dict[str, IcdCode]:
    found = list(icd_codes())
    by_code = {code.code: code for code in found}
    assert len(by_code) == len(found)
    return by_code


def test_every_code_of_the_wheel_is_there_once(codes: dict[str, IcdCode]) -> None:
    assert set(codes) == set(wheel.get_all_codes())
    assert sum(code.is_leaf for code in codes.values()) == 74_719


def test_displays_and_parents_are_the_wheels(codes: dict[str, IcdCode]) -> None:
    assert [c for c, code in codes.items() if code.display != wheel.get_description(c)] == []
    differ = {c for c, code in codes.items() if code.parent != wheel.get_parent(c)}
    # a block of one category has its name: the wheel makes it its own parent
    assert {wheel.get_parent(c) for c in differ} == differ


def test_parents_come_first(codes: dict[str, IcdCode]) -> None:
    seen = {""}
    for code in codes.values():
        assert code.parent in seen
        seen.add(code.code)


def test_terms_help_to_find(codes: dict[str, IcdCode]) -> None:
    assert "high blood pressure" in codes["I10"].synonyms
    assert codes["S52.501A"].inherited == ("Fracture of distal end of radius",)
    assert "Loin pain" in codes["M54.50"].synonyms


def test_the_common_conditions_can_be_recorded(codes: dict[str, IcdCode]) -> None:
    path = Path(__file__).parents[1] / "data/common_conditions.csv"
    with path.open(encoding="utf-8", newline="") as file:
        common = [row["code"] for row in csv.DictReader(file)]
    assert len(common) > 100
    assert [code for code in common if not codes[code].is_leaf] == []
