"""Bills paid by Stripe, with its own client library, against `localstripe` as the peer."""

import time
from decimal import Decimal

import httpx
import pytest
from django.test import Client

from salus.billing import services as billing
from salus.billing.models import Invoice, Payment
from salus.billing.tests.builders import an_invoice
from salus.core.models import Fact
from salus.payments import jobs, services
from salus.payments.gateways import GatewayAway, NotPayableOnline, Wish
from salus.payments.gateways.chosen import gateway_of
from salus.payments.models import Checkout
from salus.payments.tests.builders import owner_of
from tests.busy import busy
from tests.peers import stripe as peers
from tests.ports import free_port

pytestmark = pytest.mark.skipif(
    not peers.PROGRAM.exists(), reason="localstripe is not there: `make .cache/peers/ready`"
)
BACK = "https://hospital.example/back"


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    peer = peers.Peer(free_port(), tmp_path_factory.mktemp("localstripe"))
    yield peer
    peer.stop()


@pytest.fixture
def peer(running, settings):
    settings.SALUS_PAYMENTS = "stripe"
    settings.SALUS_STRIPE_KEY, settings.SALUS_STRIPE_HOOK_SECRET = peers.KEY, peers.HOOK_SECRET
    settings.SALUS_STRIPE_API = settings.SALUS_STRIPE_PAGES = running.url
    running.asked.clear()
    return running


def begin(invoice):
    act = owner_of(invoice)
    found = services.open_checkout(act, invoice_id=invoice.id)
    return Checkout.objects.get(id=found.id), services.lead_to_gateway(act, checkout_id=found.id, back=BACK)


def test_a_bill_is_paid_on_stripes_page(cast, peer):
    invoice = an_invoice(cast)
    found, page = begin(invoice)
    jobs.look_at(str(found.id))
    assert Invoice.objects.get().paid == 0
    assert peer.pay(page, peers.DECLINED).status_code == 402  # declined: the page stays
    jobs.look_at(str(found.id))
    assert Checkout.objects.get().status == Checkout.OPEN
    answer = peer.pay(page)
    assert (answer.status_code, answer.headers["Location"]) == (303, BACK)
    jobs.look_at_all()
    payment = Payment.objects.get()
    assert (payment.amount, payment.method, payment.reference[:3]) == (25, "online", "pi_")
    assert Invoice.objects.get().status == "paid"


def test_nothing_of_the_patient_goes_there(cast, peer):
    invoice = an_invoice(cast)
    _found, page = begin(invoice)
    peer.pay(page)
    told = str(peer.sessions) + str(peer.tell("GET", "/v1/payment_intents"))
    assert invoice.patient.family not in told
    assert str(invoice.patient_id) not in told


def test_an_answer_that_was_lost_makes_no_second_page(cast, peer):
    invoice = an_invoice(cast)
    act = owner_of(invoice)
    found = services.open_checkout(act, invoice_id=invoice.id)
    before = len(peer.sessions)
    peer.loses = 9  # the first, and the library's own further tries
    with pytest.raises(GatewayAway):
        services.lead_to_gateway(act, checkout_id=found.id, back=BACK)
    peer.loses = 0
    page = services.lead_to_gateway(act, checkout_id=found.id, back=BACK)
    assert len(peer.sessions) == before + 1
    assert page in {one["url"] for one in peer.sessions.values()}


def test_what_is_owed_no_more_goes_back_once(cast, peer):
    invoice = an_invoice(cast)
    found, page = begin(invoice)
    billing.take_payment(cast.act("cashier"), invoice_id=invoice.id, method="cash", amount=Decimal(25))
    peer.pay(page)
    jobs.look_at(str(found.id))
    money = Checkout.objects.get().money
    gateway_of("stripe").give_back(money, key=f"back-{found.id}")  # and the process was killed before it was noted
    jobs.look_at_all()
    jobs.look_at_all()
    assert Checkout.objects.get().status == Checkout.RETURNED
    refunds = [one for one in peer.tell("GET", "/v1/refunds")["data"] if one.get("payment_intent") in (money, None)]
    assert [one["amount"] for one in refunds] == [2500]


def test_a_page_that_ran_out_is_closed_there(cast, peer):
    found, page = begin(an_invoice(cast))
    Checkout.objects.update(expires_at=found.opened_at)
    jobs.look_at_all()
    assert Checkout.objects.get().status == Checkout.EXPIRED
    assert peer.pay(page).status_code == 402


def test_what_cannot_be_paid_by_card_is_told(cast, peer):
    wish = Wish(an_invoice(cast).id, Decimal("5.124"), "KWD", "I26-000001", BACK, billing_time())
    with pytest.raises(NotPayableOnline):
        gateway_of("stripe").open(wish)


def billing_time():
    return Fact.objects.latest("id").happened_at


def test_only_stripe_itself_is_heard(cast, peer):
    """A forged word has nothing asked; it is not even known whether there is such a payment."""
    begin(an_invoice(cast))
    for signature in ("", "t=1,v1=00", f"t={int(time.time())},v1={'0' * 64}"):
        answer = Client().post(
            "/payments/hooks/stripe",
            data="{}",
            content_type="application/json",
            headers={"Stripe-Signature": signature},
        )
        assert answer.status_code == 400
    assert Client().post("/payments/hooks/another", data="{}", content_type="application/json").status_code == 404
    assert Client().get("/payments/hooks/stripe").status_code == 405


def test_a_gateway_that_is_away_costs_nothing(cast, peer, settings):
    found, page = begin(an_invoice(cast))
    peer.pay(page)
    settings.SALUS_STRIPE_API = f"http://127.0.0.1:{free_port()}"
    jobs.look_at_all()
    assert Checkout.objects.get().status == Checkout.OPEN
    with pytest.raises(GatewayAway):
        jobs.look_at(str(found.id))
    settings.SALUS_STRIPE_API = peer.url
    jobs.look_at_all()
    assert Checkout.objects.get().status == Checkout.PAID


@pytest.mark.race
def test_stripe_calls_and_the_bill_is_paid_by_itself(real_db, cast, peer, salus_processes, monkeypatch):
    """The whole way: web server and worker of a real hospital, the call signed by the peer, nobody comes back."""
    for name, value in (
        ("SALUS_PAYMENTS", "stripe"),
        ("SALUS_STRIPE_KEY", peers.KEY),
        ("SALUS_STRIPE_HOOK_SECRET", peers.HOOK_SECRET),
        ("SALUS_STRIPE_API", peer.url),
    ):
        monkeypatch.setenv(name, value)
    port = free_port()
    salus_processes("serve", "--port", str(port), "--workers", "1")
    salus_processes("worker")
    peer.call_back_at(f"http://127.0.0.1:{port}/payments/hooks/stripe")
    _found, page = begin(an_invoice(cast))
    until = time.monotonic() + 60
    while True:
        try:
            if httpx.get(f"http://127.0.0.1:{port}/healthz", trust_env=False).status_code == 200:
                break
        except httpx.TransportError:
            assert time.monotonic() < until
        time.sleep(0.1)
    peer.pay(page)
    paid_at = time.monotonic()
    while Invoice.objects.get().status != "paid":
        assert time.monotonic() - paid_at < 15 * busy()
        time.sleep(0.1)
    assert Payment.objects.count() == 1
