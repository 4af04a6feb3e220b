"""Patient <-> patients.Patient and its identifiers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from salus.fhir.mapping import params
from salus.fhir.mapping.base import Mapping
from salus.fhir.mapping.concepts import (
    CLINICAL,
    code_of,
    exact,
    first_instant,
    reference_to,
    text_or_none,
    without_empty,
)
from salus.fhir.mapping.context import Context, Row
from salus.fhir.written import JSON
from salus.patients.models import Identifier, Patient

IDENTIFIER_TYPE = f"{CLINICAL}v2-0203"
US_SOCIAL_SECURITY = "http://hl7.org/fhir/sid/us-ssn"
MARITAL_STATUS = f"{CLINICAL}v3-MaritalStatus"

#: HL7 v2 table 0203 <-> how we call it
_KINDS = {
    "SS": "national",
    "NI": "national",
    "NH": "national",
    "NN": "national",
    "PPN": "passport",
    "DL": "driver",
    "MB": "insurance",
    "SN": "insurance",
    "MC": "insurance",
    "MA": "insurance",
    "MR": "record",
    "PI": "record",
    "PT": "record",
    "MRT": "record",
}
_TYPES = {"national": "NI", "passport": "PPN", "driver": "DL", "insurance": "MB", "record": "MR"}


def read(resource: JSON, context: Context) -> Row:
    names = resource.get("name", [])
    name = main_name(names)
    communication = resource.get("communication", [])
    language = next((c for c in communication if c.get("preferred")), communication[0] if communication else {})
    birth_date = resource.get("birthDate")
    born = first_instant(birth_date)
    return {
        "facility_id": context.facility_id,
        "family": name.get("family") or name.get("text", ""),
        "given": " ".join(filter(None, name.get("given", ()))),
        "title": " ".join(filter(None, name.get("prefix", ()))),
        "names": names,
        "gender": resource.get("gender", "unknown"),
        "birth_date": birth_date,
        "born_on": born.date() if born else None,
        "deceased": resource.get("deceasedDateTime"),
        "is_deceased": bool(resource.get("deceasedBoolean") or resource.get("deceasedDateTime")),
        "language": code_of(language.get("language")),
        "marital_status": code_of(resource.get("maritalStatus")),
        "telecom": resource.get("telecom", []),
        "addresses": resource.get("address", []),
        "is_active": resource.get("active", True),
    }


def main_name(names: Sequence[JSON]) -> JSON:
    """The name to show: the official one, else the usual one, else the first that is not a former one."""
    for use in ("official", "usual", None):
        for name in names:
            if name.get("use") == use:
                return name
    return names[0] if names else {}


def identifier_rows(resource: JSON) -> list[dict[str, str]]:
    """`kind`, `system` and `value` of each number in the resource, each once."""
    rows: dict[tuple[str, str], dict[str, str]] = {}
    for one in resource.get("identifier", ()):
        value = one.get("value", "").strip()
        if value:
            kind = _KINDS.get(code_of(one.get("type")), "other")
            rows.setdefault(
                (one.get("system", ""), value), {"kind": kind, "system": one.get("system", ""), "value": value}
            )
    return list(rows.values())


def mrn_identifier(row: Patient) -> JSON:
    """Our own number; the facility's id makes its system unlike that of every other hospital."""
    return {
        "use": "usual",
        "type": {"coding": [{"system": IDENTIFIER_TYPE, "code": "MR"}]},
        "system": f"urn:uuid:{row.facility_id}",
        "value": row.mrn,
    }


def load_identifiers(rows: Sequence[Patient]) -> None:
    """Put the valid identifiers of these patients beside them, in one statement."""
    by_patient: dict[Any, list[Identifier]] = {row.id: [] for row in rows}
    found = Identifier.objects.filter(patient_id__in=by_patient, voided_at__isnull=True).order_by("created_at", "id")
    for one in found:
        by_patient[one.patient_id].append(one)
    for row in rows:
        row.fhir_identifiers = by_patient[row.id]  # type: ignore[attr-defined]


def write(row: Patient) -> JSON:
    return without_empty(
        {
            "resourceType": "Patient",
            "id": str(row.id),
            "identifier": [*map(_identifier, getattr(row, "fhir_identifiers", ())), mrn_identifier(row)],
            "active": row.is_active and row.merged_into_id is None,
            "name": _names(row),
            "telecom": exact(row.telecom or "[]"),
            "gender": row.gender,
            "birthDate": text_or_none(row.birth_date),
            "deceasedDateTime": text_or_none(row.deceased),
            "deceasedBoolean": True if row.is_deceased and not row.deceased else None,
            "address": exact(row.addresses or "[]"),
            "maritalStatus": _marital(row.marital_status),
            "communication": [{"language": {"coding": [{"system": "urn:ietf:bcp:47", "code": row.language}]}}]
            if row.language
            else [],
            "link": [{"other": reference_to("Patient", row.merged_into_id), "type": "replaced-by"}]
            if row.merged_into_id
            else [],
        }
    )


def _identifier(one: Identifier) -> JSON:
    code = "SS" if one.system == US_SOCIAL_SECURITY else _TYPES.get(one.kind)
    kind = {"coding": [{"system": IDENTIFIER_TYPE, "code": code}]} if code else None
    return without_empty({"type": kind, "system": one.system, "value": one.value})


def _names(row: Patient) -> list[JSON]:
    """The names as they came; the one to show first, where it is not among them."""
    listed: list[JSON] = exact(row.names) or []
    shown = without_empty(
        {"use": "official", "family": row.family, "given": row.given.split(), "prefix": row.title.split()}
    )
    has_shown = any(
        (one.get("family") or one.get("text", "")) == row.family and " ".join(one.get("given", ())) == row.given
        for one in listed
    )
    nickname = [{"use": "nickname", "given": [row.preferred_name]}] if row.preferred_name else []
    return [*([] if has_shown or len(shown) == 1 else [shown]), *listed, *nickname]


def _marital(code: str) -> JSON | None:
    if not code:
        return None
    return {"coding": [{"system": MARITAL_STATUS, "code": code}]} if len(code) <= 3 else {"text": code}


def amend(row: Patient, resource: JSON) -> None:
    """Our record number, which no other system knew."""
    listed = resource.setdefault("identifier", [])
    ours = mrn_identifier(row)
    if all((one.get("system"), one.get("value")) != (ours["system"], ours["value"]) for one in listed):
        listed.append(ours)


MAPPING = Mapping(
    type="Patient",
    model=Patient,
    patient="id",
    read=read,
    write=write,
    seals=True,
    beside=load_identifiers,
    amend=amend,
    params=(
        params.special("identifier", "token", "patient-identifier"),
        params.special("name", "string", "patient-name"),
        params.special("family", "string", "patient-name:family"),
        params.special("given", "string", "patient-name:given"),
        params.date("birthdate", "birth_date", "born_on"),
        params.token("gender", "gender"),
        params.special("active", "token", "boolean:is_active"),
        params.special("deceased", "token", "boolean:is_deceased"),
    ),
)
