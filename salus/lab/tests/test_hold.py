"""What is on hold is not worked on; what is under way does not wait."""

import pytest

from salus.lab import queries
from salus.lab import services as lab
from salus.lab.models import Request
from salus.lab.tests.builders import a_request
from salus.orders import services as orders
from salus.orders.models import Order
from salus.orders.tests.builders import a_test_item, sign


def test_the_worklist_has_next_pages(cast, monkeypatch):
    ids = {a_request(cast).id for _one in range(2)}
    monkeypatch.setattr("salus.lab.queries.PAGE", 1)
    pages = [queries.work_page(cast.act("laboratory-technician"), Request.WAITING, number) for number in (1, 2)]
    assert [(len(one.rows), one.has_next) for one in pages] == [(1, True), (1, False)]
    assert {one.rows[0].id for one in pages} == ids


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
