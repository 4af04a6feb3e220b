"""An order with repeats can be given out again, once at a time."""

from salus.orders.tests.builders import an_order
from salus.pharmacy import queries
from salus.pharmacy.models import Prescription


def test_repeats_can_be_given_out(cast):
    order = an_order(cast, repeats=2)
    script = Prescription.objects.get(order=order)
    assert (order.quantity, script.quantity) == (15, 45)
    found = queries.dispensing(cast.act("pharmacist"), script.id)
    assert (found.left, found.once) == (45, 15)
