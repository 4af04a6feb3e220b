"""What is on hold is not worked on; what is under way does not wait."""

import pytest

from salus.lab import services as lab
from salus.lab.models import Request
from salus.orders import services as orders
from salus.orders.models import Order
from salus.orders.tests.builders import a_test_item, sign


def test_the_laboratory_takes_nothing_for_a_test_on_hold(cast):
    (order,) = sign(cast, a_test_item())
    doctor, nurse = cast.act("doctor"), cast.act("nurse")
    request = Request.objects.get(order=order)
    take = {"patient_id": order.patient_id, "request_ids": [request.id]}
    orders.hold_order(doctor, order_id=order.id, reason="Transfused")
    with pytest.raises(lab.NotCollectable):
        lab.collect_specimen(nurse, **take)
    orders.resume_order(doctor, order_id=order.id)
    lab.collect_specimen(nurse, **take)
    with pytest.raises(lab.NotCollectable):  # it is under way
        orders.hold_order(doctor, order_id=order.id, reason="Too late")
    assert Order.objects.get(id=order.id).status == "active"
