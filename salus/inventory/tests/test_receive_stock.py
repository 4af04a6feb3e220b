"""receive_stock and discard_lot."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from salus.core.errors import Conflict, Invalid, NotAllowed, Stale
from salus.core.models import Fact
from salus.inventory import services as inventory
from salus.inventory.models import Lot, Movement
from salus.inventory.tests.builders import a_lot, an_item


def _receive(cast, *, role="pharmacist", **changes):
    values = {
        "item_id": an_item().id,
        "department_id": cast.departments["pharmacy"].id,
        "lot_number": " ab12 ",
        "expires_on": timezone.localdate() + timedelta(days=200),
        "quantity": Decimal(28),
        "source": "delivery:1",
    } | changes
    return inventory.receive_stock(cast.act(role), **values)


def test_works_and_tells(cast):
    lot = _receive(cast)
    assert (lot.lot_number, lot.on_hand) == ("AB12", 28)
    assert Lot.objects.get().on_hand == 28
    assert Fact.objects.get(name="inventory.StockReceived").data["lot_id"] == str(lot.id)


def test_more_of_a_lot_adds_up(cast):
    _receive(cast)
    assert _receive(cast, source="delivery:2").on_hand == 56


def test_needs_the_right(cast):
    with pytest.raises(NotAllowed):
        _receive(cast, role="cashier")


def test_one_delivery_brings_a_lot_once(cast):
    _receive(cast)
    with pytest.raises(inventory.AlreadyMoved):
        _receive(cast)
    assert Lot.objects.get().on_hand == 28


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("lot_number", " "),
        ("quantity", Decimal(0)),
        ("expires_on", timezone.localdate() - timedelta(days=1)),
        ("item_id", "00000000-0000-7000-8000-000000000000"),
        ("department_id", "00000000-0000-7000-8000-000000000000"),
    ],
)
def test_says_what_to_mend(cast, field, value):
    with pytest.raises(Invalid) as refusal:
        _receive(cast, **{field: value})
    assert list(refusal.value.fields) == [field]


def test_a_lot_has_one_expiry(cast):
    _receive(cast)
    with pytest.raises(Invalid) as refusal:
        _receive(cast, source="delivery:2", expires_on=timezone.localdate() + timedelta(days=9))
    assert "expires_on" in refusal.value.fields


def test_what_is_left_is_discarded_with_a_reason(cast):
    lot = Lot.objects.get(id=a_lot(cast, quantity=7).id)
    with pytest.raises(Invalid):
        inventory.discard_lot(cast.act("pharmacist"), lot_id=lot.id, version=lot.version, reason=" ")
    with pytest.raises(Stale):
        inventory.discard_lot(cast.act("pharmacist"), lot_id=lot.id, version=lot.version - 1, reason="broken")
    assert inventory.discard_lot(cast.act("pharmacist"), lot_id=lot.id, version=lot.version, reason="broken") == 7
    assert Lot.objects.get().on_hand == 0
    assert Movement.objects.get(kind="discard").reason == "broken"
    with pytest.raises(Conflict):
        inventory.discard_lot(cast.act("pharmacist"), lot_id=lot.id, version=lot.version + 1, reason="again")
