"""Web push: only to push services, sealed for the browser, and it says that there is something and nothing else."""

import json
import stat
from dataclasses import replace

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from joserfc import jwt
from joserfc.jwk import ECKey

from salus.core.act import Subject
from salus.core.errors import Invalid, NotFound
from salus.core.ids import uuid7
from salus.messaging import sending, services
from salus.messaging.channels.answers import Browser, Parcel
from salus.messaging.channels.push import WebPush, public_key, sealed
from salus.messaging.models import Message, Subscription
from salus.messaging.rules.endpoints import decoded, encoded, is_endpoint
from salus.messaging.tests.builders import Clock, a_message, somebody

ENDPOINT = "https://fcm.googleapis.com/fcm/send/abc:def"
#: RFC 8291, appendix A
THEIRS = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
SECRET = "BTBZMqHH6r4Tts7J_aSIgg"
OURS = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"
SALT = "DGv6ra1nlYgDCS1FRnbzlw"
SEALED = (
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6Tlz"
    "AC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
)


@pytest.fixture
def service(monkeypatch, settings, tmp_path):
    """The browsers' push services: every call that comes, and what they answer."""
    settings.SALUS_PUSH_KEY = tmp_path / "push-key.pem"
    settings.SALUS_DEMONSTRATION = True
    calls, answers = [], []

    def post(url, **sent):
        calls.append((url, sent))
        return httpx.Response(answers.pop(0) if answers else 201)

    monkeypatch.setattr("salus.messaging.channels.push.httpx.post", post)
    return calls, answers


def subscribe(act, endpoint=ENDPOINT):
    return services.subscribe_to_push(act, endpoint=endpoint, p256dh=THEIRS, auth=SECRET, device="Telephone")


def test_it_is_sealed_as_the_standard_has_it():
    own = ec.derive_private_key(int.from_bytes(decoded(OURS), "big"), ec.SECP256R1())
    browser = Browser(uuid7(), ENDPOINT, f"{THEIRS} {SECRET}")
    content = sealed(b"When I grow up, I want to be a watermelon", browser, own=own, salt=decoded(SALT))
    assert encoded(content) == SEALED


def test_it_says_that_there_is_something_and_nothing_else(cast, service, monkeypatch):
    calls, _ = service
    said = []
    monkeypatch.setattr("salus.messaging.channels.push.sealed", lambda content, _browser: said.append(content) or b"x")
    patient = somebody()
    Subscription.objects.create(recipient_kind="patient", recipient_id=patient.id, endpoint_key=b"k", **_keys(ENDPOINT))
    a_message(cast, patient, template="news", values={})
    assert sending.send_all_due(Clock()) == 2
    assert json.loads(said[0]) == {"body": "You have a message."}
    url, sent = calls[0]
    assert url == ENDPOINT
    token, _, key = sent["headers"]["Authorization"].removeprefix("vapid t=").partition(", k=")
    point = decoded(key)
    known = ECKey.import_key({"kty": "EC", "crv": "P-256", "x": encoded(point[1:33]), "y": encoded(point[33:])})
    assert jwt.decode(token, known).claims["aud"] == "https://fcm.googleapis.com"


def _keys(endpoint):
    return {"endpoint": endpoint, "keys": f"{THEIRS} {SECRET}"}


@pytest.mark.parametrize("status", [404, 410])
def test_a_browser_that_no_longer_listens_is_forgotten(cast, service, status):
    _, answers = service
    act = cast.act("doctor")
    subscribe(act)
    answers += [status]
    a_message(cast, somebody(kind="user", id=act.by, email="", phone=""), template="staff-urgent", values={})
    sending.send_all_due(Clock())
    assert not Subscription.objects.exists()
    message = Message.objects.get()
    assert (message.status, message.problem) == ("failed", "gone")


def test_one_of_several_browsers_is_enough(cast, service):
    _, answers = service
    act = cast.act("doctor")
    subscribe(act)
    subscribe(act, ENDPOINT + "2")
    answers += [410, 201]
    a_message(cast, somebody(kind="user", id=act.by, email="", phone=""), template="staff-urgent", values={})
    assert sending.send_all_due(Clock()) == 1
    assert Subscription.objects.count() == 1


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://fcm.googleapis.com/x",
        "https://127.0.0.1/x",
        "https://fcm.googleapis.com.evil.example/x",
        "https://evil.example/fcm.googleapis.com",
        "https://user@fcm.googleapis.com/x",
        "https://fcm.googleapis.com:8443/x",
        "https://fcm.googleapis.com:x/",
        "file:///etc/passwd",
        "https://[::1",
        "",
        "https://fcm.googleapis.com/" + "x" * 1000,
    ],
)
def test_only_push_services_are_called(cast, service, endpoint):
    """Protects the hospital's own network: a browser names the address, and our server calls it."""
    assert not is_endpoint(endpoint)
    with pytest.raises(Invalid):
        subscribe(cast.act("doctor"), endpoint)


KNOWN = [
    ENDPOINT,
    "https://updates.push.services.mozilla.com/wpush/v2/x",
    "https://web.push.apple.com/x",
    "https://wns2-par02p.notify.windows.com/w/?token=x",
]


@pytest.mark.parametrize("endpoint", KNOWN)
def test_those_of_the_browsers_are_known(endpoint):
    assert is_endpoint(endpoint)


def test_a_browser_tells_one_person(cast, service):
    """At a shared workstation whoever subscribed before is not told there any more."""
    subscribe(cast.act("nurse"))
    subscribe(cast.act("doctor"))
    row = Subscription.objects.get()
    assert row.recipient_id == cast.user("doctor").id
    assert (row.endpoint, row.keys) == (ENDPOINT, f"{THEIRS} {SECRET}")
    with pytest.raises(NotFound):
        services.end_push(cast.act("nurse"), subscription_id=row.id)
    services.end_push(cast.act("doctor"), subscription_id=row.id)
    assert not Subscription.objects.exists()


def test_a_patient_is_told_as_a_patient(cast, service):
    patient = uuid7()
    act = replace(cast.act("doctor"), rights=frozenset(), stands_for=(Subject(patient, frozenset(), is_self=True),))
    subscribe(act)
    assert Subscription.objects.get().recipient_id == patient


def test_the_hospitals_key_is_made_once_and_is_ours_alone(tmp_path):
    path = tmp_path / "push-key.pem"
    assert public_key(path) == public_key(path)
    assert len(decoded(public_key(path))) == 65
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_an_answer_of_a_push_service_that_is_busy(service, tmp_path):
    _, answers = service
    answers += [429]
    push = WebPush(tmp_path / "key", "mailto:x@example.org")
    parcel = Parcel(uuid7(), "", "", "x", browsers=[Browser(uuid7(), ENDPOINT, f"{THEIRS} {SECRET}")])
    assert push.send(parcel).fate == "later"
