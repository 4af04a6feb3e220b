"""Whether what somebody brings is shaped like a Questionnaire at all: what reads it further on may rest on that."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from salus.questionnaires.rules import items as fhir
from salus.questionnaires.rules.written import JSON, NotJson, decode, encode

#: deeper than anybody builds
DEEPEST = 12
#: a number of more digits, before or behind the point, is none that a form reckons with
DIGITS = 30
#: more decimals than this nobody measures
MOST_DECIMALS = 12
_TEXTS = ("linkId", "type", "text", "prefix", "answerValueSet", "enableBehavior")
_LISTS = ("item", "code", "answerOption", "enableWhen", "extension")


class Misshapen(ValueError):
    """It is no Questionnaire; the message says where, in FHIR's words."""


def questionnaire_in(text: str | bytes) -> JSON:
    """Read a Questionnaire from JSON.

    :raises Misshapen: where it is none
    """
    try:
        content = decode(text)
    except NotJson as error:
        raise Misshapen(f"no JSON: {error}") from None
    if not isinstance(content, dict) or content.get("resourceType") != "Questionnaire":
        raise Misshapen("resourceType is not Questionnaire")
    if r"\u0000" in encode(content):
        raise Misshapen("a text holds a NUL character")
    for name in ("url", "version", "title", "name", "description", "copyright", "publisher", "status"):
        if not isinstance(content.get(name, ""), str):
            raise Misshapen(f"{name} is no text")
    for one in _objects(content, "contained", "Questionnaire"):
        _value_set(one)
    _objects(content, "code", "Questionnaire")
    _items(content, "Questionnaire", 0)
    return content


def _items(raw: JSON, where: str, depth: int) -> None:
    if depth > DEEPEST:
        raise Misshapen(f"{where} is nested too deeply")
    for n, one in enumerate(_objects(raw, "item", where)):
        _item(one, f"{where}.item[{n}]")
        _items(one, f"{where}.item[{n}]", depth + 1)


def _item(raw: JSON, where: str) -> None:
    for name in _TEXTS:
        if not isinstance(raw.get(name, ""), str):
            raise Misshapen(f"{where}.{name} is no text")
    for name in _LISTS:
        _objects(raw, name, where)
    if not _is_whole(raw.get("maxLength", 0)):
        raise Misshapen(f"{where}.maxLength is no whole number")
    for one in raw.get("code", ()):
        if not all(isinstance(one.get(name, ""), str) for name in ("system", "code", "display")):
            raise Misshapen(f"{where}.code is no Coding")
    _extensions(raw, where)
    for one in raw.get("answerOption", ()):
        _option(one, f"{where}.answerOption")
    for one in raw.get("enableWhen", ()):
        if not isinstance(one.get("question", ""), str) or not isinstance(one.get("operator", ""), str):
            raise Misshapen(f"{where}.enableWhen is no condition")
        _limit(one.get("answerDecimal", 0), f"{where}.enableWhen")


def _option(raw: JSON, where: str) -> None:
    _objects(raw, "extension", where)
    _extensions(raw, where)
    coding = raw.get("valueCoding")
    if coding is not None:
        if not isinstance(coding, Mapping):
            raise Misshapen(f"{where}.valueCoding is no Coding")
        _objects(coding, "extension", where)
        _extensions(coding, where)
        if not all(isinstance(coding.get(name, ""), str) for name in ("system", "code", "display")):
            raise Misshapen(f"{where}.valueCoding is no Coding")


def _extensions(raw: Mapping[str, Any], where: str) -> None:
    if not all(isinstance(one.get("url", ""), str) for one in raw.get("extension", ())):
        raise Misshapen(f"{where}.extension.url is no text")
    for value in fhir.extensions(raw, fhir.ORDINAL):
        _limit(value, where)
    if not all(_is_whole(value) and 0 <= value <= MOST_DECIMALS for value in fhir.extensions(raw, fhir.PLACES)):
        raise Misshapen(f"{where}: maxDecimalPlaces is no whole number from 0 to {MOST_DECIMALS}")
    for url, kind in ((fhir.UNIT, Mapping), (fhir.CONTROL, Mapping), (fhir.LINK_PERIOD, Mapping)):
        if not all(isinstance(value, kind) for value in fhir.extensions(raw, url)):
            raise Misshapen(f"{where}: the extension {url} has another type")
    for value in fhir.extensions(raw, fhir.CONTROL):
        _objects(value, "coding", where)
    for value in fhir.extensions(raw, fhir.LINK_PERIOD):
        _limit(value.get("value", 0), where)
    for one in [one for one in raw.get("extension", ()) if one.get("url") == fhir.BAND]:
        _band(one, where)


def _band(raw: Mapping[str, Any], where: str) -> None:
    for part in _objects(raw, "extension", where):
        _limit(part.get("valueDecimal", 0), where)
        if not isinstance(part.get("url", ""), str):
            raise Misshapen(f"{where}.extension.url is no text")


def _value_set(raw: JSON) -> None:
    compose = raw.get("compose", {})
    if not isinstance(compose, Mapping):
        raise Misshapen("contained.compose is no object")
    for part in _objects(compose, "include", "contained.compose"):
        for one in _objects(part, "concept", "contained.compose.include"):
            _option({"valueCoding": one}, "contained.compose.include.concept")


def _limit(value: Any, where: str) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
        raise Misshapen(f"{where}: a number is no number")
    if not fhir.is_readable(Decimal(value), DIGITS):
        raise Misshapen(f"{where}: a number has more than {DIGITS} digits")


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _objects(raw: Mapping[str, Any], name: str, where: str) -> list[JSON]:
    found = raw.get(name, [])
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise Misshapen(f"{where}.{name} is no list of objects")
    return found
