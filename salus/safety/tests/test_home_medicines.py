"""What the patient takes at home, without an order of this house, is checked like any other medicine."""

import pytest

from salus.chart.services import record_allergy
from salus.chart.tests.builders import an_allergen
from salus.core.models import Fact
from salus.inbox.models import Task
from salus.inventory.tests.builders import a_medicine
from salus.orders import services as orders
from salus.orders.services import Decision, NeedsReason, Stopped
from salus.orders.tests.builders import a_medicine_item, a_patient, an_order
from salus.safety.tests.builders import an_interaction


@pytest.mark.guarantee("H6")
def test_a_medicine_from_outside_interacts_until_it_is_stopped(cast):
    patient, doctor = a_patient(cast), cast.act("doctor")
    an_interaction()
    told = orders.record_statement(
        doctor, patient_id=patient.id, display="Paracetamol", informant="patient", medicine_id=a_medicine().id
    )
    wanted = {"patient_id": patient.id, "encounter_id": None, "items": [a_medicine_item("amoxicillin")]}
    with pytest.raises(NeedsReason):
        orders.place_orders(cast.act("doctor"), **wanted)
    orders.change_statement(cast.act("doctor"), statement_id=told.id, status="stopped", reason="No pain any more")
    assert len(orders.place_orders(cast.act("doctor"), **wanted)) == 1


@pytest.mark.guarantee("H6")
def test_what_is_told_or_goes_on_again_is_looked_at_and_somebody_is_told(cast):
    """Never refused, for it is what the patient does; a paused one that somebody decides to go on with is."""
    ordered, doctor = an_order(cast, "amoxicillin"), cast.act("doctor")
    patient, told_of = ordered.patient, Task.objects.filter(source__startswith="orders.statement:")
    an_interaction(severity="contraindicated")
    said = {"patient_id": patient.id, "display": "Paracetamol", "informant": "patient", "medicine_id": a_medicine().id}
    told = orders.record_statement(doctor, status="on-hold", **said)
    assert told_of.count() == 1
    orders.change_statement(cast.act("doctor"), statement_id=told.id, status="active", reason="")
    found = Fact.objects.filter(name="safety.AlertShown", data__outcome="found", data__statement_id=str(told.id))
    assert (found.count(), told_of.get().owner_id) == (2, doctor.practitioner_id)
    orders.change_statement(cast.act("doctor"), statement_id=told.id, status="on-hold", reason="Asked")
    both = [Decision(decision="continue", **one) for one in ({"order_id": ordered.id}, {"statement_id": told.id})]
    with pytest.raises(Stopped):
        orders.reconcile_medicines(
            cast.act("doctor"),
            patient_id=patient.id,
            encounter_id=ordered.encounter_id,
            moment="transfer",
            decisions=both,
        )


@pytest.mark.guarantee("H5")
def test_an_allergy_recorded_later_finds_what_comes_from_outside(cast):
    patient, nurse = a_patient(cast), cast.act("nurse")
    told = {"display": "Amoxicillin", "informant": "patient", "medicine_id": a_medicine("amoxicillin").id}
    told = orders.record_statement(cast.act("doctor"), patient_id=patient.id, **told)
    record_allergy(nurse, patient_id=patient.id, allergen_code=an_allergen().code)
    assert Fact.objects.filter(name="safety.AlertShown", data__statement_id=str(told.id)).exists()
    assert Task.objects.filter(source__startswith=f"orders.statement:{told.id}#safety").exists()


def test_an_order_that_is_replaced_is_no_second_one(cast):
    order = an_order(cast)
    new = a_medicine_item(duration_days=9, replaces_id=order.id)
    where = {"patient_id": order.patient_id, "encounter_id": order.encounter_id}
    assert len(orders.place_orders(cast.act("doctor"), items=[new], **where)) == 1
