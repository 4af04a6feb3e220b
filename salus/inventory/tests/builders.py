"""What tests of stock are made of."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from salus.core.ids import uuid7
from salus.inventory import services as inventory
from salus.inventory.models import Item, Lot
from salus.terminology.models import Medicine, Presentation
from tests.cast import Cast

MEDICINES: dict[str, dict[str, Any]] = {
    "amoxicillin": {"ingredients": ["amoxicillin"], "allergy_groups": ["penicillins"], "atc": "J01CA04"},
    "paracetamol": {"ingredients": ["paracetamol"], "allergy_groups": [], "atc": "N02BE01"},
}


def a_medicine(name: str = "paracetamol", **changes: Any) -> Medicine:
    """Paracetamol, unless told otherwise."""
    values = {"name": name, "routes": ["oral"], "forms": ["tablet"]} | MEDICINES.get(name, {"ingredients": [name]})
    return Medicine.objects.get_or_create(code=f"t-{name}", defaults=values | changes)[0]


def a_presentation(name: str = "paracetamol", **changes: Any) -> Presentation:
    """`paracetamol 500 mg tablet`, unless told otherwise."""
    values = {
        "medicine": a_medicine(name),
        "name": f"{name} 500 mg tablet",
        "form": "tablet",
        "strength": "500 mg",
        "routes": ["oral"],
        "unit": "tablet",
    } | changes
    code = values.pop("code", f"t-{name}-500-mg-tablet")
    return Presentation.objects.get_or_create(code=code, defaults=values)[0]


def an_item(presentation: Presentation | None = None, **changes: Any) -> Item:
    """The pack of a presentation."""
    presentation = presentation or a_presentation()
    values = {"name": presentation.name, "presentation": presentation, "unit": presentation.unit} | changes
    return Item.objects.get_or_create(code=f"i-{presentation.code}", defaults=values)[0]


def a_lot(cast: Cast, item: Item | None = None, *, quantity: int | str = 100, days: int = 365, **changes: Any) -> Lot:
    """A lot in the pharmacy that may be given for so many days more."""
    values = {
        "item_id": (item or an_item()).id,
        "department_id": cast.departments["pharmacy"].id,
        "lot_number": f"L{uuid7().hex[-8:]}",
        "expires_on": timezone.localdate() + timedelta(days=days),
        "quantity": Decimal(quantity),
        "source": f"delivery:{uuid7()}",
    } | changes
    return inventory.receive_stock(cast.almighty(), **values)
