"""An item for every presentation of the formulary, so that it can be kept in stock."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from salus.core.act import Act
from salus.core.reference_loaders import ReferenceLoader, fingerprint_of, plug_in
from salus.core.upsert import Changed, Table, bring_up_to_date
from salus.inventory.models import Item
from salus.terminology import formulary
from salus.terminology.models import Presentation

_ITEMS = Table(Item, key=("code",), columns=("name", "presentation_id", "unit", "is_active"))


def load_items(act: Act) -> Changed:
    """Bring the items of the formulary's presentations up to date; an item is counted in the presentation's unit."""
    act.require("inventory.load_items")
    return bring_up_to_date(_ITEMS, _items(), by=act.by)


def _items() -> Iterator[dict[str, Any]]:
    for presentation in Presentation.objects.order_by("code"):
        yield {
            "code": presentation.code,
            "name": presentation.name,
            "presentation_id": presentation.id,
            "unit": presentation.unit,
            "is_active": presentation.is_active,
        }


def plug_in_loaders() -> None:
    """Tell the core what this room loads."""
    files = (Path(__file__), formulary.DATA)
    plug_in(ReferenceLoader("inventory", "inventory.load_items", lambda: fingerprint_of(*files), load_items))
