"""Answers are valid FHIR by another's measure: `fhir.resources` (R4B), which checks what our own check may have overlooked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.db.models.functions import Now
from fhir.resources.R4B import get_fhir_model_class

from salus.chart.models import Observation
from salus.chart.services import record_condition
from salus.encounters.services import start_encounter
from salus.fhir.mapping import MAPPINGS
from salus.fhir.models import Source
from salus.fhir.tests.builders import a_visit, imported, write
from salus.fhir.tests.conftest import Program
from salus.fhir.written import encode
from salus.patients.models import Patient
from tests.cast import Cast


def assert_valid(resource: dict[str, Any]) -> None:
    get_fhir_model_class(resource["resourceType"]).model_validate(json.loads(encode(resource)))


def test_what_was_imported(program: Program, ann: Patient) -> None:
    for kind in MAPPINGS:
        answer = program.get(kind, {"_include": f"{kind}:patient"} if "patient" in MAPPINGS[kind].searchable else {})
        assert_valid(answer.body)
    Source.objects.update(row_version=0)
    for kind in MAPPINGS:
        assert_valid(program.get(kind).body)


def test_refusals(program: Program, db: Any) -> None:
    for answer in (program.get("Patient/1"), program.get("Patient", {"nonsense": "1"}), program.post("Patient", b"{")):
        assert_valid(answer.body)


def test_a_resource_of_every_room(program: Program, cast: Cast, everything: Patient) -> None:
    """Rows that are born here, or whose received resource no longer holds; and the version before, as it was received."""
    before = {kind: program.get(kind).resources[0] for kind in MAPPINGS}
    for kind, first in before.items():
        MAPPINGS[kind].model._default_manager.filter(id=first["id"]).update(updated_at=Now())
        versions = program.get(f"{kind}/{first['id']}/_history")
        assert versions.status == 200, (kind, versions.body)
        assert versions.resources == [program.get(f"{kind}/{first['id']}").body, first], kind
    Source.objects.update(row_version=0)
    for kind in MAPPINGS:
        answer = program.get(kind)
        assert answer.status == 200, answer.body
        assert answer.resources, kind
        assert_valid(answer.body)


@pytest.fixture
def everything(cast: Cast, tmp_path: Path) -> Patient:
    """A patient with one imported resource of every type, and some that were recorded here."""
    bundle = a_visit()
    at = bundle["entry"][0]["fullUrl"]
    subject = {"subject": {"reference": at}}
    coded = {"coding": [{"system": "http://snomed.info/sct", "code": "1", "display": "one"}], "text": "one"}
    others: list[dict[str, Any]] = [
        {"resourceType": "AllergyIntolerance", "patient": {"reference": at}, "code": coded, "recordedDate": "2019"},
        {"resourceType": "Procedure", "status": "completed", "code": coded, "performedDateTime": "2019-03-04", **subject},
        {
            "resourceType": "FamilyMemberHistory",
            "status": "completed",
            "patient": {"reference": at},
            "relationship": coded,
            "condition": [{"code": coded, "onsetAge": {"value": 74, "code": "a"}}],
        },
        {
            "resourceType": "DocumentReference",
            "status": "current",
            "type": coded,
            **subject,
            "content": [{"attachment": {"contentType": "text/plain", "title": "Letter"}}],
        },
        {"resourceType": "Immunization", "status": "completed", "vaccineCode": coded, "patient": {"reference": at},
         "occurrenceString": "last winter", "doseQuantity": {"value": 5, "unit": "mL"}},
        {"resourceType": "DiagnosticReport", "status": "final", "code": coded, **subject},
        {"resourceType": "Goal", "lifecycleStatus": "active", "description": coded,
         "target": [{"dueDate": "2020-01-01"}], **subject},
        {"resourceType": "CarePlan", "status": "active", "intent": "plan", **subject},
        {"resourceType": "MedicationRequest", "status": "active", "intent": "order", "medicationCodeableConcept": coded,
         "dosageInstruction": [{"text": "twice", "asNeededCodeableConcept": {"text": "pain"}}], "requester": {"display": "Dr X"},
         "dispenseRequest": {"quantity": {"value": 10, "unit": "TAB"}}, **subject},
        {"resourceType": "MedicationStatement", "status": "active", "medicationCodeableConcept": coded, **subject},
        {"resourceType": "MedicationAdministration", "status": "not-done", "medicationCodeableConcept": coded, **subject,
         "effectivePeriod": {"start": "2020-03-04"}, "statusReason": [{"text": "asleep"}],
         "dosage": {"dose": {"value": 5, "unit": "mL"}}, "performer": [{"actor": {"display": "Nurse N"}}]},
        {"resourceType": "ServiceRequest", "status": "revoked", "intent": "order", "code": coded, **subject},
        {"resourceType": "Coverage", "status": "active", "beneficiary": {"reference": at}, "payor": [{"display": "Payer"}],
         "subscriberId": "M-1", "class": [{"type": {"coding": [{"code": "plan"}]}, "value": "gold"}], "order": 2},
        {"resourceType": "ImagingStudy", "status": "available", "started": "2019-03-04", **subject},
        {"resourceType": "Composition", "status": "final", "type": coded, "date": "2019-03-04", "title": "Letter",
         "author": [{"display": "Dr X"}], **subject},
        {"resourceType": "Organization", "name": "North"},
        {"resourceType": "Practitioner", "name": [{"family": "Okoye", "given": ["C"]}], "gender": "male"},
    ]  # fmt: skip
    bundle["entry"] += [{"resource": one, "request": {"method": "POST", "url": one["resourceType"]}} for one in others]
    write(tmp_path, "all.json", bundle)
    report = imported(cast.facility, tmp_path)
    assert not report.refusals
    patient = Patient.objects.get()
    act = cast.almighty()
    visit = start_encounter(act, patient_id=patient.id, department_id=cast.departments["opd"].id, reason="cough")
    record_condition(act, patient_id=patient.id, code="J45.909", display="Asthma", encounter_id=visit.id)
    Observation.objects.create(
        patient=patient, status="final", display="words only", at=act.at, text="x", value_type="string"
    )
    return patient
