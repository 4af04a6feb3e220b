"""Writing patients: registered and changed by the acts of their room, with a record number that only we give."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from salus.core.act import Act
from salus.fhir.mapping.context import Context, Row
from salus.fhir.mapping.patient import identifier_rows
from salus.fhir.mapping.patient import read as read_patient
from salus.fhir.serving.outcomes import FhirError
from salus.fhir.serving.referred import NOTHING_KNOWN
from salus.fhir.written import JSON, raw_numbers
from salus.patients.services import register_patient, update_patient

#: the rooms' acts that these writers do
RIGHTS = frozenset({"patients.register_patient", "patients.update_patient"})


def _patient_columns(act: Act, resource: JSON) -> Row:
    assert act.facility_id is not None
    row = read_patient(resource, Context(facility_id=act.facility_id, known=NOTHING_KNOWN))
    same = ("family", "given", "title", "gender", "birth_date", "language", "marital_status")
    return {
        **{name: row[name] for name in same},
        "names": _texts(row["names"]),
        "telecom": raw_numbers(row["telecom"]),
        "addresses": raw_numbers(row["addresses"]),
    }


def _texts(names: list[JSON]) -> list[JSON]:
    """Names for a column that takes no decimals; they could only stand in an extension, and the resource is kept beside."""
    kept: list[JSON] = [{key: item for key, item in name.items() if key not in ("extension",)} for name in names]
    return kept


def without_our_number(act: Act, resource: JSON, mrn: str) -> None:
    """Take our own number out of the identifiers: it is given here, served with the patient, and nobody else's to change."""
    ours = f"urn:uuid:{act.facility_id}"
    listed = resource.get("identifier", [])
    if any(one.get("system") == ours and one.get("value") != mrn for one in listed):
        raise FhirError(422, "Our record number is given here and does not change.", expression="Patient.identifier")
    resource["identifier"] = [one for one in listed if one.get("system") != ours]
    if not resource["identifier"]:
        del resource["identifier"]


def create(act: Act, resource: JSON) -> UUID:
    without_our_number(act, resource, "")
    patient = register_patient(act, **_patient_columns(act, resource), identifiers=identifier_rows(resource))
    later = _life(resource)
    if later != {"deceased": None, "is_deceased": False, "is_active": True}:
        update_patient(act, patient_id=patient.id, version=1, **later)
    return patient.id


def update(act: Act, resource: JSON, row: Any) -> None:
    changes = _patient_columns(act, resource) | _life(resource)
    update_patient(act, patient_id=row.id, version=row.version, identifiers=identifier_rows(resource), **changes)


def _life(resource: JSON) -> Row:
    deceased = resource.get("deceasedDateTime")
    return {
        "deceased": deceased,
        "is_deceased": bool(deceased or resource.get("deceasedBoolean")),
        "is_active": resource.get("active", True),
    }
