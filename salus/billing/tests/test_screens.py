"""The cash desk's screens: worklist, bill, invoice, payment, receipt, papers, and what it plugs in elsewhere."""

from decimal import Decimal

import pytest
from django.db import connection
from django.urls import reverse

from salus.billing import services as billing
from salus.billing.models import Charge, Invoice, Payment
from salus.billing.tests.builders import a_charge, a_patient, a_service, an_invoice
from salus.core.announce import announce, run_waiting
from salus.core.ids import uuid7
from salus.core.models import AccessEntry
from salus.encounters.facts import EncounterStarted
from tests.cast import form_key
from tests.statements import at_most


def issue(client, patient, **changes):
    ids = [str(one) for one in Charge.objects.filter(invoice=None).values_list("id", flat=True)]
    values = form_key(charge_ids=ids, patient_id=patient.id) | changes
    return client.post(reverse("billing:issue", args=[patient.id]), values)


def pay(client, invoice, **changes):
    values = {"method": "cash", "amount": "25.00", "tendered": "", "version": invoice.version}
    values = form_key(**values, patient_id=invoice.patient_id) | changes
    return client.post(reverse("billing:pay", args=[invoice.id]), values)


def text_of(answer):
    return answer.content.decode()


@pytest.mark.guarantee("H12")
def test_from_the_worklist_to_the_receipt(cast):
    ann, client = a_patient(cast), cast.client("cashier")
    for number in range(5):
        a_charge(cast, ann, a_service(cast, f"s{number}-t", "5"))
    with at_most(15):
        listed = client.get(reverse("billing:worklist"))
    assert "ASH" in text_of(listed)
    with at_most(15):
        page = text_of(client.get(reverse("billing:bill", args=[ann.id])))
    assert "€25.00" in page
    with at_most(15):
        issued = issue(client, ann)
    invoice = Invoice.objects.get()
    assert (issued.status_code, issued["Location"]) == (303, reverse("billing:invoice", args=[invoice.id]))
    with at_most(15):
        page = text_of(client.get(issued["Location"]))
    assert invoice.number in page
    with at_most(15):
        paid = pay(client, invoice, tendered="50")
    payment = Payment.objects.get()
    assert (paid.status_code, paid["Location"]) == (303, reverse("billing:receipt", args=[payment.id]))
    with at_most(15):
        page = text_of(client.get(paid["Location"]))
    assert "Change to give: €25.00" in page
    assert "Nobody has anything to pay here" in text_of(client.get(reverse("billing:worklist")))


@pytest.mark.parametrize("state", ["bill", "pay", "nonsense"])
def test_the_worklist_by_state(cast, state):
    invoice = an_invoice(cast)
    page = cast.client("cashier").get(f"{reverse('billing:worklist')}?state={state}")
    assert (invoice.number in text_of(page)) is (state == "pay")


def test_a_charge_on_its_way_is_told_before_issuing(cast):
    ann, client, act = a_patient(cast), cast.client("cashier"), cast.almighty()
    service = a_service(cast)
    a_charge(cast, ann, service)
    announce(
        act,
        EncounterStarted(
            patient_id=ann.id,
            encounter_id=uuid7(),
            department_id=cast.departments["opd"].id,
            practitioner_id=None,
            service_code=service.code,
        ),
    )
    page = text_of(client.get(reverse("billing:bill", args=[ann.id])))
    assert "1 charge is on its way" in page
    assert "Issue invoice without what is on its way" in page
    assert "on its way" not in text_of(client.get(reverse("billing:bill", args=[a_patient(cast, given="Ben").id])))
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE procrastinate_jobs SET status = 'doing'; UPDATE procrastinate_jobs SET status = 'failed'"
        )
    assert "1 charge could not be put on the bill" in text_of(client.get(reverse("billing:bill", args=[ann.id])))


def test_what_has_no_price_does_not_hold_up_the_rest(cast):
    ann, client = a_patient(cast), cast.client("cashier")
    a_charge(cast, ann, a_service(cast))
    unpriced = a_charge(cast, ann, "unknown-t")
    page = text_of(client.get(reverse("billing:bill", args=[ann.id])))
    assert "1 charge has no price yet" in page
    assert str(unpriced.id) not in page
    assert "Price missing" in text_of(client.get(reverse("billing:worklist")))
    assert issue(client, ann).status_code == 409
    assert issue(client, ann, charge_ids=[str(Charge.objects.get(amount=25).id)]).status_code == 303


def test_the_administrator_sees_what_needs_a_price_and_sets_it(cast):
    ann, client = a_patient(cast), cast.client("administrator")
    a_charge(cast, ann, a_service(cast, amount=None))
    a_charge(cast, ann, "unknown-t")
    home = text_of(client.get("/"))
    assert "Prices missing" in home
    assert reverse("catalog:add_service") + "?code=unknown-t" in home
    assert "ASH" not in home
    service = Charge.objects.get(service_code="visit-t").service
    values = form_key(amount="12.50", starts_on="", version=service.version)
    assert client.post(reverse("catalog:set_price", args=[service.id]), values).status_code == 303
    run_waiting()
    assert Charge.objects.get(service_code="visit-t").amount == Decimal("12.50")


def test_a_form_with_mistakes_comes_back_with_what_was_typed(cast):
    invoice, client = an_invoice(cast), cast.client("cashier")
    answer = pay(client, invoice, amount="1,500", tendered="7", reference="AB 12")
    assert answer.status_code == 422
    for words in ("1,500", "AB 12", "id_amount_error"):
        assert words in text_of(answer)
    assert pay(client, invoice, amount="26").status_code == 422
    assert pay(client, invoice, method="mobile").status_code == 422
    assert not Payment.objects.exists()


@pytest.mark.guarantee("B10")
def test_the_same_form_twice_pays_once(cast):
    invoice, client, key = an_invoice(cast), cast.client("cashier"), str(uuid7())
    first, second = (pay(client, invoice, amount="10", _key=key) for _n in range(2))
    assert first["Location"] == second["Location"]
    assert Payment.objects.count() == 1


@pytest.mark.guarantee("H12")
def test_a_second_tab_takes_no_second_payment(cast):
    invoice, client = an_invoice(cast), cast.client("cashier")
    assert pay(client, invoice, amount="10").status_code == 303
    assert pay(client, invoice, amount="10").status_code == 409
    assert Payment.objects.count() == 1


def test_the_same_form_twice_issues_once(cast):
    ann, client, key = a_patient(cast), cast.client("cashier"), str(uuid7())
    charge = a_charge(cast, ann, a_service(cast))
    first, second = (issue(client, ann, _key=key, charge_ids=[str(charge.id)]) for _n in range(2))
    assert first["Location"] == second["Location"]
    assert issue(client, ann, charge_ids=[str(charge.id)]).status_code == 409
    assert Invoice.objects.count() == 1


@pytest.mark.guarantee("H1")
def test_a_form_of_another_patient_writes_nothing(cast):
    ann, ben, client = a_patient(cast), a_patient(cast, given="Ben"), cast.client("cashier")
    invoice = an_invoice(cast, ann)
    a_charge(cast, ann, a_service(cast))
    assert issue(client, ann, patient_id=ben.id).status_code == 409
    assert issue(client, ben).status_code == 409
    assert pay(client, invoice, patient_id=ben.id).status_code == 409
    assert Invoice.objects.get().paid == 0


@pytest.mark.parametrize("charge_ids", [[], ["x"], [str(uuid7())]])
def test_a_forged_form_is_refused(cast, charge_ids):
    ann = a_patient(cast)
    a_charge(cast, ann, a_service(cast))
    assert issue(cast.client("cashier"), ann, charge_ids=charge_ids).status_code in (409, 422)
    assert not Invoice.objects.exists()


@pytest.mark.parametrize("role", ["receptionist", "nurse", "doctor", "pharmacist", "administrator"])
def test_only_the_cash_desk(cast, role):
    invoice, client = an_invoice(cast), cast.client(role)
    payment = billing.take_payment(cast.act("cashier"), invoice_id=invoice.id, method="card", amount=Decimal(5))
    for name, number in (
        ("bill", invoice.patient_id),
        ("invoice", invoice.id),
        ("invoice_pdf", invoice.id),
        ("receipt", payment.id),
        ("receipt_pdf", payment.id),
    ):
        assert client.get(reverse(f"billing:{name}", args=[number])).status_code == 403, name
    assert pay(client, invoice).status_code == 403
    assert issue(client, invoice.patient).status_code == 403


def test_another_house_does_not_find_it(cast):
    client = cast.client("cashier")
    for name in ("bill", "invoice", "invoice_pdf", "receipt", "receipt_pdf"):
        assert client.get(reverse(f"billing:{name}", args=[uuid7()])).status_code == 404, name


def test_a_cashiers_banner_tells_nothing_clinical(cast):
    ann = a_patient(cast)
    page = text_of(cast.client("cashier").get(reverse("billing:bill", args=[ann.id])))
    assert "ASH" in page
    assert "llerg" not in page


@pytest.mark.parametrize("paper", ["invoice", "receipt"])
def test_papers_are_printed_and_logged(cast, paper):
    invoice = an_invoice(cast)
    payment = billing.take_payment(cast.act("cashier"), invoice_id=invoice.id, method="card", amount=Decimal(5))
    number = invoice.id if paper == "invoice" else payment.id
    browser = cast.client("cashier")
    with at_most(15):
        answer = browser.get(reverse(f"billing:{paper}_pdf", args=[number]))
    assert answer["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF")
    assert AccessEntry.objects.filter(patient_id=invoice.patient_id, action="print").count() == 1


@pytest.mark.parametrize("typed", ["{}", " {} ", "lower"])
def test_a_paper_is_found_by_its_number(cast, typed):
    invoice = an_invoice(cast)
    number = invoice.number.lower() if typed == "lower" else typed.format(invoice.number)
    client = cast.client("cashier")
    found = text_of(client.post(reverse("ui:find"), {"q": number}))
    assert reverse("billing:invoice", args=[invoice.id]) in found
    other = text_of(cast.client("nurse").post(reverse("ui:find"), {"q": number}))
    assert "billing" not in other


def test_every_patient_of_a_list_is_logged_once(cast):
    patients = [a_patient(cast, given=f"Ann{n}") for n in range(3)]
    service = a_service(cast)
    for patient in patients:
        a_charge(cast, patient, service)
        a_charge(cast, patient, service)
    before = AccessEntry.objects.count()
    cast.client("cashier").get(reverse("billing:worklist"))
    logged = AccessEntry.objects.order_by("-id")[: AccessEntry.objects.count() - before]
    assert {one.patient_id for one in logged} == {one.id for one in patients}
    assert len(logged) == 3
