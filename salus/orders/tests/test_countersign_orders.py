"""countersign_orders: the second signature is a second person's, and comes once."""

import pytest
from django.db import IntegrityError, transaction

from salus.core.errors import Invalid, NotAllowed
from salus.core.models import Fact
from salus.inventory.tests.builders import a_medicine
from salus.orders import services as orders
from salus.orders.models import Order
from salus.orders.tests.builders import a_medicine_item, a_test_item, a_visit, sign


@pytest.fixture
def spoken(cast):
    """What the doctor told the nurse by word of mouth."""
    visit = a_visit(cast)
    doctor = cast.act("doctor").practitioner_id
    return orders.place_orders(
        cast.act("nurse"),
        patient_id=visit.patient_id,
        encounter_id=visit.id,
        items=[a_medicine_item(), a_test_item()],
        told_by=doctor,
    )


def test_what_was_said_is_signed_by_who_said_it(cast, spoken):
    kept = Order.objects.get(id=spoken[0].id)
    doctor = cast.act("doctor")
    assert (kept.countersign, kept.countersign_by_id, kept.requester_id) == (
        "verbal",
        doctor.practitioner_id,
        doctor.practitioner_id,
    )
    assert (kept.requester_name, kept.recorded_by_id) == ("Chidi Okoye", cast.act("nurse").by)
    asked = Fact.objects.get(name="orders.CountersignAsked").data
    assert (len(asked["order_ids"]), asked["countersign"]) == (2, "verbal")
    ids = [one.id for one in spoken]
    with pytest.raises(orders.NotYours):
        orders.countersign_orders(cast.act("nurse"), order_ids=ids)
    orders.countersign_orders(doctor, order_ids=ids)
    orders.countersign_orders(doctor, order_ids=ids)  # a second click
    assert set(Order.objects.values_list("countersigned_by_id", "countersigned_name")) == {(doctor.by, "Chidi Okoye")}
    assert Fact.objects.filter(name="orders.OrderCountersigned").count() == 1


@pytest.mark.guarantee("H2")
def test_the_database_lets_nobody_sign_twice(cast, spoken):
    with pytest.raises(IntegrityError, match="orders_countersigned_by_another"), transaction.atomic():
        Order.objects.filter(id=spoken[0].id).update(
            countersigned_by_id=cast.act("nurse").by, countersigned_at=cast.act("nurse").at
        )
    orders.countersign_orders(cast.act("doctor"), order_ids=[spoken[0].id])
    with pytest.raises(IntegrityError, match="a countersignature stays"), transaction.atomic():
        Order.objects.filter(id=spoken[0].id).update(countersigned_by_id=None, countersigned_at=None)


def test_a_high_alert_medicine_waits_for_anybody_else(cast):
    a_medicine("heparin", is_high_alert=True)
    order = sign(cast, a_medicine_item("heparin"))[0]
    assert (order.countersign, order.countersign_by_id) == ("high-alert", None)
    with pytest.raises(orders.NotYours):
        orders.countersign_orders(cast.act("doctor"), order_ids=[order.id])
    orders.countersign_orders(cast.act("pharmacist"), order_ids=[order.id])
    with pytest.raises(orders.NothingToCountersign):
        orders.countersign_orders(cast.act("nurse"), order_ids=[order.id])


def test_needs_the_right_and_something_to_sign(cast, spoken):
    with pytest.raises(NotAllowed):
        orders.countersign_orders(cast.act("receptionist"), order_ids=[spoken[0].id])
    with pytest.raises(Invalid):
        orders.countersign_orders(cast.act("doctor"), order_ids=[])
    plain = sign(cast, a_medicine_item("ibuprofen"))[0]
    with pytest.raises(orders.NothingToCountersign):
        orders.countersign_orders(cast.act("pharmacist"), order_ids=[plain.id])


def test_nobody_speaks_for_who_is_not_here(cast):
    visit = a_visit(cast)
    where = {"patient_id": visit.patient_id, "encounter_id": visit.id, "items": [a_medicine_item()]}
    nurse = cast.act("nurse")
    with pytest.raises(Invalid):
        orders.place_orders(nurse, told_by=nurse.practitioner_id, **where)
    with pytest.raises(NotAllowed):
        orders.place_orders(cast.act("pharmacist"), told_by=cast.act("doctor").practitioner_id, **where)
    with pytest.raises(NotAllowed):
        orders.place_orders(nurse, **where)
