"""Whatever is done to stock, in any order: the sum of the movements is what is on hand, and the first to expire goes first."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import transaction
from django.db.models import Sum
from django.utils import timezone
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from salus.core.errors import Conflict
from salus.core.ids import uuid7
from salus.inventory import rules
from salus.inventory import services as inventory
from salus.inventory.models import Lot, Movement
from salus.inventory.rules import OnHand
from salus.inventory.tests.builders import an_item
from tests.machines import RUNS, STEPS


class Stock(RuleBasedStateMachine):
    """A pharmacy of one item; `lots` is what we expect, by lot number."""

    cast = None

    @initialize()
    def empty(self):
        self.savepoint = transaction.atomic()
        self.savepoint.__enter__()
        self.item = an_item()
        self.place = self.cast.departments["pharmacy"].id
        self.act = self.cast.almighty()
        self.today = timezone.localdate(self.act.at)
        self.lots: dict[str, OnHand] = {}

    @rule(number=st.sampled_from("ABCDE"), days=st.integers(0, 6), quantity=st.decimals("0.5", "9", places=1))
    def receive(self, number, days, quantity):
        known = self.lots.get(number)
        expires = known.expires_on if known else self.today + timedelta(days=days)
        lot = inventory.receive_stock(
            self.act,
            item_id=self.item.id,
            department_id=self.place,
            lot_number=number,
            expires_on=expires,
            quantity=quantity,
            source=f"t:{uuid7()}",
        )
        before = known.on_hand if known else Decimal(0)
        self.lots[number] = OnHand(lot.id, number, expires, before + quantity)

    @rule(quantity=st.decimals("0.5", "12", places=1), later=st.integers(0, 6))
    def issue(self, quantity, later):
        at = self.act.at + timedelta(days=later)
        day = self.today + timedelta(days=later)
        plan = rules.first_expiry_first(self.lots.values(), quantity, day)
        held = sum((part for _lot, part in plan), Decimal(0))
        wanted = {"item_id": self.item.id, "department_id": self.place, "source": f"t:{uuid7()}", "at": at}
        if held < quantity:
            with pytest.raises(inventory.OutOfStock) as refusal:
                inventory.issue_stock(self.act, quantity=quantity, **wanted)
            assert refusal.value.available == held
            return
        taken = inventory.issue_stock(self.act, quantity=quantity, **wanted)
        assert [(lot.id, part) for lot, part in taken] == [(lot.id, part) for lot, part in plan]
        for lot, part in plan:
            left = lot.on_hand - part
            self.lots[lot.lot_number] = OnHand(lot.id, lot.lot_number, lot.expires_on, left)

    @rule(number=st.sampled_from("ABCDE"))
    def discard(self, number):
        known = self.lots.get(number)
        if known is None:
            return
        version = Lot.objects.values_list("version", flat=True).get(id=known.id)
        try:
            gone = inventory.discard_lot(self.cast.almighty(), lot_id=known.id, version=version, reason="x")
        except Conflict:
            assert known.on_hand == 0
            return
        assert gone == known.on_hand
        self.lots[number] = OnHand(known.id, number, known.expires_on, Decimal(0))

    @invariant()
    def the_books_agree(self):
        sums = dict(Movement.objects.values_list("lot_id").annotate(Sum("quantity")))
        rows = dict(Lot.objects.values_list("id", "on_hand"))
        assert rows == {lot.id: lot.on_hand for lot in self.lots.values()}
        assert {lot: held for lot, held in rows.items() if lot in sums} == sums

    def teardown(self):
        transaction.set_rollback(True)
        self.savepoint.__exit__(None, None, None)


def played(cast, runs, **how):
    _ = cast.departments
    an_item()
    Stock.cast = cast
    quiet = {"deadline": None, "database": None, "suppress_health_check": list(HealthCheck)}
    run_state_machine_as_test(Stock, settings=settings(max_examples=runs, **(quiet | how)))


@pytest.mark.guarantee("B12")
@pytest.mark.guarantee("H13")
def test_stock_holds_together(cast):
    played(cast, 15, stateful_step_count=15)


@pytest.mark.long
@pytest.mark.guarantee("B12")
def test_stock_holds_together_in_many_runs(cast):
    played(cast, RUNS, stateful_step_count=STEPS)


@pytest.mark.guarantee("B12")
def test_a_planted_mistake_is_found(cast, monkeypatch):
    """The last to expire goes first."""
    monkeypatch.setattr(
        inventory, "_TAKE", inventory._TAKE.replace("expires_on, id LIMIT", "expires_on DESC, id LIMIT")
    )
    with pytest.raises(AssertionError):
        played(cast, 15, phases=[Phase.generate], derandomize=True)


def test_an_expired_lot_is_not_in_the_plan():
    lot = OnHand(uuid7(), "A", date(2026, 1, 31), Decimal(5))
    assert rules.first_expiry_first([lot], Decimal(1), date(2026, 1, 31)) == [(lot, Decimal(1))]
    assert rules.first_expiry_first([lot], Decimal(1), date(2026, 2, 1)) == []
    assert rules.usable([lot], date(2026, 2, 1)) == 0
