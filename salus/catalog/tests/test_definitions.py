"""What ships: the catalogue reads, hangs together and says nothing without a source."""

from decimal import Decimal
from pathlib import Path

import pytest

from salus.catalog.definitions import Catalogue, age_in_days, read_catalogue, read_ranges
from salus.core.reference_data import ReferenceDataError
from salus.terminology.formulary import read_presentations

HEADER = (
    "test,sex,age_from,age_until,low,high,critical_low,critical_high,text,"
    "source,source_place,source_opened,critical_source,critical_place,critical_opened\n"
)


@pytest.fixture(scope="module")
def shipped() -> Catalogue:
    return read_catalogue()


def test_the_catalogue_is_large_enough(shipped: Catalogue) -> None:
    assert sum(test.result_kind != "panel" for test in shipped.tests) >= 60
    assert {"fbc", "ue", "bmp", "lft", "lipid"} <= {test.code for test in shipped.tests}


def test_every_loinc_code_has_a_source(shipped: Catalogue) -> None:
    for test in shipped.tests:
        if test.loinc:
            assert test.loinc_source.source
            assert test.loinc_source.source_opened


def test_every_test_and_presentation_has_one_price(shipped: Catalogue) -> None:
    priced = {(line.kind, line.code) for line in shipped.prices}
    assert priced == {("test", test.code) for test in shipped.tests} | {
        ("medicine", presentation.code) for presentation in read_presentations()
    }


def test_a_vital_sign_is_usual_only_where_it_is_possible(shipped: Catalogue) -> None:
    for vital in shipped.vitals:
        assert vital.possible_low is not None
        assert vital.possible_high is not None
        if vital.usual_low is not None and vital.usual_high is not None:
            assert vital.possible_low <= vital.usual_low < vital.usual_high <= vital.possible_high


@pytest.mark.parametrize(("text", "days"), [("0 d", 0), ("1 mo", 30), ("7 wk", 49), ("1 a", 365), ("18 a", 6575)])
def test_ages_are_days(text: str, days: int) -> None:
    assert age_in_days(text) == days


@pytest.mark.parametrize("text", ["", "18", "18 y", "-1 d", "1.5 a"])
def test_other_ages_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not an age"):
        age_in_days(text)


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        ("k,,0 d,,3.5,5.0,,,,s,p,2026-11-21,,,\nk,male,18 a,,3.5,5.0,,,,s,p,2026-11-21,,,\n", "overlaps line 2"),
        ("k,,0 d,,5.0,3.5,,,,s,p,2026-11-21,,,\n", "not in order"),
        ("k,,0 d,,3.5,5.0,,,,,,,,,\n", "source: is empty"),
        ("k,,0 d,,,,2.8,,,,,,,,\n", "critical_source: is empty"),
        ("k,,18 a,1 a,3.5,5.0,,,,s,p,2026-11-21,,,\n", "is not after age_from"),
        ("u-nit,,0 d,,,,,,green,s,p,2026-11-21,,,\n", "is no choice of u-nit"),
        ("nothing,,0 d,,3.5,5.0,,,,s,p,2026-11-21,,,\n", "'nothing' is defined nowhere"),
    ],
)
def test_a_bad_range_is_told(tmp_path: Path, shipped: Catalogue, rows: str, problem: str) -> None:
    path = tmp_path / "reference_ranges.csv"
    path.write_text(HEADER + rows)
    with pytest.raises(ReferenceDataError, match=problem):
        read_ranges(path, shipped.tests)


def test_ranges_of_both_sexes_stand_beside_each_other(tmp_path: Path, shipped: Catalogue) -> None:
    path = tmp_path / "reference_ranges.csv"
    path.write_text(HEADER + "hgb,male,18 a,,14,18,,,,s,p,2026-11-21,,,\nhgb,female,18 a,,12,16,,,,s,p,2026-11-21,,,\n")
    assert [line.low for line in read_ranges(path, shipped.tests)] == [Decimal(14), Decimal(12)]
