"""Reading one resource, and what every answer has in common."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from salus.accounts.services import issue_token
from salus.chart.models import Observation
from salus.core.models import AccessEntry
from salus.encounters.models import Encounter
from salus.fhir.tests.builders import a_patient, a_transaction, imported, write
from salus.fhir.tests.conftest import Program
from salus.fhir.written import encode
from salus.patients.models import Patient
from salus.places.models import Facility
from tests.cast import Cast


def test_a_received_resource_comes_out_as_it_was(program: Program, ann: Patient) -> None:
    row = Observation.objects.get(number="7.20")
    answer = program.get(f"Observation/{row.id}")
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "application/fhir+json; charset=utf-8"
    assert answer.headers["ETag"] == 'W/"1"'
    assert answer.body["meta"]["versionId"] == "1"
    assert encode(answer.body["valueQuantity"]["value"]) == b"7.20"
    assert answer.body["subject"] == {"reference": f"Patient/{ann.id}"}


def test_a_changed_row_is_served_as_it_is_now(program: Program, ann: Patient) -> None:
    Observation.objects.filter(number="7.20").update(status="entered-in-error", number="7.30")
    row = Observation.objects.get(number="7.30")
    answer = program.get(f"Observation/{row.id}")
    assert answer.headers["ETag"] == 'W/"2"'
    assert answer.body["status"] == "entered-in-error"
    assert encode(answer.body["valueQuantity"]) == (
        b'{"value":7.30,"unit":"mmol/L","system":"http://unitsofmeasure.org","code":"mmol/L"}'
    )


def test_our_record_number_stands_beside_the_others(program: Program, ann: Patient) -> None:
    identifiers = program.get(f"Patient/{ann.id}").body["identifier"]
    assert [one["system"] for one in identifiers] == ["http://hl7.org/fhir/sid/us-ssn", f"urn:uuid:{ann.facility_id}"]
    assert identifiers[1]["value"] == ann.mrn


@pytest.mark.guarantee("B20")
def test_the_access_log_names_whose_record_was_read(program: Program, ann: Patient) -> None:
    before = AccessEntry.objects.count()
    program.get(f"Encounter/{Encounter.objects.get().id}")
    entry = AccessEntry.objects.order_by("-id").first()
    assert entry is not None
    assert (AccessEntry.objects.count() - before, entry.patient_id, entry.action, entry.door) == (
        1, ann.id, "read", "fhir:instance",
    )  # fmt: skip


def test_nothing_new_is_not_sent_again(program: Program, ann: Patient) -> None:
    answer = program.get(f"Patient/{ann.id}", **{"If-None-Match": 'W/"1"'})
    assert (answer.status, answer.body) == (304, None)


def test_without_a_token_nobody_reads(nobody: Program, ann: Patient) -> None:
    answer = nobody.get(f"Patient/{ann.id}")
    assert answer.status == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert answer.body["resourceType"] == "OperationOutcome"


def test_a_cookie_opens_no_door_here(cast: Cast, ann: Patient) -> None:
    assert cast.client("doctor").get(f"/fhir/Patient/{ann.id}").status_code == 401


def test_it_needs_the_right(cast: Cast, ann: Patient) -> None:
    answer = _program(cast, "receptionist").get(f"Patient/{ann.id}")
    assert (answer.status, answer.body["issue"][0]["code"]) == (403, "forbidden")


def test_records_of_another_facility_are_not_there(program: Program, ann: Patient) -> None:

    other = Facility.objects.create(organization_id=ann.facility.organization_id, code="other", name="Other")
    row = Observation.objects.first()
    Patient.objects.filter(id=ann.id).update(facility=other)
    for path in (f"Patient/{ann.id}", f"Observation/{row.id}", "Patient/nonsense", f"Nonsense/{ann.id}"):
        answer = program.get(path)
        assert (answer.status, answer.body["resourceType"]) == (404, "OperationOutcome")
    assert program.get("Observation").body["total"] == 0


def test_what_was_withdrawn_is_gone(program: Program, cast: Cast, ann: Patient) -> None:
    row = Observation.objects.first()
    Observation.objects.filter(id=row.id).update(voided_at=cast.almighty().at, void_reason="wrong patient")
    assert program.get(f"Observation/{row.id}").status == 410
    assert str(row.id) not in program.get("Observation").ids


@pytest.mark.parametrize(
    ("headers", "params", "status"),
    [
        ({"Accept": "application/fhir+json"}, {}, 200),
        ({"Accept": "text/html, */*;q=0.1"}, {}, 200),
        ({"Accept": "application/fhir+xml"}, {}, 406),
        ({"Accept": "application/fhir+xml"}, {"_format": "json"}, 200),
        ({}, {"_format": "application/fhir+json"}, 200),
        ({}, {"_format": "xml"}, 406),
        ({}, {"_pretty": "true"}, 200),
    ],
)
def test_media_types(program: Program, ann: Patient, headers: Any, params: Any, status: int) -> None:
    answer = program.get(f"Patient/{ann.id}", params, **headers)
    assert answer.status == status
    assert answer.headers["Content-Type"].startswith("application/fhir+json")


@pytest.mark.parametrize(
    "path", ["", "nothing", "Patient/1/2/3", "%00", "metadata/x", "Patient/a b", "Patient/a%0Ab", "Patient/%C2%B4%0A"]
)
def test_every_address_below_fhir_answers_fhir(program: Program, path: str) -> None:
    answer = program.get(f"/fhir/{path}")
    # to the base, bundles are posted
    assert (answer.status, answer.body["resourceType"]) == (404 if path else 405, "OperationOutcome")


def test_the_bare_address_answers_fhir(db: Any) -> None:
    assert Client().get("/fhir").json()["resourceType"] == "OperationOutcome"


@pytest.mark.parametrize("method", ["delete", "patch"])
def test_nothing_is_deleted_here(program: Program, ann: Patient, method: str) -> None:
    response = getattr(program.client, method)(f"/fhir/Patient/{ann.id}", headers=program.headers)
    assert response.status_code == 405
    assert response["Allow"]
    assert response.json()["resourceType"] == "OperationOutcome"


def test_a_type_without_a_room_is_served_as_it_came(program: Program, cast: Cast, tmp_path: Path) -> None:
    glasses = {
        "resourceType": "VisionPrescription", "id": "0190b5c2-0000-7000-8000-000000000001", "status": "active",
        "created": "2020-01-02", "dateWritten": "2020-01-02", "prescriber": {"display": "Dr. Lens"},
        "lensSpecification": [{"product": {"text": "lens"}, "eye": "right"}],
        "patient": {"reference": "urn:uuid:0190b5c2-0000-7000-8000-000000000002"},
    }  # fmt: skip
    write(tmp_path, "a.json", a_transaction(a_patient(id="0190b5c2-0000-7000-8000-000000000002"), glasses))
    imported(cast.facility, tmp_path)
    patient = Patient.objects.get()
    answer = program.get("VisionPrescription", {"patient": str(patient.id)})
    assert answer.body["total"] == 1
    (found,) = answer.resources
    assert found["prescriber"] == {"display": "Dr. Lens"}
    assert program.get(f"VisionPrescription/{found['id']}").body["prescriber"] == {"display": "Dr. Lens"}
    assert AccessEntry.objects.filter(patient_id=patient.id, action="search").count() == 1


def _program(cast: Cast, role: str) -> Program:

    return Program(issue_token(cast.almighty(), user_id=cast.user(role).id))
