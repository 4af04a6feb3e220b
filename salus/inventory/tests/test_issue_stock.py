"""issue_stock: first expiry first, never an expired lot, all or nothing."""

import threading
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import Sum
from django.utils import timezone

from salus.core.errors import Invalid, NotAllowed
from salus.core.ids import uuid7
from salus.inventory import services as inventory
from salus.inventory.models import Lot, Movement
from salus.inventory.tests.builders import a_lot, an_item
from tests.statements import at_most


def _issue(cast, item, quantity, *, role="pharmacist", **changes):
    values = {
        "item_id": item.id,
        "department_id": cast.departments["pharmacy"].id,
        "quantity": Decimal(quantity),
        "source": f"test:{uuid7()}",
        "at": timezone.now(),
    } | changes
    return inventory.issue_stock(cast.act(role), **values)


def test_first_expiry_goes_first(cast):
    item = an_item()
    late, soon = a_lot(cast, item, quantity=10, days=300), a_lot(cast, item, quantity=4, days=30)
    taken = _issue(cast, item, 6)
    assert [(lot.id, part) for lot, part in taken] == [(soon.id, 4), (late.id, 2)]
    assert list(Lot.objects.order_by("expires_on").values_list("on_hand", flat=True)) == [0, 8]


def test_an_expired_lot_is_never_given(cast):
    item = an_item()
    a_lot(cast, item, quantity=10, days=1)
    with pytest.raises(inventory.OutOfStock):
        _issue(cast, item, 1, at=timezone.now() + timedelta(days=2))
    assert _issue(cast, item, 1, at=timezone.now() + timedelta(days=1))


def test_needs_the_right(cast):
    with pytest.raises(NotAllowed):
        _issue(cast, an_item(), 1, role="nurse")


def test_all_or_nothing(cast):
    item = an_item()
    a_lot(cast, item, quantity=3)
    with pytest.raises(inventory.OutOfStock) as refusal:
        _issue(cast, item, 5)
    assert refusal.value.available == 3
    assert "3" in str(refusal.value)
    assert Lot.objects.get().on_hand == 3
    assert not Movement.objects.filter(kind="issue").exists()


def test_nothing_is_not_an_amount(cast):
    with pytest.raises(Invalid):
        _issue(cast, an_item(), 0)


def test_one_source_takes_once(cast):
    item = an_item()
    a_lot(cast, item, quantity=3, days=10)
    a_lot(cast, item, quantity=30)
    source = f"test:{uuid7()}"
    _issue(cast, item, 3, source=source)
    with pytest.raises(inventory.AlreadyMoved):
        _issue(cast, item, 3, source=source)
    assert Lot.objects.aggregate(n=Sum("on_hand"))["n"] == 30


def test_few_statements(cast):
    item = an_item()
    a_lot(cast, item)
    act = cast.act("pharmacist")
    with at_most(2):
        inventory.issue_stock(
            act,
            item_id=item.id,
            department_id=cast.departments["pharmacy"].id,
            quantity=Decimal(2),
            source="test:1",
            at=timezone.now(),
        )


@pytest.mark.guarantee("H13")
def test_the_database_keeps_the_sum(cast):
    lot = a_lot(cast)
    with pytest.raises(IntegrityError, match="movements"), transaction.atomic():
        Lot.objects.filter(id=lot.id).update(on_hand=5)
    with pytest.raises(IntegrityError, match="empty"), transaction.atomic():
        Lot.objects.create(
            item=lot.item, department=lot.department, lot_number="X", expires_on=lot.expires_on, on_hand=1
        )
    with pytest.raises(IntegrityError, match="not_below_zero"), transaction.atomic():
        Movement.objects.create(
            lot=lot, quantity=-101, kind="issue", source="x", act_id=uuid7(), by_id=uuid7(), happened_at=timezone.now()
        )


@pytest.mark.guarantee("B8")
@pytest.mark.race
@pytest.mark.guarantee("H13")
def test_fifty_for_the_last_two(real_db, cast):
    item = an_item()
    a_lot(cast, item, quantity=2)
    place, act = cast.departments["pharmacy"].id, cast.act("pharmacist")
    given, refused, barrier = [], [], threading.Barrier(50)

    def take() -> None:
        try:
            barrier.wait()
            with transaction.atomic():
                given.extend(
                    inventory.issue_stock(
                        act,
                        item_id=item.id,
                        department_id=place,
                        quantity=Decimal(1),
                        source=f"test:{uuid7()}",
                        at=timezone.now(),
                    )
                )
        except inventory.OutOfStock as error:
            refused.append(error)
        finally:
            connection.close()

    people = [threading.Thread(target=take) for _one in range(50)]
    for one in people:
        one.start()
    for one in people:
        one.join()
    assert (len(given), len(refused)) == (2, 48)
    assert Lot.objects.get().on_hand == 0
