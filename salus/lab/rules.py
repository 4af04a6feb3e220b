"""The laboratory's judgement: what a typed value is, which range applies, which flag it earns. Pure functions."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Protocol

#: FHIR v3 ObservationInterpretation codes that this room gives; the critical ones page somebody.
CRITICAL = frozenset({"LL", "HH", "AA"})

# One optional comparator and one plain decimal with a point: "1,5" may mean 1.5 or 15, so it is asked again.
_NUMBER = re.compile(r"(?P<comparator><=|>=|<|>)?\s*(?P<number>-?(0|[1-9][0-9]{0,11})(\.[0-9]{1,8})?)")


class Range(Protocol):
    """The part of a reference range that decides a flag; ages are half-open, in days."""

    sex: str
    age_from_days: int
    age_until_days: int | None
    low: Decimal | None
    high: Decimal | None
    critical_low: Decimal | None
    critical_high: Decimal | None
    text: str


@dataclass(frozen=True, slots=True)
class Value:
    """A typed result, understood: a number with its digits as typed, or a text."""

    number: Decimal | None = None
    comparator: str = ""
    text: str = ""


class NotAValue(ValueError):
    """What was typed is no result of this test; the message says what would be one."""


def read_value(typed: str, *, kind: str, choices: Sequence[str] = (), decimals: int | None = None) -> Value:
    """Understand what was typed for a test.

    :raises NotAValue: where it could be misread, or is not on the list
    """
    typed = typed.strip()
    if kind == "text":
        return Value(text=typed)
    if kind == "coded":
        for choice in choices:
            if choice.casefold() == typed.casefold():
                return Value(text=choice)
        raise NotAValue(f"Choose one of: {', '.join(choices)}.")
    match = _NUMBER.fullmatch(typed)
    if match is None:
        raise NotAValue("Write a number with a point for decimals, such as 4.2 or <0.1.")
    number = Decimal(match["number"])
    if decimals is not None and -int(number.as_tuple().exponent) > decimals:
        raise NotAValue(f"This test is reported with at most {decimals} decimals.")
    return Value(number=number, comparator=match["comparator"] or "")


def age_in_days(born_on: date | None, on: date) -> int | None:
    """Age in whole days, or None where the birth date is not known."""
    return None if born_on is None else (on - born_on).days


def fitting_range(ranges: Iterable[Range], *, sex: str, age_days: int | None) -> Range | None:
    """The range for this sex and age; one for the sex goes before one for both, none where the age is not known.

    A range that holds for every age also holds for a person whose age nobody knows.
    """
    fitting = [r for r in ranges if r.sex in ("", sex) and _holds(r, age_days)]
    return max(fitting, key=lambda r: (r.sex != "", r.age_from_days), default=None)


def _holds(found: Range, age_days: int | None) -> bool:
    if age_days is None:
        return found.age_from_days == 0 and found.age_until_days is None
    return found.age_from_days <= age_days and (found.age_until_days is None or age_days < found.age_until_days)


def flag_of(value: Value, found: Range | None, *, expected: str = "") -> str:
    """The interpretation code: LL, L, H, HH, A, or empty for what is usual or cannot be judged.

    `<0.1` is judged only where all that it may mean falls on one side: a "less than" is never flagged high.
    """
    if value.number is None:
        return "A" if expected and value.text and value.text.casefold() != expected.casefold() else ""
    if found is None:
        return ""
    number, below, above = value.number, value.comparator in ("<", "<="), value.comparator in (">", ">=")
    if not above:
        if found.critical_low is not None and _under(number, found.critical_low, open_ended=value.comparator == "<"):
            return "LL"
        if found.low is not None and _under(number, found.low, open_ended=value.comparator == "<"):
            return "L"
    if not below:
        if found.critical_high is not None and _over(number, found.critical_high, open_ended=value.comparator == ">"):
            return "HH"
        if found.high is not None and _over(number, found.high, open_ended=value.comparator == ">"):
            return "H"
    return ""


def _under(number: Decimal, limit: Decimal, *, open_ended: bool) -> bool:
    return number <= limit if open_ended else number < limit


def _over(number: Decimal, limit: Decimal, *, open_ended: bool) -> bool:
    return number >= limit if open_ended else number > limit


def range_text(found: Range | None) -> str:
    """How a range is written beside a result: `3.5 to 5.3`, `up to 5`, `from 60`, or its own words."""
    if found is None:
        return ""
    if found.text:
        return found.text
    if found.low is not None and found.high is not None:
        return f"{found.low} to {found.high}"
    if found.high is not None:
        return f"up to {found.high}"
    return f"from {found.low}" if found.low is not None else ""
