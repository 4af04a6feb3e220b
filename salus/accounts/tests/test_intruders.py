"""Ways in that were tried from outside and from beside: each opens nothing."""

import hashlib
import json
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from django.test import Client
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import AttestedCredentialData, AuthenticatorData, CollectedClientData

from salus.accounts import services as accounts
from salus.accounts import tokens
from salus.accounts.models import Allowance, Passkey, Pin, Program, RefreshToken, Session, Token
from salus.accounts.rules import limits
from salus.accounts.tests.test_factors import enrol
from tests.cast import form_key

PASSWORD = "correct horse battery"
pytestmark = pytest.mark.django_db


@pytest.fixture
def doctor(cast):
    return with_password(cast, "doctor")


def with_password(cast, role):
    user = cast.user(role)
    user.set_password(PASSWORD)
    user.save()
    return user


def sign_in(client, username):
    return client.post("/sign-in", {"username": username, "password": PASSWORD})


# ---------------------------------------------------------------- passwords


@pytest.mark.guarantee("B27")
def test_who_still_has_to_enrol_does_nothing_with_the_form_that_unlocks(cast, doctor, settings):
    """One factor is not enough after a pause either: the proof that came with a form opens the session, not the form's door."""
    settings.SALUS_SECOND_FACTOR = "all"
    client = Client()
    sign_in(client, "doctor")
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=16)):
        assert client.post("/security/pin", form_key(pin="271828", _again_password=PASSWORD)).status_code == 401
        assert not Pin.objects.exists()
        assert client.get("/patients/").headers["Location"].startswith("/security")
        assert client.get("/security").status_code == 200, "it is unlocked"


@pytest.mark.guarantee("S8")
def test_the_old_password_is_not_guessed_at_an_open_session(cast, doctor):
    """Whoever finds a screen open learns nothing by the page that changes the password: it measures, as the others do."""
    client = Client()
    sign_in(client, "doctor")
    guess = {"old": "wrong", "new": "a new longer phrase"}
    answers = [client.post("/password", form_key(**guess)).status_code for _ in range(limits.SIGN_AGAIN.burst + 3)]
    assert answers == [422] * limits.SIGN_AGAIN.burst + [429] * 3
    assert client.post("/password", form_key(**guess | {"old": PASSWORD})).status_code == 429


@pytest.mark.guarantee("S7")
def test_the_first_proof_is_not_given_for_a_key_that_was_planted(cast, doctor):
    """Fixation between the two proofs: who put the key into the browser may not give the second one."""
    enrol(cast)
    victim, thief = Client(), Client()
    victim.post("/sign-in/passkey/options")
    thief.cookies["salus"] = victim.cookies["salus"].value
    assert b"One more proof" in sign_in(victim, "doctor").content
    assert thief.post("/sign-in/second", {"code": "000000"}).headers["Location"] == "/sign-in"
    assert victim.post("/sign-in/second", {"code": "000000"}).status_code == 422


@pytest.mark.guarantee("B28")
@pytest.mark.parametrize("leaving", ["/lock", "/sign-out"])
def test_what_was_still_to_be_said_is_not_said_to_who_comes_next(cast, doctor, leaving):
    """A sentence waits in a cookie until some page shows it; after a registration it names the record's number."""
    with_password(cast, "receptionist")
    client, name = Client(), cast.user("receptionist").username
    sign_in(client, name)
    assert client.post("/security/pin", form_key(pin="271828")).status_code == 303
    assert client.cookies["messages"].value
    client.post(leaving)
    pages = [client.get("/locked"), client.get("/sign-in"), sign_in(client, "doctor"), client.get("/security")]
    assert pages[-1].status_code == 200
    for page in pages:
        assert "Your PIN is kept" not in page.content.decode()


# ---------------------------------------------------------------- passkeys


class Authenticator:
    """A key of somebody, and what it signs."""

    def __init__(self, user):
        self.key = ec.generate_private_key(ec.SECP256R1())
        credential = AttestedCredentialData.create(
            b"\0" * 16, b"id", ES256.from_cryptography_key(self.key.public_key())
        )
        self.user = user
        self.kept = Passkey.objects.create(
            user=user,
            credential_id=b"id",
            credential=bytes(credential),
            sign_count=0,
            name="Key",
            recorded_by_id=user.id,
        )

    def sign_in(self, counter):
        """The answer of the server to a sign-in at which the authenticator says this counter."""
        client = Client()
        challenge = client.post("/sign-in/passkey/options").json()["challenge"]
        said = CollectedClientData.create("webauthn.get", challenge, "http://testserver")
        flags = AuthenticatorData.FLAG.UP | AuthenticatorData.FLAG.UV
        data = AuthenticatorData.create(hashlib.sha256(b"testserver").digest(), flags, counter)
        signature = self.key.sign(data + said.hash, ec.ECDSA(SHA256()))
        response = {
            "clientDataJSON": websafe_encode(said),
            "authenticatorData": websafe_encode(data),
            "signature": websafe_encode(signature),
            "userHandle": websafe_encode(self.user.id.bytes),
        }
        told = {"id": websafe_encode(b"id"), "type": "public-key", "response": response}
        return client.post("/sign-in/passkey", {"passkey": json.dumps(told)}).status_code


@pytest.mark.guarantee("B27")
def test_a_copy_of_a_passkey_that_counts_no_more_is_refused(doctor):
    """WebAuthn, section 7.2, step 22: where either counter is not zero, it has to grow. A copy that says 0 is a copy."""
    one = Authenticator(doctor)
    assert [one.sign_in(counter) for counter in (0, 0, 7, 8)] == [303] * 4, "some count nothing, others begin to"
    assert [one.sign_in(counter) for counter in (8, 7, 0)] == [422] * 3
    one.kept.refresh_from_db()
    assert one.kept.sign_count == 8
    assert one.sign_in(9) == 303


# ---------------------------------------------------------------- who has left


def an_app_of(cast, user):
    """An app on somebody's telephone, signed in for some days to come."""
    program = Program.objects.create(
        facility_id=cast.facility.id, client_id="app", name="App", redirect_uris=["https://a.test/"], scopes=["x"],
        recorded_by_id=user.id,
    )  # fmt: skip
    allowed = Allowance.objects.create(user=user, program=program, scopes=["x"], recorded_by_id=user.id)
    RefreshToken.objects.create(hash=b"r", allowance=allowed, expires_at=datetime.now(UTC) + timedelta(days=9))


@pytest.mark.guarantee("S7")
@pytest.mark.parametrize("way", ["put out", "recovered"])
def test_an_app_on_a_lost_telephone_is_put_out_too(cast, doctor, way):
    an_app_of(cast, doctor)
    if way == "put out":
        accounts.end_sessions_of(cast.act("administrator"), user_id=doctor.id)
    else:
        asked = accounts.ask_recovery(cast.act("administrator"), user_id=doctor.id, reason="Stood before me.")
        second = cast.act("administrator", by=cast.user("nurse").id)
        code = accounts.agree_recovery(second, recovery_id=asked.id)
        accounts.use_recovery(cast.act("doctor"), code=code, password="a new longer phrase")
    assert not RefreshToken.objects.filter(used_at=None).exists()
    assert not Allowance.objects.filter(ended_at=None).exists()


@pytest.mark.guarantee("S7")
def test_who_comes_back_finds_nothing_open_from_before(cast, doctor):
    """Sessions, tokens and what programs were allowed end for good when somebody leaves: they do not only wait."""
    client = cast.client("doctor")
    token = tokens.issue(user_id=doctor.id, expires_at=datetime.now(UTC) + timedelta(days=9), recorded_by_id=doctor.id)
    an_app_of(cast, doctor)
    for is_active in (False, True):
        accounts.set_active(cast.act("administrator"), user_id=doctor.id, active=is_active)
        assert client.get("/security").status_code == 302
        assert Client().get("/fhir/Patient", headers={"Authorization": f"Bearer {token}"}).status_code == 401
    assert not Session.objects.filter(user=doctor, ended_at=None).exists()
    assert not Token.objects.filter(user=doctor, revoked_at=None).exists()
    assert not RefreshToken.objects.filter(used_at=None).exists()


@pytest.mark.guarantee("S5")
@pytest.mark.parametrize("door", ["/sign-in", "/nothing-here", "/lock"])
def test_another_sites_page_takes_no_token_of_an_open_form_away(door):
    """Protects what somebody types in another tab: a form sent from elsewhere brings no cookie, and replaces none."""
    answer = Client(enforce_csrf_checks=True).post(door, {"username": "doctor"})
    assert answer.status_code in (403, 404)
    assert not answer.cookies
