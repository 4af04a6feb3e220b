"""Who comes to care for a patient, and from which fact that follows."""

from salus.core.act import Act
from salus.core.consequences import consequence
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
