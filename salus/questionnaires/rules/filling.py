"""A form as it stands while it is filled in: which questions are asked, what their answers are, and what they add up to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from salus.questionnaires.rules.answers import Other, Typed, Value, WrongAnswer, read_answer
from salus.questionnaires.rules.items import Condition, Form, Item, Option, number_in
from salus.questionnaires.rules.repeating import expanded

Values = Mapping[str, Sequence[Value]]


@dataclass(frozen=True, slots=True)
class Part:
    """What one answer adds to a score."""

    question: Item
    answer: str
    weight: Decimal


@dataclass(frozen=True, slots=True)
class Score:
    """A sum as far as it goes: `value` only once all its questions that are asked are answered."""

    value: Decimal | None
    parts: tuple[Part, ...]
    open: int
    band: str = ""

    @property
    def so_far(self) -> Decimal:
        return sum((one.weight for one in self.parts), Decimal(0))


@dataclass(frozen=True, slots=True)
class Filled:
    """What stands in a form: `shown` are the links of what is asked; of the rest nothing counts.

    `form` is the form as it is filled in: each repeating group as often as it was.
    """

    form: Form
    values: Values
    shown: frozenset[str]
    wrong: Mapping[str, WrongAnswer]
    missing: frozenset[str]
    scores: Mapping[str, Score]

    @property
    def is_complete(self) -> bool:
        """Whether it could be signed."""
        return not self.wrong and not self.missing


def fill(form: Form, typed: Typed) -> Filled:
    """Read what was typed into a form. What stands in a question that is not asked is left aside, right or wrong."""
    form = expanded(form, typed)
    read: dict[str, tuple[Value, ...]] = {}
    wrong: dict[str, WrongAnswer] = {}
    for item in form.questions:
        try:
            answer = read_answer(item, typed.get(item.link, ()))
        except WrongAnswer as error:
            wrong[item.link] = error
        else:
            if answer:
                read[item.link] = answer
    known, on, scores = _settled(form, read)
    values = {link: said for link, said in known.items() if link in on}
    required = {one.link for one in form.questions if one.required and one.link in on and one.link not in values}
    return Filled(
        form=form,
        values=values,
        shown=on,
        wrong={link: error for link, error in wrong.items() if link in on},
        missing=frozenset(required - wrong.keys()),
        scores={link: one for link, one in scores.items() if link in on},
    )


def _settled(form: Form, read: Values) -> tuple[dict[str, Sequence[Value]], frozenset[str], dict[str, Score]]:
    """What is asked, with the scores: a question may wait for a score, and another score count that question."""
    known: dict[str, Sequence[Value]] = dict(read)
    on, scores = shown(form, known), {}
    for _again in range(sum(1 for line in form.lines if line.item.is_score) + 1):
        scores = {line.item.link: score(form, line.item, read, on) for line in form.lines if line.item.is_score}
        known = dict(read) | {link: (one.value,) for link, one in scores.items() if one.value is not None}
        on = shown(form, known)
    return known, on, scores


def shown(form: Form, values: Values) -> frozenset[str]:
    """The links of the items that are asked, groups and words too (FHIR R4, Questionnaire.item.enableWhen).

    A question that is not asked has no answer, whatever was typed there; below one that is not asked nothing is.
    """
    known: dict[str, bool] = {}

    def is_on(link: str) -> bool:
        if link not in known:
            known[link] = False  # a circle of conditions shows nothing; `checks` refuses it
            line = form.by_link.get(link)
            known[link] = line is not None and _is_on(line.item, line.parent)
        return known[link]

    def _is_on(item: Item, parent: Item | None) -> bool:
        if parent is not None and not is_on(parent.link):
            return False
        if parent is not None and parent.is_question and not values.get(parent.link):
            return False
        met = [is_met(one, values.get(one.question, ()) if is_on(one.question) else ()) for one in item.conditions]
        return not met or (any(met) if item.any_of else all(met))

    return frozenset(link for link in form.by_link if is_on(link))


def is_met(condition: Condition, answers: Sequence[Value]) -> bool:
    """Whether a condition holds for the answers of its question; without an answer only `exists` false does."""
    if condition.operator == "exists":
        return bool(answers) == bool(condition.answer)
    return any(_compares(condition, one) for one in answers)


def _compares(condition: Condition, answer: Value) -> bool:
    if condition.operator in ("=", "!="):
        return _equals(condition, answer) == (condition.operator == "=")
    pair = _pair(condition, answer)
    if pair is None:
        return False
    mine, other = pair
    return bool({">": mine > other, "<": mine < other, ">=": mine >= other, "<=": mine <= other}[condition.operator])


def _equals(condition: Condition, answer: Value) -> bool:
    wanted = condition.answer
    if isinstance(answer, Option):
        said = next(iter(answer.value.values()), None)
        if isinstance(said, Mapping) and isinstance(wanted, Mapping):
            same_system = not wanted.get("system") or wanted.get("system") == said.get("system")
            return same_system and wanted.get("code", wanted.get("display")) == said.get("code", said.get("display"))
        return str(said) == str(wanted)
    if isinstance(answer, bool):
        return answer is wanted
    pair = _pair(condition, answer)
    return pair is not None and bool(pair[0] == pair[1])


def _pair(condition: Condition, answer: Value) -> tuple[Any, Any] | None:
    wanted = condition.answer
    if isinstance(wanted, Mapping):
        wanted = wanted.get("value")
    if isinstance(answer, Decimal) and not isinstance(answer, bool):
        number = number_in(str(wanted))
        return None if number is None else (answer, number)
    if isinstance(answer, Option):
        return None if answer.weight is None else (answer.weight, Decimal(str(wanted))) if _is_number(wanted) else None
    if isinstance(answer, Other):
        return answer.text, str(wanted)
    return (answer, str(wanted)) if isinstance(answer, str) else None


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, Decimal)) and not isinstance(value, bool)


def score(form: Form, item: Item, values: Values, on: frozenset[str]) -> Score:
    """The sum of what the chosen answers weigh, and of numbers themselves; questions that are not asked add nothing."""
    asked = [form.by_link[link].item for link in item.adds if link in on]
    parts = [part for one in asked for part in _parts(one, values.get(one.link, ()))]
    still_open = sum(1 for one in asked if not values.get(one.link))
    total = sum((one.weight for one in parts), Decimal(0)) if asked and not still_open else None
    return Score(total, tuple(parts), still_open, "" if total is None else _band(item, total))


def _parts(item: Item, answers: Sequence[Value]) -> list[Part]:
    found = []
    for one in answers:
        if isinstance(one, Option):
            found.append(Part(item, one.label, one.weight or Decimal(0)))
        elif isinstance(one, Decimal):
            found.append(Part(item, str(one), one))
    return found


def _band(item: Item, total: Decimal) -> str:
    fitting = [one for one in item.bands if one.low <= total]
    return fitting[-1].label if fitting else ""
