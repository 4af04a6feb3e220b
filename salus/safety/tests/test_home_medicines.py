"""What the patient takes at home, without an order of this house, is checked like any other medicine."""

import pytest

from salus.inventory.tests.builders import a_medicine
from salus.orders import services as orders
from salus.orders.services import NeedsReason
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


def test_an_order_that_is_replaced_is_no_second_one(cast):
    order = an_order(cast)
    new = a_medicine_item(duration_days=9, replaces_id=order.id)
    where = {"patient_id": order.patient_id, "encounter_id": order.encounter_id}
    assert len(orders.place_orders(cast.act("doctor"), items=[new], **where)) == 1
