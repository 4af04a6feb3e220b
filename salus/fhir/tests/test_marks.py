"""Sensitivity labels cross the border both ways, as `meta.security`; what is marked is served to nobody whom the rule bars."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from salus.accounts.services import issue_token
from salus.chart.models import Condition, FamilyMember, Observation
from salus.fhir.models import Source
from salus.fhir.tests.builders import a_patient, a_transaction, an_observation, imported, write
from salus.fhir.tests.conftest import Program
from salus.patients.access.labels import SYSTEM
from salus.patients.models import CareRelation, Patient
from tests.cast import Cast

PSY = {"system": SYSTEM, "code": "PSY"}
ELSEWHERE = {"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "R"}

pytestmark = pytest.mark.guarantee("S11")


def marked(resource: dict[str, Any], *codings: dict[str, str]) -> dict[str, Any]:
    return {**resource, "meta": {"security": list(codings)}}


def test_a_label_that_was_given_here_is_told(program: Program, ann: Patient) -> None:
    """By whoever reads it: a receiver must know what it may not show."""
    row = Observation.objects.filter(patient=ann)[0]
    assert "security" not in program.get(f"Observation/{row.id}").body["meta"]
    Observation.objects.filter(id=row.id).update(labels=["PSY"])
    assert program.get(f"Observation/{row.id}").body["meta"]["security"] == [PSY]
    (found,) = program.get("Observation", {"_id": str(row.id)}).resources
    assert found["meta"]["security"] == [PSY]


def test_a_label_that_was_received_bars_here_too(cast: Cast, tmp_path: Path) -> None:
    """Of a type with a room, of one that is kept whole, and of one that names the patient only somewhere in it."""
    whose = {"reference": "Patient/ann"}
    problem = {"resourceType": "Condition", "id": "c", "subject": whose, "code": {"text": "Low mood"}}
    plan = {"resourceType": "Communication", "id": "m", "subject": whose, "status": "completed"}
    person = {"resourceType": "Person", "id": "p", "link": [{"target": whose}]}
    received = [marked(one, PSY, ELSEWHERE) for one in (problem, plan, person)]
    write(tmp_path, "all.json", a_transaction(a_patient(id="ann"), *received, kind="collection"))
    imported(cast.facility, tmp_path)
    assert Condition.objects.get().labels == ["PSY"]
    patient = Patient.objects.get()
    department = next(iter(cast.act("doctor").places))
    CareRelation.objects.create(
        patient=patient, department_id=department, started_at=cast.act("doctor").at, source="t", kind="encounter"
    )
    hers, wide = (Program(issue_token(cast.almighty(), user_id=cast.user(who).id)) for who in ("doctor", "integration"))
    assert hers.get(f"Patient/{patient.id}").status == 200, "the record is open to the place where she works"
    for kind, identity in Source.objects.exclude(type="Patient").values_list("type", "id"):
        answer = wide.get(f"{kind}/{identity}")
        assert (answer.status, answer.body["meta"]["security"]) == (200, [PSY, ELSEWHERE])
        assert hers.get(f"{kind}/{identity}").status == 404, kind
        assert hers.get(kind).resources == []


def test_a_program_adds_labels_and_takes_none_away(program: Program, ann: Patient) -> None:
    """What it does not repeat it may never have been told."""
    created = program.post("Observation", marked(an_observation(f"Patient/{ann.id}"), PSY, ELSEWHERE))
    assert (created.status, created.body["meta"]["security"]) == (201, [ELSEWHERE, PSY])
    row = Observation.objects.get(id=created.body["id"])
    assert row.labels == ["PSY"]
    same = program.put(f"Observation/{row.id}", created.body)
    assert same.headers["ETag"] == created.headers["ETag"], "the same again changes nothing"
    without = {**same.body, "status": "amended", "meta": {"versionId": same.body["meta"]["versionId"]}}
    changed = program.put(f"Observation/{row.id}", without)
    assert (changed.status, changed.body["meta"]["security"]) == (200, [PSY])
    earlier = program.get(f"Observation/{row.id}/_history").resources
    assert [one["status"] for one in earlier] == ["amended", "final", "final"], "received, marked, amended"
    assert program.get(f"Observation/{row.id}/_history/2").body == created.body, "whole, as it was received then"
    hiv = marked(changed.body, {"system": SYSTEM, "code": "HIV"})
    hiv["meta"]["versionId"] = changed.body["meta"]["versionId"]
    assert program.put(f"Observation/{row.id}", hiv).status == 200
    row.refresh_from_db()
    assert row.labels == ["PSY", "HIV"]


def test_what_a_program_marks_is_marked_whatever_it_is(program: Program, ann: Patient) -> None:
    whose = {"reference": f"Patient/{ann.id}"}
    problem = {"resourceType": "Condition", "subject": whose, "code": {"text": "Low mood"}}
    relative = {"resourceType": "FamilyMemberHistory", "patient": whose, "status": "completed"}
    relative["relationship"] = {"text": "Mother"}
    for one, model in ((problem, Condition), (relative, FamilyMember)):
        created = program.post(one["resourceType"], marked(one, PSY))
        assert (created.status, created.body["meta"]["security"]) == (201, [PSY])
        assert model.objects.get(id=created.body["id"]).labels == ["PSY"]


def test_a_second_import_in_new_words_keeps_what_was_marked_here(cast: Cast, tmp_path: Path) -> None:
    whose = {"reference": "Patient/ann"}
    problem = {"resourceType": "Condition", "id": "c", "subject": whose, "code": {"text": "Low mood"}}
    write(tmp_path, "1.json", a_transaction(a_patient(id="ann"), marked(problem, PSY), kind="collection"))
    imported(cast.facility, tmp_path)
    again = marked({**problem, "code": {"text": "Low mood, worse"}}, {"system": SYSTEM, "code": "SDV"})
    (tmp_path / "1.json").unlink()
    write(tmp_path, "1.json", a_transaction(again, kind="collection"))
    imported(cast.facility, tmp_path)
    row = Condition.objects.get()
    assert (row.display, row.labels) == ("Low mood, worse", ["PSY", "SDV"])
