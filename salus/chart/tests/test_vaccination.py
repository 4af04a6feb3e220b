"""When a vaccine is due: the reckoning itself, by the schedule that ships, and by any schedule."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salus.chart.models import ScheduledDose
from salus.chart.vaccination import (
    Dose,
    Line,
    NotASpan,
    Span,
    disordered,
    forecast,
    furthest,
    span_of_words,
    words_of_span,
)
from salus.chart.vaccines import read_schedule, read_vaccines

BORN = date(2024, 1, 15)


def shipped() -> dict[str, list[Line]]:
    series: dict[str, list[Line]] = {}
    for row in read_schedule():
        spans = {name: Span.parse(row[name]) for name in ScheduledDose.DURATIONS}
        beside = {name: row[name] for name in ("season", "instead_of", "born_from")}
        beside |= {name: tuple(row[name]) for name in ("vaccines", "immune_by", "not_with")}
        series.setdefault(row["group"], []).append(Line(dose=row["dose"], **beside, **spans))
    return series


SHIPPED = shipped()


def at(age: str, born: date = BORN) -> date:
    span = Span.parse(age)
    assert span is not None
    return span.after(born)


@pytest.mark.parametrize(
    ("group", "given_at", "today", "state", "dose"),
    [
        ("hepb", [], "P0D", "due", 1),
        ("hepb", [], "P4W", "overdue", 1),
        ("hepb", ["P0D"], "P3W", "later", 2),
        ("hepb", ["P0D", "P1M", "P6M"], "P1Y", "complete", None),
        ("dtap", [], "P1M", "later", 1),
        ("dtap", ["P2M", "P4M", "P6M"], "P14M", "later", 4),
        ("dtap", ["P2M", "P4M", "P6M", "P15M"], "P5Y", "due", 5),
        ("dtap", ["P2M", "P4M", "P6M", "P15M"], "P7Y", "ended", 5),
        # the fourth dose is left out by who is four: the next one is the last
        ("polio", ["P4Y", "P4Y1M"], "P4Y2M", "later", 4),
        ("hib", [], "P16M", "overdue", 1),
        ("hib", ["P16M"], "P2Y", "complete", None),
        ("rota", [], "P14W", "due", 1),
        ("rota", [], "P15W", "ended", 1),
        ("mmr", ["P12M-4D"], "P2Y", "later", 2),
        ("mmr", ["P12M-5D"], "P2Y", "overdue", 1),
        ("varicella", [], "P13Y", "ended", 1),
        ("hpv", [], "P11Y", "due", 1),
    ],
)
def test_the_shipped_schedule_says_what_its_source_says(group, given_at, today, state, dose):
    """A dose that is asked for too early harms, one that is not asked for leaves a child unprotected."""
    found = forecast(SHIPPED[group], [at(age) for age in given_at], BORN, at(today))
    assert (found.state, found.dose) == (state, dose)


@pytest.mark.parametrize(
    ("group", "given_at", "today", "state", "dose", "overdue"),
    [
        # the third dose was overdue from 20 months on: who is four is asked for the last one, and still late
        ("polio", ["P38D", "P66D"], "P20M", "overdue", 3, "P19M4W"),
        ("polio", ["P38D", "P66D"], "P4Y", "overdue", 4, "P4Y"),
        ("polio", ["P38D", "P66D"], "P8Y", "overdue", 4, "P4Y"),
        ("hib", ["P2M"], "P15M", "overdue", 4, "P12M"),
        # given last so late that the third was not overdue when it was left out
        ("polio", ["P2M", "P47M15D"], "P54M", "due", 4, "P7Y4W"),
        # overdue, and then it has to wait six months after the last one: nothing can be given today
        ("polio", ["P2M", "P46M"], "P47M15D", "overdue", 3, "P46M4W"),
        ("polio", ["P2M", "P46M"], "P48M", "later", 4, "P52M"),
        ("polio", ["P2M", "P46M"], "P52M", "overdue", 4, "P52M"),
    ],
)
def test_a_dose_that_is_left_out_while_it_is_overdue_leaves_its_debt(group, given_at, today, state, dose, overdue):
    """A birthday alone must not take a child off the list of those who are late."""
    found = forecast(SHIPPED[group], [at(age) for age in given_at], BORN, at(today))
    assert (found.state, found.dose, found.overdue) == (state, dose, at(overdue))


def test_who_is_late_catches_up_by_the_least_intervals():
    """A child of two who had nothing gets the first dose now, and the second four weeks later, not eight."""
    today = at("P2Y")
    assert forecast(SHIPPED["dtap"], [], BORN, today).due == at("P2M")
    after = forecast(SHIPPED["dtap"], [today], BORN, today)
    assert (after.due, after.dose) == (today + timedelta(weeks=4), 2)


def test_a_dose_that_came_too_soon_counts_for_nothing_and_says_why():
    found = forecast(SHIPPED["hepb"], [BORN + timedelta(days=25), BORN + timedelta(days=35)], BORN, at("P3M"))
    assert [one.problem for one in found.counted] == ["", "early-interval"]
    assert found.dose == 2
    assert found.earliest == BORN + timedelta(days=35) + timedelta(weeks=4)


def test_what_ships_is_in_order_and_every_line_names_its_source():
    vaccines = {group for row in read_vaccines() for group in row["groups"]}
    assert {row["group"] for row in read_schedule()} == vaccines
    for row in read_schedule():
        assert disordered({name: row[name] for name in ScheduledDose.DURATIONS}) == [], (row["group"], row["dose"])
        assert row["source"]
        assert row["source_place"]


def test_months_are_those_of_the_calendar():
    assert at("P1M", date(2023, 1, 31)) == date(2023, 3, 1)
    assert at("P12M-4D", date(2023, 2, 28)) == date(2024, 2, 24)
    assert at("P1Y", date(2024, 2, 29)) == date(2025, 3, 1)


@pytest.mark.parametrize(
    "text", ["6 weeks", "12 months - 4 days", "3 months + 4 weeks", "4 years", "0 days", "1 month"]
)
def test_durations_are_written_as_printed_schedules_write_them(text):
    assert words_of_span(span_of_words(text)) == text


@pytest.mark.parametrize("text", ["6", "weeks", "6 weeks or so", "P", "P6X", "6 weeks 6 weeks", "-"])
def test_anything_else_is_no_duration(text):
    with pytest.raises(NotASpan):
        span_of_words(text)


OLD = date(1960, 5, 2)


def test_adults_are_asked_for_what_comes_again_and_for_what_their_age_needs():
    """Influenza each season from the first of July, tetanus each ten years, zoster twice from fifty on, RSV once from 75 on."""
    today = date(2026, 11, 29)
    flu = forecast(SHIPPED["influenza"], [date(2025, 11, 3)], OLD, today)
    assert (flu.state, flu.due, flu.overdue) == ("due", date(2026, 7, 1), None)
    flu = forecast(SHIPPED["influenza"], [date(2025, 11, 3), date(2026, 9, 20)], OLD, today)
    assert (flu.state, flu.due) == ("later", date(2027, 7, 1))
    never = [forecast(SHIPPED["influenza"], [], OLD, day) for day in (today, date(2026, 6, 30))]
    assert [(one.state, one.due) for one in never] == [("due", date(2026, 7, 1)), ("due", date(2025, 7, 1))]
    tetanus = forecast(SHIPPED["tdap"], [date(2010, 3, 1), date(2020, 3, 1)], OLD, today)
    assert (tetanus.state, tetanus.due) == ("later", date(2030, 3, 1))
    assert forecast(SHIPPED["tdap"], [date(2010, 3, 1)], OLD, today).state == "due"
    zoster = forecast(SHIPPED["zoster"], [date(2026, 1, 5)], OLD, today)
    assert (zoster.dose, zoster.due, zoster.state) == (2, date(2026, 3, 2), "overdue")
    assert forecast(SHIPPED["rsv"], [], OLD, today).state == "later"
    assert forecast(SHIPPED["rsv"], [date(2036, 1, 1)], OLD, date(2036, 6, 1)).state == "complete"


def test_no_adult_is_asked_for_what_children_get_and_no_child_for_what_adults_get():
    spoken = {born: {group for group, lines in SHIPPED.items() if lines[0].speaks_of(born, date(2026, 1, 1))} for born in (
        OLD, BORN,
    )}  # fmt: skip
    hepatitis = {"hepb-adult", "hepb-cpg", "hepb-teen", "hepb-twin"}
    pneumococcal = {group for group in SHIPPED if group.startswith("pneumo")}
    assert spoken[OLD] == {"influenza", "tdap", "zoster", "rsv", "mmr-adult"} | hepatitis | pneumococcal
    assert spoken[BORN] == SHIPPED.keys() - spoken[OLD] - {"varicella-adult", "varicella-begun"}


GROUPS = {row["code"]: set(row["groups"]) for row in read_vaccines()}


def best_of(main, given_at, born, today):
    """The series that counts among those that may stand for one another, and what it comes to."""
    doses = [Dose(at(age, born), code) for age, code in given_at]
    found = []
    for group, lines in SHIPPED.items():
        if main in (group, lines[0].instead_of):
            mine = [one for one in doses if group in GROUPS[one.code]]
            found.append((group, lines, forecast(lines, mine, born, today)))
    group, _lines, now = found[furthest([(lines, now) for _group, lines, now in found])]
    return group, now


@pytest.mark.parametrize(
    ("given_at", "age", "group", "state", "dose", "due"),
    [
        # 19 to 59 years; from 60 on it is begun no more without a risk, and what was begun goes on
        ([], "P18Y", "hepb-adult", "later", 1, "P19Y"),
        ([], "P30Y", "hepb-adult", "due", 1, "P19Y"),
        ([], "P60Y", "hepb-adult", "ended", 1, None),
        ([("P59Y", "43")], "P61Y", "hepb-adult", "due", 2, "P59Y4W"),
        ([("P0D", "08"), ("P1M", "08"), ("P6M", "08")], "P30Y", "hepb-adult", "complete", None, None),
        ([("P30Y", "43"), ("P30Y1M", "43")], "P30Y2M", "hepb-adult", "later", 3, "P30Y6M"),
        # Heplisav-B: two doses are the whole of it, alone or beside others; one and another vaccine are three
        ([("P30Y", "189")], "P30Y5W", "hepb-cpg", "due", 2, "P30Y4W"),
        ([("P30Y", "189")], "P30Y8W", "hepb-cpg", "overdue", 2, "P30Y4W"),
        ([("P30Y", "189"), ("P30Y4W", "189")], "P31Y", "hepb-cpg", "complete", None, None),
        ([("P30Y", "43"), ("P30Y4W", "189"), ("P30Y8W", "189")], "P31Y", "hepb-cpg", "complete", None, None),
        ([("P30Y", "189"), ("P30Y4W", "43")], "P31Y", "hepb-adult", "due", 3, "P30Y6M"),
        ([("P12Y", "43"), ("P12Y4M", "43")], "P30Y", "hepb-teen", "complete", None, None),
        ([("P12Y", "43"), ("P12Y2M", "43")], "P30Y", "hepb-adult", "due", 3, "P12Y6M"),
        ([("P30Y", "104"), ("P30Y1W", "104"), ("P30Y3W", "104"), ("P31Y", "104")], "P32Y", "hepb-twin", "complete", None, None),
    ],
)  # fmt: skip
def test_hepatitis_b_of_adults_goes_by_the_vaccine(given_at, age, group, state, dose, due):
    """Two doses of one vaccine are enough where another asks for three: who has them is not asked for more."""
    found, now = best_of("hepb-adult", given_at, OLD, at(age, OLD))
    assert (found, now.state, now.dose) == (group, state, dose)
    assert now.due == (at(due, OLD) if due else None)


@pytest.mark.parametrize(
    ("given_at", "age", "group", "state", "due"),
    [
        ([], "P49Y", "pneumo", "later", "P50Y"),
        ([], "P66Y", "pneumo", "due", "P50Y"),
        *(([("P40Y", code)], "P66Y", "pneumo", "complete", None) for code in ("216", "327")),
        ([("P3Y", "216")], "P66Y", "pneumo", "due", "P50Y"),
        ([("P52Y", "215")], "P66Y", "pneumo-15", "due", "P53Y"),
        ([("P52Y", "215"), ("P53Y", "33")], "P66Y", "pneumo-15", "complete", None),
        ([("P52Y", "33"), ("P53Y", "215")], "P66Y", "pneumo-23", "complete", None),
        ([("P52Y", "33")], "P52Y6M", "pneumo-23", "later", "P53Y"),
        ([("P52Y", "133")], "P66Y", "pneumo-13", "due", "P53Y"),
        ([("P52Y", "133"), ("P55Y", "33")], "P58Y", "pneumo-13-23", "later", "P60Y"),
        ([("P52Y", "33"), ("P55Y", "133")], "P58Y", "pneumo-23-13", "later", "P60Y"),
        ([("P52Y", "133"), ("P55Y", "33"), ("P60Y", "327")], "P66Y", "pneumo-13-23", "complete", None),
        ([("P52Y", "133"), ("P65Y", "33")], "P70Y", "pneumo-13-65", "complete", None),
        ([("P65Y", "33"), ("P66Y", "133")], "P70Y", "pneumo-65-13", "complete", None),
    ],
)
def test_pneumococcal_of_adults_goes_by_what_was_given_before(given_at, age, group, state, due):
    """One dose of PCV20 or PCV21 is enough; PCV15 and PCV13 are not, and how long one waits goes by what came before."""
    found, now = best_of("pneumo", given_at, OLD, at(age, OLD))
    assert (found, now.state) == (group, state)
    assert now.due == (at(due, OLD) if due else None)


@pytest.mark.parametrize(
    ("group", "born", "is_spoken_of"),
    [
        ("mmr-adult", date(1956, 12, 31), False),
        ("mmr-adult", date(1957, 1, 1), True),
        ("mmr-adult", date(2008, 1, 1), False),
        ("varicella-adult", date(1979, 12, 31), False),
        ("varicella-adult", date(1980, 1, 1), True),
        ("varicella-begun", date(1979, 12, 31), False),
        ("varicella-begun", date(2008, 1, 1), False),
    ],
)
def test_who_was_born_before_its_day_is_asked_for_nothing(group, born, is_spoken_of):
    """Who was born before 1957 counts as immune against measles; of who was born before 1980 nobody knows where."""
    assert SHIPPED[group][0].speaks_of(born, date(2026, 11, 29)) is is_spoken_of


LATE = date(1990, 5, 2)


@pytest.mark.parametrize(
    ("main", "given_at", "age", "group", "state", "dose", "due"),
    [
        ("mmr-adult", [], "P30Y", "mmr-adult", "due", 1, "P19Y"),
        ("mmr-adult", [("P15M", "03")], "P30Y", "mmr-adult", "complete", None, None),
        ("mmr-adult", [("P12M-5D", "03")], "P30Y", "mmr-adult", "due", 1, "P19Y"),
        ("mmr-adult", [("P15M", "94"), ("P5Y", "94")], "P30Y", "mmr-adult", "complete", None, None),
        ("varicella-adult", [], "P30Y", "varicella-adult", "due", 1, "P19Y"),
        ("varicella-adult", [("P30Y", "21")], "P30Y3W", "varicella-adult", "later", 2, "P30Y4W"),
        ("varicella-adult", [("P30Y", "21")], "P30Y4W", "varicella-adult", "due", 2, "P30Y4W"),
        ("varicella-adult", [("P30Y", "21"), ("P30Y25D", "21")], "P31Y", "varicella-adult", "complete", None, None),
        ("varicella-adult", [("P30Y", "21"), ("P30Y20D", "21")], "P30Y30D", "varicella-adult", "later", 2, "P30Y48D"),
        ("varicella-adult", [("P2Y", "21"), ("P5Y", "94")], "P30Y", "varicella-begun", "complete", None, None),
        ("varicella-adult", [("P2Y", "21")], "P30Y", "varicella-begun", "due", 2, "P4Y"),
        ("varicella-adult", [("P2Y", "21"), ("P30Y", "21")], "P31Y", "varicella-begun", "complete", None, None),
        ("varicella-adult", [("P2Y", "21"), ("P2Y25D", "21")], "P30Y", "varicella-begun", "due", 2, "P4Y"),
    ],
)
def test_measles_and_varicella_of_adults(main, given_at, age, group, state, dose, due):
    """One dose of MMR is enough for an adult, of varicella two, by the intervals of the age at which it was begun."""
    found, now = best_of(main, given_at, LATE, at(age, LATE))
    assert (found, now.state, now.dose) == (group, state, dose)
    assert now.due == (at(due, LATE) if due else None)
    assert main != "mmr-adult" or now.overdue is None, "nobody is late for what nobody wrote down"


days = st.integers(0, 365 * 19)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(sorted(SHIPPED)), st.lists(days, max_size=7), days)
def test_no_next_dose_comes_too_early_and_nothing_given_is_lost(group, ages, today):
    """For any history: what counts is in order and apart, the next dose is neither before the least age nor too soon."""
    series = SHIPPED[group]
    doses = [BORN + timedelta(days=age) for age in ages]
    now = BORN + timedelta(days=today)
    found = forecast(series, doses, BORN, now)
    assert [one.on for one in found.counted] == sorted(day for day in doses if day <= now)
    numbers = [one.dose for one in found.valid]
    assert numbers == sorted(numbers if series[-1].recurs else set(numbers))
    for one in found.valid:
        line = series[one.dose - 1]
        assert line.valid_age is None or one.on >= line.valid_age.after(BORN)
    if found.due is not None:
        line = series[found.dose - 1]
        assert found.due >= found.earliest >= BORN
        assert line.min_age is None or found.due >= line.min_age.after(BORN)
        if found.counted and line.min_interval:
            assert found.due >= line.min_interval.after(found.counted[-1].on)
        assert found.overdue is None or found.overdue >= found.earliest
        assert found.until is None or now < found.until


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(sorted(SHIPPED)), st.lists(days, max_size=5), days, st.integers(0, 3650))
def test_what_is_overdue_stays_so_until_it_is_given_or_ends(group, ages, today, later):
    """But for the days on which nobody may give the dose that its age asks for instead."""
    doses = [BORN + timedelta(days=age) for age in ages if age <= today]
    before = forecast(SHIPPED[group], doses, BORN, BORN + timedelta(days=today))
    after = forecast(SHIPPED[group], doses, BORN, BORN + timedelta(days=today + later))
    waits = after.earliest is not None and BORN + timedelta(days=today + later) < after.earliest
    if before.state == "overdue" and not (waits and after.dose > before.dose):
        assert after.state in ("overdue", "ended")
    assert (before.state == "complete") <= (after.state == "complete")
