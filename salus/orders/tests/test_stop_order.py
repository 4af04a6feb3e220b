"""stop_order and complete_order."""

import pytest

from salus.core.errors import Invalid, NotAllowed, Stale
from salus.core.models import Fact
from salus.orders import services as orders
from salus.orders.models import Order
from salus.orders.tests.builders import a_medicine_item, a_test_item, an_order, sign


def test_stops_and_tells(cast):
    medicine, test = sign(cast, a_medicine_item(), a_test_item())
    orders.stop_order(cast.act("doctor"), order_id=medicine.id, reason="Rash", version=1)
    orders.stop_order(cast.act("doctor"), order_id=test.id, reason="Not needed")
    assert list(Order.objects.order_by("kind").values_list("status", flat=True)) == ["stopped", "revoked"]
    assert Fact.objects.filter(name="orders.OrderStopped").count() == 2


def test_needs_the_right_a_reason_and_the_version_seen(cast):
    order = an_order(cast)
    with pytest.raises(NotAllowed):
        orders.stop_order(cast.act("nurse"), order_id=order.id, reason="x")
    with pytest.raises(Invalid):
        orders.stop_order(cast.act("doctor"), order_id=order.id, reason=" ")
    with pytest.raises(Stale):
        orders.stop_order(cast.act("doctor"), order_id=order.id, reason="x", version=7)


def test_is_stopped_once(cast):
    order = an_order(cast)
    orders.stop_order(cast.act("doctor"), order_id=order.id, reason="Rash")
    with pytest.raises(orders.NotStoppable):
        orders.stop_order(cast.act("doctor"), order_id=order.id, reason="Rash")


def test_completes_once_and_never_what_was_stopped(cast):
    done, stopped = an_order(cast), an_order(cast, "ibuprofen")
    act = cast.act("doctor").caused_by(rights={"orders.complete_order"})
    orders.complete_order(act, order_id=done.id)
    orders.complete_order(act, order_id=done.id)
    orders.stop_order(cast.act("doctor"), order_id=stopped.id, reason="Rash")
    orders.complete_order(act, order_id=stopped.id)
    assert Order.objects.get(id=done.id).status == "completed"
    assert Order.objects.get(id=stopped.id).status == "stopped"
    assert Fact.objects.filter(name="orders.OrderCompleted").count() == 1
    with pytest.raises(NotAllowed):
        orders.complete_order(cast.act("doctor"), order_id=done.id)
