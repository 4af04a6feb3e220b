"""What this server can do, told by the registry that does it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from salus.fhir.mapping import MAPPINGS, served
from salus.fhir.mapping.base import Mapping
from salus.fhir.models import Source
from salus.fhir.serving import proposing, slots
from salus.fhir.serving.bundles import MOST
from salus.fhir.serving.outcomes import MEDIA_TYPE
from salus.fhir.serving.writing import ONLY_CREATED, WRITABLE
from salus.fhir.written import JSON
from salus.version import VERSION

#: when this statement last changed in kind
_DATE = "2026-11-29"

_OPERATIONS: dict[str, list[JSON]] = {
    "Patient": [
        {"name": "everything", "definition": "http://hl7.org/fhir/OperationDefinition/Patient-everything"},
        {"name": "summary", "definition": "http://hl7.org/fhir/uv/ips/OperationDefinition/summary"},
    ],
    "Appointment": [{"name": "find", "definition": proposing.DEFINITION, "documentation": proposing.DOCUMENTATION}],
}
#: what may be said with every search, beside the parameters of its type
_EVERYWHERE: list[JSON] = [
    {"name": "_has", "type": "string", "documentation": "_has:Type:reference:parameter, one step"},
    {"name": "_elements", "type": "string", "documentation": "Also of a read; parts are marked SUBSETTED"},
    {"name": "_summary", "type": "string", "documentation": "true, text, data, false (also of a read), and count"},
    {"name": "_count", "type": "number"},
    {"name": "_sort", "type": "string", "documentation": "Up to three parameters"},
    {"name": "_total", "type": "string", "documentation": "none, estimate, accurate"},
    {"name": "_include", "type": "string", "documentation": "Also :iterate, three steps deep"},
    {"name": "_revinclude", "type": "string", "documentation": "Also :iterate, three steps deep"},
]
_TOGETHER = f"At most {MOST} entries, each a GET, a POST (`ifNoneExist`) or a PUT (`ifMatch`)."
_ACCESS = (
    "Each request carries `Authorization: Bearer TOKEN`; tokens are issued by `salus token issue`. What an answer shows of "
    "a patient is written to the access log."
)


def capability_statement(base_url: str, *, now: datetime | None = None) -> JSON:
    """The CapabilityStatement (hl7.org/fhir/R4/capabilitystatement.html)."""
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": _DATE if now is None else now.astimezone(UTC).isoformat(),
        "kind": "instance",
        "software": {"name": "Salus", "version": VERSION},
        "implementation": {"description": "Salus hospital management system", "url": base_url},
        "fhirVersion": "4.0.1",
        "format": [MEDIA_TYPE, "json"],
        "rest": [
            {
                "mode": "server",
                "security": {"cors": False, "description": _ACCESS},
                "resource": [_resource(mapping) for mapping in served()],
                "interaction": [{"code": code, "documentation": _TOGETHER} for code in ("batch", "transaction")],
                "searchParam": _EVERYWHERE,
            }
        ],
    }


def _resource(mapping: Mapping) -> JSON:
    writes = mapping.type in WRITABLE
    updates = writes and mapping.type not in ONLY_CREATED
    versions = [] if mapping.is_composed else ["vread", "history-instance"]
    interactions = ["read", *versions, "search-type", *(["create"] if writes else []), *(["update"] if updates else [])]
    said: JSON = {
        "type": mapping.type,
        "interaction": [{"code": code} for code in interactions],
        "versioning": "versioned-update" if updates else "versioned",
        "readHistory": bool(versions),
        "updateCreate": False,
        "conditionalCreate": writes,
        "conditionalRead": "not-match",
        "searchParam": [{"name": p.name, "type": p.kind} for p in mapping.searchable.values()],
    }
    if mapping.type == "Slot":
        said["interaction"] = [{"code": "search-type"}]
        said["searchParam"] = [{"name": name, "type": kind} for name, kind in slots.PARAMS.items()]
        said["documentation"] = "Reckoned when it is asked for: the free times of schedules of this server."
    elif mapping.type == "Provenance":
        said["searchParam"].append({"name": "target", "type": "reference"})
        said["documentation"] = (
            "By target: out of the version history, who made each version. Others as they were received."
        )
    elif mapping.model is Source:
        said["documentation"] = "Kept whole and served as it was received."
    if mapping.type in _OPERATIONS:
        said["operation"] = _OPERATIONS[mapping.type]
    return said | _includes(mapping)


def _includes(mapping: Mapping) -> JSON:
    own = [f"{mapping.type}:{p.name}" for p in mapping.searchable.values() if p.kind == "reference"]
    referring = [f"{m.type}:{p.name}" for m in _referring_types() for p in m.params if mapping.type in p.targets]
    if mapping.has_room and (mapping.updated == "updated_at" or mapping.parts):
        referring.append("Provenance:target")
    said: JSON = {}
    if own:
        said["searchInclude"] = own
    if referring:
        said["searchRevInclude"] = referring
    return said


def _referring_types() -> Sequence[Mapping]:
    return [*MAPPINGS.values(), *(one for one in served() if one.read is None and one.params)]
