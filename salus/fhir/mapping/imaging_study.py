"""ImagingStudy <-> radiology.ImagingStudy."""

from __future__ import annotations

from salus.fhir.mapping import params
from salus.fhir.mapping.base import Mapping
from salus.fhir.mapping.concepts import exact, first_instant, json_list, reference_to, text_or_none, without_empty
from salus.fhir.mapping.context import Context, Row
from salus.fhir.written import JSON
from salus.radiology.models import ImagingStudy

DICOM = "http://dicom.nema.org/resources/ontology/DCM"


def read(resource: JSON, context: Context) -> Row:
    series = resource.get("series", [])
    modalities = [*resource.get("modality", ()), *(one["modality"] for one in series if "modality" in one)]
    return {
        "patient_id": context.patient(resource, "subject"),
        "encounter_id": context.row(resource.get("encounter"), "Encounter"),
        "status": resource["status"],
        "study_uid": _study_uid(resource),
        "modality": next((one["code"] for one in modalities if one.get("code")), ""),
        "description": resource.get("description", ""),
        "started": resource.get("started"),
        "at": first_instant(resource.get("started")),
        "series": json_list(series),
    }


def _study_uid(resource: JSON) -> str:
    """The DICOM study instance UID (hl7.org/fhir/R4/imagingstudy.html, "identifier")."""
    identifiers = resource.get("identifier", [])
    first = next(
        (one for one in identifiers if one.get("system") == "urn:dicom:uid"), identifiers[0] if identifiers else {}
    )
    return str(first.get("value", "")).removeprefix("urn:oid:")


def write(row: ImagingStudy) -> JSON:
    uid = {"system": "urn:dicom:uid", "value": f"urn:oid:{row.study_uid}"}
    series = exact(row.series)
    return without_empty(
        {
            "resourceType": "ImagingStudy",
            "id": str(row.id),
            "identifier": [uid] if row.study_uid else [],
            "status": "entered-in-error" if row.voided_at else row.status,
            "modality": [{"system": DICOM, "code": row.modality}] if row.modality else [],
            "subject": reference_to("Patient", row.patient_id),
            "encounter": reference_to("Encounter", row.encounter_id),
            "started": text_or_none(row.started),
            "numberOfSeries": len(series) or None,
            "numberOfInstances": sum(len(one.get("instance", ())) for one in series) or None,
            "description": row.description,
            "series": series,
        }
    )


MAPPING = Mapping(
    type="ImagingStudy",
    model=ImagingStudy,
    read=read,
    write=write,
    params=(
        *params.patient(),
        params.reference("encounter", "encounter_id", "Encounter"),
        params.special("identifier", "token", "study-uid"),
        params.token("modality", "modality", fixed=DICOM),
        params.token("status", "status"),
        params.date("started", "started", "at"),
    ),
)
