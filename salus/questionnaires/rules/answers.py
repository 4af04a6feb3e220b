"""What is an answer: what was typed, read strictly, with the limits of its question."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal

from salus.chart.rules import NotANumber, read_number
from salus.questionnaires.rules.items import CHOICES, NUMBERS, Item, Option
from salus.questionnaires.rules.value_sets import chosen

#: what was typed: the link of a question -> its fields
Typed = Mapping[str, Sequence[str]]
#: an answer in its own words, where a choice leaves that open
OTHER = "other:"
#: longer than anything that a person types into one field
LONGEST = 20_000

_PARTIAL = re.compile(r"\d{4}(-\d{2})?")


@dataclass(frozen=True, slots=True)
class Other:
    """An answer that is none of those offered."""

    text: str


Value = bool | Decimal | str | Option | Other


class WrongAnswer(ValueError):
    """What was typed is no answer to the question; `code` says why, `detail` by how much."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code)
        self.code, self.detail = code, detail


def read_answer(item: Item, typed: Sequence[str]) -> tuple[Value, ...]:
    """The values that were typed for a question; none where it was left empty.

    :raises WrongAnswer: where what was typed is no answer to it
    """
    said = [one.strip() for one in typed if one.strip()]
    if item.type in CHOICES:
        return _chosen(item, said)
    if len(said) > 1:
        raise WrongAnswer("one_only")
    return tuple(_single(item, one) for one in said)


def _chosen(item: Item, said: Sequence[str]) -> tuple[Value, ...]:
    if len(said) > 1 and not item.repeats:
        raise WrongAnswer("one_only")
    return tuple(dict.fromkeys(_one_of(item, one) for one in said))


def _one_of(item: Item, said: str) -> Option | Other:
    option = _kept_elsewhere(item, said) if item.options_elsewhere else item.option(said)
    if option is not None:
        return option
    if item.type == "open-choice" and said.startswith(OTHER):
        return Other(_text(item, said.removeprefix(OTHER).strip()))
    raise WrongAnswer("not_offered")


def _kept_elsewhere(item: Item, said: str) -> Option | None:
    one = chosen(item.options_elsewhere, said)
    if one is None:
        return None
    return Option(said, one.display, {"valueCoding": {"system": one.system, "code": one.code, "display": one.display}})


def _single(item: Item, said: str) -> Value:
    if item.type == "boolean":
        if said not in ("true", "false"):
            raise WrongAnswer("not_offered")
        return said == "true"
    if item.type in NUMBERS:
        return _number(item, said)
    if item.type == "date":
        return _within(item, _day(said))
    if item.type == "dateTime":
        return _within(item, _moment(said))
    if item.type == "time":
        return _within(item, _clock(said))
    return _text(item, said)


def _number(item: Item, said: str) -> Decimal:
    try:
        number = read_number(said, item.decimals)
    except NotANumber as error:
        raise WrongAnswer(error.problem, str(item.decimals if item.decimals is not None else "")) from None
    if item.low and number < item.lowest:
        raise WrongAnswer("too_low", item.low)
    if item.high and number > item.highest:
        raise WrongAnswer("too_high", item.high)
    return number


def _within(item: Item, said: str) -> str:
    # Dates and times of one shape are in the order of their text; a year alone stands before its days.
    if item.low and said[: len(item.low)] < item.low[: len(said)]:
        raise WrongAnswer("too_low", item.low)
    if item.high and said[: len(item.high)] > item.high[: len(said)]:
        raise WrongAnswer("too_high", item.high)
    return said


def _day(said: str) -> str:
    try:
        if _PARTIAL.fullmatch(said):
            date.fromisoformat(f"{said}-01-01"[:10] if len(said) == 4 else f"{said}-01")
        else:
            said = date.fromisoformat(said).isoformat()
    except ValueError:
        raise WrongAnswer("not_a_date") from None
    return said


def _moment(said: str) -> str:
    try:
        if len(said) <= 10:
            return _day(said)
        found = datetime.fromisoformat(said)
    except ValueError:
        raise WrongAnswer("not_a_date") from None
    if found.tzinfo is None:
        raise WrongAnswer("not_a_date")
    return found.isoformat()


def _clock(said: str) -> str:
    try:
        return time.fromisoformat(said).strftime("%H:%M:%S")
    except ValueError:
        raise WrongAnswer("not_a_time") from None


def _text(item: Item, said: str) -> str:
    most = item.longest or LONGEST
    if len(said) > most:
        raise WrongAnswer("too_long", str(most))
    if not said:
        raise WrongAnswer("no_words")
    return said
