"""Coming in at the patients' own door: codes, passwords, and that nobody learns who has an account, nor shuts anybody out."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from salus.accounts.limits import Measure
from salus.accounts.models import Bucket, Session
from salus.accounts.queries import hash_of
from salus.accounts.rules.limits import CODES_TO_CONTACT, CODES_TO_CONTACT_A_DAY, INVITATIONS, OTHER_WAYS
from salus.accounts.services import choose_password
from salus.core.announce import run_waiting
from salus.core.errors import Invalid, SignAgain
from salus.core.models import Fact
from salus.messaging.models import Content, Message
from salus.patients.models import Patient
from salus.patients.tests.builders import a_patient
from salus.portal.contacts import contact_of
from salus.portal.models import Account, Challenge, Registration
from salus.portal.rules.limits import TRIES
from salus.portal.services import desk
from salus.portal.tests.builders import act_of, an_account, own_client
from tests.cast import form_key

HOME, SIGN_IN, CODE = "/portal/", "/portal/sign-in", "/portal/code"
NEWCOMER = {
    "given": "Ann",
    "family": "Ash",
    "birth_date": "14-Mar-1964",
    "gender": "female",
    "contact": "new@example.org",
}


@pytest.fixture(autouse=True)
def _ways_out(settings):
    settings.SALUS_DEMONSTRATION = True


@pytest.fixture
def ann(cast):
    return a_patient(cast.almighty())


def sent_code() -> str:
    """The code of the message that was sent last."""
    run_waiting()
    message = Message.objects.filter(template="code").latest("number")
    return re.search(r"\b\d{6}\b", Content.objects.get(id=message.id).body)[0]


def test_a_patient_signs_in_with_a_code(ann):
    an_account(ann)
    browser = Client()
    answer = browser.post(SIGN_IN, {"contact": " ANN@example.org "})
    assert (answer.status_code, answer["Location"]) == (303, CODE)
    answer = browser.post(CODE, {"code": sent_code()})
    assert (answer.status_code, answer["Location"]) == (303, HOME)
    cookie = answer.cookies[f"{settings.SESSION_COOKIE_NAME}-portal"]
    assert cookie["httponly"] and cookie["samesite"] == "Lax" and cookie["path"] == "/"  # noqa: PT018
    assert settings.SESSION_COOKIE_NAME not in answer.cookies
    page = browser.get(HOME)
    assert (page.status_code, "Hello, Ann" in page.content.decode()) == (200, True)
    message = Message.objects.get(template="code")
    assert message.is_urgent
    assert message.source.startswith("portal.challenge:")


@pytest.mark.guarantee("S3")
def test_a_code_is_good_once_for_ten_minutes_and_five_guesses(ann):
    an_account(ann)
    browser, thief = Client(), Client()
    browser.post(SIGN_IN, {"contact": "ann@example.org"})
    code = sent_code()
    assert thief.post(CODE, {"code": code}).status_code == 422, "it is good in the browser that asked for it alone"
    wrong = "000000" if code != "000000" else "111111"
    for _guess in range(TRIES):
        assert browser.post(CODE, {"code": wrong}).status_code == 422
    assert browser.post(CODE, {"code": code}).status_code == 422, "five guesses were wrong"
    browser.post(SIGN_IN, {"contact": "ann@example.org"})
    late = sent_code()
    Challenge.objects.update(expires_at=datetime.now(UTC))
    assert browser.post(CODE, {"code": late}).status_code == 422
    browser.post(SIGN_IN, {"contact": "ann@example.org"})
    code = sent_code()
    challenge = Challenge.objects.latest("made_at")
    assert code.encode() not in bytes(challenge.code_mac)
    assert browser.post(CODE, {"code": f"{code[:3]} {code[3:]}"}).status_code == 303
    assert browser.post("/portal/sign-out").status_code == 303
    assert browser.post(CODE, {"code": code}).status_code == 422, "used"


def test_a_second_code_is_good_as_long_as_the_first_was(ann):
    """The session of somebody who arrives began with the first code; it does not end before the last one."""
    an_account(ann)
    browser = Client()
    browser.post(SIGN_IN, {"contact": "ann@example.org"})
    Session.objects.update(ends_at=datetime.now(UTC) + timedelta(minutes=1))
    browser.post(SIGN_IN, {"contact": "ann@example.org"})
    assert Session.objects.get().ends_at >= Challenge.objects.latest("made_at").expires_at
    assert browser.post(CODE, {"code": sent_code()}).status_code == 303


@pytest.mark.guarantee("S3")
def test_guesses_fill_no_log_and_are_measured(ann):
    """Five wrong guesses of a code are written down; those after it, at a code that is dead, are not, and end soon."""
    an_account(ann)
    browser = Client()
    browser.post(SIGN_IN, {"contact": "ann@example.org"})
    wrong = "000000" if sent_code() != "000000" else "111111"
    seen = {browser.post(CODE, {"code": wrong}).status_code for _one in range(OTHER_WAYS.burst + 5)}
    assert seen == {422, 429}
    assert Fact.objects.filter(name="accounts.SignInRefused").count() == TRIES


def test_who_comes_by_an_invitation_has_a_name(ann, cast):
    """Two who were let in are told apart; a patient who was invited has the name that the hospital knows."""
    _proxy, code = desk.invite(
        cast.act("receptionist"), patient_id=ann.id, kind="proxy", basis="carer", scopes=["record"], document="Consent"
    )
    browser, form = Client(), {"code": code, "birth_date": "14-Mar-1964", "contact": "eve@example.org"}
    assert browser.post("/portal/invitation", form).status_code == 422, "without a name"
    assert browser.post("/portal/invitation", form | {"given": "Eve", "family": "Eden"}).status_code == 303
    assert browser.post(CODE, {"code": sent_code()}).status_code == 303
    assert "Eve Eden" in cast.client("receptionist").get(f"/patients-door/{ann.id}").content.decode()
    _self, code = desk.invite(cast.act("receptionist"), patient_id=ann.id, kind="self")
    form |= {"code": code, "contact": "ann@example.org", "given": "Annie", "family": "A."}
    browser = Client()
    browser.post("/portal/invitation", form)
    assert browser.post(CODE, {"code": sent_code()}).status_code == 303
    account = Account.objects.select_related("user").get(patient=ann)
    assert account.user.display_name == f"{ann.given} {ann.family}"


@pytest.mark.guarantee("S3")
def test_who_has_a_whole_network_counts_as_one(ann):
    """An IPv6 customer has 2^64 addresses: measures take the network; and one number gets ten codes in a day, not hundreds."""

    wrong = {
        "code": "AAAAA-AAAAA",
        "birth_date": "14-Mar-1964",
        "given": "A",
        "family": "B",
        "contact": "a@example.org",
    }

    def guess(address):
        return Client().post("/portal/invitation", wrong, REMOTE_ADDR=address).status_code

    seen = [guess(f"2001:db8:1:2::{n:x}") for n in range(INVITATIONS.burst + 1)]
    assert (set(seen[:-1]), seen[-1]) == ({422}, 429)
    assert guess("2001:db8:1:3::1") == 422, "the neighbour is somebody else"
    sent = 0
    for _n in range(14):
        Bucket.objects.filter(
            key=Measure("codes to", contact_of("ann@example.org").key.hex(), CODES_TO_CONTACT).key
        ).delete()
        sent += Client().post(SIGN_IN, {"contact": "ann@example.org"}).status_code == 303
    assert sent == CODES_TO_CONTACT_A_DAY.burst


@pytest.mark.guarantee("S3", "B6")
def test_whether_somebody_has_an_account_cannot_be_told(ann):
    """Known and unknown contacts: the same words, the same statements, at every door without a session."""
    an_account(ann)
    run_waiting()
    before = Message.objects.count()  # Ann is told that she was let in
    told = {}
    for contact in ("ann@example.org", "nobody@example.org"):
        Bucket.objects.all().delete()
        browser, said = Client(), []
        for address, data in (
            (SIGN_IN, {"contact": contact}),
            (CODE, {"code": "123456"}),
            ("/portal/password", {"contact": contact, "password": "not the password"}),
            ("/portal/register", NEWCOMER | {"contact": contact}),
        ):
            with CaptureQueriesContext(
                connection,
            ) as asked:
                answer = browser.post(address, data)
            page = re.sub(r'value="[^"]*"|nonce="[^"]*"|nonce-[\w-]+|content="[^"]*"', "", answer.content.decode())
            said.append((answer.status_code, answer.headers.get("Location"), page, len(asked)))
        told[contact] = said
    assert told["ann@example.org"] == told["nobody@example.org"]
    run_waiting()
    assert Message.objects.count() == before + 3, (
        "a code to sign in goes to who has an account; to register, to whoever has the contact"
    )


def test_a_password_may_be_chosen_by_who_just_came_in(ann):
    account = an_account(ann)
    with pytest.raises(SignAgain):
        choose_password(act_of(account, proved_at=None), new="a long enough one")
    with pytest.raises(Invalid):
        choose_password(act_of(account), new="password12")
    browser = own_client(account)
    key = browser.cookies[f"{settings.SESSION_COOKIE_NAME}-portal"].value
    assert browser.post("/portal/sessions/password", form_key(new="a long enough one")).status_code == 303
    assert browser.cookies[f"{settings.SESSION_COOKIE_NAME}-portal"].value != key
    assert browser.get(HOME).status_code == 200
    other = Client()
    form = {"contact": "ann@example.org", "password": "a long enough one"}
    assert other.post("/portal/password", form).status_code == 303
    assert other.get(HOME).status_code == 200
    assert Client().post("/portal/password", form | {"password": "another"}).status_code == 422
    assert (
        Client()
        .post(reverse("accounts:sign_in"), {"username": account.user.username, "password": form["password"]})
        .status_code
        == 422
    )


@pytest.mark.guarantee("S3")
def test_others_do_not_shut_anybody_out(ann):
    """Codes to one contact are measured, but a device on which its owner has signed in has a measure of its own."""
    an_account(ann)
    mine = Client()
    mine.post(SIGN_IN, {"contact": "ann@example.org"})
    mine.post(CODE, {"code": sent_code()})
    mine.post("/portal/sign-out")
    stranger = Client()
    seen = [stranger.post(SIGN_IN, {"contact": "ann@example.org"}).status_code for _one in range(6)]
    assert seen == [303, 303, 303, 303, 429, 429], "the one of the owner counts"
    assert mine.post(SIGN_IN, {"contact": "ann@example.org"}).status_code == 303


@pytest.mark.guarantee("S5")
def test_the_two_doors_have_nothing_in_common(ann, cast):
    """No session of a patient opens a page of the staff, none of the staff a page of patients, in whatever cookie it comes."""
    account = an_account(ann)
    name = settings.SESSION_COOKIE_NAME
    patient, nurse = own_client(account), cast.client("nurse")
    assert nurse.get(HOME).status_code == 302
    assert patient.get("/").status_code == 302
    swapped = Client()
    swapped.cookies[name] = patient.cookies[f"{name}-portal"].value
    assert swapped.get("/").status_code == 302
    swapped.cookies[f"{name}-portal"] = nurse.cookies[name].value
    assert swapped.get(HOME)["Location"].startswith(SIGN_IN)
    nurse.cookies[f"{name}-portal"] = patient.cookies[f"{name}-portal"].value
    assert (nurse.get(HOME).status_code, nurse.get("/").status_code) == (200, 200), "both at once, apart"


def test_a_session_ends_when_nobody_does_anything(ann):
    browser = own_client(an_account(ann))
    Session.objects.update(last_seen_at=datetime.now(UTC) - timedelta(minutes=16))
    answer = browser.get("/portal/results")
    assert (answer.status_code, answer["Location"]) == (302, f"{SIGN_IN}?next=/portal/results")


def test_sessions_are_listed_and_ended(ann):
    account = an_account(ann)
    here, lost = own_client(account), own_client(account)
    assert lost.get(HOME).status_code == 200
    mine = session_of(here)
    row = Session.objects.exclude(id=mine).get()
    assert here.post(f"/portal/sessions/{row.id}/end", form_key()).status_code == 303
    assert lost.get(HOME).status_code == 302
    others = own_client(an_account(None, "ben@example.org", facility=ann.facility))
    assert others.post(f"/portal/sessions/{mine}/end", form_key()).status_code == 404


def session_of(browser):
    key = browser.cookies[f"{settings.SESSION_COOKIE_NAME}-portal"].value
    return Session.objects.get(key_hash=hash_of(key)).id


@pytest.mark.guarantee("S3")
def test_who_registers_is_no_patient_and_finds_nobody(ann):
    """Likely duplicates are never revealed: the same words for somebody who is known here and for a stranger."""
    before = Patient.objects.count()
    browser = Client()
    assert browser.post("/portal/register", NEWCOMER).status_code == 303
    assert browser.post(CODE, {"code": sent_code()}).status_code == 303
    page = browser.get(HOME).content.decode()
    row = Registration.objects.get()
    assert row.number in page and row.state == "pending"  # noqa: PT018
    assert Patient.objects.count() == before
    account = Account.objects.get()
    assert (account.patient_id, act_of(account).stands_for) == (None, ())
    assert ann.mrn not in page
    for address in ("appointments", "results", "bills", "details", "proxies"):
        assert browser.get(f"/portal/{address}")["Location"] == HOME
    browser.post("/portal/sign-out")
    browser.post("/portal/register", NEWCOMER | {"given": "Anna"})
    assert browser.post(CODE, {"code": sent_code()}).status_code == 303
    assert Registration.objects.count() == 1, "whoever writes again has one that waits"


@pytest.mark.parametrize("typed", ["07700 900123", "7700900123", "1", "@", "a@b"])
def test_a_contact_that_may_be_anybodys_is_none(typed, settings):
    """Protects the owner of a number abroad that ends alike: without a country code, and without a region, no number is meant."""
    settings.SALUS_REGION = ""
    with pytest.raises(Invalid):
        contact_of(typed)
