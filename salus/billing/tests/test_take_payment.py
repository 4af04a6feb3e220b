"""take_payment: never more than is owed, never twice, with change and a receipt."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from salus.billing import services as billing
from salus.billing.models import Invoice, Payment
from salus.billing.tests.builders import an_invoice
from salus.core.errors import Invalid, NotAllowed, Stale
from salus.core.ids import uuid7
from salus.core.models import Fact
from tests.statements import at_most


def pay(cast, invoice, amount="25", method="cash", **changes):
    values = {"invoice_id": invoice.id, "method": method, "amount": Decimal(amount)} | changes
    return billing.take_payment(cast.act("cashier"), **values)


def test_cash_gives_change_and_a_receipt(cast):
    invoice = an_invoice(cast)
    first = pay(cast, invoice, "10", tendered=Decimal(20))
    assert (first.change, Invoice.objects.get().status) == (Decimal(10), "part-paid")
    second = pay(cast, invoice, "15", "card")
    assert (Invoice.objects.get().status, Invoice.objects.get().paid) == ("paid", 25)
    assert int(second.receipt_number[-6:]) == int(first.receipt_number[-6:]) + 1


def test_tells_what_happened(cast):
    payment = pay(cast, invoice := an_invoice(cast))
    fact = Fact.objects.get(name="billing.PaymentReceived")
    assert fact.patient_id == invoice.patient_id
    assert fact.data["payment_id"] == str(payment.id)


def test_what_is_paid_is_not_paid_again(cast):
    pay(cast, invoice := an_invoice(cast))
    with pytest.raises(billing.NotPayable):
        pay(cast, invoice)
    assert Payment.objects.count() == 1


def test_a_page_that_is_out_of_date_takes_no_money(cast):
    invoice = an_invoice(cast)
    pay(cast, invoice, "10", version=1)
    with pytest.raises(Stale):
        pay(cast, invoice, "10", version=1)
    assert Invoice.objects.get().paid == 10


@pytest.mark.parametrize(
    ("method", "amount", "tendered", "reference", "field"),
    [
        ("cash", "25.01", None, "", "amount"),
        ("cash", "0", None, "", "amount"),
        ("cash", "-1", None, "", "amount"),
        ("cash", "1.001", None, "", "amount"),
        ("cash", "20", "19", "", "tendered"),
        ("cash", "20", "20.001", "", "tendered"),
        ("card", "20", "25", "", "tendered"),
        ("shells", "20", None, "", "method"),
        ("mobile", "20", None, " ", "reference"),
        ("transfer", "20", None, "", "reference"),
    ],
)
def test_a_payment_that_cannot_be_is_told_beside_the_field(cast, method, amount, tendered, reference, field):
    invoice = an_invoice(cast)
    with pytest.raises(Invalid) as told:
        pay(cast, invoice, amount, method, tendered=Decimal(tendered) if tendered else None, reference=reference)
    assert field in told.value.fields
    assert not Payment.objects.exists()


def test_mobile_money_keeps_its_reference(cast):
    assert pay(cast, an_invoice(cast), "5", "mobile", reference=" QK12 ").reference == "QK12"


@pytest.mark.parametrize("role", ["receptionist", "nurse", "doctor", "administrator"])
def test_needs_the_right(cast, role):
    with pytest.raises(NotAllowed):
        billing.take_payment(cast.act(role), invoice_id=uuid7(), method="cash", amount=Decimal(1))


def test_few_statements(cast):
    invoice, act = an_invoice(cast), cast.act("cashier")
    with at_most(5):
        billing.take_payment(act, invoice_id=invoice.id, method="cash", amount=Decimal(25))


@pytest.mark.guarantee("H12")
@pytest.mark.parametrize(
    ("sabotage", "said"),
    [
        ("UPDATE billing_invoice SET paid = 1", "the invoice says"),
        ("UPDATE billing_invoice SET paid = 26", "billing_never_overpaid"),
        ("UPDATE billing_payment SET voided_at = now()", "the invoice says"),
        ("UPDATE billing_payment SET amount = 1", "not changed"),
        ("UPDATE billing_payment SET method = 'card'", "not changed"),
    ],
)
def test_the_database_refuses_a_bill_that_does_not_add_up(cast, sabotage, said):
    pay(cast, an_invoice(cast), "10")
    with connection.cursor() as cursor, pytest.raises(IntegrityError, match=said), transaction.atomic():
        cursor.execute(f"{sabotage}; SET CONSTRAINTS ALL IMMEDIATE")
