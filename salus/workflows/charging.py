"""Every way the hospital earns: each a fact of care that becomes one charge."""

from decimal import Decimal

from salus.billing import services as billing
from salus.catalog.facts import PriceSet
from salus.core.act import Act
from salus.core.consequences import consequence
from salus.encounters.facts import EncounterStarted
from salus.lab.facts import ResultVerified
from salus.pharmacy.facts import MedicationDispensed
from salus.scheduling.facts import PatientArrived


@consequence("billing.capture_charge")
def charge_for_visit(act: Act, fact: EncounterStarted) -> None:
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
def charge_for_second_appointment(act: Act, fact: PatientArrived) -> None:
    if fact.service_code:
        billing.capture_charge(
            act,
            source=f"scheduling.appointment:{fact.appointment_id}",
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
