"""What ships: the formulary reads, hangs together and says nothing without a source."""

from datetime import date

import pytest

from salus.core.reference_data import ReferenceDataError
from salus.terminology import formulary
from salus.terminology.formulary import Formulary, read_formulary


@pytest.fixture(scope="module")
def shipped() -> Formulary:
    return read_formulary()


def test_the_formulary_is_large_enough(shipped: Formulary) -> None:
    assert len(shipped.medicines) >= 80
    assert len(shipped.presentations) >= len(shipped.medicines)
    assert len(shipped.allergens) >= 60


def test_every_medicine_has_a_presentation_that_it_names(shipped: Formulary) -> None:
    for medicine in shipped.medicines:
        packs = [p for p in shipped.presentations if p.medicine == medicine.code]
        assert {p.form for p in packs} == set(medicine.forms)
        assert {p.strength for p in packs} == set(medicine.strengths)
        assert {route for p in packs for route in p.routes} == set(medicine.routes)


def test_every_statement_has_source_place_and_day(shipped: Formulary) -> None:
    for said in [s for m in shipped.medicines for s in m.statements] + list(shipped.codes):
        assert said.source
        assert said.source_place
        assert said.source_opened > date(2026, 1, 1)


def test_no_dose_is_given_without_a_source(shipped: Formulary) -> None:
    assert all(p.sig_dose is None and not p.sig_timing for p in shipped.presentations)


def test_a_tall_man_spelling_is_the_name_in_other_letters(shipped: Formulary) -> None:
    spelled = {m.code: (m.name, m.tallman) for m in shipped.medicines if m.tallman}
    assert spelled["metformin"] == ("metformin", "metFORMIN")
    assert all(tallman.lower() == name.lower() for name, tallman in spelled.values())


def test_opioids_and_benzodiazepines_are_controlled(shipped: Formulary) -> None:
    """Every one of these classes is in some country's law: a new line is not forgotten."""
    classes = ("opioids", "opioids with non-opioid analgesics", "benzodiazepines")
    free = [m.code for m in shipped.medicines if m.class_name in classes and not m.is_controlled]
    assert free == []


def test_a_substance_stops_no_group_that_its_medicines_are_not_in(shipped: Formulary) -> None:
    for allergen in shipped.allergens:
        if allergen.ingredient:
            groups = {g for m in shipped.medicines if allergen.ingredient in m.ingredients for g in m.allergy_groups}
            assert set(allergen.allergy_groups) <= groups


def test_amoxicillin_and_penicillin_v_stop_each_other(shipped: Formulary) -> None:
    by_code = {m.code: m for m in shipped.medicines}
    allergen = next(a for a in shipped.allergens if a.code == "phenoxymethylpenicillin")
    assert set(allergen.allergy_groups) & set(by_code["co-amoxiclav"].allergy_groups) == {"penicillins"}


@pytest.mark.parametrize("strength", ["500 mg", "250 mg + 125 mg", "120 mg/5 mL", "100 [iU]/mL", "1 %", "21 mg/(24.h)"])
def test_strengths_as_they_are_written(strength: str) -> None:
    assert formulary.STRENGTH.fullmatch(strength)


@pytest.mark.parametrize("strength", ["500mg", "mg", "0500 mg", "1,5 mg", "500 mg +", "500"])
def test_strengths_that_are_refused(strength: str) -> None:
    assert not formulary.STRENGTH.fullmatch(strength)


def test_a_bad_medicine_is_told_with_its_line(tmp_path) -> None:
    path = tmp_path / "formulary.csv"
    path.write_text(
        "code,name,ingredients,class_name,allergy_groups,forms,strengths,routes\n"
        "Bad Code,bad,bad,bad,,tablet,500mg,by mouth\n"
    )
    with pytest.raises(ReferenceDataError) as caught:
        formulary.read_medicines(path)
    assert {p.column for p in caught.value.problems} == {"strengths", "code", "routes"}
    assert {p.line for p in caught.value.problems} == {2}
