"""Schedules, free slots and appointments through the interface: found, booked, moved, cancelled, refused."""

from __future__ import annotations

from typing import Any

import pytest

from salus.encounters.tests.builders import a_patient
from salus.fhir.serving.slots import slot_id
from salus.fhir.tests.conftest import Program
from salus.scheduling.models import Appointment
from salus.scheduling.tests.builders import a_schedule, an_appointment, next_weekday, when
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
