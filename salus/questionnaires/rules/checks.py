"""What is wrong with a form that somebody builds or brings: each fault with its place, none left to the one who fills it in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from salus.questionnaires.rules.items import (
    CHOICES,
    DESTINATIONS,
    NUMBERS,
    TYPES,
    Condition,
    Form,
    Item,
    Line,
    number_in,
)
from salus.questionnaires.rules.value_sets import word_of

OPERATORS = ("exists", "=", "!=", ">", "<", ">=", "<=")
#: more than this nobody fills in, and no page draws well
MOST = 300


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing to mend before a form can be used; `link` is empty where it is the form's own."""

    link: str
    code: str
    detail: str = ""


def faults_of(form: Form) -> list[Fault]:
    """Everything that keeps a form from being used, in the order of its lines."""
    found = list(_of_the_whole(form))
    for line in form.lines:
        found += [Fault(line.item.link, *one) for one in _of_an_item(form, line.item)]
    return found + list(_of_groups(form))


def _of_groups(form: Form) -> Iterator[Fault]:
    """A group that repeats holds no other one, and nothing outside of it waits for one of its times."""
    around = {line.item.link: _group_of(form, line) for line in form.lines}
    for line in form.lines:
        if line.item.can_be_added and line.parent is not None and around[line.parent.link]:
            yield Fault(line.item.link, "group_in_group")
        mine = line.item.link if line.item.can_be_added else around[line.item.link]
        for one in line.item.conditions:
            theirs = around.get(one.question, "")
            if theirs and theirs != mine:
                yield Fault(line.item.link, "waits_for_a_time")


def _group_of(form: Form, line: Line) -> str:
    """The link of the repeating group around a line, or its own; empty where there is none."""
    at: Line | None = line
    while at is not None:
        if at.item.can_be_added:
            return at.item.link
        at = form.by_link.get(at.parent.link) if at.parent else None
    return ""


def _of_the_whole(form: Form) -> Iterator[Fault]:
    if not form.title.strip():
        yield Fault("", "no_title")
    if not any(line.item.is_question for line in form.lines):
        yield Fault("", "no_question")
    if len(form.lines) > MOST:
        yield Fault("", "too_many", str(MOST))
    for link, times in Counter(line.item.link for line in form.lines).items():
        if times > 1 or not link:
            yield Fault(link, "same_link", link)


def _of_an_item(form: Form, item: Item) -> Iterator[tuple[str, str]]:
    if item.type not in TYPES:
        yield "unknown_type", item.type
        return
    if not item.text.strip() and item.type != "group":
        yield "no_text", ""
    if item.type == "group" and not item.items:
        yield "empty_group", ""
    if item.is_calculated:
        yield from _of_a_score(form, item)
    else:
        yield from _of_a_question(item)
    for one in item.conditions:
        yield from _of_a_condition(form, item, one)
    if (item.conditions or item.adds) and _comes_round(form, item.link):
        yield "circle", ""


def _of_a_question(item: Item) -> Iterator[tuple[str, str]]:
    if item.type in CHOICES:
        yield from _of_options(item)
    elif item.repeats and item.type != "group":
        yield "cannot_repeat", item.type
    if item.type == "quantity" and not item.unit:
        yield "no_unit", ""
    if item.type in NUMBERS:
        yield from _of_limits(item)
    if item.is_hidden and item.is_question:
        yield "hidden", ""
    yield from _of_what_follows(item)


def _of_options(item: Item) -> Iterator[tuple[str, str]]:
    if item.options_elsewhere:
        if not word_of(item.options_elsewhere):
            yield "options_elsewhere", item.options_elsewhere
        elif item.repeats:
            yield "one_of_a_list", ""
    elif not item.options:
        yield "no_options", ""
    if any(not one.label.strip() for one in item.options):
        yield "empty_option", ""


def _of_limits(item: Item) -> Iterator[tuple[str, str]]:
    low, high = number_in(item.low), number_in(item.high)
    if (item.low and low is None) or (item.high and high is None):
        yield "no_number", ""
    elif low is not None and high is not None and low > high:
        yield "low_above_high", ""


def _of_what_follows(item: Item) -> Iterator[tuple[str, str]]:
    needs_code = item.records == "observation" or (item.records == "problem" and item.type == "boolean") or item.since
    if needs_code and not item.code.get("code"):
        yield "no_code", ""
    if item.records not in ("", *DESTINATIONS):
        yield "cannot_record", item.records
    if item.records in ("problem", "allergy") and item.type not in ("boolean", "string", "text", *CHOICES):
        yield "cannot_record", item.records


def _of_a_score(form: Form, item: Item) -> Iterator[tuple[str, str]]:
    if item.type not in ("integer", "decimal", "quantity"):
        yield "score_type", item.type
    if not item.adds:
        yield "unknown_sum", ""
    for link in item.adds:
        line = form.by_link.get(link)
        if line is None or not line.item.is_question:
            yield "adds_unknown", link
        elif line.item.type in CHOICES:
            if line.item.options_elsewhere or any(one.weight is None for one in line.item.options):
                yield "no_weight", line.item.text
        elif line.item.type not in NUMBERS:
            yield "adds_no_number", line.item.text
    if item.records == "observation" and not item.code.get("code"):
        yield "no_code", ""


def _of_a_condition(form: Form, item: Item, one: Condition) -> Iterator[tuple[str, str]]:
    line = form.by_link.get(one.question)
    if line is None or line.item.type in ("group", "display") or one.question == item.link:
        yield "condition_unknown", one.question
        return
    asked = line.item
    if one.operator not in OPERATORS:
        yield "condition_operator", one.operator
    elif not _can_be_met(asked, one):
        yield "condition_answer", asked.text
    elif asked.type == "quantity" and isinstance(one.answer, dict) and one.answer.get("code", asked.unit) != asked.unit:
        yield "condition_unit", asked.text


def _can_be_met(asked: Item, one: Condition) -> bool:
    if one.operator == "exists":
        return isinstance(one.answer, bool)
    if one.answer in (None, ""):
        return False
    return asked.type not in CHOICES or one.operator not in ("=", "!=") or _is_offered(asked, one)


def _is_offered(asked: Item, one: Condition) -> bool:
    if asked.type == "open-choice" or asked.options_elsewhere:
        return True
    wanted = one.answer.get("code", one.answer.get("display")) if isinstance(one.answer, dict) else one.answer
    said = [next(iter(option.value.values()), None) for option in asked.options]
    return any(wanted == (s.get("code", s.get("display")) if isinstance(s, dict) else s) for s in said)


def _comes_round(form: Form, link: str) -> bool:
    """Whether a line waits for itself, through others, through a sum or through the group that it is in."""
    waiting, seen = [link], set()
    while waiting:
        line = form.by_link.get(waiting.pop())
        if line is None:
            continue
        waits_for = [*line.item.adds, *(one.question for one in line.item.conditions)]
        for after in [*waits_for, *([line.parent.link] if line.parent else [])]:
            if after == link:
                return True
            if after not in seen:
                seen.add(after)
                waiting.append(after)
    return False
