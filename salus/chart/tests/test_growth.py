"""Growth: WHO's own vectors, and what must hold for every child."""

import csv
import os
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salus.chart import growth

VECTORS = Path(os.environ.get("SALUS_CORPUS", Path(__file__).parents[4] / "shared/data"), "growth/who-igrowup-vectors")
#: column of the expected z-score -> indicator, column of the measurement
EXPECTED = {
    "_ZWEI": (growth.WEIGHT, "WEIGHT"),
    "_ZLEN": (growth.HEIGHT, "HEIGHT"),
    "_ZBMI": (growth.BMI, "HEIGHT"),
    "_ZWFL": (growth.LENGTH, "WEIGHT"),
    "_ZHC": (growth.HEAD, "HEAD"),
    "_ZAC": (growth.ARM, "MUAC"),
}


def _score(child: dict[str, str], indicator: str, column: str) -> growth.Score | None:
    days, sex = int(child["_agedays"]), {"1": "male", "2": "female"}[child["GENDER"]]
    position = {"l": "lying", "h": "standing", "": ""}[child["measure"]]
    value = Decimal(child[column])
    height = growth.as_measured(Decimal(child["HEIGHT"]), days, position) if child["HEIGHT"] else None  # type: ignore[arg-type]
    if indicator == growth.HEIGHT:
        assert height is not None
        value = height
    elif indicator == growth.BMI:
        assert height is not None
        value = growth.body_mass(Decimal(child["WEIGHT"]), height)
    return growth.score("who", indicator, sex, value, days=days, length=height)


@pytest.mark.corpus
@pytest.mark.skipif(not VECTORS.exists(), reason="the shared vectors are not here")
@pytest.mark.parametrize("name", ["survey_z_rc.csv", "survey_z_st.csv"])
def test_every_vector_of_who_is_reproduced(name: str) -> None:
    """Each z-score of igrowup to its last digit; what is not reckoned here is named, counted, and has its reason."""
    with (VECTORS / name).open(newline="") as file:
        children = list(csv.DictReader(file))
    seen, differ, without = 0, [], []
    for child in children:
        for column, (indicator, measured) in EXPECTED.items():
            said = child.get(column, "")
            if not said or not child["_agedays"]:
                continue
            seen += 1
            found = _score(child, indicator, measured)
            if found is None:
                without.append((indicator, int(child["_agedays"])))
            elif found.z != Decimal(said):
                differ.append((child["id"], indicator, said, found.z))
    assert differ == []
    # WHO's table of the arm ends a month earlier in the package that we have it from
    assert {indicator for indicator, days in without} <= {growth.ARM}
    assert all(days > 1826 for _, days in without)
    assert len(without) <= 4
    assert seen - len(without) > 1400


def test_the_median_is_zero_and_half_are_below() -> None:
    for standard, indicator, days in (
        ("who", growth.WEIGHT, 400),
        ("who", growth.HEIGHT, 4000),
        ("cdc", growth.BMI, 3000),
    ):
        lms = growth.lms_at(standard, indicator, "female", days=days)  # type: ignore[arg-type]
        assert lms is not None
        found = growth.score(standard, indicator, "female", lms.m, days=days)  # type: ignore[arg-type]
        assert found is not None
        assert (found.z, found.percentile) == (Decimal("0.00"), Decimal("50.0"))


@settings(max_examples=60, deadline=None)
@given(
    days=st.integers(0, 1856),
    sex=st.sampled_from(["male", "female"]),
    z=st.decimals(Decimal("-2.99"), Decimal("2.99"), places=2),
    indicator=st.sampled_from([growth.WEIGHT, growth.HEIGHT, growth.BMI, growth.HEAD]),
)
def test_a_line_of_the_chart_is_the_score_of_its_points(days: int, sex: str, z: Decimal, indicator: str) -> None:
    lms = growth.lms_at("who", indicator, sex, days=days)
    assert lms is not None
    found = growth.score("who", indicator, sex, lms.at(z), days=days)
    assert found is not None
    assert abs(found.z - z) <= Decimal("0.01")


@settings(max_examples=40, deadline=None)
@given(days=st.integers(0, 6900), one=st.decimals(5, 60, places=1), more=st.decimals(Decimal("0.1"), 20, places=1))
def test_who_weighs_more_never_scores_less(days: int, one: Decimal, more: Decimal) -> None:
    lighter = growth.score("who", growth.BMI, "male", one, days=days)
    heavier = growth.score("who", growth.BMI, "male", one + more, days=days)
    if lighter and heavier:
        assert heavier.z >= lighter.z


def test_lying_and_standing_differ_by_seven_millimetres() -> None:
    assert growth.as_measured(Decimal("80.0"), 700, "standing") == Decimal("80.7")
    assert growth.as_measured(Decimal("90.0"), 800, "lying") == Decimal("89.3")
    assert growth.as_measured(Decimal("80.0"), 700, "lying") == growth.as_measured(Decimal("80.0"), 700, "") == 80


def test_age_is_corrected_only_for_those_born_early_and_only_for_two_years() -> None:
    assert growth.corrected_days(100, Decimal(30)) == 30
    assert growth.corrected_days(100, Decimal(37)) == growth.corrected_days(100, None) == 100
    assert growth.corrected_days(900, Decimal(30)) == 900
    assert growth.corrected_days(30, Decimal(28)) < 0, "before its term a child has no place on the chart"


def test_nothing_is_said_where_there_is_no_reference() -> None:
    assert growth.score("who", growth.WEIGHT, "male", Decimal(80), days=5000) is None
    assert growth.score("who", growth.WEIGHT, "other", Decimal(8), days=200) is None
    assert growth.score("cdc", growth.BMI, "male", Decimal(17), days=300) is None
    assert growth.score("who", growth.HEAD, "male", Decimal(50), days=3000) is None
