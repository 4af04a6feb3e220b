"""What a visit means for the appointment that it was for, and a death for those that were to come."""

from salus.billing import services as billing
from salus.core.act import Act
from salus.core.consequences import consequence
from salus.encounters.facts import EncounterFinished, EncounterMoved, EncounterStarted
from salus.patients.facts import PatientUpdated
from salus.queues import queries as queues
from salus.scheduling.services import booking, day


@consequence("scheduling.follow_visit")
def meet_the_appointment(act: Act, fact: EncounterStarted) -> None:
    if fact.patient_id and fact.department_id:
        day.meet_appointment(act, encounter_id=fact.encounter_id)


@consequence("scheduling.follow_visit", "queues.follow_visit", "billing.capture_charge")
def fulfil_the_appointment(act: Act, fact: EncounterFinished) -> None:
    missed = queues.not_seen_of(act, fact.encounter_id)
    day.follow_visit(act, encounter_id=fact.encounter_id, is_seen=True, but_for=missed)
    # Who is awaited for it again owes it then.
    owed = [f"scheduling.appointment:{one}@{fact.encounter_id}" for one in missed]
    billing.drop_charges(act, encounter_id=fact.encounter_id, sources=owed)


@consequence("scheduling.follow_visit")
def await_again(act: Act, fact: EncounterMoved) -> None:
    if fact.status == "cancelled":
        day.follow_visit(act, encounter_id=fact.encounter_id, is_seen=False)


@consequence("scheduling.book")
def cancel_for_death(act: Act, fact: PatientUpdated) -> None:
    if fact.patient_id and not {"deceased", "is_deceased"}.isdisjoint(fact.changed):
        booking.cancel_for_death(act, patient_id=fact.patient_id)
