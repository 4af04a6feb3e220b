"""What tests of the pharmacy are made of."""

from typing import Any

from salus.inventory.tests.builders import a_lot, a_presentation, an_item
from salus.orders.tests.builders import a_patient, an_order
from salus.pharmacy.models import Prescription
from tests.cast import Cast

__all__ = ["a_lot", "a_patient", "a_prescription", "a_presentation", "an_item"]


def a_prescription(cast: Cast, name: str = "paracetamol", **changes: Any) -> Prescription:
    """Fifteen tablets that wait in the pharmacy, and stock to give them from comes by `a_lot`."""
    cast.departments  # noqa: B018 - the pharmacy must exist to be routed to
    an_item(a_presentation(name))
    return Prescription.objects.get(order=an_order(cast, name, **changes))
