"""Whatever is captured, priced, issued and paid, in any order: every bill adds up, and no money is lost between tables."""

from typing import ClassVar

import pytest
from django.db import connection, transaction
from django.db.models import Sum
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from salus.billing import rules
from salus.billing import services as billing
from salus.billing.models import Charge, Invoice, InvoiceLine, Payment
from salus.billing.tests.builders import a_charge, a_patient, a_price, a_service
from salus.core.errors import Conflict, Invalid
from tests.machines import RUNS, STEPS

pytestmark = [pytest.mark.guarantee("B12"), pytest.mark.slow]
QUIET = settings(
    max_examples=8, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck), database=None
)


class CashDesk(RuleBasedStateMachine):
    """One facility, two patients, three services of which one has no price at first."""

    cast: ClassVar = None

    def __init__(self):
        super().__init__()
        self.point = transaction.atomic()
        self.point.__enter__()
        self.act = self.cast.act("cashier")
        self.patients = [a_patient(self.cast, given=name) for name in ("Ann", "Ben")]
        prices = ("25", "0.035", None)
        self.services = [a_service(self.cast, f"machine-{n}", price) for n, price in enumerate(prices)]
        self.is_priced = False
        for patient in self.patients:
            a_charge(self.cast, patient, self.services[0])
            a_charge(self.cast, patient, self.services[1], "0.5")

    def teardown(self):
        transaction.set_rollback(True)
        self.point.__exit__(None, None, None)

    @rule(who=st.integers(0, 1), what=st.integers(0, 2), quantity=st.decimals("0.5", "40", places=1))
    def capture(self, who, what, quantity):
        a_charge(self.cast, self.patients[who], self.services[what], str(quantity))

    @rule(again=st.integers(0, 3))
    def capture_again(self, again):
        charges = list(Charge.objects.order_by("id")[:4])
        if charges:
            known = charges[again % len(charges)]
            with pytest.raises(AssertionError):
                a_charge(self.cast, known.patient, known.service_code, source=known.source)
            assert Charge.objects.filter(source=known.source).count() == 1

    @rule(amount=st.decimals("0", "9", places=3))
    def set_price(self, amount):
        if not self.is_priced:
            self.is_priced = True
            a_price(self.cast, self.services[2], str(amount))
            billing.price_charges(self.cast.almighty(), service_code=self.services[2].code)

    @rule(who=st.integers(0, 1), some=st.integers(0, 3))
    def issue(self, who, some):
        """All that is open, or the first few that have a price."""
        priced = Charge.objects.filter(patient=self.patients[who], invoice=None, amount__isnull=False).order_by("id")
        ids = list(priced.values_list("id", flat=True)[:some]) or None
        self.attempt(billing.issue_invoice, patient_id=self.patients[who].id, charge_ids=ids)

    @rule(
        which=st.integers(0, 5), share=st.sampled_from(["all", "part", "more"]), extra=st.decimals("0", "5", places=2)
    )
    def pay(self, which, share, extra):
        if not Invoice.objects.exists():
            self.issue(which % 2, 0)
        invoices = list(Invoice.objects.order_by("number"))
        if invoices:
            invoice = invoices[which % len(invoices)]
            owed = invoice.total - invoice.paid
            amount = {"all": owed, "part": rules.rounded(owed / 3, "EUR"), "more": owed + extra}[share]
            self.attempt(
                billing.take_payment, invoice_id=invoice.id, method="cash", amount=amount, tendered=amount + extra
            )

    def attempt(self, service, **values):
        try:
            with transaction.atomic():
                service(self.act, **values)
                with connection.cursor() as cursor:  # what the commit would check
                    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
        except (Conflict, Invalid):
            pass

    @invariant()
    def every_bill_adds_up(self):
        for invoice in Invoice.objects.prefetch_related("lines", "payments"):
            assert invoice.total == sum(line.amount for line in invoice.lines.all())
            assert invoice.paid == sum(payment.amount for payment in invoice.payments.all())
            assert 0 <= invoice.paid <= invoice.total
            assert invoice.status == rules.status_after(invoice.total, invoice.paid)
            assert invoice.total == rules.rounded(invoice.total, invoice.currency)

    @invariant()
    def no_money_is_lost_between_tables(self):
        charged = Charge.objects.aggregate(s=Sum("amount"))["s"] or 0
        still_open = Charge.objects.filter(invoice=None).aggregate(s=Sum("amount"))["s"] or 0
        assert charged == still_open + (Invoice.objects.aggregate(s=Sum("total"))["s"] or 0)
        assert InvoiceLine.objects.count() == Charge.objects.exclude(invoice=None).count()

    @invariant()
    def numbers_have_no_gap(self):
        for numbers in (Invoice.objects.values_list("number"), Payment.objects.values_list("receipt_number")):
            assert sorted(int(number[-6:]) for (number,) in numbers) == list(range(1, len(numbers) + 1))


def test_the_cash_desk_adds_up_whatever_happens(cast):
    cast.act("cashier")
    CashDesk.cast = cast
    run_state_machine_as_test(CashDesk, settings=QUIET)


@pytest.mark.long
def test_the_cash_desk_adds_up_in_many_runs(cast):
    cast.act("cashier")
    CashDesk.cast = cast
    run_state_machine_as_test(CashDesk, settings=settings(QUIET, max_examples=RUNS, stateful_step_count=STEPS))


def _no_check(*_values):
    """A planted defect."""


def _unrounded(quantity, unit_price, _currency):
    return quantity * unit_price


@pytest.mark.parametrize(
    ("where", "name", "defect"), [(billing, "_check_payment", _no_check), (rules, "line_amount", _unrounded)]
)
def test_a_planted_defect_is_found(cast, monkeypatch, where, name, defect):
    cast.act("cashier")
    CashDesk.cast = cast
    monkeypatch.setattr(where, name, defect)
    unshrunk = settings(QUIET, max_examples=200, phases=[Phase.generate], derandomize=True)
    with pytest.raises(Exception, match=r"billing_|assert|change_adds_up"):
        run_state_machine_as_test(CashDesk, settings=unshrunk)
