"""Faults and wrong answers in words, for whoever builds a form and whoever fills it in."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from salus.questionnaires.rules.answers import Other, Value, WrongAnswer
from salus.questionnaires.rules.checks import Fault
from salus.questionnaires.rules.filling import Filled
from salus.questionnaires.rules.items import MOMENTS, Item, Option
from salus.ui import formatting


def why_wrong(item: Item, error: WrongAnswer) -> str:
    """The sentence beside an answer that is none."""
    unit = f" {item.unit_text}" if item.unit_text else ""
    limit = formatting.partial_date(error.detail) if item.type in MOMENTS else f"{error.detail}{unit}"
    said = {
        "comma": _("Write the decimal with a point, like 37.2, and no comma anywhere."),
        "not_a_number": _("Write one number, like 72 or 37.2."),
        "too_many_decimals": _("Write whole numbers.")
        if error.detail == "0"
        else _("At most %(n)s decimals.") % {"n": error.detail},
        "too_low": _("At least %(limit)s.") % {"limit": limit},
        "too_high": _("At most %(limit)s.") % {"limit": limit},
        "not_a_date": _("Write the date like 14-Mar-1964, Mar-1964 or 1964."),
        "not_a_time": _("Write the time like 14:30."),
        "too_long": _("At most %(n)s characters.") % {"n": error.detail},
        "no_words": _("Write the answer in your own words."),
        "one_only": _("Choose one answer."),
        "not_offered": _("Choose one of the answers."),
        "impossible": error.detail,
    }
    return said.get(error.code, _("This is no answer."))


def mistakes_of(filled: Filled, *, missing: bool = True) -> dict[str, str]:
    """What keeps a form from being signed: link -> sentence, in the order of the form."""
    found = {}
    for line in filled.form.lines:
        link = line.item.link
        if link in filled.wrong:
            found[link] = why_wrong(line.item, filled.wrong[link])
        elif missing and link in filled.missing:
            found[link] = _("This question has to be answered.")
    return found


def fault_words(fault: Fault) -> str:
    """What to mend in a form before it can be used."""
    return _FAULTS[fault.code](fault.detail)


_FAULTS: Mapping[str, Callable[[str], str]] = {
    "no_title": lambda detail: _("The form has no title."),
    "no_question": lambda detail: _("The form has no question yet."),
    "too_many": lambda detail: _("The form has more than %(n)s lines.") % {"n": detail},
    "same_link": lambda detail: _("Two lines have the same link %(link)s.") % {"link": detail},
    "unknown_type": lambda detail: _("Questions of the type %(type)s cannot be filled in here.") % {"type": detail},
    "no_text": lambda detail: _("Write the question."),
    "empty_group": lambda detail: _("The group is empty: put questions into it, or remove it."),
    "circle": lambda detail: _("It waits for itself, through its conditions."),
    "options_elsewhere": lambda detail: _(
        "Its answers are a list that is not known here: write them down, or choose one."
    ),
    "one_of_a_list": lambda detail: _("Of such a list one is chosen: put the question into a group that repeats."),
    "group_in_group": lambda detail: _("A group that repeats cannot stand in another one."),
    "waits_for_a_time": lambda detail: _("It waits for a question of a group that repeats, and stands outside of it."),
    "no_options": lambda detail: _("Write the answers to choose from."),
    "empty_option": lambda detail: _("One of the answers has no words."),
    "cannot_repeat": lambda detail: _("Only a choice can have several answers here."),
    "no_unit": lambda detail: _("Say the unit."),
    "no_number": lambda detail: _("Its limits are no numbers."),
    "low_above_high": lambda detail: _("The lower limit is above the upper one."),
    "hidden": lambda detail: _("It is hidden, and nobody could answer it."),
    "no_code": lambda detail: _("Say the code under which it is known in the record."),
    "cannot_record": lambda detail: _("This type of question cannot go on the list of problems or allergies."),
    "score_type": lambda detail: _("A score is a number."),
    "unknown_sum": lambda detail: _("It is reckoned in a way that is not known here: choose the questions it adds up."),
    "adds_unknown": lambda detail: _("It adds up a question that is not there."),
    "no_weight": lambda detail: _("Give each answer of “%(question)s” its points.") % {"question": detail},
    "adds_no_number": lambda detail: _("“%(question)s” has no points to add up.") % {"question": detail},
    "condition_unknown": lambda detail: _("It waits for a question that is not there."),
    "condition_operator": lambda detail: _("Its condition cannot be read."),
    "condition_answer": lambda detail: (
        _("It waits for an answer that “%(question)s” does not have.") % {"question": detail}
    ),
    "condition_unit": lambda detail: _("It waits for another unit than that of “%(question)s”.") % {"question": detail},
    "other_unit": lambda detail: _("The record keeps this sign in %(unit)s: ask in that unit.") % {"unit": detail},
    "other_code": lambda detail: _("Vital signs go into the record as numbers with a unit."),
}


def said(item: Item, values: Iterable[Value]) -> str:
    """Answers as they are read."""
    return ", ".join(_said(item, one) for one in values)


def _said(item: Item, value: Value) -> str:
    if isinstance(value, Option):
        return value.label
    if isinstance(value, Other):
        return value.text
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, Decimal):
        return f"{value:f} {item.unit_text}".strip()
    if item.type == "date" or (item.type == "dateTime" and len(value) <= 10):
        return formatting.partial_date(value)
    if item.type == "dateTime":
        return formatting.instant(datetime.fromisoformat(value))
    return value[:5] if item.type == "time" else value
