"""Schedules, free slots and appointments through the interface: found, booked, moved, cancelled, refused."""

from __future__ import annotations

from typing import Any

import pytest
from fhir.resources.R4B import get_fhir_model_class

from salus.encounters.tests.builders import a_consultation, a_patient
from salus.fhir.checking import check
from salus.fhir.serving.slots import slot_id
from salus.fhir.tests.conftest import Answer, Program
from salus.fhir.written import encode
from salus.scheduling.models import Appointment, Schedule
from salus.scheduling.tests.builders import a_schedule, a_session, an_appointment, next_weekday, when
from salus.staff.models import StaffMember
from tests.cast import Cast
from tests.statements import at_most


def asked(patient: Any, slot: str, **changes: Any) -> dict[str, Any]:
    """An appointment in a slot, as a program asks for it."""
    return {
        "resourceType": "Appointment",
        "status": "booked",
        "slot": [{"reference": f"Slot/{slot}"}],
        "reasonCode": [{"text": "Cough"}],
        "participant": [{"actor": {"reference": f"Patient/{patient.id}"}, "status": "accepted"}],
    } | changes


def slots(program: Program, **params: Any) -> list[dict[str, Any]]:
    return program.get("Slot", {"start": f"ge{next_weekday()}", **params}).resources


def test_a_free_slot_is_found_booked_and_no_longer_free(cast: Cast, program: Program) -> None:
    schedule, ann = a_schedule(cast), a_patient(cast)
    (found,) = program.get("Schedule", {"actor": f"Practitioner/{schedule.practitioner_id}"}).resources
    assert found["id"] == str(schedule.id)
    with at_most(12):
        free = slots(program, schedule=f"Schedule/{schedule.id}")
    assert free[0]["start"].startswith(f"{next_weekday()}T09:00:00")
    assert {one["schedule"]["reference"] for one in free} == {f"Schedule/{schedule.id}"}
    sent = asked(ann, free[0]["id"], comment="Brings a friend")
    answer = program.post("Appointment", sent)
    assert answer.status == 201, answer.body
    kept = Appointment.objects.get()
    assert (kept.channel, kept.reason, kept.period.lower) == ("api", "Cough", when(9))
    assert answer.body["comment"] == "Brings a friend"  # what the room does not model comes out again
    again = program.get(f"Appointment/{kept.id}")
    assert (again.status, again.body) == (200, answer.body)
    assert slots(program, _id=free[1]["id"])[0]["start"].startswith(f"{next_weekday()}T09:20")
    assert free[0]["id"] not in [one["id"] for one in slots(program)]
    for params in ({"patient": str(ann.id)}, {"date": str(next_weekday())}, {"status": "booked"}):
        assert program.get("Appointment", params).ids == [str(kept.id)]
    assert program.get("Appointment", {"date": f"lt{next_weekday()}"}).ids == []


@pytest.mark.guarantee("H11")
def test_what_cannot_be_had_is_a_conflict_with_everything_that_stands_in_the_way(cast: Cast, program: Program) -> None:
    schedule, ann = a_schedule(cast), a_patient(cast)
    an_appointment(cast, schedule, a_patient(cast, family="Birch").id)
    answer = program.post("Appointment", asked(ann, slot_id(schedule.id, when(9))))
    assert answer.status == 409
    told = str(answer.body)
    assert schedule.name in told
    assert "BIRCH" not in told.upper()
    assert program.post("Appointment", asked(ann, slot_id(schedule.id, when(20)))).status == 409
    assert Appointment.objects.count() == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"slot": [{"reference": "Slot/nonsense"}]},
        {"slot": []},
        {"participant": [{"status": "accepted"}]},
        {"status": "fulfilled"},
        {"start": "2030-01-07T09:00:00Z", "slot": []},
    ],
)
def test_what_names_no_time_or_nobody_is_refused(cast: Cast, program: Program, changes: dict[str, Any]) -> None:
    schedule, ann = a_schedule(cast), a_patient(cast)
    sent = {name: value for name, value in (asked(ann, slot_id(schedule.id, when(9))) | changes).items() if value}
    assert program.post("Appointment", sent).status in (404, 422)
    assert not Appointment.objects.exists()


def test_moved_and_cancelled(cast: Cast, program: Program) -> None:
    schedule, ann = a_schedule(cast), a_patient(cast)
    made = program.post("Appointment", asked(ann, slot_id(schedule.id, when(9)))).body
    moved = made | {"slot": [{"reference": f"Slot/{slot_id(schedule.id, when(10))}"}]}
    answer = program.put(f"Appointment/{made['id']}", moved)
    assert answer.status == 200, answer.body
    assert Appointment.objects.get().period.lower == when(10)
    assert program.put(f"Appointment/{made['id']}", moved).status == 412
    gone = answer.body | {"status": "cancelled", "cancelationReason": {"text": "Travels"}}
    assert program.put(f"Appointment/{made['id']}", gone).status == 200
    kept = Appointment.objects.get()
    assert (kept.status, kept.cancel_note) == ("cancelled", "Travels")


@pytest.mark.parametrize("params", [{"start": "nonsense"}, {"color": "red"}, {"start": "ge2026-01-01", "x": "1"}])
def test_nonsense_is_told(cast: Cast, program: Program, params: dict[str, str]) -> None:
    a_schedule(cast)
    assert program.get("Slot", params).status == 400


@pytest.fixture
def two(cast: Cast) -> tuple[Schedule, Schedule]:
    """A cardiologist on Monday morning, with a kind of visit of forty minutes from eleven; and a nurse then and on Tuesday."""
    a_consultation(code="long", minutes=40)
    a_consultation(code="short")
    sessions = [a_session(ends=660), a_session(starts=660, service_codes=("long",))]
    doctor = a_schedule(cast, sessions)
    StaffMember.objects.filter(practitioner_id=doctor.practitioner_id).update(specialty="cardiology")
    nurse = a_schedule(
        cast, [a_session(weekday=day, starts=600, service_codes=("short",)) for day in (0, 1)], role="nurse"
    )
    return doctor, nurse


def find(program: Program, **params: Any) -> Answer:
    """What `$find` proposes from next Monday to Tuesday; held against FHIR."""
    asked = {"start": str(next_weekday()), "end": str(next_weekday(1)), **params}
    names = {name.replace("_", "-") if name[0] != "_" else name: value for name, value in asked.items()}
    answer = program.get("Appointment/$find", names)
    assert answer.status == 200, answer.body
    assert check(answer.body).problems == []
    get_fhir_model_class("Bundle").model_validate_json(encode(answer.body))
    return answer


def hours(answer: Answer) -> list[str]:
    return [one["start"][11:16] for one in answer.resources]


def test_what_is_proposed_is_booked_as_it_stands(cast: Cast, program: Program, two: tuple[Schedule, Schedule]) -> None:
    doctor, nurse = two
    ann = a_patient(cast)
    an_appointment(cast, doctor, ann.id, starts_at=when(10))
    both = f"Practitioner/{doctor.practitioner_id}", f"http://testserver/fhir/Practitioner/{nurse.practitioner_id}"
    with at_most(15):
        found = find(
            program, specialty="|cardiology", patient_reference=f"Patient/{ann.id}", reason="http://x|1", _count=3
        )
    assert hours(found) == ["09:00", "09:20", "09:40"]
    assert {one["status"] for one in found.resources} == {"proposed"}
    # Where she is at ten, nobody is proposed to her; the sooner of two comes first.
    assert hours(find(program, practitioner=both, patient_reference=str(ann.id)))[:5] == [
        "09:00",
        "09:20",
        "09:40",
        "10:20",
        "10:20",
    ]
    # A visit of two slots is one of forty minutes, and is not proposed where there are none in a row.
    longer = find(program, visit_type=["long", "short"], practitioner=both[0], start=f"{next_weekday()}T11:10:00Z")
    assert [(one["start"][11:16], one["minutesDuration"]) for one in longer.resources] == [("11:20", 40)]
    assert hours(find(program, specialty="http://snomed.info/sct|394579002,dentistry")) == []
    assert hours(find(program, organization="Organization/another", practitioner=both)) == []
    house = f"Organization/{cast.facility.organization_id}"
    sent = {
        "resourceType": "Parameters",
        "parameter": [
            {"name": "start", "valueDateTime": f"{next_weekday(1)}T11:00:00Z"},
            {"name": "end", "valueDateTime": f"{next_weekday(1)}T12:00:00Z"},
            {"name": "organization", "valueReference": {"reference": house}},
            {"name": "visit-type", "valueCodeableConcept": {"coding": [{"code": "short"}]}},
            {"name": "patient-reference", "valueReference": {"reference": f"Patient/{ann.id}"}},
        ],
    }
    posted = program.post("Appointment/$find", sent)
    assert hours(posted) == ["11:00", "11:20", "11:40"]
    answer = program.post("Appointment", posted.resources[0])
    assert answer.status == 201, answer.body
    assert answer.body["status"] == "booked"
    assert Appointment.objects.get(channel="api").period.lower == when(11, day=next_weekday(1))
    assert hours(program.post("Appointment/$find", sent)) == ["11:20", "11:40"]
    assert program.post("Appointment", posted.resources[0]).status == 409


@pytest.mark.parametrize(
    ("params", "status"),
    [
        ({"start": "ge2030"}, 400),
        ({"start": "2030-01-02", "end": "2030-01-01"}, 400),
        ({"start": "2030-01-01", "end": "2031-01-01"}, 400),
        ({"timing": "mornings"}, 400),
        ({"start": ["2030-01-01", "2030-01-02"]}, 400),
        ({"visit-type": "a,b,c,d"}, 400),
        ({"_count": "many"}, 400),
        ({"patient-reference": "Patient/00000000-0000-0000-0000-000000000000"}, 404),
    ],
)
def test_what_cannot_be_proposed_is_told(cast: Cast, program: Program, params: dict[str, Any], status: int) -> None:
    assert program.get("Appointment/$find", params).status == status


def test_who_may_not_read_finds_nothing_and_what_is_ignored_is_said(
    cast: Cast, program: Program, nobody: Program
) -> None:
    assert nobody.get("Appointment/$find").status == 401
    answer = program.get("Appointment/$find", {"timing": "mornings"}, Prefer="handling=lenient")
    assert (answer.status, answer.body["total"], answer.resources[0]["resourceType"]) == (200, 0, "OperationOutcome")
    assert (
        program.post("Appointment/$find", {"resourceType": "Parameters", "parameter": [{"name": "start"}]}).status
        == 400
    )
