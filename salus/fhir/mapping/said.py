"""How a received resource that stands in no room is searched: by the names of its type, in its own text."""

from __future__ import annotations

import re
from collections.abc import Mapping as MappingOf
from dataclasses import replace
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db.models import Expression, F, Func, JSONField, TextField, UUIDField

from salus.fhir.definitions import Element, shape_of
from salus.fhir.mapping.base import Mapping
from salus.fhir.mapping.params import Param

#: where a value stands if not under the name of its parameter
_PATHS: MappingOf[str, MappingOf[str, str]] = {
    "Appointment": {"date": "start", "practitioner": "participant.actor"},
    "CareTeam": {"participant": "participant.member"},
    "Flag": {"date": "period"},
    "HealthcareService": {"organization": "providedBy", "service-type": "type"},
    "MedicationRequest": {"code": "medicationCodeableConcept", "authoredon": "authoredOn"},
    "PractitionerRole": {"role": "code", "service": "healthcareService"},
    "ServiceRequest": {"authored": "authoredOn"},
}
_UUID = "[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}"
_DATES = frozenset({"date", "dateTime", "instant"})


def said_of(kind: Mapping) -> tuple[tuple[Param, ...], dict[str, Expression]]:
    """The parameters of a type for what was received of it, and the columns that they look into."""
    params: list[Param] = []
    columns: dict[str, Expression] = {}
    for param in kind.params:
        if param.kind == "reference" and param.column == kind.patient_column:
            params.append(replace(param, column="patient_id"))
            continue
        found, more = _param(kind.type, param)
        params.append(found)
        columns |= more
    return tuple(params), columns


def _param(kind: str, param: Param) -> tuple[Param, dict[str, Expression]]:
    path = _PATHS.get(kind, {}).get(param.name) or _camel(param.name)
    element = _element(kind, path)
    column = f"said_{param.name.replace('-', '_')}"
    if element is None:
        return Param(name=param.name, kind=param.kind, column="", said="nowhere"), {}
    told: dict[str, Any] = {"name": param.name, "kind": param.kind, "said": element.kind}
    if param.kind == "date":
        ends = f"{column}_ends" if element.kind == "Period" else ""
        start = f"{path}.start" if ends else path
        found: dict[str, Expression] = {column: _text(start)} | ({ends: _text(f"{path}.end")} if ends else {})
        return Param(**told, column="", text=column, ends=ends, goes_on=True, sorts=param.sorts), found
    if param.kind == "reference" and element.kind == "Reference":
        return Param(**told, column=column, targets=param.targets, array=True), {column: _Ids(_values(path))}
    if param.kind == "token":
        return Param(**told, column=column, sorts=param.sorts), {column: _values(path)}
    return Param(**told, column=column, targets=param.targets, sorts=param.sorts), {column: _text(path)}


def _camel(name: str) -> str:
    return re.sub(r"-([a-z])", lambda match: match[1].upper(), name)


def _element(kind: str, path: str) -> Element | None:
    """What R4 says of the element at a path, or None if there is none."""
    element = None
    for name in path.split("."):
        shape = shape_of(kind)
        element = shape.elements.get(name) if shape else None
        if element is None:
            return None
        kind = element.kind
    return element


# ---------------------------------------------------------------- columns


def _content() -> Expression:
    """The resource as `jsonb`; what is sealed is never searched."""
    return Func(F("content"), template="nullif(%(expressions)s, '')::jsonb", output_field=JSONField())


def _values(path: str) -> Expression:
    """All values at a path, as a list."""
    steps = "".join(f".{one}[*]" for one in path.split("."))
    return Func(_content(), template=f"jsonb_path_query_array(%(expressions)s, '${steps}')", output_field=JSONField())


def _text(path: str) -> Expression:
    """The first value at a path, as text."""
    steps = "".join(f".{one}[*]" for one in path.split("."))
    template = f"(jsonb_path_query_first(%(expressions)s, '${steps}') #>> '{{}}')"
    return Func(_content(), template=template, output_field=TextField())


def ids_at(path: str) -> Expression:
    """The ids of the rows here that the references at a path of a received resource lead to."""
    return _Ids(_values(path))


class _Ids(Func):
    """The ids of the rows here that a list of references leads to."""

    template = (
        "ARRAY(SELECT substring(one ->> 'reference' FROM '^[A-Za-z]+/(UUID)')::uuid "
        "FROM jsonb_array_elements(%(expressions)s) one WHERE one ->> 'reference' ~ '^[A-Za-z]+/UUID')"
    ).replace("UUID", _UUID)
    output_field = ArrayField(UUIDField())
