"""Changing a form: its lines are added, changed, moved, copied and removed in the FHIR resource itself.

What the builder does not know of a line (an extension of somebody else) stays where it is. Every function answers a new
resource and leaves the old one as it was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from salus.questionnaires.rules import items as fhir
from salus.questionnaires.rules.items import CHOICES, is_help
from salus.questionnaires.rules.written import JSON


class NoSuchLine(LookupError):
    """There is no line at this place of the form."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A line as the builder's page says it."""

    type: str
    text: str
    help: str = ""
    required: bool = False
    repeats: bool = False
    low: str = ""
    high: str = ""
    decimals: int | None = None
    unit: str = ""
    unit_text: str = ""
    #: label, weight, and the value as it was where the option stood there before
    options: tuple[tuple[str, Decimal | None], ...] = ()
    #: the address of a list that is kept elsewhere, in place of the options
    value_set: str = ""
    conditions: tuple[JSON, ...] = ()
    any_of: bool = False
    code: JSON = field(default_factory=dict)
    prefill: str = ""
    since_months: int | None = None
    records: str = ""
    adds: tuple[str, ...] = ()
    bands: tuple[tuple[Decimal, str], ...] = ()


Change = Callable[[JSON], JSON]

#: the extensions that the builder writes itself
_OURS = {
    *(fhir.UNIT, fhir.MIN, fhir.MAX, fhir.PLACES, fhir.CALCULATED, fhir.EXTRACT, fhir.LINK_PERIOD),
    *(fhir.PREFILL, fhir.RECORDS, fhir.ADDS, fhir.BAND),
}
_MIN_MAX = {"integer": "valueInteger", "date": "valueDate", "dateTime": "valueDateTime", "time": "valueTime"}


def add(content: JSON, raw: JSON, *, below: int | None = None) -> JSON:
    """Put a line at the end, or at the end of the group at the place `below`."""
    made = deepcopy(content)
    if below is None:
        made.setdefault("item", []).append(raw)
    else:
        siblings, at = _find(made, below)
        siblings[at].setdefault("item", []).append(raw)
    return made


def change(content: JSON, place: int, said: Said) -> JSON:
    """Say a line anew; what stands below it stays there."""
    made = deepcopy(content)
    siblings, at = _find(made, place)
    siblings[at] = as_item(said, siblings[at])
    return made


def move(content: JSON, place: int, to: str) -> JSON:
    """Move a line with what stands below it: `up` or `down` beside its like, `in` to the group before it, `out` of its own.

    :raises NoSuchLine: where it cannot go there
    """
    made = deepcopy(content)
    siblings, at = _find(made, place)
    if to in ("up", "down"):
        order = [n for n, one in enumerate(siblings) if not is_help(one)]
        other = order.index(at) + (-1 if to == "up" else 1)
        if not 0 <= other < len(order):
            raise NoSuchLine
        siblings[at], siblings[order[other]] = siblings[order[other]], siblings[at]
    elif to == "in":
        before = siblings[at - 1] if at else {}
        if before.get("type") != "group":
            raise NoSuchLine
        before.setdefault("item", []).append(siblings.pop(at))
    else:
        around, above = _parent(made, siblings)
        around.insert(above + 1, siblings.pop(at))
        if not siblings:
            around[above].pop("item", None)
    return made


def copy(content: JSON, place: int) -> JSON:
    """Put a copy of a line behind it; links inside the copy lead to the copy."""
    made = deepcopy(content)
    siblings, at = _find(made, place)
    twin = deepcopy(siblings[at])
    names: dict[str, str] = {}
    taken = {str(one.get("linkId", "")) for one in _every(made.get("item", []))}
    for one in _every([twin]):
        names[str(one.get("linkId", ""))] = one["linkId"] = _free(taken)
        taken.add(one["linkId"])
    for one in _every([twin]):
        for condition in one.get("enableWhen", ()):
            condition["question"] = names.get(condition.get("question", ""), condition.get("question"))
        for extension in one.get("extension", ()):
            if extension.get("url") == fhir.ADDS:
                extension["valueString"] = names.get(extension["valueString"], extension["valueString"])
    siblings.insert(at + 1, twin)
    return made


def remove(content: JSON, place: int) -> JSON:
    """Take a line out, with what stands below it."""
    made = deepcopy(content)
    siblings, at = _find(made, place)
    siblings.pop(at)
    if not siblings and siblings is not made.get("item"):
        around, above = _parent(made, siblings)
        around[above].pop("item", None)
    return made


def new_link(content: JSON) -> str:
    """A link that no line of the form has."""
    return _free({str(one.get("linkId", "")) for one in _every(content.get("item", []))})


def as_item(said: Said, before: JSON) -> JSON:
    """The FHIR item of what the builder's page says; `before` has its link and what the page does not know."""
    kept = {name: before[name] for name in ("id", "linkId", "prefix", "definition", "initial") if name in before}
    made: JSON = kept | {"type": said.type, "text": said.text}
    extension = [one for one in before.get("extension", ()) if one.get("url") not in _OURS] + _extensions(said)
    if extension:
        made["extension"] = extension
    if said.code.get("code"):
        made["code"] = [dict(said.code)]
    if said.type != "group" and said.required:
        made["required"] = True
    if said.type in CHOICES:
        made |= _choices(said, before)
    elif said.type == "group" and said.repeats:
        made["repeats"] = True
    if said.adds:
        made["readOnly"] = True
    if said.conditions:
        made["enableWhen"] = [dict(one) for one in said.conditions]
        made["enableBehavior"] = "any" if said.any_of else "all"
    below = [one for one in before.get("item", ()) if not is_help(one)]
    if said.help:
        below.append(_help(said.help, str(made.get("linkId", ""))))
    if below:
        made["item"] = below
    return made


def _extensions(said: Said) -> list[JSON]:
    found: list[JSON] = []
    if said.type == "quantity" and said.unit:
        unit = {"system": fhir.UCUM, "code": said.unit, "display": said.unit_text or said.unit}
        found.append({"url": fhir.UNIT, "valueCoding": unit})
    for url, limit in ((fhir.MIN, said.low), (fhir.MAX, said.high)):
        if limit:
            name = _MIN_MAX.get(said.type, "valueDecimal")
            found.append({"url": url, name: _limit(said.type, limit)})
    if said.decimals is not None and said.type in ("decimal", "quantity"):
        found.append({"url": fhir.PLACES, "valueInteger": said.decimals})
    if said.prefill:
        found.append({"url": fhir.PREFILL, "valueCode": said.prefill})
    if said.since_months:
        period = {"value": said.since_months, "unit": "months", "system": fhir.UCUM, "code": "mo"}
        found.append({"url": fhir.LINK_PERIOD, "valueDuration": period})
    if said.records == "observation":
        found.append({"url": fhir.EXTRACT, "valueBoolean": True})
    elif said.records:
        found.append({"url": fhir.RECORDS, "valueCode": said.records})
    return found + _sum(said)


def _sum(said: Said) -> list[JSON]:
    if not said.adds:
        return []
    links = " | ".join(f"'{one}'" for one in said.adds)
    expression = f"%resource.descendants().where(linkId in ({links})).answer.value.ordinal().sum()"
    reckoned = {"language": "text/fhirpath", "expression": expression}
    bands = [
        {"url": fhir.BAND, "extension": [{"url": "low", "valueDecimal": low}, {"url": "label", "valueString": label}]}
        for low, label in said.bands
    ]
    adds = [{"url": fhir.ADDS, "valueString": one} for one in said.adds]
    return [{"url": fhir.CALCULATED, "valueExpression": reckoned}, *adds, *bands]


def _choices(said: Said, before: JSON) -> JSON:
    """The options: one whose words stand there already keeps its code, whatever its new place."""
    if said.value_set:
        return ({"repeats": True} if said.repeats else {}) | {"answerValueSet": said.value_set}
    known = {_label(one): one for one in before.get("answerOption", ())}
    taken = {str(one.get("valueCoding", {}).get("code")) for one in before.get("answerOption", ())}
    options = []
    for label, weight in said.options:
        option = deepcopy(known.get(label))
        if option is None:
            option = {"valueCoding": {"code": _free(taken, "a"), "display": label}}
            taken.add(option["valueCoding"]["code"])
        rest = [one for one in option.pop("extension", ()) if one.get("url") != fhir.ORDINAL]
        rest += [] if weight is None else [{"url": fhir.ORDINAL, "valueDecimal": weight}]
        options.append(({"extension": rest} if rest else {}) | option)
    made: JSON = {"repeats": True} if said.repeats else {}
    return made | {"answerOption": options}


def _label(option: JSON) -> str:
    said = next((value for name, value in option.items() if name.startswith("value")), "")
    return str(said.get("display") or said.get("code", "")) if isinstance(said, dict) else str(said)


def _limit(kind: str, text: str) -> Any:
    return int(text) if kind == "integer" else Decimal(text) if kind in ("decimal", "quantity") else text


def _help(text: str, link: str) -> JSON:
    control = {"coding": [{"system": fhir.CONTROLS, "code": "help"}]}
    extension = [{"url": fhir.CONTROL, "valueCodeableConcept": control}]
    return {"linkId": f"{link}-help", "type": "display", "text": text, "extension": extension}


def _find(content: JSON, place: int) -> tuple[list[JSON], int]:
    for n, found in enumerate(_walk(content.get("item", []))):
        if n == place:
            return found
    raise NoSuchLine


def _parent(content: JSON, siblings: list[JSON]) -> tuple[list[JSON], int]:
    for around, at in _walk(content.get("item", [])):
        if around[at].get("item") is siblings:
            return around, at
    raise NoSuchLine


def _walk(items: list[JSON]) -> Iterator[tuple[list[JSON], int]]:
    for at, one in enumerate(items):
        if not is_help(one):
            yield items, at
            yield from _walk(one.get("item", []))


def _every(items: list[JSON]) -> Iterator[JSON]:
    for one in items:
        yield one
        yield from _every(one.get("item", []))


def _free(taken: set[str], letter: str = "q") -> str:
    number = 1
    while f"{letter}{number}" in taken or f"{letter}{number}-help" in taken:
        number += 1
    return f"{letter}{number}"
