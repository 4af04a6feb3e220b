"""issue_invoice: the sum of its lines, a number without gap, frozen as it was."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from salus.billing import services as billing
from salus.billing.models import Charge, Invoice, InvoiceLine
from salus.billing.tests.builders import a_charge, a_patient, a_service, an_invoice
from salus.core.errors import Invalid, NotAllowed
from salus.core.ids import uuid7
from salus.core.models import Fact
from tests.statements import at_most


def test_an_invoice_is_the_sum_of_its_lines(cast):
    ann = a_patient(cast)
    a_charge(cast, ann, a_service(cast))
    a_charge(cast, ann, a_service(cast, "tablet-t", "0.035"), "21")
    act = cast.act("cashier")
    invoice = billing.issue_invoice(act, patient_id=ann.id)
    assert [line.amount for line in invoice.lines.order_by("place")] == [Decimal("25.00"), Decimal("0.74")]
    assert (invoice.total, invoice.status, invoice.issued_by_name) == (Decimal("25.74"), "issued", act.by_name)
    assert set(Charge.objects.values_list("invoice_id", flat=True)) == {invoice.id}


def test_tells_what_happened(cast):
    invoice = an_invoice(cast)
    fact = Fact.objects.get(name="billing.InvoiceIssued")
    assert (fact.patient_id, fact.data["invoice_id"]) == (invoice.patient_id, str(invoice.id))


@pytest.mark.guarantee("H12")
def test_a_charge_is_billed_once(cast):
    invoice = an_invoice(cast)
    with pytest.raises(billing.NothingToBill):
        billing.issue_invoice(cast.act("cashier"), patient_id=invoice.patient_id)
    ids = list(Charge.objects.values_list("id", flat=True))
    with pytest.raises(billing.NothingToBill):
        billing.issue_invoice(cast.act("cashier"), patient_id=invoice.patient_id, charge_ids=ids)


def test_some_of_the_charges(cast):
    ann, service = a_patient(cast), a_service(cast)
    first, second = (a_charge(cast, ann, service) for _n in range(2))
    act = cast.act("cashier")
    assert billing.issue_invoice(act, patient_id=ann.id, charge_ids=[second.id]).total == 25
    assert Charge.objects.get(invoice=None) == first


def test_nobody_is_billed_for_another(cast):
    ann, ben = a_patient(cast), a_patient(cast, given="Ben")
    charge = a_charge(cast, ann, a_service(cast))
    with pytest.raises(billing.NothingToBill):
        billing.issue_invoice(cast.act("cashier"), patient_id=ben.id, charge_ids=[charge.id])


def test_a_charge_that_comes_later_makes_the_next_invoice(cast):
    invoice = an_invoice(cast, ann := a_patient(cast))
    a_charge(cast, ann, a_service(cast))
    later = billing.issue_invoice(cast.act("cashier"), patient_id=ann.id)
    assert int(later.number[-6:]) == int(invoice.number[-6:]) + 1


def test_the_numbers_have_no_gap(cast):
    ann, service = a_patient(cast), a_service(cast)
    numbers = []
    for _n in range(3):
        a_charge(cast, ann, service)
        numbers.append(billing.issue_invoice(cast.act("cashier"), patient_id=ann.id).number)
        with pytest.raises(billing.NothingToBill):
            billing.issue_invoice(cast.act("cashier"), patient_id=ann.id)
    assert [int(n[-6:]) for n in numbers] == [1, 2, 3]


def test_currencies_are_not_mixed(cast):
    ann = a_patient(cast)
    a_charge(cast, ann, a_service(cast))
    a_charge(cast, ann, a_service(cast, "abroad-t", "9", "USD"))
    with pytest.raises(Invalid):
        billing.issue_invoice(cast.act("cashier"), patient_id=ann.id)


def test_what_costs_nothing_is_paid(cast):
    assert an_invoice(cast, amount="0").status == "paid"


@pytest.mark.parametrize("role", ["receptionist", "nurse", "doctor", "administrator"])
def test_needs_the_right(cast, role):
    with pytest.raises(NotAllowed):
        billing.issue_invoice(cast.act(role), patient_id=uuid7())


def test_few_statements(cast):
    ann, service = a_patient(cast), a_service(cast)
    for _n in range(5):
        a_charge(cast, ann, service)
    act = cast.act("cashier")
    with at_most(6):
        billing.issue_invoice(act, patient_id=ann.id)


@pytest.mark.guarantee("H12")
def test_a_line_that_is_missing_is_refused(cast):
    """The total is that of the lines, whoever writes the row."""
    invoice = an_invoice(cast)
    values = {f.attname: getattr(invoice, f.attname) for f in Invoice._meta.concrete_fields}
    Invoice.objects.create(**(values | {"id": uuid7(), "number": "I00-X"}))
    with pytest.raises(IntegrityError, match="the invoice says"):
        check_now()


@pytest.mark.guarantee("H12")
def test_a_charge_cannot_say_it_is_billed_where_it_is_not(cast):
    invoice = an_invoice(cast)
    a_charge(cast, invoice.patient, a_service(cast))
    Charge.objects.filter(invoice=None).update(invoice=invoice)
    with pytest.raises(IntegrityError, match="on no line"):
        check_now()


@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("billing_invoice", "total = total + 1"),
        ("billing_invoice", "number = 'I00-000000'"),
        ("billing_invoice", "patient_id = gen_random_uuid()"),
        ("billing_invoiceline", "amount = 1"),
        ("billing_invoiceline", "description = 'gold'"),
        ("billing_charge", "invoice_id = NULL"),
    ],
)
def test_what_was_issued_stays(cast, table, change):
    an_invoice(cast)
    with connection.cursor() as cursor, pytest.raises(IntegrityError, match="not changed"), transaction.atomic():
        cursor.execute(f"UPDATE {table} SET {change}")
    assert InvoiceLine.objects.get().amount == 25


def check_now():
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
