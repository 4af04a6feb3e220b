"""Signing in through a directory: a provider that others wrote, every check of what comes back, links made by hand."""

import base64
import hashlib
import hmac
import json
from urllib.parse import parse_qs, urlsplit

import httpx
import oidc_provider_mock
import pytest
from django.test import Client
from joserfc import jwk, jwt

from salus.accounts import directories
from salus.accounts.directories import openid as room
from salus.accounts.models import DirectoryArrival, DirectoryLink
from tests.cast import form_key

BACK = "/sign-in/directory/back"


@pytest.fixture(scope="module")
def provider():
    with oidc_provider_mock.run_server_in_thread() as server:
        yield f"http://localhost:{server.server_port}"


@pytest.fixture
def directory(provider, monkeypatch):
    monkeypatch.setenv("SALUS_OIDC_ISSUER", provider)
    monkeypatch.setenv("SALUS_OIDC_CLIENT_ID", "salus")
    monkeypatch.setenv("SALUS_OIDC_CLIENT_SECRET", "s3cret")
    directories.directory.cache_clear()
    yield provider
    directories.directory.cache_clear()


def go(client, onward=""):
    """To the provider: the address that the browser is sent to."""
    answer = client.get("/sign-in/directory", {"next": onward})
    assert answer.status_code == 302
    return answer.headers["Location"]


def consent(address, subject="okoye"):
    """What a person does at the provider: the way back that it gives to the browser."""
    return httpx.post(address, data={"sub": subject}).headers["Location"].replace("http://testserver", "")


def test_somebody_of_the_directory_is_linked_by_hand_and_then_comes_in(cast, directory):
    assert b"/sign-in/directory" in Client().get("/sign-in").content
    client = Client()
    answer = client.get(consent(go(client)))
    assert answer.status_code == 422
    assert b"administrator" in answer.content
    arrival, doctor, admin = DirectoryArrival.objects.get(), cast.user("doctor"), cast.client("administrator")
    sent = form_key(arrival_id=str(arrival.id), user_id=str(doctor.id))
    assert cast.client("administrator", fresh=False).post("/directory/link", sent).status_code == 403
    assert admin.post("/directory/link", sent).status_code == 303
    assert admin.post("/directory/link", sent).status_code == 303, "a double click"
    answer = client.get(consent(go(client, "/security")))
    assert answer.headers["Location"] == "/security"
    assert b"Chidi Okoye" in client.get("/security").content
    link = DirectoryLink.objects.get()
    admin.post(f"/directory/links/{link.id}/unlink", form_key())
    stranger = Client()
    assert stranger.get(consent(go(stranger))).status_code == 422


def test_likeness_of_names_and_addresses_links_nobody(cast, directory):
    """Protects from a directory in which anybody may call himself `doctor`."""
    cast.user("doctor")
    client = Client()
    assert client.get(consent(go(client), "doctor")).status_code == 422
    assert client.get("/security").status_code == 302


def test_what_is_asked_carries_state_nonce_and_a_challenge(db, directory, monkeypatch):
    sent = {}
    real = httpx.request
    monkeypatch.setattr(httpx, "request", lambda *a, **k: sent.update(k.get("data") or {}) or real(*a, **k))
    client = Client()
    address = go(client)
    asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    assert asked["code_challenge_method"] == "S256"
    assert len(asked["state"]) >= 43
    assert len(asked["nonce"]) >= 43
    client.get(consent(address))
    digest = hashlib.sha256(sent["code_verifier"].encode()).digest()
    assert base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == asked["code_challenge"]


def test_an_answer_that_this_browser_did_not_ask_for_is_refused(db, directory):
    asked, other = Client(), Client()
    way_back = consent(go(asked))
    assert other.get(way_back).status_code == 422
    go(other)
    assert other.get(way_back).status_code == 422
    assert asked.get(way_back.replace("state=", "state=x")).status_code == 422
    assert asked.get(way_back).status_code == 422, "a state is good once"
    assert not DirectoryArrival.objects.exists()


@pytest.mark.parametrize(
    "change",
    [
        {"iss": "https://evil.example"},
        {"aud": "another"},
        {"aud": ["salus", "another"], "azp": "another"},
        {"nonce": "another"},
        {"exp": 1},
        {"sub": None},
        {"alg": "none"},
        {"key": "another"},
        {"alg": "HS256"},
    ],
    ids=str,
)
def test_an_id_token_that_does_not_hold_lets_nobody_in(db, directory, monkeypatch, change):
    """Each claim and the signature is asked for: one that is wrong is enough to refuse."""
    ours, theirs = jwk.RSAKey.generate_key(2048), jwk.RSAKey.generate_key(2048)
    client, real = Client(), room._ask

    def told(method, address, **sent):
        if address.endswith("/jwks") or "jwks" in address:
            return {"keys": [ours.as_dict(private=False, use="sig")]}
        if method == "POST":
            return {"id_token": token()}
        return real(method, address, **sent)

    def token():
        nonce = client.session_nonce
        claims = {"iss": directory, "aud": "salus", "sub": "okoye", "nonce": nonce, "iat": 1, "exp": 4102444800}
        claims |= {name: value for name, value in change.items() if name not in ("alg", "key")}
        claims = {name: value for name, value in claims.items() if value is not None}
        alg = change.get("alg", "RS256")
        if alg == "none":
            part = base64.urlsafe_b64encode(b'{"alg":"none"}').rstrip(b"=").decode()
            return part + "." + jwt.encode({"alg": "RS256"}, claims, ours).split(".")[1] + "."
        if alg == "HS256":
            head, body = ({"alg": "HS256"}, claims)
            signed = b".".join(base64.urlsafe_b64encode(json.dumps(one).encode()).rstrip(b"=") for one in (head, body))
            mac = hmac.digest(ours.as_pem(private=False), signed, "sha256")
            return (signed + b"." + base64.urlsafe_b64encode(mac).rstrip(b"=")).decode()
        return jwt.encode({"alg": alg}, claims, theirs if change.get("key") else ours)

    monkeypatch.setattr(room, "_ask", told)
    address = go(client)
    asked = parse_qs(urlsplit(address).query)
    client.session_nonce = asked["nonce"][0]
    answer = client.get(BACK, {"state": asked["state"][0], "code": "x"})
    assert answer.status_code == 422
    assert not DirectoryArrival.objects.exists()


def test_a_directory_that_does_not_answer_leaves_the_other_ways_open(db, directory, monkeypatch):
    monkeypatch.setenv("SALUS_OIDC_ISSUER", "http://localhost:9")
    directories.directory.cache_clear()
    answer = Client().get("/sign-in/directory")
    assert answer.status_code == 422
    assert b"password" in answer.content


def test_without_a_directory_there_is_nothing(db):
    directories.directory.cache_clear()
    assert Client().get("/sign-in/directory").status_code == 404
    assert b"/sign-in/directory" not in Client().get("/sign-in").content


def test_a_directory_without_tls_is_refused(monkeypatch):
    monkeypatch.setenv("SALUS_OIDC_ISSUER", "http://directory.example")
    directories.directory.cache_clear()
    with pytest.raises(ValueError, match="https"):
        directories.directory()
    directories.directory.cache_clear()
