"""What visits and appointments mean for the numbers of those who wait."""

from salus.core.act import Act
from salus.core.consequences import consequence
from salus.encounters.facts import EncounterFinished, EncounterMoved, EncounterStarted
from salus.queues import services as queues
from salus.scheduling.facts import PatientArrived


@consequence("queues.follow_visit")
def give_a_number(act: Act, fact: EncounterStarted) -> None:
    if fact.patient_id and fact.department_id:
        queues.give_token(
            act,
            encounter_id=fact.encounter_id,
            patient_id=fact.patient_id,
            department_id=fact.department_id,
            practitioner_id=fact.practitioner_id,
        )


@consequence("queues.follow_visit")
def call_by_the_appointment(act: Act, fact: PatientArrived) -> None:
    queues.note_appointment(act, encounter_id=fact.encounter_id, appointment_id=fact.appointment_id)


@consequence("queues.follow_visit")
def move_with_the_visit(act: Act, fact: EncounterMoved) -> None:
    queues.follow_visit(act, encounter_id=fact.encounter_id, status=fact.status, was=fact.was)


@consequence("queues.follow_visit")
def end_the_number(act: Act, fact: EncounterFinished) -> None:
    queues.follow_visit(act, encounter_id=fact.encounter_id, status="finished")
