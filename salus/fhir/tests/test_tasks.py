"""Tasks and messages through the interface: read by who may, searched, given, ended, sent, answered."""

from __future__ import annotations

from typing import Any

import pytest

from salus.accounts.services import issue_token
from salus.fhir.tests.conftest import Program
from salus.inbox import services as inbox
from salus.inbox.models import Communication, Task
from salus.inbox.tests.builders import a_patient, a_result, a_task, practitioner_of
from salus.patients.access.labels import SYSTEM
from tests.cast import Cast
from tests.statements import at_most


def of(cast: Cast, role: str) -> Program:
    """A program that acts for the person with this role."""
    return Program(issue_token(cast.almighty(), user_id=cast.user(role).id))


def asked(cast: Cast, **changes: Any) -> dict[str, Any]:
    """A task for the nurse, as a program gives it."""
    return {
        "resourceType": "Task",
        "status": "requested",
        "intent": "order",
        "description": "Weigh her",
        "owner": {"reference": f"Practitioner/{practitioner_of(cast, 'nurse')}"},
    } | changes


def test_what_waits_is_read_and_found_by_who_may_read_it(cast: Cast, program: Program) -> None:
    result, task = a_result(cast), a_task(cast)
    with at_most(8):
        found = program.get(f"Task/{result.id}")
    assert found.status == 200
    told = found.body
    assert (told["status"], told["priority"], told["description"]) == ("requested", "stat", "Potassium")
    assert told["owner"] == {"reference": f"Practitioner/{practitioner_of(cast, 'doctor')}"}
    assert told["for"] == {"reference": f"Patient/{result.patient_id}"}
    for params in ({"patient": str(result.patient_id)}, {"code": "result"}, {"priority": "stat"}):
        assert program.get("Task", params).ids == [str(result.id)], params
    assert program.get(f"Task/{task.id}").status == 404  # of nobody, and neither given to it nor by it
    doctor = of(cast, "doctor")
    assert set(doctor.get("Task", {"status": "requested"}).ids) == {str(result.id), str(task.id)}


def test_a_task_is_given_accepted_and_ended(cast: Cast) -> None:
    doctor, patient, others = of(cast, "doctor"), a_patient(cast), a_task(cast)
    body = asked(
        cast,
        owner={"reference": f"HealthcareService/{cast.departments['opd'].id}"},
        groupIdentifier={"value": "kept"},
        **{"for": {"reference": f"Patient/{patient.id}"}},
    )
    for wrong in ({"status": "completed"}, {"description": " "}, {"owner": {"display": "Somebody"}}):
        assert doctor.post("Task", body | wrong).status == 422, wrong
    made = doctor.post("Task", body)
    assert made.status == 201, made.body
    assert made.body["groupIdentifier"] == {"value": "kept"}  # what the room does not model comes out again
    task = Task.objects.get(id=made.body["id"])
    assert (task.subject, task.requester_id) == ("Weigh her", practitioner_of(cast, "doctor"))

    def put(one: Task, status: str) -> int:
        now = doctor.get(f"Task/{one.id}")
        answer = doctor.put(f"Task/{one.id}", now.body | {"status": status}, **{"If-Match": now.headers["ETag"]})
        return answer.status

    assert put(others, "accepted") == 403  # it stands in the nurse's inbox
    assert [put(task, one) for one in ("accepted", "in-progress", "completed")] == [200, 200, 200]
    task.refresh_from_db()
    assert task.status == "completed"
    assert put(task, "requested") in (409, 422)
    versions = [one["status"] for one in doctor.get(f"Task/{task.id}/_history").resources]
    assert list(dict.fromkeys(versions)) == ["completed", "in-progress", "accepted", "requested"]
    assert put(others, "cancelled") == 422  # says not why


@pytest.mark.guarantee("B4")
def test_a_message_is_sent_read_and_answered_by_who_may_open_the_record(cast: Cast, program: Program) -> None:
    doctor, patient, nurse = of(cast, "doctor"), a_patient(cast), practitioner_of(cast, "nurse")
    body: dict[str, Any] = {
        "resourceType": "Communication",
        "status": "completed",
        "subject": {"reference": f"Patient/{patient.id}"},
        "topic": {"text": "Her weight"},
        "recipient": [{"reference": f"Practitioner/{nurse}"}],
        "payload": [{"contentString": "Does she take her tablets?"}],
    }
    for wrong in ({"payload": []}, {"recipient": []}, {"subject": {"reference": f"Group/{nurse}"}}):
        assert doctor.post("Communication", {k: v for k, v in (body | wrong).items() if v}).status == 422, wrong
    sent = doctor.post("Communication", body)
    assert sent.status == 201, sent.body
    assert Task.objects.get(kind="message").owner_id == nurse
    for params in ({"patient": str(patient.id)}, {"recipient": f"Practitioner/{nurse}"}):
        assert program.get("Communication", params).ids == [sent.body["id"]]
    answer = {"resourceType": "Communication", "status": "completed", "subject": body["subject"]}
    answer |= {
        "inResponseTo": [{"reference": f"Communication/{sent.body['id']}"}],
        "payload": [{"contentString": "Yes."}],
        "meta": {"security": [{"system": SYSTEM, "code": "PSY"}]},
    }
    answered = program.post("Communication", answer)
    assert (answered.status, answered.body["meta"]["security"]) == (201, answer["meta"]["security"])
    assert Communication.objects.get(answers_id=sent.body["id"]).labels == ["PSY"]
    same = doctor.get(f"Communication/{sent.body['id']}")
    versions = doctor.get(f"Communication/{sent.body['id']}/_history").resources
    assert (versions[0], {one["topic"]["text"] for one in versions}) == (same.body, {"Her weight"})
    changed = same.body | {"payload": [{"contentString": "Something else"}]}
    assert doctor.put(f"Communication/{sent.body['id']}", changed, **{"If-Match": same.headers["ETag"]}).status == 405


def test_what_stands_in_the_banner_is_a_flag(cast: Cast, program: Program) -> None:
    patient = a_patient(cast)
    flag = inbox.raise_flag(cast.act("nurse"), patient_id=patient.id, category="contact", words="MRSA")
    (told,) = program.get("Flag", {"patient": str(patient.id)}).resources
    assert (told["id"], told["status"], told["code"], told["category"][0]["coding"][0]["code"]) == (
        *(str(flag.id), "active", {"text": "MRSA"}),
        "contact",
    )
    inbox.end_flag(cast.act("nurse"), flag_id=flag.id)
    assert program.get(f"Flag/{flag.id}").body["status"] == "inactive"
