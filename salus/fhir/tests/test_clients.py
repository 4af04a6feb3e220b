"""Programs that others wrote, over HTTP, before the real server: fhirpy and fhirclient read, search and write."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fhirclient import client as fhirclient_client
from fhirclient.models import observation, patient
from fhirpy import SyncFHIRClient
from fhirpy.base.exceptions import OperationOutcome, ResourceNotFound

from salus.accounts.services import issue_token
from salus.fhir.tests.builders import a_patient, a_transaction, a_visit, imported, write
from salus.patients.models import Patient
from tests.cast import Cast

pytestmark = pytest.mark.slow


@pytest.fixture
def served(salus_server: Any, cast: Cast, tmp_path: Path) -> tuple[str, str]:
    """The address of a server with some records, and a token for it."""
    write(tmp_path, "visit.json", a_visit())
    write(tmp_path, "people.json", a_transaction(*(a_patient(name=[{"family": f"Family{n:02}"}]) for n in range(25))))
    imported(cast.facility, tmp_path)
    token = issue_token(cast.almighty(), user_id=cast.user("integration").id)
    return f"{salus_server.url}/fhir", token


def test_fhirpy(served: tuple[str, str]) -> None:
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
    with pytest.raises(ResourceNotFound):
        client.reference("Patient", "nobody").to_resource()
    with pytest.raises(OperationOutcome):
        client.resources("Patient").search(nonsense="1").fetch()


def test_fhirclient(served: tuple[str, str]) -> None:
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

    made = patient.Patient(a_patient(name=[{"family": "Made"}]))
    answer = made.create(smart.server)
    assert answer["resourceType"] == "Patient"
    row = Patient.objects.get(id=answer["id"])
    assert row.family == "Made"
    again = patient.Patient.read(str(row.id), smart.server)
    again.gender = "other"
    assert again.update(smart.server)["gender"] == "other"
