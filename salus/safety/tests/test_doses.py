"""Doses against published limits, and ten- and thousand-fold mistakes of every pack of the formulary."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salus.core.ids import uuid7
from salus.orders.rules import dose_units, pieces_of
from salus.safety.queries.cases import Told
from salus.safety.rules import doses, magnitudes, measures
from salus.safety.rules.knowledge import Knowledge
from salus.safety.rules.measures import UNITS, Amount
from salus.safety.rules.people import Person, Problem, Seen, after, bedside_schwartz, ckd_epi
from salus.safety.tests.builders import proposed, said
from salus.safety.words import alert_of
from salus.terminology.formulary import read_formulary
from salus.ui import formatting

TODAY = date(2026, 11, 29)
ADULT = Person(TODAY, "male", date(1980, 1, 1))
CHILD = Person(TODAY, "female", date(2022, 1, 1))
PACKS = [
    (pack, medicine)
    for formulary in [read_formulary()]
    for pack in formulary.presentations
    for medicine in formulary.medicines
    if medicine.code == pack.medicine
]


def weighs(person, kg):
    return Person(TODAY, person.sex, person.born_on, seen=(Seen("29463-7", TODAY, Decimal(kg), "kg"),))


def check(draft, *limits, person=ADULT, taken=()):
    return doses.check_doses(list(enumerate(draft)), taken, person, Knowledge(limits))


def limit(**changes):
    values = {"ingredient": "paracetamol", "per": "day", "high": Decimal(4000), "unit": "mg"}
    return said("dose", **(values | changes))


def tiers(judged):
    return [(one.kind, one.tier) for one in judged.found]


@pytest.mark.guarantee("H4")
@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({}, []),
        ({"dose": Decimal(1000), "frequency": 4}, []),
        ({"dose": Decimal(1000), "frequency": 5}, [("dose.high", "interrupt")]),
        ({"dose": Decimal(2), "dose_unit": "tablet", "frequency": 5}, [("dose.high", "interrupt")]),
        ({"dose": Decimal(1), "dose_unit": "g", "frequency": 5}, [("dose.high", "interrupt")]),
        ({"dose": Decimal(10000), "frequency": 4}, [("dose.slip", "stop")]),
        ({"dose": Decimal(1), "dose_unit": "vial"}, [("dose.unchecked", "badge")]),
        ({"dose": None}, []),
    ],
)
def test_a_day_of_an_adult(changes, found):
    assert tiers(check([proposed(**changes)], limit())) == found


def test_all_orders_count_together():
    drip = proposed("paracetamol", route="intravenous", dose=Decimal(1000), order_id=uuid7())
    pair = proposed(
        "co-codamol",
        ingredients=("codeine", "paracetamol"),
        strength="30 mg + 500 mg",
        dose=Decimal(2),
        dose_unit="tablet",
    )
    judged = check([pair], limit(), taken=[drip])
    assert tiers(judged) == [("dose.together", "interrupt")]
    assert judged.found[0].says["together"] == Decimal(6000)
    assert tiers(check([pair], limit(route="oral"), taken=[drip])) == []


def test_a_child_goes_by_its_weight():
    by_weight = limit(high=Decimal(75), basis="kg", age_until="P12Y")
    dose = proposed(dose=Decimal(500), frequency=4)
    assert tiers(check([dose], by_weight, person=CHILD)) == [("dose.no-weight", "interrupt")]
    assert tiers(check([dose], by_weight, person=weighs(CHILD, 16))) == [("dose.high", "interrupt")]
    assert tiers(check([dose], by_weight, person=weighs(CHILD, 40))) == []
    assert tiers(check([dose], by_weight, person=ADULT)) == []
    assert tiers(check([dose], by_weight, person=Person(TODAY))) == [("dose.no-age", "note")]


def test_sick_kidneys_and_livers_have_their_own():
    renal = limit(high=Decimal(1000), egfr_until=Decimal(30))
    sick = Person(TODAY, "male", ADULT.born_on, seen=(Seen("33914-3", TODAY, Decimal(20), "mL/min"),))
    old = Person(TODAY, "male", ADULT.born_on, seen=(Seen("33914-3", date(2024, 1, 1), Decimal(20), "mL/min"),))
    assert tiers(check([proposed()], renal, person=sick)) == [("dose.high", "interrupt")]
    assert tiers(check([proposed()], renal, person=ADULT)) == tiers(check([proposed()], renal, person=old)) == []
    aged = Person(TODAY, "male", date(1950, 1, 1))
    assert tiers(check([proposed()], renal, person=aged)) == [("dose.no-kidneys", "note")]
    hepatic = limit(high=Decimal(1000), hepatic="severe")
    failing = Person(TODAY, "male", ADULT.born_on, (Problem("http://hl7.org/fhir/sid/icd-10-cm", "K72.10", "", TODAY),))
    assert tiers(check([proposed()], hepatic, person=failing)) == [("dose.high", "interrupt")]
    assert tiers(check([proposed()], hepatic)) == []


def test_kidney_formulas_give_what_they_are_known_to_give():
    # National Kidney Foundation's calculator (CKD-EPI 2021): 50-year-old, 1.0 mg/dL
    assert ckd_epi(Decimal(1), 50, is_female=False) == 92
    assert ckd_epi(Decimal(1), 50, is_female=True) == 69
    assert bedside_schwartz(Decimal("0.5"), Decimal(100)) == 83


def test_durations():
    assert after(date(2024, 2, 29), "P1Y") == date(2025, 2, 28)
    assert after(date(2024, 1, 31), "P1M") == date(2024, 2, 29)
    assert after(date(2024, 1, 1), "P6W") == date(2024, 2, 12)
    with pytest.raises(ValueError, match="P"):
        after(TODAY, "P")


@pytest.mark.guarantee("H4")
@given(st.decimals("0.001", "1000000", places=3), st.sampled_from(sorted(UNITS)), st.sampled_from(sorted(UNITS)))
def test_units_convert_exactly_or_not_at_all(number, unit, other):
    there = Amount(number, unit).in_unit(other)
    assert (there is None) == (UNITS[unit][0] != UNITS[other][0])
    if there is not None:
        assert Amount(there, other).in_unit(unit) == number


@pytest.mark.guarantee("H4")
@given(
    st.sampled_from(PACKS),
    st.decimals("0.01", "1000", places=2),
    st.sampled_from([10, 100, 1000]),
    st.data(),
)
def test_of_a_dose_and_its_tenfold_one_is_always_asked_about(chosen, pieces, factor, data):
    """Whatever the medicine, its pack and the unit in which the dose is said: both never pass unseen."""
    pack, medicine = chosen
    unit = data.draw(st.sampled_from(dose_units(pack.pack_unit, pack.strength, pack.routes)))
    doses_of = [pieces, pieces * factor]
    seen = []
    for dose in doses_of:
        one = _of(pack, medicine, dose, unit)
        measured = magnitudes.measure(one)
        if measured is None:
            return
        seen += magnitudes.check_magnitudes([(0, one)])
    assert seen


@pytest.mark.guarantee("H4")
@given(st.sampled_from(PACKS), st.decimals("0.1", "100", places=1), st.data())
def test_a_unit_mistaken_by_tenfold_and_more_is_asked_about(chosen, number, data):
    """The same number in another unit of the same pack, where that changes what is given by ten and more."""
    pack, medicine = chosen
    units = dose_units(pack.pack_unit, pack.strength, pack.routes)
    meant, written = data.draw(st.sampled_from(units)), data.draw(st.sampled_from(units))
    pair = [_of(pack, medicine, number, unit) for unit in (meant, written)]
    measured = [magnitudes.measure(one) for one in pair]
    if None in measured or measured[0][1] != measured[1][1] or not measured[1][0]:
        return
    if not Decimal("0.1") < measured[0][0] / measured[1][0] < 10:
        assert any(magnitudes.check_magnitudes([(0, one)]) for one in pair)


@pytest.mark.guarantee("H4")
def test_nearly_every_pack_can_be_judged():
    """By pieces, millilitres, puffs: packs of which a dose says nothing are few, and known."""
    mute = [
        pack.code
        for pack, medicine in PACKS
        for unit in dose_units(pack.pack_unit, pack.strength, pack.routes)[:1]
        if magnitudes.measure(_of(pack, medicine, Decimal(1), unit)) is None
    ]
    assert mute == []


@pytest.mark.guarantee("H4")
def test_every_step_of_a_taper_is_looked_at():
    """Five tablets twice, then a slip in a light step: the heaviest day alone would not show it."""
    taper = proposed(dose=Decimal(500), frequency=9, step_doses=(Decimal(500), Decimal(3000)))
    assert [one.kind for one in magnitudes.check_magnitudes([(0, taper)])] == ["magnitude.high"]
    once = limit(per="dose", high=Decimal(1000))
    assert tiers(check([taper], once)) == [("dose.high", "interrupt")]
    assert tiers(check([proposed(step_doses=(Decimal(500), Decimal(10000)))], once)) == [("dose.slip", "stop")]
    assert 0 in check([proposed(step_doses=(Decimal(500), Decimal(250)))], limit()).within


def test_what_is_taken_at_home_counts_into_the_day():
    home = proposed(dose=Decimal(1), dose_unit="g", unit="", strength="", frequency=3, order_id=uuid7())
    (found,) = check([proposed()], limit(), taken=[home]).found
    assert (found.kind, found.says["together"]) == ("dose.together", Decimal(4500))


def test_a_sourced_limit_knows_better_than_the_pack():
    many = proposed(dose=Decimal(30), dose_unit="mg", strength="5 mg")
    (found,) = magnitudes.check_magnitudes([(0, many)])
    assert (found.kind, found.tier) == ("magnitude.high", "interrupt")
    assert [one.tier for one in magnitudes.check_magnitudes([(0, many)], {0})] == ["note"]
    slip = proposed(dose=Decimal(500), dose_unit="tablet")
    assert [one.tier for one in magnitudes.check_magnitudes([(0, slip)])] == ["stop"]


@pytest.mark.guarantee("H4")
@given(
    st.sampled_from([one for one in PACKS if one[0].pack_unit == "mL"]), st.decimals("0.1", "1e5", places=1), st.data()
)
def test_an_alert_says_the_volume_that_is_meant(chosen, dose, data):
    """A bottle to be infused is judged by the bottle: 186 mg of 10 mg/mL are 18.6 mL, not 0.186 of anything."""
    pack, medicine = chosen
    unit = data.draw(st.sampled_from(dose_units(pack.pack_unit, pack.strength)))
    volume = pieces_of(dose, unit, pack.pack_unit, pack.strength)
    for found in magnitudes.check_magnitudes([(0, _of(pack, medicine, dose, unit))]):
        shown = alert_of(found, Told({}, {})).title
        assert shown.startswith(formatting.amount(round(volume, 3).normalize(), "mL")), shown


def test_a_part_of_a_bottle_is_said_as_it_is_measured():
    child = proposed(dose=Decimal(186), strength="10 mg/mL", unit="mL", pack_size=Decimal(100), route="intravenous")
    (found,) = magnitudes.check_magnitudes([(0, child)])
    words = alert_of(found, Told({}, {}))
    assert words.title == "18.6\xa0mL in one dose"
    assert words.detail == "That is unusually little of a bottle of 100\xa0mL, 10 mg/mL."
    assert magnitudes.check_magnitudes([(0, child)], {0}) == []  # a published limit holds: a part can be measured


def test_amounts_of_two_ingredients_keep_their_names():
    found = measures.ingredient_amounts(("a", "b"), Decimal(2), "tablet", "tablet", "500 mg + 125 mg")
    assert found == {"a": Amount(Decimal(1000), "mg"), "b": Amount(Decimal(250), "mg")}
    assert measures.ingredient_amounts(("a",), Decimal(5), "mL", "mL", "120 mg/5 mL") == {
        "a": Amount(Decimal(120), "mg")
    }
    assert measures.ingredient_amounts(("a",), Decimal(2), "puff", "inhaler", "100 ug/{actuat}")["a"].number == 200


def _of(pack, medicine, dose, unit):
    return proposed(
        medicine.name,
        ingredients=medicine.ingredients,
        dose=dose,
        dose_unit=unit,
        unit=pack.pack_unit,
        strength=pack.strength,
        pack_size=pack.pack_size,
        route=pack.routes[0],
    )
