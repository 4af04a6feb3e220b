"""What is asked, what is an answer, what it adds up to: properties over all forms, and the cases that FHIR names."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salus.questionnaires.loading import shipped_forms
from salus.questionnaires.rules import writing
from salus.questionnaires.rules.answers import WrongAnswer, read_answer
from salus.questionnaires.rules.checks import faults_of
from salus.questionnaires.rules.filling import fill, is_met
from salus.questionnaires.rules.items import ADDS, CALCULATED, Condition, form_of
from salus.questionnaires.rules.repeating import nth
from salus.questionnaires.rules.responses import NotThisForm, items_of, sums_in, typed_of
from salus.questionnaires.rules.writing import Said
from salus.questionnaires.rules.written import decode, encode
from salus.questionnaires.tests.builders import a_question, content, options, when

LINKS = [f"q{n}" for n in range(6)]


@st.composite
def forms(draw):
    """Forms of a few questions in groups; each condition waits for a question above, so that none waits for itself."""
    items, group = [], None
    for n, link in enumerate(LINKS):
        kind = draw(st.sampled_from(["boolean", "integer", "choice"]))
        item = a_question(link, kind)
        if kind == "choice":
            item |= {"answerOption": options("No", "Some", "Much", weights=(0, 1, 2)), "repeats": draw(st.booleans())}
        if draw(st.booleans()):
            item["required"] = True
        if n and draw(st.booleans()):
            asked = draw(st.integers(0, n - 1))
            item |= when(LINKS[asked], draw(st.sampled_from(["=", "!=", ">", "<", "exists"])), **_waits_for(draw))
        if draw(st.booleans()):
            group = {"linkId": f"g{n}", "type": "group", "text": "Group", "item": []}
            items.append(group)
        (group["item"] if group and draw(st.booleans()) else items).append(item)
    score = a_question("sum", "integer", readOnly=True)
    adds = [link for link in LINKS if _type_of(items, link) != "boolean"]
    score["extension"] = [
        {"url": CALCULATED, "valueExpression": {}},
        *({"url": ADDS, "valueString": one} for one in adds),
    ]
    return content(*(one for one in items if one["type"] != "group" or one["item"]), *([score] if adds else []))


def _waits_for(draw):
    return draw(st.sampled_from([{"answerBoolean": True}, {"answerInteger": 1}, {"answerCoding": {"code": "some"}}]))


def _type_of(items, link):
    for one in items:
        if one["linkId"] == link:
            return one["type"]
        if (found := _type_of(one.get("item", []), link)) is not None:
            return found
    return None


TYPED = st.dictionaries(
    st.sampled_from(LINKS),
    st.lists(st.sampled_from(["true", "false", "0", "3", "no", "some", "much", "1,5", "?"]), max_size=2),
)


@given(forms(), TYPED)
def test_what_is_not_asked_counts_nowhere(made, typed):
    """No answer of a hidden question stands in the response, opens another question, adds to a score or keeps from signing."""
    form = form_of(made)
    filled = fill(form, typed)
    hidden = {line.item.link for line in form.lines} - filled.shown
    assert not hidden & (filled.values.keys() | filled.wrong.keys() | filled.missing | filled.scores.keys())
    without = fill(form, {link: said for link, said in typed.items() if link not in hidden})
    assert (without.shown, dict(without.values), without.scores) == (filled.shown, dict(filled.values), filled.scores)
    for line in form.lines:
        if line.item.link in filled.shown and line.parent is not None:
            assert line.parent.link in filled.shown


@given(forms(), TYPED)
def test_a_score_is_the_sum_of_what_was_chosen_and_only_when_all_is_answered(made, typed):
    form = form_of(made)
    filled = fill(form, typed)
    for link, score in filled.scores.items():
        asked = [one for one in form.by_link[link].item.adds if one in filled.shown]
        assert (score.value is None) == (not asked or any(one not in filled.values for one in asked))
        assert score.so_far == sum(
            (
                value if isinstance(value, Decimal) else value.weight
                for one in asked
                for value in filled.values.get(one, ())
            ),
            Decimal(0),
        )


@given(forms(), TYPED)
def test_answers_go_out_and_come_back_the_same(made, typed):
    """What is signed is read again as the same answers, from JSON text."""
    form = form_of(decode(encode(made)))
    filled = fill(form, typed)
    back = fill(form, typed_of(form, decode(encode(items_of(filled)))))
    if not filled.wrong:
        assert (dict(back.values), back.shown, back.scores) == (dict(filled.values), filled.shown, filled.scores)


@given(
    forms(),
    st.lists(st.tuples(st.sampled_from(["up", "down", "in", "out", "copy", "remove"]), st.integers(0, 9)), max_size=8),
)
def test_moving_lines_loses_none(made, moves):
    """However lines are moved, copied and removed: every link is there once, and the old form is as it was."""
    before = encode(made)
    now = made
    for to, place in moves:
        links = sorted(line.item.link for line in form_of(now).lines)
        try:
            now = getattr(writing, to)(now, place) if to in ("copy", "remove") else writing.move(now, place, to)
        except writing.NoSuchLine:
            continue
        after = sorted(line.item.link for line in form_of(now).lines)
        assert len(after) == len(set(after))
        if to not in ("copy", "remove"):
            assert after == links
    assert encode(made) == before


@pytest.mark.parametrize(
    ("operator", "answer", "said", "met"),
    [
        ("exists", True, [], False), ("exists", False, [], True), ("exists", True, ["3"], True),
        ("=", 3, ["3"], True), ("=", 3, ["3.0"], True), ("!=", 3, ["4"], True), ("!=", 3, [], False),
        (">", "NaN", ["3"], False), ("=", "NaN", ["3"], False), ("<", "1e9999999", ["3"], False),
        (">", 3, ["3"], False), (">=", 3, ["3"], True), ("<", Decimal("3.1"), ["3"], True), ("<=", 3, ["4"], False),
    ],
)  # fmt: skip
def test_conditions_are_met_as_fhir_says(operator, answer, said, met):
    """FHIR R4, Questionnaire.item.enableWhen.operator: without an answer only `exists` false is met."""
    item = form_of(content(a_question("a", "decimal"))).items[0]
    assert is_met(Condition("a", operator, "Decimal", answer), read_answer(item, said)) is met


@pytest.mark.parametrize(
    ("kind", "more", "said", "why"),
    [
        ("integer", {}, "3.5", "too_many_decimals"), ("decimal", {}, "3,5", "comma"), ("decimal", {}, ".5", "not_a_number"),
        ("integer", {"maximum": 10}, "11", "too_high"), ("integer", {"minimum": 0}, "-1", "too_low"),
        ("date", {}, "1964-13-01", "not_a_date"), ("time", {}, "25:00", "not_a_time"), ("boolean", {}, "maybe", "not_offered"),
        ("string", {"maxLength": 3}, "long", "too_long"), ("choice", {"answerOption": options("A")}, "b", "not_offered"),
    ],
)  # fmt: skip
def test_what_is_no_answer_is_refused_and_never_guessed(kind, more, said, why):
    limits = {
        f"http://hl7.org/fhir/StructureDefinition/{one[:3]}Value": more.pop(one) for one in list(more) if "imum" in one
    }
    more |= {"extension": [{"url": url, "valueInteger": value} for url, value in limits.items()]} if limits else {}
    item = form_of(content(a_question("a", kind, **more))).items[0]
    with pytest.raises(WrongAnswer) as error:
        read_answer(item, [said])
    assert error.value.code == why


def test_a_quantity_in_another_unit_is_refused_and_never_converted():
    """H4: 70 in pounds is not 70 in kilograms."""
    unit = {"url": "http://hl7.org/fhir/StructureDefinition/questionnaire-unit", "valueCoding": {"code": "kg"}}
    form = form_of(content(a_question("w", "quantity", extension=[unit])))
    pounds = [{"linkId": "w", "answer": [{"valueQuantity": {"value": 70, "code": "[lb_av]"}}]}]
    with pytest.raises(NotThisForm):
        typed_of(form, pounds)


@pytest.mark.parametrize(
    ("items", "code"),
    [
        ([a_question("a", **when("b", answerString="x")), a_question("b", **when("a", answerString="x"))], "circle"),
        ([a_question("a"), a_question("a")], "same_link"),
        ([a_question("a", "choice")], "no_options"),
        ([a_question("a", "choice", answerValueSet="http://loinc.org/vs/LL358-3")], "options_elsewhere"),
        ([a_question("a", "quantity")], "no_unit"),
        ([a_question("a", "reference")], "unknown_type"),
        ([a_question("a", repeats=True)], "cannot_repeat"),
        ([a_question("a", **when("z", answerString="x"))], "condition_unknown"),
        ([a_question("a", "choice", answerOption=options("A")), a_question("b", **when("a", answerCoding={"code": "z"}))],
         "condition_answer"),
        ([a_question("s", "integer", readOnly=True), a_question("a")], "unknown_sum"),
        ([{"linkId": "g", "type": "group", "text": "Empty"}, a_question("a")], "empty_group"),
    ],
)  # fmt: skip
def test_what_would_fail_whoever_fills_it_in_is_told_before(items, code):
    assert code in {one.code for one in faults_of(form_of(content(*items)))}


def test_a_line_says_what_the_builder_says_and_keeps_what_it_does_not_know():
    """An extension of somebody else, and the codes of answers that stay, stand where they stood."""
    theirs = {"url": "https://example.org/theirs", "valueString": "kept"}
    old = a_question("a", "choice", answerOption=options("Yes", "No"), extension=[theirs])
    said = Said(type="choice", text="New words", options=(("No", Decimal(0)), ("Perhaps", Decimal(2))), required=True)
    new = writing.change(content(old), 0, said)["item"][0]
    assert theirs in new["extension"]
    assert [one["valueCoding"]["code"] for one in new["answerOption"]] == ["no", "a1"]
    item = form_of(content(new)).items[0]
    assert [(one.label, one.weight) for one in item.options] == [("No", 0), ("Perhaps", 2)]
    assert (item.text, item.required) == ("New words", True)


@pytest.mark.parametrize("shipped", shipped_forms(), ids=lambda one: one["title"])
def test_what_ships_can_be_filled_in_and_says_whose_it_is(shipped):
    assert faults_of(form_of(shipped)) == []
    assert shipped["copyright"]


@pytest.mark.parametrize(
    ("name", "each", "total", "band"),
    [
        ("PHQ-9", 0, 0, "none to minimal"),
        ("PHQ-9", 1, 9, "mild"),
        ("PHQ-9", 3, 27, "severe"),
        ("GAD-7", 2, 14, "moderate"),
    ],
)
def test_the_scores_that_ship_add_up_as_published(name, each, total, band):
    form = form_of(next(one for one in shipped_forms() if one["title"].startswith(name)))
    (score_line,) = [line.item for line in form.lines if line.item.is_score]
    typed = {link: [form.by_link[link].item.options[each].key] for link in score_line.adds}
    score = fill(form, typed).scores[score_line.link]
    assert (score.value, score.band) == (total, band)
    assert fill(form, dict(list(typed.items())[1:])).scores[score_line.link].value is None


DOSES = {
    "linkId": "dose",
    "type": "group",
    "text": "Dose",
    "repeats": True,
    "item": [
        a_question("given", "boolean", required=True),
        a_question("mg", "integer", **when("given", answerBoolean=True)),
        a_question("per", "integer", readOnly=True, extension=[
            {"url": CALCULATED, "valueExpression": {}}, {"url": ADDS, "valueString": "mg"},
        ]),
    ],
}  # fmt: skip
TOTAL = a_question(
    "total",
    "integer",
    readOnly=True,
    extension=[{"url": CALCULATED, "valueExpression": {}}, {"url": ADDS, "valueString": "mg"}],
)


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 99)), min_size=1, max_size=20))
def test_a_group_is_filled_in_as_often_as_it_is_needed(doses):
    """Each time has conditions and a score of its own, a score outside adds all of them, and FHIR repeats the group's link."""
    form = form_of(content(DOSES, TOTAL))
    assert faults_of(form) == []
    typed = {"dose": [str(len(doses))]}
    for n, (is_given, mg) in enumerate(doses, 1):
        typed |= {nth("given", n): ["true" if is_given else "false"], nth("mg", n): [str(mg)]}
    filled = fill(form, typed)
    counted = [mg for is_given, mg in doses if is_given]
    assert filled.scores["total"].value == (sum(counted) if counted else None)
    assert [filled.scores[nth("per", n)].value for n, one in enumerate(doses, 1)] == [
        mg if is_given else None for is_given, mg in doses
    ]
    items = decode(encode(items_of(filled)))
    assert [one["linkId"] for one in items] == ["dose"] * len(doses) + (["total"] if counted else [])
    back = fill(form, typed_of(form, items))
    assert (dict(back.values), back.scores) == (dict(filled.values), filled.scores)
    if counted:
        assert sums_in(form, items)["total"] == sum(counted)


def test_a_group_that_repeats_is_built_and_its_faults_are_named():
    made = writing.change(content(dict(DOSES, repeats=False)), 0, Said(type="group", text="Dose", repeats=True))
    assert made["item"][0]["repeats"] is True
    outside = a_question("late", **when("given", answerBoolean=True))
    inside = dict(DOSES, item=[*DOSES["item"], {"linkId": "in", "type": "group", "repeats": True, "item": [
        a_question("x"), a_question("y", **when("x", answerString="a")),
    ]}])  # fmt: skip
    assert {one.code for one in faults_of(form_of(content(DOSES, TOTAL, outside)))} == {"waits_for_a_time"}
    assert {one.code for one in faults_of(form_of(content(inside)))} == {"group_in_group"}
    once_too_often = [{"linkId": "dose", "item": [{"linkId": "given", "answer": [{"valueBoolean": True}]}]}] * 21
    with pytest.raises(NotThisForm):
        typed_of(form_of(content(DOSES)), once_too_often)


def test_answers_of_a_list_kept_elsewhere_are_its_codes():
    drug = a_question("drug", "choice", answerValueSet="salus:medicines")
    form = form_of(content(drug))
    assert faults_of(form) == []
    coding = {"system": "salus:medicine", "code": "paracetamol", "display": "Paracetamol"}
    filled = fill(form, {"drug": ["salus:medicine|paracetamol|Paracetamol"]})
    (item,) = items_of(filled)
    assert item["answer"] == [{"valueCoding": coding}]
    assert fill(form, typed_of(form, [item])).values == filled.values
    for other in ("http://snomed.info/sct|1|x", "paracetamol", "salus:medicine||x", ""):
        assert "drug" not in fill(form, {"drug": [other]}).values
    for wrong, code in (
        (drug | {"repeats": True}, "one_of_a_list"),
        (drug | {"answerValueSet": "x:y"}, "options_elsewhere"),
    ):
        assert code in {one.code for one in faults_of(form_of(content(wrong)))}
    said = Said(type="choice", text="Drug", value_set="salus:allergens")
    made = writing.change(content(a_question("drug", "choice", answerOption=options("A"))), 0, said)
    assert ("answerOption" in made["item"][0], made["item"][0]["answerValueSet"]) == (False, "salus:allergens")
