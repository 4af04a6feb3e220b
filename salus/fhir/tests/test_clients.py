"""Programs that others wrote, over HTTP, before the real server: fhirpy and fhirclient read, search and write."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from fhirclient import client as fhirclient_client
from fhirclient.models import fhirelementfactory as fhirclient_models
from fhirclient.models import medicationadministration, observation, patient
from fhirpy import SyncFHIRClient
from fhirpy.base.exceptions import OperationOutcome, ResourceNotFound

from salus.accounts.services import issue_token
from salus.fhir.tests.builders import a_patient, a_transaction, a_visit, imported, write
from salus.inbox.tests.builders import practitioner_of
from salus.patients.models import Patient
from tests.cast import Cast

pytestmark = pytest.mark.slow


def _records(staff: UUID) -> dict[str, tuple[dict[str, Any], dict[str, Any]]]:
    """Of each type of the record that a program writes, what it sends and how it goes on."""
    words, person = {"text": "Wound care"}, {"reference": f"Practitioner/{staff}"}
    div = '<div xmlns="http://www.w3.org/1999/xhtml"><p>Well.</p></div>'
    letter = {"title": "Course", "text": {"status": "generated", "div": div}}
    coding = [{"system": "urn:salus:care-team-role", "code": "responsible"}]
    relative = {"role": [{"coding": [{**coding[0], "code": "family"}]}], "member": {"display": "Her son"}}
    return {
        "Goal": ({"lifecycleStatus": "active", "description": words}, {"lifecycleStatus": "completed"}),
        "CarePlan": ({"status": "active", "intent": "plan", "title": "Wound"}, {"status": "on-hold"}),
        "Procedure": (
            {"status": "completed", "code": words, "performedDateTime": "2020-03"},
            {"note": [{"text": "Healed"}]},
        ),
        "CareTeam": ({"participant": [{"role": [{"coding": coding}], "member": person}]}, {"participant": [relative]}),
        "Flag": ({"status": "active", "code": {"text": "Falls"}}, {"status": "inactive"}),
        "Composition": (
            {"status": "final", "type": words, "date": "2020-03-04T10:00:00Z", "title": "Letter", "section": [letter]}
            | {"author": [{"display": "Dr Elsewhere"}]},
            {"status": "amended", "title": "Another"},
        ),
        "ClinicalImpression": ({"status": "completed", "summary": "Gets better"}, {"summary": "Is well"}),
        "Task": (
            {"status": "requested", "intent": "order", "description": "Weigh her", "owner": person},
            {"status": "cancelled", "statusReason": {"text": "Weighed"}},
        ),
        "Communication": (
            {"status": "completed", "topic": {"text": "Her weight"}, "recipient": [person]}
            | {"payload": [{"contentString": "Does she eat?"}]},
            {},
        ),
    }


def _about(kind: str, patient: str, body: dict[str, Any]) -> dict[str, Any]:
    return body | {"for" if kind == "Task" else "subject": {"reference": f"Patient/{patient}"}}


@pytest.fixture
def served(salus_server: Any, cast: Cast, tmp_path: Path) -> tuple[str, str]:
    """The address of a server with some records, and a token for it."""
    visit = a_visit()
    given = {
        "resourceType": "MedicationAdministration",
        "status": "completed",
        "medicationCodeableConcept": {"text": "Iron"},
    }
    given |= {"subject": {"reference": visit["entry"][0]["fullUrl"]}, "effectiveDateTime": "2019-03-04T10:30:00+01:00"}
    visit["entry"] += a_transaction(given)["entry"]
    write(tmp_path, "visit.json", visit)
    write(tmp_path, "people.json", a_transaction(*(a_patient(name=[{"family": f"Family{n:02}"}]) for n in range(25))))
    imported(cast.facility, tmp_path)
    token = issue_token(cast.almighty(), user_id=cast.user("integration").id)
    return f"{salus_server.url}/fhir", token


def test_fhirpy(served: tuple[str, str], cast: Cast) -> None:
    url, token = served
    client = SyncFHIRClient(url, authorization=f"Bearer {token}")
    ann = client.resources("Patient").search(family="Nyström").get()
    assert ann["birthDate"] == "1964-03"
    observations = client.resources("Observation").search(patient=ann.id).sort("-date").fetch_all()
    assert len(observations) == 2
    # pages: 26 patients by ten
    assert len(client.resources("Patient").limit(10).fetch_all()) == 26
    assert client.resources("Patient").search(name="family").count() == 25
    with_patient = client.resources("Observation").include("Observation", "patient").fetch_raw()
    assert {entry.resource["resourceType"] for entry in with_patient.entry} == {"Observation", "Patient"}

    made = client.resource("Patient", **a_patient(name=[{"family": "Made", "given": ["By"]}]))
    made.save()
    assert made.id
    assert made["meta"]["versionId"] == "1"
    made["gender"] = "unknown"
    made.save()
    assert made["meta"]["versionId"] == "2"
    assert client.reference("Patient", made.id).to_resource()["gender"] == "unknown"

    reading = client.resource(
        "Observation", status="final", code={"text": "x"}, subject=made.to_reference(), valueString="clear"
    )
    reading.save()
    assert client.resources("Observation").search(patient=made.id).first()["valueString"] == "clear"
    for kind, (body, change) in _records(practitioner_of(cast, "nurse")).items():
        one = client.resource(kind, **_about(kind, made.id, body))
        one.save()
        assert [found.id for found in client.resources(kind).search(patient=made.id).fetch()] == [one.id], kind
        for name, value in change.items():
            one[name] = value
        if change:
            one.save()
        same = client.reference(kind, one.id).to_resource()
        assert same["meta"] == one["meta"], kind
        assert all(same[name] == value for name, value in change.items() if kind != "CareTeam"), (
            kind,
            same.serialize(),
        )
    (given,) = client.resources("MedicationAdministration").search(patient=ann.id).fetch()
    assert given["medicationCodeableConcept"]["text"] == "Iron"
    letter = client.resources("Composition").search(patient=made.id).first()
    assert (
        len(client.execute(f"Composition/{letter.id}/_history", "get")["entry"]) == int(letter["meta"]["versionId"]) > 1
    )

    with pytest.raises(ResourceNotFound):
        client.reference("Patient", "nobody").to_resource()
    with pytest.raises(OperationOutcome):
        client.resources("Patient").search(nonsense="1").fetch()


def test_fhirclient(served: tuple[str, str], cast: Cast) -> None:
    url, token = served
    smart = fhirclient_client.FHIRClient(settings={"app_id": "salus-tests", "api_base": url})
    smart.server.session.headers["Authorization"] = f"Bearer {token}"
    found = patient.Patient.where({"family": "Nyström"}).perform_resources(smart.server)
    assert [one.name[0].family for one in found] == ["Nyström"]
    same = patient.Patient.read(found[0].id, smart.server)
    assert same.birthDate.origval == "1964-03"
    searched = observation.Observation.where({"patient": same.id, "_sort": "date"})
    assert {one.subject.reference for one in searched.perform_resources(smart.server)} == {f"Patient/{same.id}"}
    bundle = patient.Patient.where({"_count": "10"}).perform(smart.server)
    assert bundle.total == 26
    assert any(link.relation == "next" for link in bundle.link)

    for kind, (body, _change) in _records(practitioner_of(cast, "nurse")).items():
        model = fhirclient_models.FHIRElementFactory.instantiate(
            kind, _about(kind, same.id, {"resourceType": kind, **body})
        )
        identity = model.create(smart.server)["id"]
        read = type(model).read(identity, smart.server)
        assert read.as_json()["meta"]["versionId"], kind
        listed = type(model).where({"patient": same.id}).perform_resources(smart.server)
        assert [one.id for one in listed] == [identity], kind
    (given,) = medicationadministration.MedicationAdministration.where({"patient": same.id}).perform_resources(
        smart.server
    )
    assert given.medicationCodeableConcept.text == "Iron"

    made = patient.Patient(a_patient(name=[{"family": "Made"}]))
    answer = made.create(smart.server)
    assert answer["resourceType"] == "Patient"
    row = Patient.objects.get(id=answer["id"])
    assert row.family == "Made"
    again = patient.Patient.read(str(row.id), smart.server)
    again.gender = "other"
    assert again.update(smart.server)["gender"] == "other"
