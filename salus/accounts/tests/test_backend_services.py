"""SMART backend services: a program that others wrote signs who it is and acts for itself; no signature is taken twice."""

import base64
import json
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from authlib.integrations.httpx_client import OAuth2Client
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from django.db import connection
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwk, jwt

from salus.accounts import services as accounts
from salus.accounts.jobs import forget_what_ended
from salus.accounts.models import Assertion, Program, Token
from salus.accounts.rules import assertions
from salus.accounts.tests.test_oauth import Through
from salus.core.errors import Invalid
from tests.cast import form_key

TOKEN = "http://testserver/oauth/token"
READ = "system/*.read"
KEY = jwk.ECKey.generate_key("P-384", parameters={"kid": "one"})
OTHER = jwk.ECKey.generate_key("P-384", parameters={"kid": "one"})
PATIENT = {"resourceType": "Patient", "name": [{"family": "Ashdown", "given": ["Ann"]}], "gender": "female"}


def key_set(*keys):
    return {"keys": [one.as_dict(private=False) for one in keys or (KEY,)]}


def a_backend(cast, **changes):
    cast.user("integration")  # its role exists
    asked = {"name": "Registry", "keys": key_set(), "scopes": [READ], "role_code": "integration"} | changes
    return accounts.register_backend(cast.act("administrator"), **asked)


def signed(program, *, key=KEY, alg="ES384", header=None, **changes):
    now = int(time.time())
    said = {
        "iss": program.client_id,
        "sub": program.client_id,
        "aud": TOKEN,
        "exp": now + 200,
        "jti": f"{time.time_ns()}",
    }
    said = {name: value for name, value in (said | changes).items() if value is not None}
    return jwt.encode({"alg": alg, "kid": "one"} | (header or {}), said, key, algorithms=[alg])


def ask(assertion, **changes):
    sent = {
        "grant_type": "client_credentials",
        "scope": READ,
        "client_assertion_type": assertions.KIND,
        "client_assertion": assertion,
    }
    return Client().post("/oauth/token", sent | changes)


@pytest.mark.django_db
def test_a_foreign_client_signs_and_reads(cast):
    """Authlib's, which knows RSA only; the other tests sign with an elliptic curve."""
    key = jwk.RSAKey.generate_key(2048, parameters={"kid": "one"})
    program = a_backend(cast, keys=key_set(key))
    client = OAuth2Client(program.client_id, key.as_pem(private=True), scope=READ, transport=Through())
    claims = {"exp": int(time.time()) + 200}
    client.register_client_auth_method(PrivateKeyJWT(TOKEN, alg="RS384", headers={"kid": "one"}, claims=claims))
    client.token_endpoint_auth_method = PrivateKeyJWT.name
    told = client.fetch_token(TOKEN, grant_type="client_credentials")
    assert (told["expires_in"], told["scope"]) == (300, READ)
    assert "refresh_token" not in told
    assert client.get("http://testserver/fhir/Patient").status_code == 200
    assert client.post("http://testserver/fhir/Patient", json=PATIENT).status_code == 403, "it may only read"
    metadata = Client().get("/fhir/.well-known/smart-configuration").json()
    assert "private_key_jwt" in metadata["token_endpoint_auth_methods_supported"]
    assert "client-confidential-asymmetric" in metadata["capabilities"]


@pytest.mark.django_db
def test_it_has_the_rights_of_its_role_within_its_scopes(cast):
    """A role that opens nobody shows nobody, whatever the scope says."""
    patient = json.loads(_write(cast).content)["id"]
    for role, seen in (("integration", 200), ("cashier", 403)):
        cast.user(role)
        token = ask(signed(program := a_backend(cast, role_code=role))).json()["access_token"]
        assert _get(token, f"/fhir/Patient/{patient}").status_code == seen
    assert program.user.kind == "machine"
    assert not Client().login(username=program.user.username, password="")


def _write(cast):
    token = ask(
        signed(a_backend(cast, scopes=["system/*.write", READ])), scope=f"system/*.write {READ} user/*.read"
    ).json()
    assert token["scope"] == f"system/*.write {READ}", "what it is not registered for is not granted"
    headers = {"Authorization": f"Bearer {token['access_token']}"}
    made = Client().post("/fhir/Patient", PATIENT, content_type="application/fhir+json", headers=headers)
    assert made.status_code == 201
    return made


def _get(token, address="/fhir/Patient"):
    return Client().get(address, headers={"Authorization": f"Bearer {token}"})


@pytest.mark.django_db
def test_what_is_not_signed_just_so_opens_nothing(cast):
    program = a_backend(cast)
    now = int(time.time())
    secret = jwk.OctKey.import_key("s" * 48)
    claims = jwt.decode(signed(program), KEY, algorithms=["ES384"]).claims
    wrong = {
        "another key": signed(program, key=OTHER),
        "no key id": jwt.encode({"alg": "ES384"}, claims, KEY, algorithms=["ES384"]),
        "an unknown key id": signed(program, header={"kid": "two"}),
        "a shared secret": signed(program, key=secret, alg="HS256"),
        "another audience": signed(program, aud="https://elsewhere.example/token"),
        "another subject": signed(program, sub="somebody"),
        "another issuer": signed(program, iss="somebody"),
        "too old": signed(program, exp=now - 60),
        "good for too long": signed(program, exp=now + 3600),
        "without an end": signed(program, exp=None),
        "without an id": signed(program, jti=None),
        "an empty id": signed(program, jti=""),
        "an end that is none": signed(program, exp=10**30),
        "an id that is a list": signed(program, jti=["a"]),
        "a NUL": signed(program, iss="a\0", sub="a\0"),
        "no signature": signed(program).rpartition(".")[0] + ".",
        "nothing": "",
        "rubbish": "a.b.c",
        "too long": "a" * 100_000,
    }
    for what, assertion in wrong.items():
        answer = ask(assertion)
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client"), what
    assert not Token.objects.exists()
    assert ask(signed(program), client_assertion_type="x").status_code == 401
    assert ask(signed(program), grant_type="authorization_code").json()["error"] == "unauthorized_client"
    assert ask(signed(program), scope="user/*.read").json()["error"] == "invalid_scope"


@pytest.mark.guarantee("B27")
@pytest.mark.django_db
def test_its_name_alone_opens_nothing(cast):
    """The id of a program stands in each of its assertions and on the administrator's page: it is no secret."""
    program = a_backend(cast)
    asked = {"grant_type": "client_credentials", "scope": READ}
    named = base64.b64encode(f"{program.client_id}:".encode()).decode()
    for answer in (
        Client().post("/oauth/token", asked | {"client_id": program.client_id}),
        Client().post("/oauth/token", asked | {"client_id": program.client_id, "client_secret": "x"}),
        Client().post("/oauth/token", asked, headers={"Authorization": f"Basic {named}"}),
        Client().post("/oauth/revoke", {"client_id": program.client_id, "token": "x"}),
    ):
        assert answer.status_code == 401
        assert answer.json()["error"] == "invalid_client"
    assert not Token.objects.exists()


@given(st.text(max_size=300))
def test_any_text_is_refused_and_breaks_nothing(text):
    with pytest.raises(assertions.NotAssertion):
        assertions.whose(text)


def test_an_assertion_is_good_once_however_many_come_with_it(real_db, cast):
    assertion = signed(a_backend(cast))

    def come(_n):
        try:
            return ask(assertion).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as many:
        answers = sorted(many.map(come, range(8)))
    assert answers == [200] + [401] * 7
    assert Token.objects.count() == 1


@pytest.mark.django_db
def test_a_retired_program_stops_at_once_and_what_was_signed_is_forgotten(cast):
    program = a_backend(cast)
    token = ask(signed(program)).json()["access_token"]
    assert _get(token).status_code == 200
    accounts.retire_program(cast.act("administrator"), program_id=program.id)
    assert _get(token).status_code == 401
    assert ask(signed(program)).status_code == 401
    Assertion.objects.update(expires_at="2000-01-01T00:00:00Z")
    forget_what_ended(0)
    assert not Assertion.objects.exists()


@pytest.mark.django_db
def test_keys_that_are_private_weak_or_none_are_refused_beside_the_field(cast):
    admin = cast.client("administrator")
    cast.user("integration")
    weak = jwk.RSAKey.generate_key(1024, parameters={"kid": "w"})
    curve = jwk.ECKey.generate_key("P-256", parameters={"kid": "c"})
    for keys, said in (
        ({"keys": [KEY.as_dict(private=True)]}, "private key"),
        (key_set(weak), "2048"),
        (key_set(curve), "P-384"),
        (key_set(KEY, OTHER), "of its own"),
        ({"keys": []}, "one to ten"),
        ({"keys": [{"kty": "RSA", "kid": "x"}]}, "no key"),
        ([], "one to ten"),
    ):
        sent = form_key(name="Registry", keys=json.dumps(keys), scopes=[READ], role_code="integration")
        answer = admin.post("/programs/backend", sent)
        assert answer.status_code == 422
        assert said in answer.content.decode(), said
    sent |= {"keys": "{", "_key": "k"}
    assert "no JSON" in admin.post("/programs/backend", sent).content.decode()
    assert not Program.objects.exists()
    made = admin.post("/programs/backend", sent | {"keys": json.dumps(key_set()), "_key": "l"})
    assert made.status_code == 200
    assert Program.objects.get().client_id in made.content.decode()


@pytest.mark.django_db
def test_people_are_never_asked_for_a_systems_scopes(cast):
    who = cast.act("administrator")
    with pytest.raises(Invalid):
        accounts.register_program(who, name="X", redirect_uris=["https://a.test/"], scopes=[READ], confidential=True)
    with pytest.raises(Invalid):
        a_backend(cast, scopes=["user/*.read"])
