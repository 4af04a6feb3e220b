"""Molar masses: borne out twice, by the formula and by a published factor."""

import re
from decimal import Decimal

import pytest

from salus.terminology.analytes import Analyte, analytes, converted

#: IUPAC, standard atomic weights (Pure Appl. Chem. 68, 2339; magnesium and phosphorus: 2013 table), rounded
WEIGHTS = {
    "H": "1.008", "C": "12.011", "N": "14.007", "O": "15.999", "Mg": "24.305", "P": "30.974", "Ca": "40.078",
}  # fmt: skip


@pytest.mark.parametrize("one", analytes(), ids=lambda one: one.code)
def test_a_molar_mass_follows_from_the_formula_and_agrees_with_the_published_factor(one: Analyte) -> None:
    parts = re.findall(r"([A-Z][a-z]?)(\d*)", one.formula)
    mass = sum(Decimal(WEIGHTS[atom]) * int(count or 1) for atom, count in parts)
    assert abs(mass - one.molar_mass) < Decimal("0.02")
    found = converted(Decimal(1), one.from_unit, one.to_unit, one.loincs[0])
    assert found is not None
    assert abs(found - one.factor) / one.factor < Decimal("0.005")


def test_only_tests_of_the_substance_are_converted() -> None:
    assert round(converted(Decimal(90), "mg/dL", "mmol/L", "2345-7") or 0, 1) == Decimal("5.0")
    assert converted(Decimal(90), "mg/dL", "mmol/L", "1558-6") is None
    assert converted(Decimal(90), "mg/dL", "g/L", "1558-6") == Decimal("0.9")
    assert converted(Decimal(90), "mg/dL", "nonsense", "2345-7") is None
