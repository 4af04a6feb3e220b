"""Answers as a FHIR R4 QuestionnaireResponse has them, and back to what would have to be typed for them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from salus.questionnaires.rules.answers import OTHER, Other, Value
from salus.questionnaires.rules.filling import Filled
from salus.questionnaires.rules.items import CHOICES, NUMBERS, UCUM, Form, Item, Line, Option
from salus.questionnaires.rules.repeating import MOST_TIMES, nth
from salus.questionnaires.rules.value_sets import coding_in
from salus.questionnaires.rules.written import JSON


class NotThisForm(ValueError):
    """The answers do not fit the form; the message says where."""


#: type of question -> FHIR's `value[x]` of its answers
VALUES = {
    "boolean": "valueBoolean",
    "integer": "valueInteger",
    "decimal": "valueDecimal",
    "quantity": "valueQuantity",
    "string": "valueString",
    "text": "valueString",
    "url": "valueUri",
    "date": "valueDate",
    "dateTime": "valueDateTime",
    "time": "valueTime",
}


def items_of(filled: Filled) -> list[JSON]:
    """The `item` of the response: what is asked and answered, in the order of the form; a group that repeats each time anew."""
    return [made for one in filled.form.items for made in _item(one, filled)]


def _item(item: Item, filled: Filled) -> list[JSON]:
    if item.link not in filled.shown or item.type == "display":
        return []
    below = [made for one in item.items for made in _item(one, filled)]
    said = {"linkId": item.name} | ({"text": item.text} if item.text else {})
    if item.type == "group":
        return [said | {"item": below}] if below else []
    answers = [_answer(item, value) for value in filled.values.get(item.link, ())]
    if answers and below:
        answers[0]["item"] = below
    return [said | {"answer": answers}] if answers else []


def _answer(item: Item, value: Value) -> JSON:
    if isinstance(value, Option):
        return dict(value.value)
    if isinstance(value, Other):
        return {"valueString": value.text}
    if item.type == "quantity" and isinstance(value, Decimal):
        unit = {"unit": item.unit_text, "system": UCUM, "code": item.unit} if item.unit else {}
        return {"valueQuantity": {"value": value} | unit}
    if item.type == "integer" and isinstance(value, Decimal):
        # points may be halves: a sum of them is served as it is
        return {"valueInteger": int(value)} if value == int(value) else {"valueDecimal": value}
    return {VALUES[item.type]: value}


def typed_of(form: Form, items: Sequence[JSON]) -> dict[str, list[str]]:
    """What would have to be typed for these answers; sums are not typed, they are reckoned again.

    :raises NotThisForm: for a question that the form does not have there, or an answer of another type
    """
    typed: dict[str, list[str]] = {}
    _read(form, items, None, typed, 1)
    return typed


def sums_in(form: Form, items: Any, time: int = 1) -> dict[str, Decimal]:
    """What answers from elsewhere say that the scores are; `time` is for the how manieth time their group stands there."""
    found: dict[str, Decimal] = {}
    again: Counter[str] = Counter()
    for raw in _listed(items):
        line = form.by_link.get(str(raw.get("linkId")))
        here = _time(line, again, time)
        for one in _listed(raw.get("answer", [])) if line is not None and line.item.is_score else ():
            said = next((value for name, value in one.items() if name.startswith("value")), None)
            number = said.get("value") if isinstance(said, Mapping) else said
            if isinstance(number, bool) or not isinstance(number, (int, Decimal)):
                raise NotThisForm(f"the score {raw.get('linkId')!r} is a number")
            found[nth(str(raw["linkId"]), here)] = Decimal(number)
        found |= sums_in(form, raw.get("item", []), here)
    return found


def _time(line: Line | None, again: Counter[str], time: int) -> int:
    """For the how manieth time a line stands there: a group that repeats is counted, what is in it follows."""
    if line is None or not line.item.can_be_added:
        return time
    again[line.item.link] += 1
    return again[line.item.link]


def _read(form: Form, items: Any, parent: str | None, typed: dict[str, list[str]], time: int) -> None:
    again: Counter[str] = Counter()
    for raw in _listed(items):
        link = raw.get("linkId")
        line = form.by_link.get(link) if isinstance(link, str) else None
        if line is None or (line.parent.link if line.parent else None) != parent:
            raise NotThisForm(f"the form has no question {link!r} at this place")
        here = _time(line, again, time)
        if here > MOST_TIMES:
            raise NotThisForm(f"the group {link!r} is there more than {MOST_TIMES} times")
        if line.item.can_be_added:
            typed[str(link)] = [str(here)]
        elif nth(str(link), here) in typed:
            raise NotThisForm(f"the question {link!r} is answered twice")
        answers = _listed(raw.get("answer", []))
        if answers and line.item.type in ("group", "display"):
            raise NotThisForm(f"{link!r} is no question")
        if line.item.is_question and answers:
            typed[nth(str(link), here)] = [_typed(line.item, one) for one in answers]
        _read(form, raw.get("item", []), line.item.link, typed, here)
        for one in answers:
            _read(form, one.get("item", []), line.item.link, typed, here)


def _listed(value: Any) -> list[JSON]:
    if not isinstance(value, list) or not all(isinstance(one, Mapping) for one in value):
        raise NotThisForm("items and answers are lists of objects")
    return value


def _typed(item: Item, answer: JSON) -> str:
    name = next((one for one in answer if one.startswith("value")), "")
    said = answer.get(name)
    if item.type in CHOICES:
        return _chosen(item, name, said)
    if name != VALUES.get(item.type):
        raise NotThisForm(f"{item.link!r} is answered with {name or 'nothing'}, not with {VALUES.get(item.type)}")
    if item.type == "quantity":
        return _measured(item, said)
    if item.type == "boolean":
        if not isinstance(said, bool):
            raise NotThisForm(f"{item.link!r} is true or false")
        return "true" if said else "false"
    if item.type in NUMBERS:
        if isinstance(said, bool) or not isinstance(said, (int, Decimal)):
            raise NotThisForm(f"{item.link!r} is a number")
        return format(Decimal(said), "f")
    if not isinstance(said, str):
        raise NotThisForm(f"{item.link!r} is a text")
    return said


def _measured(item: Item, said: Any) -> str:
    """A quantity in the unit of its question: one in another unit is refused, never converted by guess."""
    value = said.get("value") if isinstance(said, Mapping) else None
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)) or said.get("comparator"):
        raise NotThisForm(f"{item.link!r} is a number with its unit")
    unit = said.get("code") or said.get("unit") or ""
    if unit not in (item.unit, item.unit_text):
        raise NotThisForm(f"{item.link!r} is in {item.unit or 'no unit'}, not in {unit or 'no unit'}")
    return format(Decimal(value), "f")


def _chosen(item: Item, name: str, said: Any) -> str:
    if item.options_elsewhere and (found := coding_in(item.options_elsewhere, said)):
        return found.typed
    for option in item.options:
        offered = next(iter(option.value.values()), None)
        if isinstance(offered, Mapping) and isinstance(said, Mapping):
            if offered.get("code") == said.get("code") and said.get("system") in (None, offered.get("system")):
                return option.key
        elif name in option.value and offered == said:
            return option.key
    if item.type == "open-choice" and name == "valueString" and isinstance(said, str):
        return OTHER + said
    raise NotThisForm(f"{item.link!r} is answered with something that is not offered")
