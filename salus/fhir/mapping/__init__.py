"""Which type of resource lives in which room: the registry that imports, serves, and tells what is served."""

from collections.abc import Mapping as MappingOf

from salus.fhir.mapping import (
    allergy,
    care_plan,
    condition,
    coverage,
    diagnostic_report,
    encounter,
    goal,
    imaging_study,
    immunization,
    medication_request,
    observation,
    organization,
    patient,
    practitioner,
    procedure,
    service_request,
)
from salus.fhir.mapping.base import Mapping

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
        diagnostic_report.MAPPING,
        goal.MAPPING,
        care_plan.MAPPING,
        medication_request.MAPPING,
        service_request.MAPPING,
        coverage.MAPPING,
        imaging_study.MAPPING,
    )
}

#: what identifies a person is kept sealed, whether it has a room or not
SEALED = frozenset({one.type for one in MAPPINGS.values() if one.seals} | {"Person", "RelatedPerson", "Account"})

#: the element that names the patient, in types without a room
SUBJECTS = ("patient", "subject", "beneficiary", "for", "individual", "candidate")
