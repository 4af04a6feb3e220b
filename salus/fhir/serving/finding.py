"""Search parameters as conditions of a query. Every value that no resource can have finds nothing; nonsense is a 400."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.search import SearchQuery
from django.db.models import BooleanField, F, Func, JSONField, Q, TextField, Value
from django.db.models.functions import Cast, Lower

from salus.core.act import Act
from salus.fhir.mapping import mapping_of
from salus.fhir.mapping.base import Mapping as Kind
from salus.fhir.mapping.params import ID, Param
from salus.fhir.serving.asked import Criterion, printable, split, unescaped
from salus.fhir.serving.instants import date_filter, span_of
from salus.fhir.serving.outcomes import FhirError
from salus.fhir.written import encode_text
from salus.patients.models import Identifier
from salus.patients.queries.identity import identifier_indexes
from salus.patients.rules import names as naming
from salus.scheduling.models import Pattern

NOTHING = Q(pk__in=[])

_MODIFIERS: Mapping[str, frozenset[str]] = {
    "token": frozenset({"not", "missing"}),
    "string": frozenset({"exact", "missing"}),
    "date": frozenset({"missing"}),
    "reference": frozenset({"missing"}),
    "quantity": frozenset({"missing"}),
    "uri": frozenset({"missing"}),
}


def param_of(params: Mapping[str, Param], name: str) -> Param:
    """The parameter of that name.

    :raises FhirError: 400 if the type has none
    """
    if name not in params:
        raise FhirError(
            400, f"There is no parameter {printable(name)} here.", code="not-supported", expression=printable(name)
        )
    return params[name]


class Finder:
    """Turns the criteria of one search into a condition."""

    def __init__(self, act: Act, kind: Kind, base_url: str) -> None:
        self.act, self.kind, self.base_url = act, kind, base_url

    def condition(self, criterion: Criterion) -> Q:
        """The rows that one parameter wants.

        :raises FhirError: 400 for an unknown parameter, an unsupported modifier or an impossible value
        """
        param = param_of(self.kind.searchable, criterion.name)
        if criterion.chain:
            return self._chained(param, criterion)
        modifier = criterion.modifier
        if param.kind == "reference" and modifier in param.targets:
            modifier = ""
        if modifier and modifier not in _MODIFIERS[param.kind]:
            words = f"The modifier {printable(criterion.told)} is not supported."
            raise FhirError(400, words, code="not-supported", expression=criterion.name)
        if modifier == "missing":
            return self._missing(param, criterion.values)
        values = [value for value in criterion.values if value.strip()]
        if not values:
            raise FhirError(400, f"{criterion.name} is empty.", expression=criterion.name)
        found = Q()
        for value in values:
            found |= self._one(param, value, modifier)
        return ~found if modifier == "not" else found

    def _one(self, param: Param, value: str, modifier: str) -> Q:
        if param.said:
            return self._said(param, value, modifier)
        if param.special:
            name, _, argument = param.special.partition(":")
            return _SPECIAL[name](self, argument, value, modifier)
        if param.kind == "date":
            return date_filter(self.kind.model, param, value, self.act.at)
        if param.kind == "reference":
            return self._reference(param, value)
        if param.kind == "quantity":
            return _quantity(param, value)
        if param.kind == "uri":
            return Q(**{param.column: unescaped(value)})
        if param.kind == "string":
            return _string(param, unescaped(value), modifier)
        return _ids(value) if param is ID else _token(param, value)

    def _said(self, param: Param, value: str, modifier: str) -> Q:
        """What a received resource says itself."""
        if param.said == "nowhere":
            return NOTHING
        if param.kind == "date":
            return date_filter(self.kind.model, param, value, self.act.at)
        if param.kind == "token":
            return _said_token(param, value)
        if param.kind == "reference":
            return self._reference(param, value) if param.array else _said_canonical(param, value)
        text = unescaped(value)
        return Q(**{param.column: text}) if param.kind == "uri" else _string(param, text, modifier)

    def _missing(self, param: Param, values: tuple[str, ...]) -> Q:
        if values not in (("true",), ("false",)) or param.special:
            raise FhirError(400, "The modifier :missing takes true or false.", expression=param.name)
        if param.said == "nowhere":
            return Q() if values == ("true",) else NOTHING
        empty = Q(**{f"{param.column or param.text}__isnull": True})
        if param.said and param.column:
            empty |= Q(**{param.column: []}) if param.kind in ("token", "reference") else Q()
        fields = {one.attname: one for one in self.kind.model._meta.concrete_fields}
        field = fields.get(param.column)  # a joined column is none of the model's own
        if isinstance(field, TextField):
            empty |= Q(**{param.column: ""})
        elif param.array:
            empty |= Q(**{param.column: []})
        return empty if values == ("true",) else ~empty

    # ------------------------------------------------------------ references

    def _reference(self, param: Param, value: str) -> Q:
        text = unescaped(value).removeprefix(f"{self.base_url}/")
        kind, _, rest = text.rpartition("/")
        identity = _uuid(rest)
        if identity is None or (kind and kind not in param.targets):
            return NOTHING
        return Q(
            **{f"{param.column}__contains" if param.array else param.column: [identity] if param.array else identity}
        )

    def _chained(self, param: Param, criterion: Criterion) -> Q:
        """`patient.identifier`, `subject:Patient.name`: one step, to a type that is known."""
        targets = [one for one in param.targets if criterion.modifier in ("", one)]
        if param.said == "nowhere":
            return NOTHING
        if param.kind != "reference" or len(targets) != 1 or param.array and not param.said:
            raise FhirError(400, f"{printable(criterion.told)} is not supported.", code="not-supported")
        target = mapping_of(targets[0])
        if target is None:
            raise FhirError(400, f"{printable(criterion.told)} is not supported.", code="not-supported")
        inner = Finder(self.act, target, self.base_url).condition(Criterion(criterion.chain, "", "", criterion.values))
        rows = target.visible(self.act).filter(inner)
        if param.array:
            return Q(**{f"{param.column}__overlap": ArraySubquery(rows.values("id"))})
        return Q(**{f"{param.column}__in": rows.values("id")})


# ---------------------------------------------------------------- the kinds


def _uuid(text: str) -> UUID | None:
    """Ids here are UUIDs: anything else is nobody's."""
    try:
        return UUID(text) if len(text) == 36 else None
    except ValueError:
        return None


def _ids(value: str) -> Q:
    identity = _uuid(value)
    return Q(id=identity) if identity else NOTHING


def _coded(value: str) -> tuple[str | None, str]:
    """System and code of a token; a system of None was not asked for, an empty one shall be missing."""
    parts = [unescaped(part) for part in split(value, "|")]
    return (None, parts[0]) if len(parts) == 1 else (parts[0], parts[1])


def _token(param: Param, value: str) -> Q:
    system, code = _coded(value)
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


def _said_token(param: Param, value: str) -> Q:
    """By a code in the text of a received resource, whatever type of element it stands in."""
    system, code = _coded(value)
    if param.said[0].islower():
        word: Any = {"true": True, "false": False}.get(code, code) if param.said == "boolean" else code
        return Q(**{f"{param.column}__contains": [word]}) if code and not system else NOTHING
    name = "value" if param.said == "Identifier" else "code"
    coding = {key: text for key, text in (("system", system), (name, code)) if text}
    if not coding:
        return NOTHING
    whole = {"coding": [coding]} if param.said == "CodeableConcept" else coding
    return Q(**{f"{param.column}__contains": [whole]})


def _said_canonical(param: Param, value: str) -> Q:
    """By the url that a received resource names, with or without the version."""
    url = unescaped(value)
    return Q(**{param.column: url}) | (Q() if "|" in url else Q(**{f"{param.column}__startswith": f"{url}|"}))


def _string(param: Param, value: str, modifier: str) -> Q:
    if modifier == "exact":
        return Q(**{param.column: value})
    return Q(**{f"{param.column}__unaccent__istartswith": value})


_QUANTITY = re.compile(r"(eq|ne|gt|lt|ge|le|sa|eb|ap)?(-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]{1,3})?)")


def _quantity(param: Param, value: str) -> Q:
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


# ---------------------------------------------------------------- those with a way of their own

Special = Callable[[Finder, str, str, str], Q]


def _boolean(finder: Finder, column: str, value: str, modifier: str) -> Q:
    _, code = _coded(value)
    if code not in ("true", "false"):
        raise FhirError(400, "This is true or false.", expression=column)
    return Q(**{column: code == "true"})


def _identifiers(finder: Finder, column: str, value: str, modifier: str) -> Q:
    system, code = _coded(value)
    wanted = {name: text for name, text in (("system", system), ("value", code)) if text}
    return Q(identifiers__contains=[wanted]) if wanted else NOTHING


def _concepts(finder: Finder, column: str, value: str, modifier: str) -> Q:
    system, code = _coded(value)
    coding = {name: text for name, text in (("system", system), ("code", code)) if text}
    return Q(**{f"{column}__contains": [{"coding": [coding]}]}) if coding else NOTHING


def _patient_identifier(finder: Finder, column: str, value: str, modifier: str) -> Q:
    """By a number of another system, or by our own record number."""
    system, code = _coded(value)
    if not code:
        return NOTHING
    numbers = Identifier.objects.filter(value_key__in=identifier_indexes(code), voided_at__isnull=True)
    ours = system is None or system == f"urn:uuid:{finder.act.facility_id}"
    if system is not None:
        numbers = numbers.filter(system=system)
    return Q(pk__in=numbers.values("patient_id")) | (Q(mrn=code) if ours else NOTHING)


def _begins(finder: Finder, column: str, value: str, modifier: str) -> Q:
    """By when a period begins."""
    span, at = span_of(value, "date"), f"{column}__startswith"
    inside = Q(**{f"{at}__gte": span.start, f"{at}__lt": span.end})
    after, before = Q(**{f"{at}__gte": span.end}), Q(**{f"{at}__lt": span.start})
    return {
        "eq": inside, "ap": inside, "ne": ~inside, "gt": after, "sa": after, "lt": before, "eb": before,
        "ge": ~before, "le": ~after,
    }[span.prefix]  # fmt: skip


def _current(finder: Finder, column: str, value: str, modifier: str) -> Q:
    """Whether it still is: what was retired is not."""
    _, code = _coded(value)
    if code not in ("true", "false"):
        raise FhirError(400, "This is true or false.", expression="active")
    return Q(retired_at__isnull=code == "true")


def _own_number(finder: Finder, column: str, value: str, modifier: str) -> Q:
    """By a number or code of this facility's own."""
    system, code = _coded(value)
    return Q(**{column: code}) if code and system in (None, f"urn:uuid:{finder.act.facility_id}") else NOTHING


def _held(finder: Finder, column: str, value: str, modifier: str) -> Q:
    """Departments in which a kind of visit is held."""
    system, code = _coded(value)
    if not code or system:
        return NOTHING
    held = Pattern.objects.filter(service_codes__contains=[code], retired_at=None, schedule__retired_at=None)
    return Q(id__in=held.values("department_id"))


def _canonical(finder: Finder, column: str, value: str, modifier: str) -> Q:
    """By the form that was answered: its url, with or without the version, or the resource here."""
    url, _, edition = unescaped(value).partition("|")
    identity = _uuid(url.rpartition("/")[2])
    named = Q(questionnaire__url=url) & (Q(questionnaire__edition=edition) if edition else Q())
    return named | Q(questionnaire_id=identity) if identity else named


def _study_uid(finder: Finder, column: str, value: str, modifier: str) -> Q:
    system, code = _coded(value)
    if system not in (None, "", "urn:dicom:uid"):
        return NOTHING
    return Q(study_uid=code.removeprefix("urn:oid:"))


def _person_name(finder: Finder, column: str, value: str, modifier: str) -> Q:
    text = unescaped(value)
    if modifier == "exact":
        return Q(family=text) | Q(given=text)
    found = Q()
    for word in text.split():
        found &= Q(family__unaccent__istartswith=word) | Q(given__unaccent__istartswith=word)
    return found


def _patient_name(finder: Finder, part: str, value: str, modifier: str) -> Q:
    """By the beginnings of the words of any of a patient's names, in any script; `part` narrows to family or given."""
    text = unescaped(value)
    if modifier == "exact":
        return _exact_name(part, text)
    words = [one for one in naming.plain(text).split() if one]
    if not words:
        return NOTHING
    found = Q()
    for word in words:
        found &= Q(name_words=SearchQuery(f"'{word}':*", search_type="raw", config="simple"))
    return found & _in_part(part, naming.plain(text)) if part else found


def _in_part(part: str, text: str) -> Q:
    """The name to show by its plain letters, the others by theirs as written."""
    key = "sort_key" if part == "family" else "given_key"
    path = f"$[*].{part}{'[*]' if part == 'given' else ''} ? (@ starts with $text)"
    others = Func(
        Cast(Func(Lower(Cast(F("names"), TextField())), function="unaccent"), JSONField()),
        Cast(Value(path), _JsonPath()),
        Cast(Value(encode_text({"text": text})), JSONField()),
        function="jsonb_path_exists",
        output_field=BooleanField(),
    )
    return Q(**{f"{key}__startswith": text}) | Q(others)


class _JsonPath(TextField):  # type: ignore[type-arg]
    def db_type(self, connection: Any) -> str:
        return "jsonpath"


def _exact_name(part: str, text: str) -> Q:
    whole = {
        "family": Q(family=text) | Q(names__contains=[{"family": text}]),
        "given": Q(names__contains=[{"given": [text]}]),
    }
    whole["given"] |= Q(given=text)
    return whole[part] if part else whole["family"] | whole["given"] | Q(names__contains=[{"text": text}])


_SPECIAL: Mapping[str, Special] = {
    "boolean": _boolean,
    "identifiers": _identifiers,
    "concepts": _concepts,
    "patient-identifier": _patient_identifier,
    "patient-name": _patient_name,
    "person-name": _person_name,
    "study-uid": _study_uid,
    "canonical": _canonical,
    "begins": _begins,
    "current": _current,
    "own-number": _own_number,
    "held": _held,
}
