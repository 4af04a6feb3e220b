"""A patient pays a bill: away to the gateway's page and back, once, and nobody else's."""

import pytest
from django.test import Client
from django.urls import reverse

from salus.billing.models import Invoice, Payment
from salus.billing.tests.builders import an_invoice
from salus.core.announce import run_waiting
from salus.payments import jobs
from salus.payments.models import Checkout
from salus.portal.tests.builders import a_proxy, an_account, own_client
from tests.cast import form_key
from tests.statements import at_most


@pytest.fixture(autouse=True)
def _pretended(settings):
    settings.SALUS_DEMONSTRATION, settings.SALUS_PAYMENTS = True, "pretended"


@pytest.fixture
def bill(cast):
    return an_invoice(cast)


def send(browser, address, patient_id, **fields):
    return browser.post(address, form_key(patient_id=patient_id, **fields))


def test_a_bill_is_paid_from_home(bill):
    browser = own_client(an_account(bill.patient))
    with at_most(15):
        page = browser.get(reverse("portal:bill", args=[bill.id])).content.decode()
    assert "Pay now" in page
    once, clicked = reverse("portal:pay", args=[bill.id]), form_key(patient_id=bill.patient_id)
    answer, again = browser.post(once, clicked), browser.post(once, clicked)
    found = Checkout.objects.get()
    assert again["Location"] == answer["Location"]
    assert answer["Location"] == reverse("portal:go_to_pay", args=[found.id])
    with at_most(15):
        away = browser.get(answer["Location"])
    assert away.status_code == 303
    assert (
        Client().post(f"{away['Location']}/pay", {"pays": "yes"})["Location"].endswith(f"/portal/payments/{found.id}")
    )
    back = reverse("portal:checkout", args=[found.id])
    assert "Waiting for the word" in browser.get(back).content.decode()
    assert send(browser, f"{back}/look", bill.patient_id).status_code == 303
    assert send(browser, f"{back}/look", bill.patient_id).status_code == 303  # asked twice before anybody has looked
    jobs.look_at_all()
    page = browser.get(back).content.decode()
    assert "Paid. Thank you." in page
    assert reverse("portal:receipt_pdf", args=[Payment.objects.get().id]) in page
    assert "data-live" not in page
    assert Invoice.objects.get().status == "paid"


@pytest.mark.guarantee("S11")
def test_what_a_bill_is_for_only_the_patient_reads(cast, bill):
    """Whoever stands for the patient pays it, and reads number, day and sums: a line names a test as plainly as a result."""
    word = bill.lines.get().description
    address = reverse("portal:bill", args=[bill.id])
    assert word in own_client(an_account(bill.patient)).get(address).content.decode()
    holder = an_account(None, "parent@example.org", facility=cast.facility)
    a_proxy(holder, bill.patient, scopes=["bills"])
    browser = own_client(holder)
    page = browser.get(address).content.decode()
    assert bill.number in page and "25.00" in page and "Pay now" in page and word not in page  # noqa: PT018
    paper = reverse("portal:bill_pdf", args=[bill.id])
    assert paper not in page
    assert browser.get(paper).status_code == 403


def test_who_did_not_pay_may_do_it_later(bill):
    browser = own_client(an_account(bill.patient))
    send(browser, reverse("portal:pay", args=[bill.id]), bill.patient_id)
    found = Checkout.objects.get()
    away = browser.get(reverse("portal:go_to_pay", args=[found.id]))
    Client().post(f"{away['Location']}/pay", {"pays": "no"})
    jobs.look_at_all()
    assert "Nothing was paid." in browser.get(reverse("portal:checkout", args=[found.id])).content.decode()
    assert "Pay now" in browser.get(reverse("portal:bill", args=[bill.id])).content.decode()


def test_nobody_sees_or_pays_the_bill_of_another(cast, bill):
    mine = own_client(an_account(bill.patient))
    send(mine, reverse("portal:pay", args=[bill.id]), bill.patient_id)
    found = Checkout.objects.get()
    other = an_invoice(cast, amount="30.00")
    stranger = own_client(an_account(other.patient, "other@example.org"))
    assert send(stranger, reverse("portal:pay", args=[bill.id]), other.patient_id).status_code == 404
    for name in ("checkout", "go_to_pay"):
        assert stranger.get(reverse(f"portal:{name}", args=[found.id])).status_code == 404
    assert send(stranger, reverse("portal:look_at_payment", args=[found.id]), other.patient_id).status_code == 404
    assert Checkout.objects.count() == 1


def test_a_proxy_pays_only_in_that_matter(cast, bill):
    other = an_invoice(cast, amount="30.00")
    account = an_account(other.patient, "carer@example.org")
    a_proxy(account, bill.patient, ["appointments"])
    browser = own_client(account)
    send(browser, reverse("portal:choose", args=[bill.patient_id]), bill.patient_id)
    assert send(browser, reverse("portal:pay", args=[bill.id]), bill.patient_id).status_code == 403


def test_where_bills_are_paid_at_the_desk(bill, settings):
    settings.SALUS_PAYMENTS = "none"
    browser = own_client(an_account(bill.patient))
    assert "Please pay at the cash desk" in browser.get(reverse("portal:bill", args=[bill.id])).content.decode()
    assert send(browser, reverse("portal:pay", args=[bill.id]), bill.patient_id).status_code == 404


def test_a_gateway_that_is_away_is_told(bill, settings):
    settings.SALUS_PAYMENTS = "stripe"
    settings.SALUS_STRIPE_KEY, settings.SALUS_STRIPE_API = "sk_test_none", "http://127.0.0.1:9"
    browser = own_client(an_account(bill.patient))
    send(browser, reverse("portal:pay", args=[bill.id]), bill.patient_id)
    answer = browser.get(reverse("portal:go_to_pay", args=[Checkout.objects.get().id]))
    assert answer["Location"] == reverse("portal:bill", args=[bill.id])
    assert "cannot be reached just now" in browser.get(answer["Location"]).content.decode()
    run_waiting()
