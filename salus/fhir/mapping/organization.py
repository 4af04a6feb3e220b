"""Organization <-> places.Organization."""

from __future__ import annotations

from salus.fhir.mapping import params
from salus.fhir.mapping.base import Mapping
from salus.fhir.mapping.concepts import CLINICAL, code_of, exact, json_list, reference_to, without_empty
from salus.fhir.mapping.context import Context, Row
from salus.fhir.written import JSON
from salus.places.models import Organization

KIND = f"{CLINICAL}organization-type"


def read(resource: JSON, context: Context) -> Row:
    return {
        "name": resource.get("name", ""),
        "kind": code_of(resource.get("type")),
        "identifiers": json_list(resource.get("identifier")),
        "telecom": json_list(resource.get("telecom")),
        "addresses": json_list(resource.get("address")),
        "part_of_id": context.row(resource.get("partOf"), "Organization"),
        "is_active": resource.get("active", True),
    }


def write(row: Organization) -> JSON:
    return without_empty(
        {
            "resourceType": "Organization",
            "id": str(row.id),
            "identifier": exact(row.identifiers),
            "active": row.is_active,
            "type": [{"coding": [{"system": KIND, "code": row.kind}]}] if row.kind else [],
            "name": row.name,
            "telecom": exact(row.telecom),
            "address": exact(row.addresses),
            "partOf": reference_to("Organization", row.part_of_id),
        }
    )


MAPPING = Mapping(
    type="Organization",
    model=Organization,
    patient="",
    read=read,
    write=write,
    params=(
        params.special("identifier", "token", "identifiers"),
        params.string("name", "name"),
        params.token("type", "kind", fixed=KIND),
        params.reference("partof", "part_of_id", "Organization"),
        params.special("active", "token", "boolean:is_active"),
    ),
)
