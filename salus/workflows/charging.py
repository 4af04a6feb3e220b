"""Every way the hospital earns: each a fact of care that becomes one charge."""

from decimal import Decimal

from salus.billing import services as billing
from salus.catalog.facts import PriceSet
from salus.core.act import Act
from salus.core.consequences import consequence
from salus.encounters import queries as encounters
from salus.encounters.facts import EncounterMoved, EncounterStarted
from salus.lab.facts import ResultVerified
from salus.pharmacy.facts import MedicationDispensed
from salus.scheduling.facts import PatientArrived

#: what is owed for having come, beside what was done
_FOR_COMING = ("encounters.encounter", "scheduling.appointment")


@consequence("billing.capture_charge", "encounters.view")
def charge_for_visit(act: Act, fact: EncounterStarted) -> None:
    if encounters.is_cancelled(act, fact.encounter_id):  # a job that is told late
        return
    billing.capture_charge(
        act,
        source=f"encounters.encounter:{fact.encounter_id}",
        patient_id=fact.patient_id,
        encounter_id=fact.encounter_id,
        department_id=fact.department_id,
        service_code=fact.service_code,
        quantity=Decimal(1),
    )


@consequence("billing.capture_charge")
def drop_what_came_to_nothing(act: Act, fact: EncounterMoved) -> None:
    if fact.status == "cancelled":
        billing.drop_charges(act, encounter_id=fact.encounter_id, sources=_FOR_COMING)


@consequence("billing.capture_charge", "encounters.view")
def charge_for_second_appointment(act: Act, fact: PatientArrived) -> None:
    if fact.service_code and not encounters.is_cancelled(act, fact.encounter_id):
        billing.capture_charge(
            act,
            # of this visit: whoever leaves and comes back for it owes it then
            source=f"scheduling.appointment:{fact.appointment_id}@{fact.encounter_id}",
            patient_id=fact.patient_id,
            encounter_id=fact.encounter_id,
            department_id=fact.department_id,
            service_code=fact.service_code,
            quantity=Decimal(1),
        )


@consequence("billing.capture_charge")
def charge_for_result(act: Act, fact: ResultVerified) -> None:
    billing.capture_charge(
        act,
        source=f"lab.request:{fact.request_id}",
        patient_id=fact.patient_id,
        encounter_id=fact.encounter_id,
        department_id=fact.department_id,
        service_code=fact.service_code,
        quantity=Decimal(1),
    )


@consequence("billing.capture_charge")
def charge_for_medication(act: Act, fact: MedicationDispensed) -> None:
    billing.capture_charge(
        act,
        source=f"pharmacy.dispense:{fact.dispense_id}",
        patient_id=fact.patient_id,
        encounter_id=fact.encounter_id,
        department_id=fact.department_id,
        service_code=fact.service_code,
        quantity=fact.quantity,
    )


@consequence("billing.capture_charge")
def price_what_waited(act: Act, fact: PriceSet) -> None:
    billing.price_charges(act, service_code=fact.service_code)
