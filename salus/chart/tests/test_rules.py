"""The judgement of the record."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salus.chart import rules

D = Decimal
numbers = st.decimals(min_value=0, max_value=10**6, places=2)


@pytest.mark.guarantee("H15")
@pytest.mark.parametrize(
    ("text", "read"),
    [("37.2", "37.2"), ("72", "72"), (" 72 ", "72"), ("0", "0"), ("0.5", "0.5"), ("37.20", "37.20"), ("-2.5", "-2.5")],
)
def test_a_number_is_read_with_its_digits(text, read):
    assert str(rules.read_number(text)) == read


@pytest.mark.guarantee("H15")
@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("37,2", "comma"),
        ("1,500", "comma"),
        ("1.500,5", "comma"),
        ("1'500", "comma"),
        ("٣٧٫٢", "comma"),
        ("٣٧", "not_a_number"),
        ("३७", "not_a_number"),
        (".5", "not_a_number"),
        ("5.", "not_a_number"),
        ("+5", "not_a_number"),
        ("1e3", "not_a_number"),
        ("1 500", "not_a_number"),
        ("037", "not_a_number"),
        ("-0", "not_a_number"),
        ("37.2.1", "not_a_number"),
        ("NaN", "not_a_number"),
        ("Infinity", "not_a_number"),
        ("120/80", "not_a_number"),
        ("37°", "not_a_number"),
        ("−5", "not_a_number"),
        ("", "not_a_number"),
        ("37.25", "too_many_decimals"),
    ],
)
def test_what_two_people_could_read_differently_is_refused(text, problem):
    with pytest.raises(rules.NotANumber) as refused:
        rules.read_number(text, 1)
    assert refused.value.problem == problem


@given(st.text(max_size=12))
def test_any_text_is_a_number_or_a_refusal(text):
    try:
        value = rules.read_number(text)
    except rules.NotANumber:
        return
    assert f"{value:f}" == text.strip()


PULSE = rules.Limits(D(0), D(350), D(60), D(100))


@given(numbers)
def test_what_is_impossible_is_startling_and_what_is_usual_is_neither(value):
    if rules.flag_of(value, PULSE) == "":
        assert rules.is_possible(value, PULSE)
        assert not rules.is_startling(value, PULSE)
    if not rules.is_possible(value, PULSE):
        assert rules.is_startling(value, PULSE)
        assert rules.flag_of(value, PULSE) == "H"


def test_a_fever_is_flagged_and_not_asked_about():
    temperature = rules.Limits(D(10), D(47), D("36.5"), D("37.3"))
    assert rules.flag_of(D("39.5"), temperature) == "H"
    assert not rules.is_startling(D("39.5"), temperature)
    assert rules.is_startling(D("44"), temperature)
    assert rules.is_startling(D("25"), temperature)


def test_a_sign_without_limits_is_never_judged():
    assert rules.is_possible(D(5), rules.Limits())
    assert rules.flag_of(D(5), rules.Limits()) == ""
    assert not rules.is_startling(D(5), rules.Limits())


def test_a_weight_in_pounds_is_asked_about():
    assert rules.is_startling_change(D(154), D(70))
    assert not rules.is_startling_change(D(75), D(70))


@given(st.decimals(min_value="0.2", max_value=700, places=2), st.decimals(min_value=15, max_value=280, places=1))
def test_a_body_mass_index_has_one_decimal(weight, height):
    index = rules.body_mass_index(weight, height)
    assert index.as_tuple().exponent == -1
    assert abs(index - weight / (height / 100) ** 2) <= D("0.05")


@given(numbers, st.one_of(st.none(), numbers))
def test_pressures_come_back_digit_by_digit(systolic, diastolic):
    found = rules.components_of(rules.pressure_components(systolic, diastolic))
    assert str(found[rules.SYSTOLIC]) == f"{systolic:f}"
    assert (str(found[rules.DIASTOLIC]) if diastolic is not None else None) == (
        f"{diastolic:f}" if diastolic is not None else found.get(rules.DIASTOLIC)
    )


def test_a_sign_has_its_own_decimals():
    assert rules.shown_number(D("180.6165110136003"), 1) == "≈180.6"
    assert rules.shown_number(D("0.8402445892361805"), 0) == "≈1"
    assert rules.shown_number(D("37.25"), 1) == "37.25"


def a_row(**changes):
    return (
        dict.fromkeys(("comparator", "text", "components", "code", "value_type", "value"), "")
        | {"number": None}
        | changes
    )


@pytest.mark.parametrize(
    ("row", "shown"),
    [
        (a_row(number=D("1.00")), "1.00"),
        (a_row(number=D("0.010"), comparator="<"), "< 0.010"),
        (a_row(number=D("1E+3")), "1000"),
        (a_row(number=D("184.66227942386993")), "≈184.66"),
        (a_row(number=D("0.00084024458923618")), "≈0.000840"),
        (a_row(number=D("12345.67890")), "12345.67890"),
        (a_row(code="85354-9", components=rules.pressure_components(D("184.6622794"), D("115.2549"))), "≈185/115"),
        (a_row(text="Positive"), "Positive"),
        (a_row(value_type="boolean", value="true"), "yes"),
        (a_row(value_type="Ratio", value='{"numerator": {"value": 1}, "denominator": {"value": 128}}'), "1:128"),
        (a_row(value_type="Range", value='{"low": {"value": 1.50}, "high": {"value": 2}}'), "1.50 – 2"),
        (a_row(value_type="Period", value='{"start": "2020-01-01T08:00:00Z"}'), "2020-01-01 08:00"),
        (a_row(value_type="SampledData", value='{"data": "1 2 3"}'), ""),
        (a_row(value_type="dateTime", value="2020-01"), "2020-01"),
        (a_row(), ""),
    ],
)
def test_a_value_is_shown_as_written(row, shown):
    assert rules.shown_value(row) == shown


@pytest.mark.parametrize(
    ("unit", "code", "shown"),
    [
        ("10*3/uL", "10*3/uL", "×10³/µL"),
        ("m[IU]/L", "m[IU]/L", "mIU/L"),
        ("ug/dL", "ug/dL", "µg/dL"),
        ("mL/min/{1.73_m2}", "mL/min/{1.73_m2}", "mL/min/1.73 m²"),
        ("ug/{creat}", "ug/{creat}", "µg"),
        ("{nominal}", "{nominal}", ""),
        ("mm[Hg]", "mm[Hg]", "mmHg"),
        ("mmol/L", "mmol/L", "mmol/L"),
        ("thou/uL", "10*3/uL", "thou/uL"),
        ("kU/L", "", "kU/L"),
    ],
)
def test_a_bare_code_of_a_unit_is_shown_in_words_of_the_trade(unit, code, shown):
    assert rules.shown_unit(unit, code) == shown


@given(st.sampled_from(sorted(rules.CONDITION_MOVES)))
def test_every_state_of_a_problem_leads_somewhere(status):
    assert rules.CONDITION_MOVES[status]
    assert all(to in rules.CONDITION_MOVES for to in rules.CONDITION_MOVES[status])
    assert status not in rules.CONDITION_MOVES[status]
