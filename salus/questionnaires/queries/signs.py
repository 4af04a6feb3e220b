"""Filling in with what the catalogue of vital signs knows: no value that no living patient has."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from salus.chart.queries.signs import impossible, limits_of
from salus.chart.rules import is_possible
from salus.questionnaires.queries.forms import sign_of, signs_asked
from salus.questionnaires.queries.value_sets import displays_of
from salus.questionnaires.rules.answers import WrongAnswer
from salus.questionnaires.rules.filling import Filled, fill
from salus.questionnaires.rules.items import Form, Option
from salus.questionnaires.rules.value_sets import chosen


def filled_in(form: Form, typed: Mapping[str, Sequence[str]]) -> Filled:
    """A form as it stands, with vital signs held against what is possible, and codes against the lists they are of."""
    filled = fill(form, typed)
    signs = signs_asked(form)
    filled = _of_lists(filled)
    wrong = dict(filled.wrong)
    for item in filled.form.questions:
        sign = sign_of(item, signs)
        for value in filled.values.get(item.link, ()):
            if sign is not None and isinstance(value, Decimal) and not is_possible(value, limits_of(sign)):
                wrong[item.link] = WrongAnswer("impossible", impossible(sign))
    return replace(filled, wrong=wrong)


def _of_lists(filled: Filled) -> Filled:
    """What was chosen of a list that is kept elsewhere, in the words of that list; what is not there is no answer."""
    asked = {
        item.link: one
        for item in filled.form.questions
        for value in filled.values.get(item.link, ())
        if isinstance(value, Option) and (one := chosen(item.options_elsewhere, value.key))
    }
    if not asked:
        return filled
    displays, values, wrong = displays_of(asked.values()), dict(filled.values), dict(filled.wrong)
    for link, one in asked.items():
        words = displays.get((one.system, one.code))
        if words is None:
            wrong[link] = WrongAnswer("not_offered")
        else:
            coding = {"system": one.system, "code": one.code, "display": words}
            values[link] = (Option(replace(one, display=words).typed, words, {"valueCoding": coding}),)
    return replace(filled, values=values, wrong=wrong)
