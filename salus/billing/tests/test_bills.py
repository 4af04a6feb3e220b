"""A bill adds up: charges arrive once, an invoice is the sum of its lines, nobody pays twice."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from hypothesis import given
from hypothesis import strategies as st

from salus.billing import rules, services
from salus.billing.models import Charge, Invoice, Payment
from salus.catalog.models import Price, Service
from salus.core.errors import Invalid, NotAllowed
from salus.core.ids import uuid7
from salus.core.models import Fact
from salus.patients.models import Patient


def a_service(cast, code="visit-t", amount="25.00"):
    service = Service.objects.create(code=code, name=code.capitalize(), kind="consultation")
    if amount is not None:
        period = DateTimeTZRange(datetime(2020, 1, 1, tzinfo=UTC), None)
        Price.objects.create(
            service=service, facility=cast.facility, amount=Decimal(amount), currency="EUR", period=period
        )
    return service


def a_patient(cast):
    return Patient.objects.create(facility=cast.facility, mrn=str(uuid7()), family="Rashid", given="Ann")


def a_charge(cast, patient, service, quantity="1", source=None):
    return services.capture_charge(
        cast.almighty(),
        source=source or f"test:{uuid7()}",
        patient_id=patient.id,
        encounter_id=None,
        department_id=None,
        service_code=service.code,
        quantity=Decimal(quantity),
    )


def test_a_charge_arrives_once(cast):
    patient, service = a_patient(cast), a_service(cast)
    assert a_charge(cast, patient, service, source="lab.request:1").amount == Decimal("25.00")
    assert a_charge(cast, patient, service, source="lab.request:1") is None
    assert Charge.objects.count() == 1
    assert Fact.objects.filter(name="billing.ChargeCaptured").count() == 1


def test_a_service_without_a_price_is_not_lost(cast):
    patient, service = a_patient(cast), a_service(cast, amount=None)
    assert a_charge(cast, patient, service).amount is None
    with pytest.raises(services.PriceMissing):
        services.issue_invoice(cast.act("cashier"), patient_id=patient.id)


def test_an_invoice_is_the_sum_of_its_lines(cast):
    patient = a_patient(cast)
    a_charge(cast, patient, a_service(cast))
    a_charge(cast, patient, a_service(cast, "tablet-t", "0.035"), "21")
    invoice = services.issue_invoice(cast.act("cashier"), patient_id=patient.id)
    assert [line.amount for line in invoice.lines.order_by("place")] == [Decimal("25.00"), Decimal("0.74")]
    assert invoice.total == Decimal("25.74")
    with pytest.raises(services.NothingToBill):
        services.issue_invoice(cast.act("cashier"), patient_id=patient.id)


def test_the_numbers_have_no_gap(cast):
    patient, service = a_patient(cast), a_service(cast)
    numbers = []
    for _n in range(3):
        a_charge(cast, patient, service)
        numbers.append(services.issue_invoice(cast.act("cashier"), patient_id=patient.id).number)
        with pytest.raises(services.NothingToBill):
            services.issue_invoice(cast.act("cashier"), patient_id=patient.id)
    assert [int(n[-6:]) for n in numbers] == [1, 2, 3]


def test_cash_gives_change_and_a_receipt(cast):
    patient = a_patient(cast)
    a_charge(cast, patient, a_service(cast))
    invoice = services.issue_invoice(cast.act("cashier"), patient_id=patient.id)
    act = cast.act("cashier")
    first = services.take_payment(act, invoice_id=invoice.id, method="cash", amount=Decimal(10), tendered=Decimal(20))
    assert (first.change, Invoice.objects.get().status) == (Decimal(10), "part-paid")
    services.take_payment(cast.act("cashier"), invoice_id=invoice.id, method="card", amount=Decimal(15))
    assert Invoice.objects.get().status == "paid"
    with pytest.raises(services.NotPayable):
        services.take_payment(cast.act("cashier"), invoice_id=invoice.id, method="card", amount=Decimal(1))


@pytest.mark.parametrize(
    ("method", "amount", "tendered", "field"),
    [
        ("cash", "25.01", None, "amount"),
        ("cash", "0", None, "amount"),
        ("cash", "1.001", None, "amount"),
        ("cash", "20", "19", "tendered"),
        ("card", "20", "25", "tendered"),
        ("shells", "20", None, "method"),
    ],
)
def test_a_payment_that_cannot_be_is_told_beside_the_field(cast, method, amount, tendered, field):
    patient = a_patient(cast)
    a_charge(cast, patient, a_service(cast))
    invoice = services.issue_invoice(cast.act("cashier"), patient_id=patient.id)
    with pytest.raises(Invalid) as told:
        services.take_payment(
            cast.act("cashier"),
            invoice_id=invoice.id,
            method=method,
            amount=Decimal(amount),
            tendered=Decimal(tendered) if tendered else None,
        )
    assert field in told.value.fields
    assert not Payment.objects.exists()


@pytest.mark.guarantee("H12")
@pytest.mark.parametrize("sabotage", ["total = total + 1", "paid = 1"])
def test_the_database_refuses_a_bill_that_does_not_add_up(cast, sabotage):
    patient = a_patient(cast)
    a_charge(cast, patient, a_service(cast))
    services.issue_invoice(cast.act("cashier"), patient_id=patient.id)
    with connection.cursor() as cursor, pytest.raises(IntegrityError, match="the invoice says"):
        cursor.execute(f"UPDATE billing_invoice SET {sabotage}; SET CONSTRAINTS ALL IMMEDIATE")


@pytest.mark.parametrize("role", ["receptionist", "nurse", "doctor", "administrator"])
def test_only_the_cash_desk_bills(cast, role):
    with pytest.raises(NotAllowed):
        services.issue_invoice(cast.act(role), patient_id=uuid7())
    with pytest.raises(NotAllowed):
        services.take_payment(cast.act(role), invoice_id=uuid7(), method="cash", amount=Decimal(1))


@given(
    st.decimals("0.0001", "9999", places=4),
    st.decimals("0.0001", "9999", places=4),
    st.sampled_from(["EUR", "JPY", "KWD"]),
)
def test_a_line_can_always_be_paid(quantity, price, currency):
    amount = rules.line_amount(quantity, price, currency)
    assert amount == rules.rounded(amount, currency)
    assert abs(amount - quantity * price) <= Decimal(1).scaleb(-rules.exponent(currency)) / 2
