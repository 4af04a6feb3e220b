"""What was paid online pays the bill once, or goes back once; nothing else can come of it."""

import threading
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from salus.billing import services as billing
from salus.billing.models import Invoice, Payment
from salus.billing.tests.builders import an_invoice
from salus.core.errors import NotAllowed, NotFound
from salus.core.models import Fact
from salus.payments import jobs, services
from salus.payments.models import Checkout, Pretended
from salus.payments.tests.builders import a_checkout, owner_of
from tests.statements import at_most


def pay(found: Checkout) -> None:
    """At the gateway's page."""
    Pretended.objects.filter(id=found.id).update(standing=Pretended.PAID)


def test_money_that_came_pays_the_bill_once(cast):
    found = a_checkout(cast)
    jobs.look_at(str(found.id))
    assert Checkout.objects.get().status == Checkout.OPEN
    pay(found)
    for _ in range(3):
        jobs.look_at(str(found.id))
        jobs.look_at_all()
    found = Checkout.objects.get()
    invoice, payment = Invoice.objects.get(), Payment.objects.get()
    assert (found.status, found.payment_id, invoice.status, invoice.paid) == ("paid", payment.id, "paid", 25)
    assert (payment.method, payment.reference) == ("online", str(found.id))
    assert Fact.objects.filter(name="payments.CheckoutEnded").count() == 1


def test_pressed_twice_it_is_one_way(cast):
    found = a_checkout(cast)
    act = owner_of(Invoice.objects.get())
    assert services.open_checkout(act, invoice_id=found.invoice_id).id == found.id
    assert services.lead_to_gateway(act, checkout_id=found.id, back="/") == found.url
    assert Pretended.objects.count() == 1


def test_what_was_paid_at_the_desk_meanwhile_goes_back(cast):
    found = a_checkout(cast)
    billing.take_payment(cast.act("cashier"), invoice_id=found.invoice_id, method="cash", amount=Decimal(25))
    pay(found)
    jobs.look_at(str(found.id))
    assert Checkout.objects.get().status == Checkout.SURPLUS
    assert "To be returned" in cast.client("cashier").get("/").content.decode()
    jobs.look_at_all()
    jobs.look_at_all()
    assert (Checkout.objects.get().status, Pretended.objects.get().standing) == ("returned", "returned")
    assert Payment.objects.count() == 1


def test_a_part_paid_meanwhile_is_a_new_way_and_the_old_one_closes(cast):
    found = a_checkout(cast)
    billing.take_payment(cast.act("cashier"), invoice_id=found.invoice_id, method="cash", amount=Decimal(10))
    second = a_checkout(cast, Invoice.objects.get())
    assert (second.id == found.id, second.amount) == (False, 15)
    jobs.look_at_all()
    assert Pretended.objects.get(id=found.id).standing == Pretended.CLOSED
    assert Checkout.objects.get(id=found.id).status == Checkout.EXPIRED
    pay(second)
    jobs.look_at_all()
    assert Invoice.objects.get().status == "paid"


def test_who_paid_the_old_way_has_paid(cast):
    """The page was open in another tab: the money is his, and what is owed takes it; the other way then goes nowhere."""
    found = a_checkout(cast)
    Checkout.objects.filter(id=found.id).update(status=Checkout.SUPERSEDED)
    second = a_checkout(cast, Invoice.objects.get())
    pay(found)
    pay(second)
    jobs.look_at_all()
    jobs.look_at_all()
    states = dict(Checkout.objects.values_list("id", "status"))
    assert states == {found.id: "paid", second.id: "returned"}
    assert (Invoice.objects.get().paid, Payment.objects.count()) == (25, 1)


def test_nobody_paid(cast):
    found = a_checkout(cast)
    Checkout.objects.filter(id=found.id).update(expires_at=found.opened_at - timedelta(minutes=1))
    jobs.look_at_all()
    assert Checkout.objects.get().status == Checkout.EXPIRED
    assert Pretended.objects.get().standing == Pretended.CLOSED


def test_nobody_was_led_there(cast):
    invoice = an_invoice(cast)
    found = services.open_checkout(owner_of(invoice), invoice_id=invoice.id)
    jobs.look_at_all()
    assert Checkout.objects.get().status == Checkout.OPEN
    Checkout.objects.filter(id=found.id).update(expires_at=found.opened_at - timedelta(minutes=1))
    jobs.look_at_all()
    assert Checkout.objects.get().status == Checkout.EXPIRED


def test_nobody_pays_the_bill_of_another(cast):
    mine, other = an_invoice(cast), an_invoice(cast, amount="30.00")
    with pytest.raises(Invoice.DoesNotExist):
        services.open_checkout(owner_of(mine), invoice_id=other.id)
    with pytest.raises(NotAllowed):
        services.open_checkout(cast.act("cashier"), invoice_id=mine.id)
    found = a_checkout(cast, other)
    with pytest.raises(Checkout.DoesNotExist):
        services.lead_to_gateway(owner_of(mine), checkout_id=found.id, back="/")


def test_where_bills_are_not_paid_online(cast, settings):
    settings.SALUS_PAYMENTS = "none"
    invoice = an_invoice(cast)
    with pytest.raises(NotFound):
        services.open_checkout(owner_of(invoice), invoice_id=invoice.id)


def test_the_page_of_the_demonstration(cast):
    found = a_checkout(cast)
    page = Client().get(found.url)
    assert "No money moves" in page.content.decode()
    answer = Client().post(reverse("payments:pretend", args=[found.id]), {"pays": "yes"})
    assert (answer.status_code, answer["Location"]) == (303, "http://testserver/back")
    jobs.look_at_all()
    assert Invoice.objects.get().status == "paid"


def test_the_list_of_the_cash_desk(cast):
    found = a_checkout(cast)
    cashier = cast.client("cashier")
    with at_most(15):
        page = cashier.get("/payments/?status=open").content.decode()
    assert found.invoice.number in page
    assert "No online payment here" in cashier.get("/payments/?status=paid").content.decode()
    assert cast.client("nurse").get("/payments/").status_code == 403


@pytest.mark.race
@pytest.mark.guarantee("B32")
def test_fifty_hear_of_one_payment(real_db, cast):
    found = a_checkout(cast)
    pay(found)
    failed: list[BaseException] = []

    def hear() -> None:
        try:
            jobs.look_at(str(found.id))
        except BaseException as error:
            failed.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=hear) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    assert (Payment.objects.count(), Invoice.objects.get().paid) == (1, 25)


@pytest.mark.race
def test_fifty_presses_are_one_way(real_db, cast):
    invoice = an_invoice(cast)
    made, failed = set(), []

    def press() -> None:
        try:
            made.add(services.open_checkout(owner_of(invoice), invoice_id=invoice.id).id)
        except BaseException as error:
            failed.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=press) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    assert len(made) == Checkout.objects.count() == 1
