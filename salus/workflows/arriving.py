"""What a visit means for the appointment that it was for."""

from salus.core.act import Act
from salus.core.consequences import consequence
from salus.encounters.facts import EncounterFinished, EncounterMoved, EncounterStarted
from salus.scheduling.services import day


@consequence("scheduling.follow_visit")
def meet_the_appointment(act: Act, fact: EncounterStarted) -> None:
    if fact.patient_id and fact.department_id:
        day.meet_appointment(act, encounter_id=fact.encounter_id)


@consequence("scheduling.follow_visit")
def fulfil_the_appointment(act: Act, fact: EncounterFinished) -> None:
    day.follow_visit(act, encounter_id=fact.encounter_id, is_seen=True)


@consequence("scheduling.follow_visit")
def await_again(act: Act, fact: EncounterMoved) -> None:
    if fact.status == "cancelled":
        day.follow_visit(act, encounter_id=fact.encounter_id, is_seen=False)
