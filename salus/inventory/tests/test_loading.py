import pytest

from salus.core.act import system_act
from salus.core.errors import NotAllowed
from salus.inventory.loading import load_items
from salus.inventory.models import Item
from salus.terminology.loading import load_formulary


@pytest.mark.django_db
def test_every_presentation_can_be_kept_in_stock() -> None:
    load_formulary(system_act(rights={"terminology.load_formulary"}, door="test"))
    act = system_act(rights={"inventory.load_items"}, door="test")
    load_items(act)
    item = Item.objects.get(code="paracetamol-500-mg-tablet")
    assert item.presentation is not None
    assert (item.unit, item.presentation.medicine.code) == ("tablet", "paracetamol")
    again = load_items(act)
    assert (again.added, again.changed) == (0, 0)


@pytest.mark.django_db
def test_loading_needs_the_right() -> None:
    with pytest.raises(NotAllowed):
        load_items(system_act(rights=(), door="test"))
