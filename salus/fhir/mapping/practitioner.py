"""Practitioner <-> staff.Practitioner: anyone who is named in a record."""

from __future__ import annotations

from salus.fhir.mapping import params
from salus.fhir.mapping.base import Mapping
from salus.fhir.mapping.concepts import exact, json_list, without_empty
from salus.fhir.mapping.context import Context, Row
from salus.fhir.written import JSON
from salus.staff.models import Practitioner


def read(resource: JSON, context: Context) -> Row:
    name = (resource.get("name") or [{}])[0]
    return {
        "family": name.get("family") or name.get("text", ""),
        "given": " ".join(filter(None, name.get("given", ()))),
        "title": " ".join(filter(None, name.get("prefix", ()))),
        "gender": resource.get("gender", ""),
        "identifiers": json_list(resource.get("identifier")),
        "telecom": json_list(resource.get("telecom")),
        "addresses": json_list(resource.get("address")),
        "is_active": resource.get("active", True),
    }


def write(row: Practitioner) -> JSON:
    name = without_empty({"family": row.family, "given": row.given.split(), "prefix": row.title.split()})
    return without_empty(
        {
            "resourceType": "Practitioner",
            "id": str(row.id),
            "identifier": exact(row.identifiers),
            "active": row.is_active,
            "name": [name] if name else [],
            "telecom": exact(row.telecom),
            "address": exact(row.addresses),
            "gender": row.gender,
        }
    )


MAPPING = Mapping(
    type="Practitioner",
    model=Practitioner,
    patient="",
    read=read,
    write=write,
    params=(
        params.special("identifier", "token", "identifiers"),
        params.special("name", "string", "person-name"),
        params.string("family", "family"),
        params.string("given", "given"),
        params.token("gender", "gender"),
        params.special("active", "token", "boolean:is_active"),
    ),
)
