"""Units: read by UCUM's grammar, converted exactly, never mixed up."""

import csv
import os
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salus.terminology.ucum import NotComparable, NoUnit, are_comparable, convert, is_unit, read_unit, unit_codes

SHARED = Path(os.environ.get("SALUS_CORPUS", Path(__file__).parents[4] / "shared/data"), "terminology/ucum")


@pytest.mark.corpus
@pytest.mark.skipif(not SHARED.exists(), reason="the shared UCUM examples are not here")
def test_every_example_of_ucum_is_read() -> None:
    with (SHARED / "ucum_examples.tsv").open(encoding="utf-8") as file:
        codes = [row[1] for row in csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE) if len(row) > 1][1:]
    assert len(codes) > 800
    # the examples name the torr, which UCUM's own table (2.2) does not have
    assert [code for code in codes if not is_unit(code)] == ["Torr"]


def test_every_unit_of_the_table_is_read() -> None:
    assert [code for code in unit_codes() if not is_unit(code)] == []


@pytest.mark.parametrize(
    ("value", "unit", "to", "expected"),
    [
        ("1", "kg", "g", "1000"),
        ("98.6", "[degF]", "Cel", "37"),
        ("37", "Cel", "[degF]", "98.6"),
        ("37.0", "Cel", "K", "310.15"),
        ("120", "mm[Hg]", "kPa", "15.99864"),
        ("1", "[lb_av]", "kg", "0.45359237"),
        ("70", "[in_i]", "cm", "177.8"),
        ("5", "10*3/uL", "10*9/L", "5"),
        ("5", "{cells}/uL", "10*6/L", "5"),
        ("72", "{beats}/min", "/min", "72"),
        ("1", "U/L", "ukat/L", "0.0166666666666666667"),
        ("50", "%", "1", "0.5"),
        ("1", "mg/(24.h)", "mg/d", "1"),
        ("2", "g/dL", "g/L", "20"),
        ("100", "m[IU]/L", "[iU]/L", "0.1"),
    ],
)
def test_known_conversions(value: str, unit: str, to: str, expected: str) -> None:
    assert convert(Decimal(value), unit, to) == Decimal(expected)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("mg/dL", "mmol/L"),
        ("mmol/L", "10*9/L"),
        ("mmol/L", "meq/L"),
        ("mmol/L", "mosm/L"),
        ("[iU]/L", "U/L"),
        ("mL/min", "mL/min/{1.73_m2}"),
        ("mg/g", "mg/g{creat}"),
        ("{score}", "{INR}"),
        ("[pH]", "mol/L"),
        ("kg", "cm"),
        ("mg", "mL"),
        ("Cel", "cm"),
        ("Cel", "Cel/h"),
    ],
)
def test_what_is_not_the_same_is_never_converted(one: str, other: str) -> None:
    assert not are_comparable(one, other)
    with pytest.raises(NotComparable):
        convert(Decimal(1), one, other)


@pytest.mark.parametrize(
    "text", ["mmHg", "mcg", "cc", "IU/L", "x10^9/L", "mg per dL", "", "mg//dL", "(mg", "0", "µg", "m" * 101, "mg{", "/"]
)
def test_other_writings_are_no_units(text: str) -> None:
    assert not is_unit(text)
    with pytest.raises(NoUnit):
        read_unit(text)


def test_mass_becomes_moles_only_with_a_molar_mass() -> None:
    glucose = Decimal("180.156")
    assert round(convert(Decimal(90), "mg/dL", "mmol/L", molar_mass=glucose), 2) == Decimal("5.00")
    assert round(convert(Decimal("5.0"), "mmol/L", "mg/dL", molar_mass=glucose), 0) == 90
    with pytest.raises(NotComparable):
        convert(Decimal(90), "mg/dL", "mmol", molar_mass=glucose)


_MASSES = st.sampled_from(["kg", "g", "mg", "ug", "ng", "pg", "[lb_av]", "[oz_av]", "[gr]"])
_VOLUMES = st.sampled_from(["L", "dL", "mL", "uL", "fL", "m3", "cm3", "[cup_us]", "[drp]"])
_NUMBERS = st.decimals(Decimal("0.001"), Decimal(100000), places=3)


@settings(max_examples=80, deadline=None)
@given(value=_NUMBERS, mass=_MASSES, volume=_VOLUMES, to_mass=_MASSES, to_volume=_VOLUMES)
def test_there_and_back_is_the_same(value: Decimal, mass: str, volume: str, to_mass: str, to_volume: str) -> None:
    there, back = f"{mass}/{volume}", f"{to_mass}/{to_volume}"
    found = convert(convert(value, there, back), back, there)
    assert abs(found - value) <= value * Decimal("1e-15")
    assert read_unit(there).factor / read_unit(back).factor == (
        Fraction(read_unit(mass).factor / read_unit(to_mass).factor)
        / Fraction(read_unit(volume).factor / read_unit(to_volume).factor)
    )


@settings(max_examples=200, deadline=None)
@given(text=st.text(alphabet="mgdLkuU[]{}()./*10%'-+ é", max_size=12))
def test_no_text_makes_it_fail_otherwise(text: str) -> None:
    assert is_unit(text) in (True, False)
