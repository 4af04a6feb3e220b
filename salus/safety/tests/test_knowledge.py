"""Pairs, pregnancies, diseases, ages, repeated tests: who is warned of what; and the knowledge that ships."""

import csv
import os
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salus.core.ids import uuid7
from salus.safety.definitions import read_shipped
from salus.safety.rules import conditions, cross, doses, frequencies, pairs, repeats, reproduction
from salus.safety.rules.allergies import KnownAllergy
from salus.safety.rules.findings import Finding, Setting, as_decided, merged
from salus.safety.rules.judging import FLOORS, Case, judge
from salus.safety.rules.knowledge import GROUP, Knowledge, statement_of
from salus.safety.rules.people import Person, Problem, Seen
from salus.safety.tests.builders import proposed, said
from salus.terminology.formulary import read_allergy_groups, read_formulary

TODAY = date(2026, 11, 29)
ICD = "http://hl7.org/fhir/sid/icd-10-cm"
PAIRS = Path(
    os.environ.get("SALUS_CORPUS", Path(__file__).parents[4] / "shared/data"),
    "drug-interactions/onc-high-priority-excerpt.csv",
)
#: other names in the list
ALSO = {"dextroamphetamine": "dexamfetamine", "diethylpropion": "amfepramone"}


def a_woman(*problems, born=date(1996, 1, 1), seen=()):
    return Person(TODAY, "female", born, problems, seen)


def shipped():
    found = read_shipped()
    rows = [
        {
            "code": one.code,
            "row": "",
            "kind": one.kind,
            "says": one.says,
            "severity": one.severity,
            "statement": one.statement,
            "source": one.source,
        }
        for one in found.rules
    ]
    groups: dict[str, set[str]] = {}
    for one in found.members:
        groups.setdefault(one.ingredient, set()).add(one.group_name)
    return Knowledge(tuple(filter(None, map(statement_of, rows))), groups)


@pytest.mark.corpus
@pytest.mark.guarantee("H6")
@pytest.mark.skipif(not PAIRS.exists(), reason="the shared pairs are not here")
def test_every_pair_of_the_list_is_flagged_as_severe():
    """Of the ONC high-priority list; whether or not the formulary has both, because the knowledge names groups."""
    known = shipped()
    missed = []
    for row in csv.DictReader(PAIRS.open(encoding="utf-8")):
        names = [row["drug_a"].casefold(), row["drug_b"].casefold()]
        one, other = (proposed(ALSO.get(name, name)) for name in names)
        met = list(pairs.pairs([(0, one), (1, other)], ()))
        found = pairs.check_interactions(met, known)
        if not [one for one in found if one.tier in ("stop", "interrupt")]:
            missed.append(" + ".join(names))
    formulary = {i.casefold() for m in read_formulary().medicines for i in m.ingredients}
    inside = [one for one in missed if set(one.split(" + ")) <= formulary]
    assert inside == []
    assert missed == [], "not in the formulary, yet in the list"


def test_what_ships_names_only_groups_and_ingredients_that_are_there():
    found = read_shipped()
    groups = {one.group_name for one in found.members} | {one.code for one in read_allergy_groups()}
    named = {term for rule in found.rules for term in (*rule.about, str(rule.says.get("allergy", "")))}
    assert {term for term in named if term.startswith(GROUP)} <= {GROUP + one for one in groups}
    assert all(rule.source for rule in found.rules)


_TUMOUR = Problem(ICD, "C91.0", "Acute lymphoblastic leukaemia", TODAY)


@pytest.mark.guarantee("H4")
@pytest.mark.parametrize(
    ("changes", "problems", "tiers"),
    [
        ({"frequency": 1, "period_unit": "wk"}, (), []),
        ({"frequency": 1, "period_unit": "mo"}, (), []),
        ({"frequency": 1}, (), ["stop"]),
        ({"frequency": 1, "period": Decimal(3)}, (), ["stop"]),
        ({"frequency": 2, "period_unit": "wk"}, (), ["stop"]),
        ({"frequency": 1, "period_unit": "wk", "as_needed": True}, (), ["stop"]),
        ({"frequency": 1, "period_unit": "wk", "most_a_day": Decimal(1)}, (), ["stop"]),
        ({"frequency": 1}, (_TUMOUR,), ["interrupt"]),
        ({"frequency": 1, "route": "subcutaneous"}, (), []),
    ],
)
def test_weekly_methotrexate_is_never_a_daily_one(changes, problems, tiers):
    weekly = proposed("methotrexate", dose=Decimal("7.5"), strength="2.5 mg", **changes)
    found = frequencies.check_frequencies([(0, weekly)], a_woman(*problems), shipped())
    assert [one.tier for one in found] == tiers


@pytest.mark.guarantee("H4")
@pytest.mark.parametrize(
    ("name", "route", "dose", "unit", "strength", "unit_of_pack"),
    [
        ("gentamicin", "intravenous", 800, "mg", "40 mg/mL", "mL"),
        ("vancomycin", "intravenous", 10_000, "mg", "500 mg", "vial"),
        ("digoxin", "oral", 1250, "ug", "250 ug", "tablet"),
        ("morphine", "oral", 100, "mg", "10 mg/5 mL", "mL"),
        ("oxycodone", "oral", 50, "mg", "5 mg", "tablet"),
        ("hydromorphone", "intravenous", 10, "mg", "10 mg/mL", "mL"),
        ("fentanyl", "intravenous", 1000, "ug", "50 ug/mL", "mL"),
        ("insulin glargine", "subcutaneous", 300, "[iU]", "100 [iU]/mL", "mL"),
        ("methadone", "oral", 100, "mg", "1 mg/mL", "mL"),
        ("pethidine", "intramuscular", 500, "mg", "50 mg/mL", "mL"),
    ],
)
def test_the_shipped_limits_ask_about_what_kills(name, route, dose, unit, strength, unit_of_pack):
    seen = (Seen("29463-7", TODAY, Decimal(70), "kg"),)
    much = {"dose": Decimal(dose), "dose_unit": unit, "strength": strength, "unit": unit_of_pack, "route": route}
    judged = doses.check_doses([(0, proposed(name, frequency=1, **much))], (), a_woman(seen=seen), shipped())
    assert [one for one in judged.found if one.tier in ("stop", "interrupt")]


def test_a_medicine_does_not_meet_itself_nor_one_of_one_group_alone():
    known = Knowledge((said("interaction", a="group:qt", b="group:qt", management=""),), {"a": {"qt"}, "b": {"qt"}})
    a, b = proposed("a"), proposed("b")
    assert not pairs.check_interactions(list(pairs.pairs([(0, a), (1, a)], ())), known)
    assert len(pairs.check_interactions(list(pairs.pairs([(0, a), (1, b)], ())), known)) == 1
    assert not list(pairs.pairs([(0, a), (1, b)], (), alone=True))


@given(st.permutations(range(3)))
def test_the_worst_of_a_pair_is_told_once(order):
    statements = [
        said("interaction", level, a="a", b="b", management="") for level in ("minor", "contraindicated", "major")
    ]
    known = Knowledge(tuple(statements[n] for n in order))
    met = list(pairs.pairs([(0, proposed("a"))], [proposed("b")]))
    assert [one.tier for one in pairs.check_interactions(met, known)] == ["stop"]


def test_the_same_therapy_twice():
    def found(one, other):
        return [(f.kind, f.tier) for f in pairs.check_duplicates(list(pairs.pairs([(0, one)], [other])), Knowledge())]

    assert found(proposed(), proposed()) == [("duplicate.ingredient", "interrupt")]
    assert found(proposed(), proposed(as_needed=True)) == [("duplicate.ingredient", "note")]
    assert found(proposed("a", atc="C09AA02"), proposed("b", atc="C09AA05")) == [("duplicate.class", "note")]
    assert found(proposed("a", atc="C09AA02"), proposed("b", atc="C09CA01")) == []
    order = uuid7()
    assert found(proposed(order_id=order), proposed(order_id=order)) == [], "an order is not its own double"


@pytest.mark.parametrize(
    ("person", "state", "trimester"),
    [
        (a_woman(), "unknown", None),
        (a_woman(born=date(1950, 1, 1)), "cannot", None),
        (Person(TODAY, "male", date(1996, 1, 1)), "cannot", None),
        (a_woman(Problem(ICD, "Z33.1", "", TODAY)), "pregnant", None),
        (a_woman(Problem(ICD, "Z34.02", "", TODAY)), "pregnant", 2),
        (a_woman(Problem(ICD, "Z3A.12", "", TODAY - timedelta(days=28))), "pregnant", 2),
        (a_woman(Problem("http://snomed.info/sct", "72892002", "", TODAY)), "pregnant", None),
        (a_woman(Problem(ICD, "Z33.1", "", TODAY - timedelta(days=400))), "unknown", None),
        (a_woman(Problem(ICD, "Z33.1", "", TODAY - timedelta(days=90)), Problem(ICD, "Z37.0", "", TODAY)), "not", None),
        (a_woman(seen=(Seen("82810-3", TODAY, value_code="LA15173-0", text="Pregnant"),)), "pregnant", None),
        (a_woman(seen=(Seen("82810-3", TODAY, text="Not pregnant"),)), "not", None),
        (a_woman(seen=(Seen("82810-3", TODAY - timedelta(days=60), text="Not pregnant"),)), "unknown", None),
        (a_woman(seen=(Seen("u-preg", TODAY, text="positive"),)), "pregnant", None),
    ],
)
def test_whether_she_is_pregnant(person, state, trimester):
    found = reproduction.pregnancy_of(person)
    assert (found.state, found.trimester) == (state, trimester)


def test_pregnancy_is_asked_about_once():
    speaks = said("reproduction", medicine="a", state="pregnancy", trimester="")
    known = Knowledge((speaks, said("reproduction", medicine="b", state="pregnancy", trimester="1")))
    draft = [(0, proposed("a")), (1, proposed("b"))]

    def found(person):
        return [(one.kind, one.place) for one in reproduction.check_reproduction(draft, person, known)]

    assert found(a_woman()) == [("pregnancy.unknown", 0)]
    assert found(a_woman(Problem(ICD, "Z34.03", "", TODAY))) == [("pregnancy", 0)]
    assert found(a_woman(Problem(ICD, "Z34.01", "", TODAY))) == [("pregnancy", 0), ("pregnancy", 1)]
    feeds = Knowledge((said("reproduction", medicine="a", state="lactation", trimester=""),))
    assert reproduction.check_reproduction(draft, a_woman(Problem(ICD, "Z39.1", "", TODAY)), feeds)
    assert not reproduction.check_reproduction(draft, a_woman(), feeds)


def test_diseases_and_ages():
    speaks = said("contraindication", medicine="group:nsaids", conditions=["K25", "13200003"])
    known = Knowledge((speaks, said("age", medicine="a", age_from="", age_until="P16Y")), {"a": {"nsaids"}})
    draft = [(0, proposed("a"))]
    ulcer = Problem(ICD, "K25.4", "Gastric ulcer", row="chart.condition:1")
    (found,) = conditions.check_conditions(draft, a_woman(ulcer), known)
    assert (found.row, found.tier) == ("chart.condition:1", "interrupt")
    assert conditions.check_conditions(draft, a_woman(Problem("http://snomed.info/sct", "13200003", "")), known)
    newer = Problem("http://id.who.int/icd/release/11/mms", "DA60", "", nearest="K25.9")
    assert conditions.check_conditions(draft, a_woman(newer), known), "of ICD-11 its nearest category of ICD-10 counts"
    assert not conditions.check_conditions(draft, a_woman(Problem(ICD, "K26.4", "")), known)
    assert conditions.check_ages(draft, a_woman(born=date(2015, 1, 1)), known)
    assert not conditions.check_ages(draft, a_woman(), known)
    assert not conditions.check_ages(draft, Person(TODAY), known), "of an unknown age nothing is said"


def test_an_allergy_to_another_group():
    speaks = said("cross", "moderate", allergy="group:penicillins", medicine="group:cephalosporins")
    known = Knowledge((speaks,), {"cefazolin": {"cephalosporins"}})
    allergy = KnownAllergy(uuid7(), "Penicillins", allergy_groups=("penicillins",))
    draft = [(0, proposed("cefazolin"))]
    assert [one.tier for one in cross.check_cross_reactions(draft, [allergy], known)] == ["note"]
    assert not cross.check_cross_reactions(draft, [allergy], known, stopped={0: {allergy.id}})


def test_a_test_within_its_interval():
    known = Knowledge((said("test", "minor", test="4548-4", days=90),))
    draft = [(0, proposed("HbA1c", kind="test", code="4548-4"))]

    def found(days_ago):
        last = {"4548-4": Seen("4548-4", TODAY - timedelta(days=days_ago))}
        return repeats.check_repeats(draft, last, {}, TODAY, known)

    assert [one.tier for one in found(89)] == ["note"]
    assert not found(90)
    assert len(repeats.check_repeats([*draft, (1, draft[0][1])], {}, {}, TODAY, known)) == 1


@given(st.lists(st.tuples(st.integers(0, 2), st.sampled_from("ab"), st.sampled_from(["stop", "note", "badge"]))))
def test_each_question_once_at_its_loudest(rows):
    found = merged([Finding("age", "r", place, tier, key) for place, key, tier in rows])
    assert len({(one.place, one.key) for one in found}) == len(found)
    order = ("stop", "interrupt", "note", "badge")
    for one in found:
        same = [tier for place, key, tier in rows if (place, key) == (one.place, one.key)]
        assert one.tier == min(same, key=order.index)


@given(st.sampled_from(sorted(FLOORS)), st.sampled_from(["stop", "interrupt", "note", "badge"]), st.booleans())
def test_what_has_a_floor_is_never_quieter(rule, tier, retired):
    order = ("stop", "interrupt", "note", "badge")
    found = as_decided([Finding(rule, rule, 0, "stop", "k")], {rule: Setting(tier, retired)}, FLOORS)
    assert order.index(found[0].tier) <= order.index(FLOORS[rule])


def test_ten_times_the_most_stops_though_the_limit_was_retired():
    slip, high = (Finding(kind, "dose:p", 0, "stop", kind) for kind in ("dose.slip", "dose.high"))
    for setting in (Setting(None, True), Setting("badge")):
        found = as_decided([slip, high], {"dose:p": setting}, FLOORS)
        assert [(one.kind, one.tier) for one in found if one.tier == "stop"] == [("dose.slip", "stop")]


def test_a_list_of_alternatives_meets_only_what_is_taken():
    known = Knowledge((said("interaction", "contraindicated", a="a", b="b", management=""),))
    draft = [proposed("a", dose=None), proposed("b", dose=None)]
    assert judge(Case(draft, "search", a_woman(), known=known)) == []
    assert [one.place for one in judge(Case(draft, "order", a_woman(), known=known))] == [1]
