"""What follows an order: the departments have the work at once, and lose it when the order is stopped."""

from salus.lab.models import Request
from salus.orders import services as orders
from salus.orders.tests.builders import a_medicine_item, a_test_item, sign
from salus.pharmacy.models import Prescription


def test_signed_orders_are_on_the_worklists(cast):
    medicine, test = sign(cast, a_medicine_item(), a_test_item())
    assert Prescription.objects.get().order_id == medicine.id
    assert Request.objects.get().order_id == test.id


def test_stopped_orders_leave_them(cast):
    medicine, test = sign(cast, a_medicine_item(), a_test_item())
    orders.stop_order(cast.act("doctor"), order_id=medicine.id, reason="Rash")
    orders.stop_order(cast.act("doctor"), order_id=test.id, reason="Not needed")
    assert Prescription.objects.get().status == "cancelled"
    assert Request.objects.get().status == "cancelled"
