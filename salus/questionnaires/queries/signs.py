"""Filling in with what the catalogue of vital signs knows: no value that no living patient has."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from salus.chart.queries.signs import impossible, limits_of
from salus.chart.rules import is_possible
from salus.questionnaires.queries.forms import sign_of, signs_asked
from salus.questionnaires.rules.answers import WrongAnswer
from salus.questionnaires.rules.filling import Filled, fill
from salus.questionnaires.rules.items import Form


def filled_in(form: Form, typed: Mapping[str, Sequence[str]]) -> Filled:
    """A form as it stands, with vital signs held against what is possible."""
    filled = fill(form, typed)
    signs = signs_asked(form)
    wrong = dict(filled.wrong)
    for item in form.questions:
        sign = sign_of(item, signs)
        for value in filled.values.get(item.link, ()):
            if sign is not None and isinstance(value, Decimal) and not is_possible(value, limits_of(sign)):
                wrong[item.link] = WrongAnswer("impossible", impossible(sign))
    return replace(filled, wrong=wrong)
