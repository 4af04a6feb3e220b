"""Who comes to care for a patient, and from which fact that follows."""

from salus.chart.facts import VitalsRecorded
from salus.core.act import Act
from salus.core.consequences import consequence
from salus.encounters import services as encounters
from salus.encounters.facts import EncounterStarted
from salus.patients import services as patients


@consequence("patients.relate")
def relate_the_team(act: Act, fact: EncounterStarted) -> None:
    if fact.patient_id and (fact.practitioner_id or fact.department_id):
        patients.start_care_relation(
            act,
            patient_id=fact.patient_id,
            kind="encounter",
            practitioner_id=fact.practitioner_id,
            department_id=fact.department_id,
            source=f"encounters.encounter:{fact.encounter_id}",
        )


@consequence("encounters.move_encounter")
def triage_after_vitals(act: Act, fact: VitalsRecorded) -> None:
    if fact.encounter_id:
        encounters.triage_encounter(act, encounter_id=fact.encounter_id)
