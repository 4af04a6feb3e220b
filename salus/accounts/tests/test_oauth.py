"""OAuth 2: a client that others wrote gets in by the whole flow; everything that a thief could try is refused."""

import re
import secrets
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
import time_machine
from authlib.integrations.httpx_client import OAuth2Client
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from django.db import connection
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from salus.accounts import services as accounts
from salus.accounts.models import Allowance, Token
from salus.accounts.rules import oauth as rules
from salus.accounts.sockets import scopes
from salus.core.errors import Invalid, SignAgain
from salus.core.rights import all_rights
from tests.cast import form_key

BACK = "https://app.example/back"
READ = "user/*.read"
SCOPES = [READ, "user/*.write", "offline_access"]


class Through(httpx.BaseTransport):
    """Carries a foreign client's requests to Django's test client."""

    def handle_request(self, request):
        client = Client()
        headers = {name: value for name, value in request.headers.items() if name not in ("host", "content-length")}
        answer = client.generic(
            request.method,
            request.url.raw_path.decode(),
            request.read(),
            content_type=request.headers.get("content-type", ""),
            headers=headers,
        )
        kept = {name: value for name, value in answer.headers.items() if name.lower() != "content-length"}
        return httpx.Response(answer.status_code, headers=kept, content=answer.content)


@pytest.fixture
def program(cast):
    registered, secret = accounts.register_program(
        cast.act("administrator"), name="Growth charts", redirect_uris=[BACK], scopes=SCOPES, confidential=True
    )
    registered.secret = secret
    return registered


def foreign(program, **more):
    """The OAuth 2 client of Authlib."""
    return OAuth2Client(
        program.client_id,
        program.secret,
        redirect_uri=BACK,
        code_challenge_method="S256",
        transport=Through(),
        token_endpoint_auth_method="client_secret_basic",
        **more,
    )


def allow(browser, address, answer="allow"):
    """What a person does: read the page, press the button. The way back that the browser is sent."""
    page = browser.get(address)
    assert page.status_code == 200, page.content
    assert f"form-action 'self' https://{urlsplit(BACK).netloc}" in page.headers["Content-Security-Policy"]
    fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page.content.decode()))
    return browser.post("/oauth/authorize", fields | {"answer": answer}).headers["Location"]


def connected(program, browser, scope="user/*.read offline_access"):
    client, verifier = foreign(program, scope=scope), secrets.token_urlsafe(48)
    address, _state = client.create_authorization_url("http://testserver/oauth/authorize", code_verifier=verifier)
    back = allow(browser, address.removeprefix("http://testserver"))
    client.fetch_token("http://testserver/oauth/token", authorization_response=back, code_verifier=verifier)
    return client


def test_a_foreign_client_gets_in_reads_renews_and_gives_back(cast, program):
    told = Client().get("/.well-known/oauth-authorization-server").json()
    assert told["code_challenge_methods_supported"] == ["S256"]
    assert Client().get("/fhir/.well-known/smart-configuration").json() == told
    client = connected(program, cast.client("doctor"))
    assert client.token["expires_in"] == 600
    assert client.get("http://testserver/fhir/Patient").status_code == 200
    first = dict(client.token)
    client.refresh_token("http://testserver/oauth/token")
    assert client.token["refresh_token"] != first["refresh_token"]
    assert client.get("http://testserver/fhir/Patient").status_code == 200
    client.revoke_token("http://testserver/oauth/revoke", token=client.token["refresh_token"])
    stopped = Client().get("/fhir/Patient", headers={"Authorization": f"Bearer {client.token['access_token']}"})
    assert stopped.status_code == 401
    assert Allowance.objects.get().ended_at is not None


def test_a_token_may_what_was_allowed_and_no_more_than_its_person(cast, program):
    """Scopes narrow the person's rights; they never add to them."""
    patient = {"resourceType": "Patient", "name": [{"family": "Ashdown", "given": ["Ann"]}], "gender": "female"}
    reader = connected(program, cast.client("doctor"), READ)
    assert "refresh_token" not in reader.token
    assert reader.get("http://testserver/fhir/Patient").status_code == 200
    assert reader.post("http://testserver/fhir/Patient", json=patient).status_code == 403
    cashier = connected(program, cast.client("cashier"), "user/*.read user/*.write")
    assert cashier.get("http://testserver/fhir/Patient").status_code == 403


def test_whoever_says_no_is_not_asked_for_anything(cast, program):
    client = foreign(program, scope=READ)
    address, state = client.create_authorization_url("http://testserver/oauth/authorize", code_verifier="v" * 43)
    back = dict(parse_qsl(urlsplit(allow(cast.client("doctor"), address[17:], "refuse")).query))
    assert back == {"error": "access_denied", "state": state, "iss": "http://testserver"}
    assert not Allowance.objects.exists()


def test_a_program_is_allowed_something_only_by_who_has_just_proved_it(cast, program):
    asked = cast.client("doctor", fresh=False).get(_address(program))
    assert asked.headers["Location"].startswith("/sign-again?next=%2Foauth%2Fauthorize%3F")
    with pytest.raises(SignAgain):
        accounts.allow_program(
            cast.act("doctor", proved_at=None), program_id=program.id, scopes=[READ], redirect_uri=BACK, challenge="c"
        )


def _address(program, **changes):
    asked = {
        "client_id": program.client_id,
        "redirect_uri": BACK,
        "response_type": "code",
        "scope": READ,
        "state": "s",
        "code_challenge": create_s256_code_challenge("v" * 43),
        "code_challenge_method": "S256",
    }
    asked = {name: value for name, value in (asked | changes).items() if value is not None}
    return str(httpx.URL("/oauth/authorize", params=asked))


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": "x"},
        {"client_id": "\0"},
        {"client_id": None},
        {"redirect_uri": "https://evil.example/"},
        {"redirect_uri": BACK + "/../x"},
        {"redirect_uri": BACK + "?x=1"},
        {"redirect_uri": None},
    ],
    ids=str,
)
def test_nobody_is_sent_to_an_address_that_is_not_registered(cast, program, changes):
    answer = cast.client("doctor").get(_address(program, **changes))
    assert answer.status_code == 422
    assert "Location" not in answer.headers


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"scope": "system/*.*"}, "invalid_scope"),
        ({"scope": None}, "invalid_scope"),
    ],
    ids=str,
)
def test_without_pkce_or_scope_there_is_no_code(cast, program, changes, error):
    back = cast.client("doctor").get(_address(program, **changes)).headers["Location"]
    assert back.startswith(BACK)
    assert dict(parse_qsl(urlsplit(back).query))["error"] == error


def _code(cast, program):
    back = allow(cast.client("doctor"), _address(program, scope="user/*.read offline_access"))
    return dict(parse_qsl(urlsplit(back).query))["code"]


def _exchange(program, **changes):
    sent = {
        "grant_type": "authorization_code",
        "client_id": program.client_id,
        "client_secret": program.secret,
        "redirect_uri": BACK,
        "code_verifier": "v" * 43,
    }
    return Client().post("/oauth/token", sent | changes)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_verifier": "w" * 43}, "invalid_grant"),
        ({"code_verifier": ""}, "invalid_grant"),
        ({"redirect_uri": "https://app.example/other"}, "invalid_grant"),
        ({"client_secret": "wrong"}, "invalid_client"),
        ({"client_secret": ""}, "invalid_client"),
        ({"client_id": "\0"}, "invalid_client"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"code": "another"}, "invalid_grant"),
    ],
    ids=str,
)
def test_a_stolen_code_is_worth_nothing(cast, program, changes, error):
    answer = _exchange(program, **({"code": _code(cast, program)} | changes))
    assert answer.json()["error"] == error
    assert answer.status_code == (401 if error == "invalid_client" else 400)
    assert not Token.objects.exists()


def test_a_code_of_another_program_is_worth_nothing(cast, program):
    other, secret = accounts.register_program(
        cast.act("administrator"), name="Other", redirect_uris=[BACK], scopes=SCOPES, confidential=True
    )
    other.secret = secret
    assert _exchange(other, code=_code(cast, program)).json()["error"] == "invalid_grant"


def test_a_code_or_refresh_token_that_comes_twice_ends_everything(cast, program):
    code = _code(cast, program)
    first = _exchange(program, code=code).json()
    assert _exchange(program, code=code).json()["error"] == "invalid_grant"
    used = {"headers": {"Authorization": f"Bearer {first['access_token']}"}}
    assert Client().get("/fhir/Patient", **used).status_code == 401
    again = _exchange(program, code=_code(cast, program)).json()
    for expected in (200, 400):
        answer = _exchange(program, grant_type="refresh_token", refresh_token=again["refresh_token"])
        assert answer.status_code == expected
    assert not Token.objects.filter(revoked_at=None).exists()


def test_codes_and_tokens_grow_old(cast, program):
    code = _code(cast, program)
    with time_machine.travel(datetime.now(UTC) + rules.CODE_LIVES + timedelta(seconds=1)):
        assert _exchange(program, code=code).json()["error"] == "invalid_grant"
    told = _exchange(program, code=_code(cast, program)).json()
    with time_machine.travel(datetime.now(UTC) + rules.REFRESH_LIVES + timedelta(seconds=1)):
        answer = _exchange(program, grant_type="refresh_token", refresh_token=told["refresh_token"])
        assert answer.json()["error"] == "invalid_grant"


@pytest.mark.race
def test_a_code_that_many_exchange_at_once_gives_one_pair(cast, real_db):
    program, secret = accounts.register_program(
        cast.act("administrator"), name="App", redirect_uris=[BACK], scopes=SCOPES, confidential=True
    )
    program.secret = secret
    code = _code(cast, program)

    def exchange(_number):
        try:
            return _exchange(program, code=code).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(exchange, range(16)))
    assert answers.count(200) == 1
    assert not Token.objects.filter(revoked_at=None).exists(), "a second use ends what the first one gave"


def test_a_person_and_an_administrator_end_it(cast, program):
    client = connected(program, cast.client("doctor"))
    mine = Allowance.objects.get()
    assert cast.client("nurse").post(f"/programs/mine/{mine.id}/end", form_key()).status_code == 404
    assert b"Growth charts" in cast.client("doctor").get("/programs/mine").content
    assert cast.client("doctor").post(f"/programs/mine/{mine.id}/end", form_key()).status_code == 303
    assert client.get("http://testserver/fhir/Patient").status_code == 401
    client = connected(program, cast.client("doctor"))
    assert cast.client("administrator").post(f"/programs/{program.id}/retire", form_key()).status_code == 303
    assert client.get("http://testserver/fhir/Patient").status_code == 401
    assert cast.client("doctor").get(_address(program)).status_code == 422


def test_a_program_is_registered_once_it_says_where_answers_go(cast):
    admin = cast.client("administrator")
    sent = {"name": "App", "redirect_uris": "com.example.app:/back\nhttp://127.0.0.1/back", "scopes": [READ]}
    answer = admin.post("/programs/register", sent)
    assert b"Client id" in answer.content
    assert admin.post("/programs/register", sent | {"redirect_uris": "http://app.example/"}).status_code == 422
    assert cast.client("administrator", fresh=False).post("/programs/register", sent).status_code == 403
    for bad in (
        "javascript:alert(1)",
        "https://",
        "https://a.example/#x",
        "http://a.example/",
        "data:,x",
        "https://u@a/",
    ):
        with pytest.raises(Invalid):
            accounts.register_program(
                cast.act("administrator"), name="App", redirect_uris=[bad], scopes=[READ], confidential=False
            )


@given(st.integers(0, 99999), st.sampled_from(["127.0.0.1", "[::1]"]), st.sampled_from(["/back", "/other"]))
def test_only_the_port_of_this_machine_may_differ(port, host, path):
    assert rules.is_registered(f"http://{host}:{port}{path}", [f"http://{host}/back"]) == (path == "/back")
    assert not rules.is_registered(f"http://{host}.evil.example:{port}/back", [f"http://{host}/back"])
    assert not rules.is_registered(f"https://app.example:{port}/back", ["https://app.example/back"])


def test_the_example_of_the_standard():
    """RFC 7636, appendix B."""
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    assert rules.verifier_fits(verifier, "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")
    assert not rules.verifier_fits(verifier[:-1] + "l", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")


def test_every_right_that_a_scope_opens_exists():
    for code, scope in scopes.items():
        assert scope.rights <= all_rights().keys(), code
