"""Which type of resource lives in which room: the registry that imports, serves, and tells what is served."""

from collections.abc import Mapping as MappingOf
from functools import cache
from typing import Any

from django.db.models import QuerySet

from salus.chart.models import Document
from salus.fhir.definitions import resource_types, shape_of
from salus.fhir.mapping import (
    allergy,
    appointment,
    care_plan,
    care_team,
    clinical_impression,
    communication,
    composition,
    condition,
    coverage,
    diagnostic_report,
    document_reference,
    encounter,
    family_member_history,
    flag,
    goal,
    healthcare_service,
    imaging_study,
    immunization,
    medication_administration,
    medication_request,
    medication_statement,
    observation,
    organization,
    patient,
    practitioner,
    practitioner_role,
    procedure,
    questionnaire,
    questionnaire_response,
    schedule,
    service_request,
    task,
)
from salus.fhir.mapping.base import Mapping
from salus.fhir.mapping.params import reference
from salus.fhir.mapping.said import said_of
from salus.fhir.models import Source
from salus.fhir.written import JSON, decode

#: in the order in which rows must be stored: what others refer to comes first
MAPPINGS: MappingOf[str, Mapping] = {
    one.type: one
    for one in (
        organization.MAPPING,
        practitioner.MAPPING,
        patient.MAPPING,
        encounter.MAPPING,
        condition.MAPPING,
        observation.MAPPING,
        allergy.MAPPING,
        procedure.MAPPING,
        immunization.MAPPING,
        family_member_history.MAPPING,
        document_reference.MAPPING,
        diagnostic_report.MAPPING,
        composition.MAPPING,
        goal.MAPPING,
        care_plan.MAPPING,
        medication_request.MAPPING,
        medication_administration.MAPPING,
        medication_statement.MAPPING,
        service_request.MAPPING,
        coverage.MAPPING,
        imaging_study.MAPPING,
    )
}

#: types with a room of which some are a patient's papers instead: requests that are no orders, notes in the name of our own
PAPERS = frozenset({"MedicationRequest", "ServiceRequest", "Composition"})

#: types whose rows are only made here
MADE_HERE: MappingOf[str, Mapping] = {
    one.type: one
    for one in (
        *(schedule.MAPPING, appointment.MAPPING, healthcare_service.MAPPING, practitioner_role.MAPPING),
        *(task.MAPPING, communication.MAPPING, flag.MAPPING, clinical_impression.MAPPING),
        *(questionnaire.MAPPING, questionnaire_response.MAPPING, care_team.MAPPING),
    )
}

#: what identifies a person is kept sealed, whether it has a room or not
SEALED = frozenset({one.type for one in MAPPINGS.values() if one.seals} | {"Person", "RelatedPerson", "Account"})

#: types of R4 that are no records: they carry others, or belong to a single exchange
UNSERVED = frozenset({"Binary", "Bundle", "OperationOutcome", "Parameters"})

#: the element that names the patient, in types without a room
SUBJECTS = ("patient", "subject", "beneficiary", "for", "individual", "candidate")

#: FHIR defines no `patient` for it, though it has a subject
_WITHOUT_PATIENT = frozenset({"AdverseEvent"})


@cache
def mapping_of(name: str) -> Mapping | None:
    """How a type is served: from its room, or as it came; None for what is no record of R4."""
    return MAPPINGS.get(name) or MADE_HERE.get(name) or received(name)


@cache
def received(name: str) -> Mapping | None:
    """How a type is served as it came; None for what is no record of R4. What stands in its room is none of it."""
    if name not in resource_types() or name in UNSERVED:
        return None
    shape = shape_of(name)
    has_patient = shape is not None and not shape.elements.keys().isdisjoint(SUBJECTS) and name not in _WITHOUT_PATIENT
    room = MAPPINGS.get(name) or MADE_HERE.get(name)
    params, said = said_of(room) if room else ((), {})
    if room is None and has_patient:
        params = (reference("patient", "patient_id", "Patient"),)
    return Mapping(
        type=name,
        model=Source,
        read=None,
        write=_as_it_came,
        params=params,
        joined=said,
        without=room.model if room and room.made_here else None,
        only={"type": name} | ({"id__in": _papers(name)} if name in PAPERS else {}),
    )


def kept_of(mapping: Mapping) -> Mapping | None:
    """Of a type with a room, what was received and stands in none; None where all of it has a row."""
    return received(mapping.type) if mapping.made_here or mapping.type in PAPERS else None


def _papers(name: str) -> QuerySet[Any, Any]:
    return Document.objects.filter(kind=f"fhir:{name}").values("id")


def _as_it_came(row: Source) -> JSON:
    resource: JSON = decode(row.resource_text)
    return resource


def served() -> list[Mapping]:
    """Every type that is served, by name."""
    return [one for name in sorted(resource_types()) if (one := mapping_of(name))]
