"""Doses and courses."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salus.orders import rules
from salus.orders.rules import Part

D = Decimal


@pytest.mark.parametrize(
    ("strength", "parts"),
    [
        ("500 mg", (Part(D(500), "mg", D(1), ""),)),
        ("250 mg + 125 mg", (Part(D(250), "mg", D(1), ""), Part(D(125), "mg", D(1), ""))),
        ("120 mg/5 mL", (Part(D(120), "mg", D(5), "mL"),)),
        ("3 mg/mL", (Part(D(3), "mg", D(1), "mL"),)),
        ("0.5 mg", (Part(D("0.5"), "mg", D(1), ""),)),
        ("1 %", (Part(D(1), "%", D(1), ""),)),
        ("as directed", ()),
        ("500mg", ()),
    ],
)
def test_strengths(strength, parts):
    assert rules.parts_of(strength) == parts


@pytest.mark.parametrize(
    ("unit", "strength", "units"),
    [
        ("tablet", "500 mg", ("tablet", "mg")),
        ("tablet", "250 mg + 125 mg", ("tablet",)),
        ("mL", "120 mg/5 mL", ("mL", "mg")),
        ("inhaler", "100 ug", ("puff", "ug")),
        ("g", "1 %", ("application", "g")),
        ("mL", "100 [iU]/mL", ("[iU]",)),
        ("pen", "70 [iU]/mL + 30 [iU]/mL", ("[iU]",)),
        ("pen", "6 mg/mL", ("mg",)),
    ],
)
def test_units_of_a_dose(unit, strength, units):
    assert rules.dose_units(unit, strength) == units


@pytest.mark.parametrize(
    ("routes", "units"),
    [
        (["ophthalmic"], ("drop", "mL")),
        (["otic"], ("drop", "mL")),
        (["nasal"], ("drop", "spray", "mL")),
        (["cutaneous"], ("application", "mL")),
        (["oral"], ("mL",)),
        (["ophthalmic", "intravenous"], ("mL",)),
    ],
)
def test_eye_drops_are_counted_in_drops(routes, units):
    """A bottle of millilitres that goes into the eye alone: who had to write 0.05 mL would write 0.5."""
    assert rules.dose_units("mL", "0.5 %", routes) == units
    assert rules.dose_units("mL", "100 [iU]/mL", ["subcutaneous"]) == ("[iU]",)


@pytest.mark.parametrize(
    ("dose", "dose_unit", "unit", "strength", "pieces"),
    [
        ("2", "tablet", "tablet", "500 mg", "2"),
        ("250", "mg", "tablet", "500 mg", "0.5"),
        ("240", "mg", "mL", "120 mg/5 mL", "10"),
        ("20", "[iU]", "mL", "70 [iU]/mL + 30 [iU]/mL", "0.2"),
        ("1", "puff", "inhaler", "100 ug", None),
        ("200", "ug", "inhaler", "100 ug", None),
        ("10", "mg", "ampoule", "3 mg/mL", None),
        ("1", "g", "tablet", "500 mg", None),
        ("500", "mg", "tablet", "250 mg + 125 mg", None),
    ],
)
def test_pieces_of_a_dose(dose, dose_unit, unit, strength, pieces):
    assert rules.pieces_of(D(dose), dose_unit, unit, strength) == (None if pieces is None else D(pieces))


@pytest.mark.parametrize(
    ("frequency", "period", "unit", "days", "doses"),
    [
        (3, "1", "d", 7, "21"),
        (1, "8", "h", 2, "6"),
        (1, "1", "wk", 7, "1"),
        (1, "1", "wk", 8, "2"),
        (1, "1", "a", 1, None),
    ],
)
def test_doses_in_a_course(frequency, period, unit, days, doses):
    assert rules.doses_in(frequency, D(period), unit, days) == (None if doses is None else D(doses))


@pytest.mark.guarantee("H4")
@given(dose=st.decimals("0.25", "20", places=2), strength=st.decimals("0.5", "1000", places=1), days=st.integers(1, 60))
def test_a_dose_by_weight_and_by_piece_come_to_the_same(dose, strength, days):
    text = f"{strength:f} mg"
    course = {"unit": "tablet", "strength": text, "frequency": 2, "days": days}
    by_piece = rules.quantity_to_dispense(dose=dose, dose_unit="tablet", **course)
    by_weight = rules.quantity_to_dispense(dose=dose * strength, dose_unit="mg", **course)
    assert by_piece == by_weight
    assert by_piece >= dose * 2 * days > by_piece - 1


def test_how_long_a_medicine_is_current():
    today = date(2026, 11, 21)
    assert rules.is_current("active", None, None, today)
    assert not rules.is_current("stopped", today, 9, today)
    assert rules.is_current("completed", today - timedelta(days=6), 7, today)
    assert not rules.is_current("completed", today - timedelta(days=7), 7, today)
    assert not rules.is_current("completed", today, None, today)


def test_whole_pieces():
    assert rules.is_whole(D("2.0"), "tablet")
    assert not rules.is_whole(D("0.5"), "vial")
    assert rules.is_whole(D("0.5"), "mL")


@given(
    per_kg=st.decimals("0.01", "100", places=2),
    kg=st.decimals("0.4", "200", places=1),
    pack=st.sampled_from(
        [("mL", "120 mg/5 mL"), ("tablet", "500 mg"), ("capsule", "250 mg"), ("vial", "1000 mg"), ("mL", "3 mg/mL")]
    ),
)
def test_a_dose_by_weight_is_never_nothing_and_can_be_given(per_kg, kg, pack):
    """Rounded by less than one step of what can be measured, never to nothing, and never more than ten-fold off by it."""
    unit, strength = pack
    found = rules.dose_by_weight(per_kg, kg, "mg", unit, strength)
    assert found is not None
    assert found.exact == per_kg * kg
    assert found.given > 0
    assert found.pieces > 0
    step = D("0.1") if unit == "mL" else D("0.5") if unit == "tablet" else D(1)
    exact_pieces = rules.pieces_of(found.exact, "mg", unit, strength)
    assert abs(found.pieces - exact_pieces) <= step


@given(
    st.lists(
        st.builds(
            rules.Step,
            st.decimals("0.5", "8", places=1),
            st.integers(1, 4),
            st.just(D(1)),
            st.just("d"),
            st.integers(1, 30),
        ),
        min_size=1,
        max_size=6,
    )
)
def test_a_schedule_amounts_to_all_its_steps(steps):
    whole = rules.quantity_of_steps(steps, dose_unit="tablet", unit="tablet", strength="500 mg")
    said = sum(one.dose * one.frequency * one.days for one in steps)
    assert said <= whole < said + 1
    assert rules.steps_of(rules.written(steps)) == tuple(steps)
    assert rules.daily(rules.heaviest(steps)) == max(rules.daily(one) for one in steps)


@given(days=st.integers(2, 365), number=st.integers(2, 4))
def test_doses_in_turn_share_the_days(days, number):
    steps = [rules.Step(D(1), 1, D(1), "d") for _one in range(number)]
    shared = [one.days for one in rules.in_force("alternate", steps, days)]
    assert sum(shared) == days
    assert max(shared) - min(shared) <= 1
    assert shared == sorted(shared, reverse=True)


@pytest.mark.parametrize(
    ("wanted", "sex", "months", "problems", "why"),
    [
        (rules.Wanted(), "", None, (), ""),
        (rules.Wanted(sex="female"), "male", 400, (), "sex"),
        (rules.Wanted(age_from_months=12), "male", None, (), "age-unknown"),
        (rules.Wanted(age_from_months=12, age_until_months=24), "male", 12, (), ""),
        (rules.Wanted(age_from_months=12, age_until_months=24), "male", 24, (), "age"),
        (rules.Wanted(problems=("E11",)), "male", 400, ("E11.9",), ""),
        (rules.Wanted(problems=("E11.9",)), "male", 400, ("E119",), ""),
        (rules.Wanted(problems=("E11",)), "male", 400, ("E10.9", "44054006"), "problem"),
        (rules.Wanted(problems=("44054006",)), "male", 400, ("440540061",), "problem"),
    ],
)
def test_for_whom_an_order_of_a_set_is_meant(wanted, sex, months, problems, why):
    assert rules.why_not(wanted, sex, months, problems) == why
