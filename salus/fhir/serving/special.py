"""Search parameters with a way of their own: names, numbers, periods, what a department holds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.contrib.postgres.search import SearchQuery
from django.db.models import BooleanField, F, Func, JSONField, Q, TextField, Value
from django.db.models.functions import Cast, Lower

from salus.core.act import Act
from salus.fhir.serving.asked import unescaped
from salus.fhir.serving.instants import span_of
from salus.fhir.serving.outcomes import FhirError
from salus.fhir.serving.values import NOTHING, coded, uuid_in
from salus.fhir.written import encode_text
from salus.patients.models import Identifier
from salus.patients.queries.identity import identifier_indexes
from salus.patients.rules import names as naming
from salus.scheduling.models import Pattern

Special = Callable[[Act, str, str, str], Q]


def _boolean(act: Act, column: str, value: str, modifier: str) -> Q:
    _, code = coded(value)
    if code not in ("true", "false"):
        raise FhirError(400, "This is true or false.", expression=column)
    return Q(**{column: code == "true"})


def _identifiers(act: Act, column: str, value: str, modifier: str) -> Q:
    system, code = coded(value)
    wanted = {name: text for name, text in (("system", system), ("value", code)) if text}
    return Q(identifiers__contains=[wanted]) if wanted else NOTHING


def _concepts(act: Act, column: str, value: str, modifier: str) -> Q:
    system, code = coded(value)
    coding = {name: text for name, text in (("system", system), ("code", code)) if text}
    return Q(**{f"{column}__contains": [{"coding": [coding]}]}) if coding else NOTHING


def _patient_identifier(act: Act, column: str, value: str, modifier: str) -> Q:
    """By a number of another system, or by our own record number."""
    system, code = coded(value)
    if not code:
        return NOTHING
    numbers = Identifier.objects.filter(value_key__in=identifier_indexes(code), voided_at__isnull=True)
    ours = system is None or system == f"urn:uuid:{act.facility_id}"
    if system is not None:
        numbers = numbers.filter(system=system)
    return Q(pk__in=numbers.values("patient_id")) | (Q(mrn=code) if ours else NOTHING)


def _begins(act: Act, column: str, value: str, modifier: str) -> Q:
    """By when a period begins."""
    span, at = span_of(value, "date"), f"{column}__startswith"
    inside = Q(**{f"{at}__gte": span.start, f"{at}__lt": span.end})
    after, before = Q(**{f"{at}__gte": span.end}), Q(**{f"{at}__lt": span.start})
    return {
        "eq": inside, "ap": inside, "ne": ~inside, "gt": after, "sa": after, "lt": before, "eb": before,
        "ge": ~before, "le": ~after,
    }[span.prefix]  # fmt: skip


def _current(act: Act, column: str, value: str, modifier: str) -> Q:
    """Whether it still is: what was retired is not."""
    _, code = coded(value)
    if code not in ("true", "false"):
        raise FhirError(400, "This is true or false.", expression="active")
    return Q(retired_at__isnull=code == "true")


def _own_number(act: Act, column: str, value: str, modifier: str) -> Q:
    """By a number or code of this facility's own."""
    system, code = coded(value)
    return Q(**{column: code}) if code and system in (None, f"urn:uuid:{act.facility_id}") else NOTHING


def _held(act: Act, column: str, value: str, modifier: str) -> Q:
    """Departments in which a kind of visit is held."""
    system, code = coded(value)
    if not code or system:
        return NOTHING
    held = Pattern.objects.filter(service_codes__contains=[code], retired_at=None, schedule__retired_at=None)
    return Q(id__in=held.values("department_id"))


def _canonical(act: Act, column: str, value: str, modifier: str) -> Q:
    """By the form that was answered: its url, with or without the version, or the resource here."""
    url, _, edition = unescaped(value).partition("|")
    identity = uuid_in(url.rpartition("/")[2])
    named = Q(questionnaire__url=url) & (Q(questionnaire__edition=edition) if edition else Q())
    return named | Q(questionnaire_id=identity) if identity else named


def _study_uid(act: Act, column: str, value: str, modifier: str) -> Q:
    system, code = coded(value)
    if system not in (None, "", "urn:dicom:uid"):
        return NOTHING
    return Q(study_uid=code.removeprefix("urn:oid:"))


def _person_name(act: Act, column: str, value: str, modifier: str) -> Q:
    text = unescaped(value)
    if modifier == "exact":
        return Q(family=text) | Q(given=text)
    found = Q()
    for word in text.split():
        found &= Q(family__unaccent__istartswith=word) | Q(given__unaccent__istartswith=word)
    return found


def _patient_name(act: Act, part: str, value: str, modifier: str) -> Q:
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


SPECIAL: Mapping[str, Special] = {
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
