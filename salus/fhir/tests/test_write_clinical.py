"""Creating and changing problems and allergies through the acts of the chart."""

from __future__ import annotations

from typing import Any

from salus.chart.models import AllergyIntolerance, Condition
from salus.core.models import Fact
from salus.fhir.models import Source
from salus.fhir.tests.builders import a_patient
from salus.fhir.tests.conftest import Program
from salus.fhir.written import decode, encode
from salus.patients.models import Patient

CLINICAL = "http://terminology.hl7.org/CodeSystem/"


def a_condition(patient: Patient, **changes: Any) -> dict[str, Any]:
    return {
        "resourceType": "Condition",
        "clinicalStatus": {"coding": [{"system": f"{CLINICAL}condition-clinical", "code": "active"}]},
        "verificationStatus": {"coding": [{"system": f"{CLINICAL}condition-ver-status", "code": "provisional"}]},
        "category": [{"coding": [{"system": f"{CLINICAL}condition-category", "code": "problem-list-item"}]}],
        "severity": {"coding": [{"system": "http://snomed.info/sct", "code": "6736007", "display": "Moderate"}]},
        "code": {
            "coding": [
                {"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "J45.909", "display": "Unspecified asthma"},
                {"system": "http://snomed.info/sct", "code": "195967001"},
            ]
        },
        "subject": {"reference": f"Patient/{patient.id}"},
        "onsetDateTime": "2015-04",
        "recordedDate": "2020-02-03",
        "note": [{"text": "Since the move"}],
        "evidence": [{"detail": [{"display": "Spirometry"}]}],
        **changes,
    }


def an_allergy(whose: Patient, **changes: Any) -> dict[str, Any]:
    return {
        "resourceType": "AllergyIntolerance",
        "clinicalStatus": {"coding": [{"system": f"{CLINICAL}allergyintolerance-clinical", "code": "active"}]},
        "verificationStatus": {
            "coding": [{"system": f"{CLINICAL}allergyintolerance-verification", "code": "confirmed"}]
        },
        "type": "allergy",
        "category": ["food"],
        "criticality": "high",
        "code": {"text": "Cashew nuts"},
        "patient": {"reference": f"Patient/{whose.id}"},
        "onsetDateTime": "2004",
        "reaction": [
            {"manifestation": [{"text": "Hives"}], "severity": "mild", "onset": "2004-06"},
            {
                "manifestation": [{"text": "Anaphylaxis"}],
                "severity": "severe",
                "extension": [{"url": "http://example.org/x", "valueDecimal": decode("1.50")}],
            },
        ],
        **changes,
    }


def _verified(resource: dict[str, Any], code: str) -> dict[str, Any]:
    system = resource["verificationStatus"]["coding"][0]["system"]
    bare = {key: value for key, value in resource.items() if key != "clinicalStatus"}
    return bare | {"verificationStatus": {"coding": [{"system": system, "code": code}]}}


def test_a_problem_is_created_found_changed_and_found_wrong(program: Program, ann: Patient) -> None:
    sent = a_condition(ann)
    answer = program.post("Condition", sent)
    assert answer.status == 201, answer.body
    row = Condition.objects.get(id=answer.body["id"])
    assert (row.code, row.verification, row.severity, str(row.onset), str(row.recorded)) == (
        "J45.909", "provisional", "6736007", "2015-04", "2020-02-03",
    )  # fmt: skip
    assert Fact.objects.filter(name="chart.ConditionRecorded", patient_id=ann.id).exists()
    assert answer.body["evidence"] == sent["evidence"]
    assert program.get("Condition", {"severity": "6736007", "patient": str(ann.id)}).ids == [str(row.id)]
    assert program.post("Condition", sent).status == 409, "one code stands once"
    # from the row alone, it says what we model
    Source.objects.filter(id=row.id).update(row_version=0)
    assert program.get(f"Condition/{row.id}").body["code"] == sent["code"]
    path = f"Condition/{row.id}"
    resolved = {"coding": [{"system": f"{CLINICAL}condition-clinical", "code": "resolved"}]}
    changed = program.put(path, program.get(path).body | {"clinicalStatus": resolved, "abatementDateTime": "2021"})
    assert changed.status == 200, changed.body
    row.refresh_from_db()
    assert (row.status, str(row.abatement)) == ("resolved", "2021")
    assert program.put(path, changed.body | {"code": {"text": "Something else"}}).status == 409
    remission = {"coding": [{"system": f"{CLINICAL}condition-clinical", "code": "remission"}]}
    assert program.put(path, changed.body | {"clinicalStatus": remission}).status == 409
    other = program.post("Patient", a_patient()).body["id"]
    assert program.put(path, changed.body | {"subject": {"reference": f"Patient/{other}"}}).status == 409
    stale = changed.body | {"note": [{"text": "Late"}]}
    assert program.put(path, stale, **{"If-Match": 'W/"1"'}).status == 412
    wrong = program.put(path, _verified(changed.body, "entered-in-error"))
    assert wrong.status == 200, wrong.body
    row.refresh_from_db()
    assert row.voided_at is not None


def test_an_allergy_is_created_changed_and_refuted(program: Program, ann: Patient) -> None:
    sent = an_allergy(ann)
    answer = program.post("AllergyIntolerance", sent)
    assert answer.status == 201, answer.body
    row = AllergyIntolerance.objects.get(id=answer.body["id"])
    assert (row.display, row.criticality, row.severity, row.categories) == ("Cashew nuts", "high", "severe", ["food"])
    assert [one["severity"] for one in row.reactions] == ["mild", "severe"]
    assert encode(answer.body["reaction"]) == encode(sent["reaction"])
    path = f"AllergyIntolerance/{row.id}"
    changed = program.put(path, answer.body | {"criticality": "low", "reaction": sent["reaction"][:1]})
    assert changed.status == 200, changed.body
    row.refresh_from_db()
    assert (row.criticality, row.severity, len(row.reactions)) == ("low", "mild", 1)
    refuted = program.put(path, _verified(changed.body, "refuted") | {"clinicalStatus": {"coding": [
        {"system": f"{CLINICAL}allergyintolerance-clinical", "code": "inactive"}]}})  # fmt: skip
    assert refuted.status == 200, refuted.body
    row.refresh_from_db()
    assert (row.verification, row.status) == ("refuted", "inactive")
    none = an_allergy(ann, code={"coding": [{"system": "http://snomed.info/sct", "code": "716186003"}]}, reaction=[])
    del none["reaction"]
    first = program.post("AllergyIntolerance", none)
    assert first.status == 201, first.body
    assert AllergyIntolerance.objects.get(id=first.body["id"]).is_none_known
    assert program.post("AllergyIntolerance", none).status == 409
    assert program.post("AllergyIntolerance", _verified(sent, "refuted")).status == 422
    elsewhere = an_allergy(ann, patient={"reference": "Patient/01900000-0000-7000-8000-000000000000"})
    assert program.post("AllergyIntolerance", elsewhere).status == 422
