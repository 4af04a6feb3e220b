"""What tests of orders are made of."""

from decimal import Decimal
from typing import Any

from salus.catalog.models import Service, TestDefinition
from salus.encounters.models import Encounter
from salus.encounters.tests.builders import a_patient, a_visit
from salus.inventory.tests.builders import a_presentation
from salus.orders import services as orders
from salus.orders.models import Order
from salus.orders.services import MedicineItem, OrderItem, TestItem
from salus.patients.models import Patient
from tests.cast import Cast

__all__ = ["a_medicine_item", "a_patient", "a_test", "a_test_item", "a_visit", "an_order", "sign"]


def a_test(code: str = "t-potassium", **changes: Any) -> TestDefinition:
    """Potassium, unless told otherwise."""
    service = Service.objects.get_or_create(code=f"test:{code}", defaults={"name": code, "kind": "test"})[0]
    values = {
        "name": "Potassium",
        "loinc": "2823-3",
        "result_kind": "quantity",
        "specimen": "serum",
        "service": service,
    }
    return TestDefinition.objects.get_or_create(code=code, defaults=values | changes)[0]


def a_medicine_item(name: str = "paracetamol", **changes: Any) -> MedicineItem:
    """500 mg, three times a day, for five days: fifteen tablets."""
    values: dict[str, Any] = {"dose": Decimal(500), "dose_unit": "mg", "route": "oral", "frequency": 3}
    return MedicineItem(**({"presentation_id": a_presentation(name).id, "duration_days": 5} | values | changes))


def a_test_item(**changes: Any) -> TestItem:
    """Potassium, routine."""
    return TestItem(**({"test_id": a_test().id} | changes))


def sign(cast: Cast, *items: OrderItem, visit: Encounter | None = None, patient: Patient | None = None) -> list[Order]:
    """The doctor signs these for a patient who is here."""
    if visit is None:
        visit = a_visit(cast, patient)
    return orders.place_orders(cast.act("doctor"), patient_id=visit.patient_id, encounter_id=visit.id, items=items)


def an_order(cast: Cast, name: str = "paracetamol", patient: Patient | None = None, **changes: Any) -> Order:
    """A medicine that the doctor has signed."""
    return sign(cast, a_medicine_item(name, **changes), patient=patient)[0]
