"""Every unit that the reference files write is a unit of UCUM."""

import re

from salus.catalog.definitions import read_catalogue
from salus.terminology.formulary import read_formulary
from salus.terminology.ucum import is_unit


def test_units_of_the_catalogue() -> None:
    catalogue = read_catalogue()
    units = {test.unit for test in catalogue.tests if test.unit} | {vital.unit for vital in catalogue.vitals}
    assert {unit for unit in units if not is_unit(unit)} == set()


def test_units_of_the_formulary() -> None:
    strengths = {p.strength for p in read_formulary().presentations}
    units = {
        re.sub(r"^[\d.]+ ?", "", side)
        for strength in strengths
        for quantity in strength.split(" + ")
        for side in re.sub(r"/(?![^(]*\))", "\0", quantity).split("\0")
    }
    assert {unit for unit in units if not is_unit(unit)} == set()
