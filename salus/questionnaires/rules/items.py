"""The questions of a form, read from a FHIR R4 Questionnaire.

What FHIR and SDC have a place for is kept there (`enableWhen`, `ordinalValue`, `questionnaire-unit`, `observationExtract`);
what they have none for in extensions of our own (`salus:...`). A help text is a `display` below its question with the
control `help`, as R4 has it. The place of a question is its number when the form is read from top to bottom.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from functools import cached_property
from typing import Any

from salus.questionnaires.rules.written import JSON

#: the types of question that can be asked and answered here
NUMBERS = ("integer", "decimal", "quantity")
TEXTS = ("string", "text", "url")
MOMENTS = ("date", "dateTime", "time")
CHOICES = ("choice", "open-choice")
TYPES = ("group", "display", "boolean", *NUMBERS, *TEXTS, *MOMENTS, *CHOICES)

_HL7 = "http://hl7.org/fhir/StructureDefinition/"
_SDC = "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-"
ORDINAL, UNIT, CONTROL = f"{_HL7}ordinalValue", f"{_HL7}questionnaire-unit", f"{_HL7}questionnaire-itemControl"
HIDDEN, MIN, MAX = f"{_HL7}questionnaire-hidden", f"{_HL7}minValue", f"{_HL7}maxValue"
PLACES, CALCULATED = f"{_HL7}maxDecimalPlaces", f"{_SDC}calculatedExpression"
EXTRACT, LINK_PERIOD = f"{_SDC}observationExtract", f"{_SDC}observationLinkPeriod"
PREFILL, RECORDS, ADDS, BAND = "salus:prefill", "salus:records", "salus:adds", "salus:band"
CONTROLS = "http://hl7.org/fhir/questionnaire-item-control"
UCUM = "http://unitsofmeasure.org"

#: what a question may be answered with beforehand, beside the latest observation of its code
PREFILLS = ("age", "sex", "problems", "allergies")
#: where a signed answer goes on to
DESTINATIONS = ("observation", "problem", "allergy")


@dataclass(frozen=True, slots=True)
class Option:
    """One of the answers to choose: `key` is what a form field carries, `value` FHIR's `value[x]`."""

    key: str
    label: str
    value: Mapping[str, Any] = field(hash=False)
    weight: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Condition:
    """When a question is asked (FHIR `enableWhen`); `answer` is FHIR's `answer[x]` without the word and its type."""

    question: str
    operator: str
    kind: str
    answer: Any


@dataclass(frozen=True, slots=True)
class Band:
    """What a score from `low` on means."""

    low: Decimal
    label: str


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a form: a question, a group of them, or words to read."""

    link: str
    type: str
    text: str = ""
    prefix: str = ""
    help: str = ""
    required: bool = False
    repeats: bool = False
    low: str = ""
    high: str = ""
    decimals: int | None = None
    longest: int | None = None
    unit: str = ""
    unit_text: str = ""
    options: tuple[Option, ...] = ()
    options_elsewhere: str = ""
    conditions: tuple[Condition, ...] = ()
    any_of: bool = False
    code: Mapping[str, str] = field(default_factory=dict)
    prefill: str = ""
    #: an ISO 8601 duration: the latest observation of `code` of that long is offered as the answer
    since: str = ""
    records: str = ""
    adds: tuple[str, ...] = ()
    bands: tuple[Band, ...] = ()
    is_calculated: bool = False
    is_hidden: bool = False
    items: tuple[Item, ...] = ()
    #: of a group that repeats: its link in the form, for the how manieth time it stands there, and whether for the last
    origin: str = ""
    time: int = 0
    is_last_time: bool = False

    @property
    def name(self) -> str:
        """Its link in the form, whichever time it stands there."""
        return self.origin or self.link

    @property
    def can_be_added(self) -> bool:
        """Whether it is a group that may be filled in more than once, and does not stand there so yet."""
        return self.type == "group" and self.repeats and not self.time

    @property
    def is_question(self) -> bool:
        """Whether a person answers it."""
        return self.type not in ("group", "display") and not self.is_calculated

    @property
    def is_score(self) -> bool:
        """Whether it is a sum that we reckon."""
        return self.is_calculated and bool(self.adds)

    @property
    def lowest(self) -> Decimal:
        """The lower limit of a number; one that is no number is none (`checks` tells of it)."""
        found = number_in(self.low)
        return Decimal("-Infinity") if found is None else found

    @property
    def highest(self) -> Decimal:
        """The upper limit of a number."""
        found = number_in(self.high)
        return Decimal("Infinity") if found is None else found

    def option(self, key: str) -> Option | None:
        """The option that a form field names."""
        return next((one for one in self.options if one.key == key), None)


@dataclass(frozen=True, slots=True)
class Line:
    """An item where it stands: `place` from top to bottom, `depth` below how many others."""

    place: int
    depth: int
    item: Item
    parent: Item | None
    #: among those beside it: whether one stands before it, and behind it
    is_first: bool = True
    is_last: bool = True
    #: whether the one before it is a group, into which it could go
    after_group: bool = False


@dataclass(frozen=True)
class Form:
    """A whole form; `lines` are its items from top to bottom."""

    title: str
    items: tuple[Item, ...]

    @cached_property
    def lines(self) -> tuple[Line, ...]:
        return tuple(Line(place, *rest) for place, rest in enumerate(_lines(self.items, 0, None)))

    @cached_property
    def by_link(self) -> dict[str, Line]:
        return {one.item.link: one for one in self.lines}

    @property
    def questions(self) -> list[Item]:
        return [one.item for one in self.lines if one.item.is_question]

    @property
    def groups_again(self) -> list[Item]:
        """The groups that may be filled in once more."""
        return [one.item for one in self.lines if one.item.type == "group" and one.item.repeats]


def form_of(content: JSON) -> Form:
    """Read a Questionnaire."""
    sets = {f"#{one.get('id')}": one for one in content.get("contained", ()) if one.get("resourceType") == "ValueSet"}
    return Form(str(content.get("title", "")), tuple(_item(one, sets) for one in content.get("item", ())))


def is_help(raw: JSON) -> bool:
    """Whether a line only explains the one above it."""
    return raw.get("type") == "display" and "help" in _controls(raw)


def extensions(raw: Mapping[str, Any], url: str) -> list[Any]:
    """The values of an item's extensions of one kind."""
    found = [one for one in raw.get("extension", ()) if one.get("url") == url]
    return [next((value for name, value in one.items() if name.startswith("value")), None) for one in found]


def number_in(text: str) -> Decimal | None:
    """A limit as a number, or None where it is none."""
    try:
        found = Decimal(text)
    except InvalidOperation:
        return None
    return found if is_readable(found, 30) else None


def is_readable(number: Decimal, digits: int) -> bool:
    """Whether a number can be written out: finite, and no digit further from its point than so many places."""
    if not number.is_finite():
        return False
    exponent = number.as_tuple().exponent
    return isinstance(exponent, int) and -digits <= exponent and number.adjusted() < digits


def _lines(items: Sequence[Item], depth: int, parent: Item | None) -> Iterator[tuple[Any, ...]]:
    for n, one in enumerate(items):
        after_group = n > 0 and items[n - 1].type == "group"
        yield depth, one, parent, n == 0, n == len(items) - 1, after_group
        yield from _lines(one.items, depth + 1, one)


def _item(raw: JSON, sets: Mapping[str, JSON]) -> Item:
    unit = _first(raw, UNIT, {})
    below = [one for one in raw.get("item", ()) if not is_help(one)]
    value_set = str(raw.get("answerValueSet", ""))
    expression = _first(raw, CALCULATED, None)
    decimals = _first(raw, PLACES, None)
    return Item(
        link=str(raw.get("linkId", "")),
        type=str(raw.get("type", "")),
        text=str(raw.get("text", "")),
        prefix=str(raw.get("prefix", "")),
        help=" ".join(str(one.get("text", "")) for one in raw.get("item", ()) if is_help(one)),
        required=raw.get("required") is True,
        repeats=raw.get("repeats") is True,
        low=str(_first(raw, MIN, "")),
        high=str(_first(raw, MAX, "")),
        decimals=0 if raw.get("type") == "integer" else int(decimals) if decimals is not None else None,
        longest=raw.get("maxLength"),
        unit=str(unit.get("code", "")),
        unit_text=str(unit.get("display") or unit.get("code", "")),
        options=_options(raw, sets),
        options_elsewhere="" if value_set in sets else value_set,
        conditions=tuple(_condition(one) for one in raw.get("enableWhen", ())),
        any_of=raw.get("enableBehavior") == "any",
        code=next(iter(raw.get("code", ())), {}),
        prefill=str(_first(raw, PREFILL, "")),
        since=_duration(_first(raw, LINK_PERIOD, {})),
        records="observation" if _first(raw, EXTRACT, False) else str(_first(raw, RECORDS, "")),
        adds=tuple(str(one) for one in extensions(raw, ADDS)),
        bands=_bands(raw),
        is_calculated=expression is not None or raw.get("readOnly") is True,
        is_hidden=_first(raw, HIDDEN, False) is True,
        items=tuple(_item(one, sets) for one in below),
    )


def _first(raw: JSON, url: str, otherwise: Any) -> Any:
    return next((one for one in extensions(raw, url) if one is not None), otherwise)


def _controls(raw: JSON) -> list[str]:
    return [code.get("code", "") for one in extensions(raw, CONTROL) if one for code in one.get("coding", ())]


def _options(raw: JSON, sets: Mapping[str, JSON]) -> tuple[Option, ...]:
    offered = list(raw.get("answerOption", ())) or _concepts(sets.get(str(raw.get("answerValueSet", "")), {}))
    made: dict[str, Option] = {}
    for one in offered:
        value = {name: said for name, said in one.items() if name.startswith("value")}
        said = next(iter(value.values()), "")
        key, label = _named(said)
        weight = _first(one, ORDINAL, None)
        if weight is None and isinstance(said, Mapping):
            weight = _first(dict(said), ORDINAL, None)
        key = key if key not in made else f"{key} ({len(made) + 1})"
        made[key] = Option(key, label, value, None if weight is None else Decimal(str(weight)))
    return tuple(made.values())


def _named(said: Any) -> tuple[str, str]:
    if isinstance(said, Mapping):
        label = str(said.get("display") or said.get("code", ""))
        return str(said.get("code") or label), label
    return str(said), str(said)


def _concepts(value_set: JSON) -> list[JSON]:
    included = value_set.get("compose", {}).get("include", ())
    return [
        {
            "valueCoding": {name: one[name] for name in ("code", "display") if name in one}
            | ({"system": part["system"]} if "system" in part else {}),
            "extension": one.get("extension", []),
        }
        for part in included
        for one in part.get("concept", ())
    ]


def _condition(raw: JSON) -> Condition:
    name = next((one for one in raw if one.startswith("answer")), "answer")
    return Condition(
        str(raw.get("question", "")), str(raw.get("operator", "")), name.removeprefix("answer"), raw.get(name)
    )


def _duration(raw: JSON) -> str:
    """A FHIR Duration as ISO 8601: 6 mo is `P6M`; empty where it is none of days, weeks, months, years."""
    letter = {"d": "D", "wk": "W", "mo": "M", "a": "Y"}.get(str(raw.get("code", "")))
    return f"P{raw.get('value')}{letter}" if letter and raw.get("value") else ""


def _bands(raw: JSON) -> tuple[Band, ...]:
    found = [
        Band(Decimal(str(low)), str(label))
        for one in raw.get("extension", ())
        if one.get("url") == BAND
        for low, label in [_band(one)]
        if low is not None
    ]
    return tuple(sorted(found, key=lambda one: one.low))


def _band(raw: JSON) -> tuple[Any, Any]:
    parts = {one.get("url"): one for one in raw.get("extension", ())}
    return parts.get("low", {}).get("valueDecimal"), parts.get("label", {}).get("valueString", "")
