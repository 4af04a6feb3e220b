"""Orders and medicines from outside through the interface: signed with the doer's own rights and every safety check."""

from __future__ import annotations

from typing import Any

import pytest

from salus.accounts.services import issue_token
from salus.catalog.models import Orderable
from salus.chart.services import record_allergy
from salus.fhir.tests.conftest import Program
from salus.inventory.tests.builders import a_presentation
from salus.orders import services as orders
from salus.orders.models import MedicationStatement, Order
from salus.orders.rules import Step
from salus.orders.tests.builders import a_medicine_item, a_test, a_visit, sign
from tests.cast import Cast

RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"


@pytest.fixture
def doctor(cast: Cast) -> Program:
    """A program that a doctor uses."""
    return Program(issue_token(cast.almighty(), user_id=cast.user("doctor").id))


def asked(visit: Any, **changes: Any) -> dict[str, Any]:
    """500 mg of paracetamol, three times a day, for five days."""
    a_presentation("paracetamol", rxnorm=["198440"])
    return {
        "resourceType": "MedicationRequest",
        "status": "active",
        "intent": "order",
        "medicationCodeableConcept": {"coding": [{"system": RXNORM, "code": "198440"}]},
        "subject": {"reference": f"Patient/{visit.patient_id}"},
        "encounter": {"reference": f"Encounter/{visit.id}"},
        "dosageInstruction": [
            {
                "timing": {
                    "repeat": {
                        "frequency": 3,
                        "period": 1,
                        "periodUnit": "d",
                        "boundsDuration": {"value": 5, "unit": "d", "code": "d"},
                    }
                },
                "doseAndRate": [{"doseQuantity": {"value": 500, "unit": "mg"}}],
            }
        ],
        "dispenseRequest": {"numberOfRepeatsAllowed": 2},
    } | changes


def test_a_medicine_is_signed_held_replaced_and_stopped(cast: Cast, doctor: Program) -> None:
    visit = a_visit(cast)
    answer = doctor.post("MedicationRequest", asked(visit))
    assert answer.status == 201, answer.body
    kept = Order.objects.get()
    assert (kept.quantity, kept.repeats, kept.requester_name, kept.encounter_id) == (15, 2, "Chidi Okoye", visit.id)
    held = doctor.put(f"MedicationRequest/{kept.id}", answer.body | {"status": "on-hold", "statusReason": {"text": "Ill"}},
                      **{"If-Match": 'W/"1"'})  # fmt: skip
    assert held.status == 200, held.body
    assert Order.objects.get().hold_reason == "Ill"
    prior = {"priorPrescription": {"reference": f"MedicationRequest/{kept.id}"}}
    changed = doctor.post("MedicationRequest", asked(visit, **prior))
    assert changed.status == 201, changed.body
    assert Order.objects.get(id=kept.id).status == "stopped"
    found = doctor.get("MedicationRequest", {"patient": str(visit.patient_id), "status": "active"})
    assert found.resources[0]["priorPrescription"] == prior["priorPrescription"]
    other = changed.body | {"priority": "stat"}
    assert doctor.put(f"MedicationRequest/{changed.body['id']}", other, **{"If-Match": 'W/"1"'}).status == 422


def test_what_a_check_stops_is_told(cast: Cast, doctor: Program, program: Program) -> None:
    visit = a_visit(cast)
    assert program.post("MedicationRequest", asked(visit)).status == 403  # to write is not to prescribe
    record_allergy(cast.act("nurse"), patient_id=visit.patient_id, display="Paracetamol", reaction="rash")
    refused = doctor.post("MedicationRequest", asked(visit))
    assert refused.status == 422
    assert "Allergy: Paracetamol" in str(refused.body)
    wrong = asked(visit, medicationCodeableConcept={"text": "something"})
    assert doctor.post("MedicationRequest", wrong).status == 422
    assert not Order.objects.exists()


def test_a_schedule_in_steps_is_a_sequence(cast: Cast, doctor: Program) -> None:
    steps = [Step(40, 1, 1, "d", 3), Step(20, 1, 1, "d", 2)]
    item = a_medicine_item(dose=40, frequency=1, duration_days=5, pattern="taper", steps=steps)
    (order,) = sign(cast, item)
    told = doctor.get(f"MedicationRequest/{order.id}").body["dosageInstruction"]
    assert [(one["sequence"], one["doseAndRate"][0]["doseQuantity"]["value"]) for one in told] == [(1, 40), (2, 20)]
    assert told[1]["timing"]["repeat"]["boundsDuration"]["value"] == 2


def test_a_test_and_an_image_are_ordered(cast: Cast, doctor: Program) -> None:
    visit, potassium = a_visit(cast), a_test()
    Orderable.objects.create(
        code="xray", name="X-ray", kind="image", code_system="http://snomed.info/sct", coding="399208008"
    )
    common = {
        "resourceType": "ServiceRequest",
        "status": "active",
        "intent": "order",
        "subject": {"reference": f"Patient/{visit.patient_id}"},
    }
    for system, code in (("http://loinc.org", potassium.loinc), ("http://snomed.info/sct", "399208008")):
        coded = {"code": {"coding": [{"system": system, "code": code}]}}
        assert doctor.post("ServiceRequest", common | coded).status == 201
    assert set(Order.objects.values_list("kind", flat=True)) == {"test", "image"}
    unknown = {"code": {"coding": [{"system": "http://loinc.org", "code": "1-8"}]}}
    assert doctor.post("ServiceRequest", common | unknown).status == 422
    image = Order.objects.get(kind="image")
    served = doctor.get(f"ServiceRequest/{image.id}")
    revoked = doctor.put(f"ServiceRequest/{image.id}", served.body | {"status": "revoked"}, **{"If-Match": 'W/"1"'})
    assert (revoked.status, Order.objects.get(id=image.id).status) == (200, "revoked")


def test_a_medicine_from_outside_is_told_found_and_ended(cast: Cast, doctor: Program) -> None:
    visit = a_visit(cast)
    told = {
        "resourceType": "MedicationStatement",
        "status": "active",
        "medicationCodeableConcept": {"text": "Garlic"},
        "subject": {"reference": f"Patient/{visit.patient_id}"},
        "effectivePeriod": {"start": "2020-03"},
        "informationSource": {"reference": f"Patient/{visit.patient_id}"},
        "dosage": [{"text": "one clove a day"}],
    }
    made = doctor.post("MedicationStatement", told)
    assert made.status == 201, made.body
    kept = MedicationStatement.objects.get()
    assert (kept.informant, str(kept.started), kept.dosage_text) == ("patient", "2020-03", "one clove a day")
    found = doctor.get("MedicationStatement", {"patient": str(visit.patient_id), "effective": "ge2020"})
    assert found.ids == [str(kept.id)]
    ended = doctor.put(f"MedicationStatement/{kept.id}", made.body | {"status": "stopped"}, **{"If-Match": 'W/"1"'})
    assert (ended.status, MedicationStatement.objects.get().status) == (200, "stopped")


def test_a_dose_that_was_given_is_read_and_found(cast: Cast, doctor: Program) -> None:
    visit = a_visit(cast)
    (order,) = sign(cast, a_medicine_item(), visit=visit)
    dose = {"order_id": order.id, "wristband": visit.patient.mrn}
    given = orders.administer_medication(cast.act("nurse"), number=1, **dose)
    refused = {"status": "not-done", "reason_code": "refused"}
    left = orders.administer_medication(cast.act("nurse"), number=2, **dose, **refused)
    read = doctor.get(f"MedicationAdministration/{given.id}")
    assert (read.status, read.body["status"], read.body["dosage"]["dose"]["value"]) == (200, "completed", 500)
    assert read.body["request"] == {"reference": f"MedicationRequest/{order.id}"}
    for wanted in ({"request": f"MedicationRequest/{order.id}"}, {"effective-time": f"ge{given.at:%Y-%m-%d}"}):
        found = doctor.get("MedicationAdministration", {"patient": str(visit.patient_id)} | wanted)
        assert set(found.ids) == {str(given.id), str(left.id)}
    found = doctor.get("MedicationAdministration", {"patient": str(visit.patient_id), "status": "not-done"})
    assert found.ids == [str(left.id)]
    assert doctor.get(f"MedicationAdministration/{left.id}").body["statusReason"] == [{"text": "The patient refused"}]
    orders.void_performance(cast.act("nurse"), performance_id=given.id, reason="Another patient's")
    assert doctor.get(f"MedicationAdministration/{given.id}").status == 410
