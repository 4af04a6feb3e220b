"""Whatever is ordered, held, resumed, changed, stopped, given out, given, done and voided, in any order: nothing is given of what
is held or stopped, nothing more than was ordered, stock is the sum of its movements, and every step is told once."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.db.models import Sum
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from salus.core.models import Fact
from salus.inventory.models import Lot, Movement
from salus.inventory.tests.builders import a_lot, a_presentation, an_item
from salus.orders import checks, doing
from salus.orders import services as orders
from salus.orders.models import Order, Performance
from salus.orders.services import ServiceItem
from salus.orders.tests.builders import a_medicine_item, a_visit
from salus.orders.tests.test_screens import an_orderable
from salus.pharmacy import services as pharmacy
from salus.pharmacy.models import Dispense, DispenseLine, Prescription
from tests.machines import SHARE, Machine, play, play_planted, refused

ROLES = ("doctor", "nurse", "pharmacist", "receptionist")
MEDICINES = ("paracetamol", "amoxicillin", "ibuprofen")
#: 500 mg three times a day for five days
TABLETS, EVERY = 15, timedelta(hours=8)
ROUND, ROUNDS_FOR = timedelta(hours=6), timedelta(days=2)
ONE, STALE, LATELY, OPEN = st.integers(0, 7), st.integers(0, 9), 6, 3
WHY = "Looked at: it is wanted."


@dataclass
class Done:
    """What was written down of an order."""

    id: UUID
    at: datetime
    is_given: bool
    ends: bool
    is_voided: bool = False


@dataclass
class Ordered:
    """What we expect of an order, without asking the database."""

    id: UUID
    name: str
    at: datetime
    told: list[str]
    status: str = "active"
    version: int = 1
    given_out: Decimal = Decimal(0)
    is_replaced: bool = False
    done: list[Done] = field(default_factory=list)

    @property
    def is_medicine(self) -> bool:
        return self.name in MEDICINES

    @property
    def is_open(self) -> bool:
        return self.status in ("active", "on-hold")


class Ward(Machine):
    """One patient who is here, a doctor, a nurse, a pharmacist and a few tablets."""

    def begin(self) -> None:
        self.now = datetime.now(UTC)
        self.rows: list[Ordered] = []
        self.visit = a_visit(self.cast)
        self.band = self.visit.patient.mrn
        self.items = {name: an_item(a_presentation(name)) for name in MEDICINES}
        self.stock = dict.fromkeys(MEDICINES, Decimal(0))
        for name in MEDICINES:
            self.receive(name, TABLETS)
        self.nursing = an_orderable("o-machine", kind="nursing")

    # what is done

    @rule(name=st.sampled_from(MEDICINES))
    def order(self, name: str) -> None:
        if not self.has_enough():
            self.place(name, a_medicine_item(name, override_reason=WHY))

    @rule()
    def order_rounds(self) -> None:
        days = {"frequency": 4, "period": Decimal(1), "period_unit": "d", "duration_days": ROUNDS_FOR.days}
        if not self.has_enough():
            self.place("rounds", ServiceItem(orderable_id=self.nursing.id, kind="nursing", **days))

    @rule(one=ONE)
    def change(self, one: int) -> None:
        row = self.pick(one, is_medicine=True)
        if row is None:
            return
        was_open, was_done = row.is_open, row.status == "completed"
        item = a_medicine_item(row.name, replaces_id=row.id, override_reason=WHY)
        why = self.place(row.name, item)
        assert (why is None) == (not row.is_replaced), why
        if why is None:
            row.is_replaced = True
            if was_open or was_done and Order.objects.get(id=row.id).status == "stopped":
                self.becomes(row, "stopped", "OrderStopped")

    def place(self, name: str, item: Any) -> Exception | None:
        of = {"patient_id": self.visit.patient_id, "encounter_id": self.visit.id}
        before = set(Order.objects.values_list("id", flat=True))
        why = refused(orders.place_orders, self.as_("doctor"), items=[item], **of)
        if why is None:
            (made,) = set(Order.objects.values_list("id", flat=True)) - before
            self.rows.append(Ordered(made, name, self.now, ["OrderPlaced"]))
        return why

    @rule(one=ONE, stale=STALE)
    def hold(self, one: int, stale: int) -> None:
        if row := self.pick(one):
            why = self.tries(orders.hold_order, row, stale, reason="Vomiting.")
            assert (why is None) == (stale > 0 and row.status == "active"), why
            if why is None:
                self.becomes(row, "on-hold", "OrderHeld")

    @rule(one=ONE, stale=STALE)
    def resume(self, one: int, stale: int) -> None:
        if row := self.pick(one):
            why = self.tries(orders.resume_order, row, stale, reason=WHY)
            assert (why is None) == (stale > 0 and row.status == "on-hold"), why
            if why is None:
                self.becomes(row, "active", "OrderResumed")

    @rule(one=ONE, stale=STALE)
    def stop(self, one: int, stale: int) -> None:
        if row := self.pick(one):
            why = self.tries(orders.stop_order, row, stale, reason="Not needed.")
            # a course that was given out may be stopped while it runs
            runs_on = row.is_medicine and row.status == "completed"
            assert runs_on or (why is None) == (stale > 0 and row.is_open), why
            if why is None:
                self.becomes(row, "stopped" if row.is_medicine else "revoked", "OrderStopped")

    def tries(self, service: Any, row: Ordered, stale: int, **more: Any) -> Exception | None:
        return refused(service, self.as_("doctor"), order_id=row.id, version=row.version - (stale == 0), **more)

    @rule(name=st.sampled_from(MEDICINES), quantity=st.integers(1, 20))
    def receive(self, name: str, quantity: int) -> None:
        a_lot(self.cast, self.items[name], quantity=quantity)
        self.stock[name] += quantity

    @rule(one=ONE, quantity=st.sampled_from(["1", "5", "15", "16", "0.5"]))
    def give_out(self, one: int, quantity: str) -> None:
        row = self.pick(one, is_medicine=True)
        if row is None:
            return
        much = Decimal(quantity)
        of = {"prescription_id": Prescription.objects.get(order_id=row.id).id, "item_id": self.items[row.name].id}
        why = refused(pharmacy.dispense_medication, self.as_("pharmacist"), quantity=much, reason=WHY, **of)
        fits = much == int(much) and much <= TABLETS - row.given_out and much <= self.stock[row.name]
        assert (why is None) == (row.status == "active" and fits), (row.status, why)
        if why is None:
            row.given_out += much
            self.stock[row.name] -= much
            row.told.append("MedicationDispensed")
            if row.given_out == TABLETS:
                orders.complete_order(self.as_("system"), order_id=row.id)
                self.becomes(row, "completed", "OrderCompleted")

    @rule(one=ONE, early=STALE, why=st.sampled_from(["", WHY]), is_hers=STALE, is_given=st.booleans())
    def give(self, one: int, early: int, why: str, is_hers: int, is_given: bool) -> None:
        row = self.pick(one, is_medicine=True)
        if row is None:
            return
        said: dict[str, Any] = {"wristband": self.band if is_hers else "M-0", "number": len(row.done) + (early > 0)}
        said |= {"override_reason": why} if is_given else {"status": "not-done", "reason_code": "refused"}
        act = self.as_("nurse")
        no = refused(orders.administer_medication, act, order_id=row.id, **said)
        is_right = early > 0 and is_hers > 0
        if row.status == "active":
            assert (no is None) == (is_right and (not is_given or bool(why) or not self.asks(row))), no
        elif row.status != "completed":  # what was given out is taken while its course runs
            assert no is not None, "given of what is held or stopped"
        assert no is not None or is_right
        if no is None:
            self.wrote(row, is_given=is_given, ends=False)

    def asks(self, row: Ordered) -> bool:
        given = [one.at for one in row.done if one.is_given and not one.is_voided]
        return any(self.now - at < EVERY / 2 for at in given)

    @rule(one=ONE, early=STALE, ends=st.booleans(), is_done=st.booleans())
    def do(self, one: int, early: int, ends: bool, is_done: bool) -> None:
        row = self.pick(one, is_medicine=False)
        if row is None:
            return
        said: dict[str, Any] = {"number": len(row.done) + (early > 0), "ends": ends}
        said |= {} if is_done else {"status": "not-done", "reason_code": "refused"}
        why = refused(orders.perform_order, self.as_("nurse"), order_id=row.id, **said)
        assert (why is None) == (early > 0 and row.status == "active"), why
        if why is None:
            ends = ends or is_done and self.now + ROUND >= row.at + ROUNDS_FOR
            self.wrote(row, is_given=is_done, ends=ends)
            if ends:
                self.becomes(row, *(("completed", "OrderCompleted") if is_done else ("revoked", "OrderStopped")))

    def wrote(self, row: Ordered, *, is_given: bool, ends: bool) -> None:
        made = Performance.objects.filter(order_id=row.id).latest("number")
        row.done.append(Done(made.id, self.now, is_given, ends))
        row.told.append("OrderPerformed")

    @rule(one=ONE, which=ONE)
    def void(self, one: int, which: int) -> None:
        row = self.pick(one)
        if row is None or not row.done:
            return
        done = row.done[which % len(row.done)]
        why = refused(orders.void_performance, self.as_("nurse"), performance_id=done.id, reason="Another patient's.")
        assert (why is None) == (not done.is_voided), why
        if why is None:
            done.is_voided = True
            row.told.append("PerformanceVoided")
            if done.ends and row.status in ("completed", "revoked"):
                self.becomes(row, "active", "OrderReopened")

    @rule(hours=st.sampled_from([1, 3, 5, 8, 30]))
    def time_goes_on(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    # what we expect

    def has_enough(self) -> bool:
        """What there is already is done, before there is more."""
        return sum(row.is_open for row in self.rows) >= OPEN

    def pick(self, one: int, *, is_medicine: bool | None = None) -> Ordered | None:
        """Mostly one of those that are open."""
        known = [row for row in self.rows if is_medicine in (None, row.is_medicine)]
        still = [row for row in known if row.is_open]
        rows = still if still and one < LATELY else known
        return rows[-1 - one % len(rows)] if rows else None

    def becomes(self, row: Ordered, status: str, fact: str) -> None:
        row.status = status
        row.told.append(fact)

    # what holds

    @invariant()
    def orders_are_as_told_and_their_versions_rise(self) -> None:
        found = {row.id: row for row in Order.objects.all()}
        assert {one: row.status for one, row in found.items()} == {row.id: row.status for row in self.rows}
        for row in self.rows:
            moves = [
                one for one in row.told if one not in ("MedicationDispensed", "OrderPerformed", "PerformanceVoided")
            ]
            assert found[row.id].version >= max(row.version, len(moves)), "a version that does not rise"
            row.version = found[row.id].version

    @invariant()
    def each_step_was_told_once(self) -> None:
        told = Counter(one for row in self.rows for one in row.told)
        names = (*(name.split(".")[-1] for name in Fact.objects.filter(name__regex="^(orders|pharmacy)[.]").values_list(
            "name", flat=True)),)  # fmt: skip
        assert Counter(name for name in names if name not in ("WrongWristband", "CountersignAsked")) == told

    @invariant()
    def nothing_is_given_that_was_not_written_down(self) -> None:
        rows = Performance.objects.values_list("id", "order_id", "status", "voided_at")
        assert {(*row, voided_at is not None) for *row, voided_at in rows} == {
            (one.id, row.id, "completed" if one.is_given else "not-done", one.is_voided)
            for row in self.rows
            for one in row.done
        }

    @invariant()
    def never_more_is_given_out_than_was_ordered(self) -> None:
        sums = dict(Dispense.objects.values_list("prescription__order_id").annotate(Sum("quantity")))
        lines = DispenseLine.objects.aggregate(n=Sum("quantity"))["n"] or 0
        assert lines == sum(sums.values())
        for one in Prescription.objects.all():
            (row,) = [row for row in self.rows if row.id == one.order_id]
            assert one.dispensed == sums.get(one.order_id, 0) == row.given_out <= one.quantity == TABLETS
            ended = "complete" if one.dispensed == TABLETS else "cancelled" if row.status == "stopped" else ""
            assert one.status == (ended or ("partial" if one.dispensed else "waiting"))

    @invariant()
    def stock_is_the_sum_of_its_movements(self) -> None:
        held: dict[UUID, Decimal] = {}
        sums = dict(Movement.objects.values_list("lot_id").annotate(Sum("quantity")))
        for lot in Lot.objects.all():
            assert lot.on_hand == sums[lot.id] >= 0
            held[lot.item_id] = held.get(lot.item_id, Decimal(0)) + lot.on_hand
        assert {self.items[name].id: much for name, much in self.stock.items() if much} == {
            item: much for item, much in held.items() if much
        }


@pytest.mark.guarantee("B12", "H3")
def test_the_ward_holds_together(cast: Any) -> None:
    play(Ward, cast, roles=ROLES, runs=SHARE)


@pytest.mark.long
@pytest.mark.guarantee("B12", "H3")
def test_the_ward_holds_together_whatever_happens(cast: Any) -> None:
    play(Ward, cast, roles=ROLES)


@pytest.mark.guarantee("B12")
@pytest.mark.parametrize(("where", "name", "mistake"), [
    pytest.param(checks, "_why_not", lambda *_said: "", marks=pytest.mark.long),  # rare
    (pharmacy, "_check_quantity", lambda *_said: None),
    (doing, "announce", lambda *_said: None),
])  # fmt: skip
def test_a_planted_mistake_is_found(
    cast: Any, monkeypatch: pytest.MonkeyPatch, where: Any, name: str, mistake: Any
) -> None:
    monkeypatch.setattr(where, name, mistake)
    with pytest.raises(Exception, match=r"assert|pharmacy_never_more_than_ordered"):
        play_planted(Ward, cast, roles=ROLES)
