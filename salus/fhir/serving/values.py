"""One value of a search parameter as a condition: ids, tokens, strings, quantities."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from django.db.models import Q

from salus.fhir.mapping.params import Param
from salus.fhir.serving.asked import split, unescaped
from salus.fhir.serving.outcomes import FhirError

NOTHING = Q(pk__in=[])


def uuid_in(text: str) -> UUID | None:
    """Ids here are UUIDs: anything else is nobody's."""
    try:
        return UUID(text) if len(text) == 36 else None
    except ValueError:
        return None


def by_id(value: str) -> Q:
    identity = uuid_in(value)
    return Q(id=identity) if identity else NOTHING


def coded(value: str) -> tuple[str | None, str]:
    """System and code of a token; a system of None was not asked for, an empty one shall be missing."""
    parts = [unescaped(part) for part in split(value, "|")]
    return (None, parts[0]) if len(parts) == 1 else (parts[0], parts[1])


def by_token(param: Param, value: str) -> Q:
    system, code = coded(value)
    if param.array:
        return Q(**{f"{param.column}__contains": [code]}) if code else NOTHING
    codes = (param.synonyms or {}).get(code, (code,))
    found = Q(**{f"{param.column}__in": codes}) if code else ~Q(**{param.column: ""})
    if param.system:
        found &= Q() if system is None else Q(**{param.system: system})
    elif system and system != param.fixed_system:
        return NOTHING
    if param.concept:
        coding = {name: text for name, text in (("system", system), ("code", code)) if text}
        found |= Q(**{f"{param.concept}__contains": {"coding": [coding]}}) if coding else Q()
    return found


def by_said_token(param: Param, value: str) -> Q:
    """By a code in the text of a received resource, whatever type of element it stands in."""
    system, code = coded(value)
    if param.said[0].islower():
        word: Any = {"true": True, "false": False}.get(code, code) if param.said == "boolean" else code
        return Q(**{f"{param.column}__contains": [word]}) if code and not system else NOTHING
    name = "value" if param.said == "Identifier" else "code"
    coding = {key: text for key, text in (("system", system), (name, code)) if text}
    if not coding:
        return NOTHING
    whole = {"coding": [coding]} if param.said == "CodeableConcept" else coding
    return Q(**{f"{param.column}__contains": [whole]})


def by_said_canonical(param: Param, value: str) -> Q:
    """By the url that a received resource names, with or without the version."""
    url = unescaped(value)
    return Q(**{param.column: url}) | (Q() if "|" in url else Q(**{f"{param.column}__startswith": f"{url}|"}))


def by_string(param: Param, value: str, modifier: str) -> Q:
    if modifier == "exact":
        return Q(**{param.column: value})
    return Q(**{f"{param.column}__unaccent__istartswith": value})


_QUANTITY = re.compile(r"(eq|ne|gt|lt|ge|le|sa|eb|ap)?(-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]{1,3})?)")


def by_quantity(param: Param, value: str) -> Q:
    number, *unit = split(value, "|")
    match = _QUANTITY.fullmatch(number)
    if match is None or len(unit) > 2:
        raise FhirError(400, "A quantity is a number, or number|system|code.", expression=param.name)
    try:
        amount = Decimal(match[2])
    except InvalidOperation:
        raise FhirError(400, "A quantity is a number, or number|system|code.", expression=param.name) from None
    found = _amount(param.column, match[1] or "eq", amount)
    code = unescaped(unit[-1]) if unit else ""
    return found & (Q(**{param.unit: code}) | Q(unit=code)) if code else found


def _amount(column: str, prefix: str, amount: Decimal) -> Q:
    """A number means what it would be rounded from: 5.4 is 5.35 to 5.45 (hl7.org/fhir/R4/search.html#quantity)."""
    half = Decimal(1).scaleb(int(amount.as_tuple().exponent)) / 2
    near = abs(amount) / 10 if prefix == "ap" else half
    inside = Q(
        **{f"{column}__gte": amount - near, f"{column}__lte" if prefix == "ap" else f"{column}__lt": amount + near}
    )
    if prefix in ("eq", "ap"):
        return inside
    if prefix == "ne":
        return Q(**{f"{column}__isnull": False}) & ~inside
    lookup = {"gt": "gt", "sa": "gt", "lt": "lt", "eb": "lt", "ge": "gte", "le": "lte"}[prefix]
    return Q(**{f"{column}__{lookup}": amount})
