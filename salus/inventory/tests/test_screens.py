"""The screens of stock."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from salus.inventory.models import Lot
from salus.inventory.tests.builders import a_lot, a_presentation, an_item
from tests.cast import form_key
from tests.statements import at_most


@pytest.fixture
def pharmacist(cast):
    return cast.client("pharmacist")


def _receipt(cast, **changes):
    values = {
        "item_id": an_item().id,
        "department_id": cast.departments["pharmacy"].id,
        "lot_number": "ab1",
        "expires_on": "Nov-2099",
        "quantity": "28",
        "delivery": "D-17",
    }
    return form_key(**(values | changes))


def test_the_stock_by_state(cast, pharmacist):
    fresh, none, old = (an_item(a_presentation(name)) for name in ("a-fresh", "a-none", "a-old"))
    a_lot(cast, fresh, days=20)
    late = a_lot(cast, old, days=1)
    Lot.objects.filter(id=late.id).update(expires_on=timezone.localdate() - timedelta(days=1))

    def shown(state):
        page = pharmacist.get(reverse("inventory:stock"), {"show": state}).content.decode()
        return {item.name for item in (fresh, none, old) if item.name in page}

    assert shown("all") == {fresh.name, none.name, old.name}
    assert (shown("soon"), shown("expired")) == ({fresh.name}, {old.name})
    assert shown("out") == {none.name, old.name}


def test_takes_stock_in(cast, pharmacist):
    answer = pharmacist.post(reverse("inventory:receive"), _receipt(cast))
    assert answer.status_code == 303
    lot = Lot.objects.get()
    assert (lot.on_hand, lot.expires_on.isoformat()) == (28, "2099-11-30")
    page = pharmacist.get(answer["Location"]).content.decode()
    assert "AB1" in page
    assert "30-Nov-2099" in page


def test_a_delivery_note_brings_a_lot_once(cast, pharmacist):
    pharmacist.post(reverse("inventory:receive"), _receipt(cast))
    again = pharmacist.post(reverse("inventory:receive"), _receipt(cast))
    assert again.status_code == 409
    assert "already brought" in again.content.decode()
    assert Lot.objects.get().on_hand == 28


@pytest.mark.parametrize(
    ("field", "value"),
    [("quantity", "1,5"), ("quantity", "-2"), ("quantity", "٣"), ("expires_on", "2001"), ("expires_on", "Jan-2001")]
    + [("lot_number", ""), ("item_id", ""), ("item_id", "x"), ("department_id", "x")],
)
def test_says_what_to_mend_and_keeps_what_was_typed(cast, pharmacist, field, value):
    answer = pharmacist.post(reverse("inventory:receive"), _receipt(cast, **{field: value}))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'value="ab1"' in page or field == "lot_number"
    assert "data-error-summary" in page
    assert not Lot.objects.exists()


def test_takes_a_lot_out_for_good(cast, pharmacist):
    lot = a_lot(cast)
    lot.refresh_from_db()
    address = reverse("inventory:discard", args=[lot.id])
    assert "Expires" in pharmacist.get(address).content.decode()
    assert pharmacist.post(address, form_key(version=lot.version, reason="")).status_code == 422
    assert pharmacist.post(address, form_key(version=lot.version, reason="Broken seal")).status_code == 303
    assert Lot.objects.get().on_hand == 0
    page = pharmacist.get(reverse("inventory:item", args=[lot.item_id])).content.decode()
    assert "Broken seal" in page
    assert pharmacist.get(address).status_code == 409


def test_finds_items(cast, pharmacist):
    item = an_item()
    assert str(item.id) in pharmacist.post(reverse("inventory:search"), {"q": "tablet para"}).content.decode()
    assert pharmacist.post(reverse("inventory:find"), {"item_id": item.id}).status_code == 303


@pytest.mark.parametrize("name", ["stock", "receive"])
def test_needs_the_right(cast, name):
    assert cast.client("doctor").get(reverse(f"inventory:{name}")).status_code == 403


def test_few_statements(cast, pharmacist):
    lot = a_lot(cast)
    with at_most(6):
        pharmacist.get(reverse("inventory:stock"))
    with at_most(8):
        pharmacist.get(reverse("inventory:item", args=[lot.item_id]))
    with at_most(15):
        pharmacist.post(reverse("inventory:receive"), _receipt(cast))
