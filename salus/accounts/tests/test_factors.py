"""Second factors: enrolled, asked for, good once; and the way back in is as strong."""

import base64
import re
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from salus.accounts import proofs
from salus.accounts import services as accounts
from salus.accounts.models import Grant, RecoveryCode, Role, Session, Totp, User
from salus.accounts.rules import limits, recovery, totp
from salus.core.errors import Conflict, Invalid, SignAgain
from tests.cast import form_key

PASSWORD = "correct horse battery"
VECTORS = {
    59: "94287082",
    1111111109: "07081804",
    1111111111: "14050471",
    1234567890: "89005924",
    2000000000: "69279037",
    20000000000: "65353130",
}


@pytest.mark.parametrize(("seconds", "code"), VECTORS.items())
def test_the_examples_of_the_standard(seconds, code):
    """RFC 6238, appendix B (SHA-1)."""
    secret = base64.b32encode(b"12345678901234567890").decode()
    assert totp.code_for(secret, totp.step_at(seconds), digits=8) == code


@given(st.integers(0, 4_000_000_000), st.integers(-300, 300))
def test_a_code_is_good_for_its_half_minute_and_one_to_each_side(seconds, off):
    secret = base64.b32encode(b"12345678901234567890").decode()
    code = totp.code_for(secret, totp.step_at(seconds))
    steps = abs(totp.step_at(max(0, seconds + off)) - totp.step_at(seconds))
    if steps <= 1:
        assert totp.step_of(secret, code, max(0, seconds + off)) is not None


def test_recovery_codes_are_read_as_people_write_them():
    for _ in range(50):
        code = recovery.new_code()
        written = code.lower().replace("-", " ").replace("0", "o").replace("1", "l")
        assert recovery.normal_form(written) == code.replace("-", "")


@pytest.fixture
def doctor(cast):
    user = cast.user("doctor")
    user.set_password(PASSWORD)
    user.save()
    return user


def enrol(cast, role="doctor"):
    """Its secret, after the first code."""
    found = accounts.begin_totp(cast.act(role))
    accounts.confirm_totp(cast.act(role), code=code_of(found, -1))
    return found


def code_of(found, off=0):
    return totp.code_for(found.secret, totp.step_at(time.time()) + off)


def first_step(client):
    return client.post("/sign-in", {"username": "doctor", "password": PASSWORD})


def test_an_app_is_enrolled_on_the_screen_and_asked_for(cast, doctor):
    browser = cast.client("doctor")
    page = browser.post("/security/app").content.decode()
    assert "<svg" in page
    secret = re.search(r"(?:[A-Z2-7]{4} ){7}[A-Z2-7]{4}", page)[0].replace(" ", "")
    assert browser.post("/security/app/confirm", form_key(code="000000")).status_code == 422
    code = totp.code_for(secret, totp.step_at(time.time()))
    assert browser.post("/security/app/confirm", form_key(code=code)).status_code == 303
    client = Client()
    assert b"One more proof" in first_step(client).content
    assert client.get("/security").status_code == 302, "the password alone opens nothing"
    assert client.post("/sign-in/second", {"code": code}).status_code == 422, "a code is good once"
    code = totp.code_for(secret, totp.step_at(time.time()) + 1)
    assert client.post("/sign-in/second", {"code": code, "next": "/security"}).headers["Location"] == "/security"
    assert Session.objects.latest("id").factors == ["password", "totp"]


@pytest.mark.guarantee("B56")
def test_the_secret_cannot_be_read_in_the_database(cast):
    found = enrol(cast)
    with connection.cursor() as cursor:
        cursor.execute("SELECT secret FROM accounts_totp WHERE id = %s", [found.id])
        sealed = bytes(cursor.fetchone()[0])
        cursor.execute("SELECT string_agg(row::text, ' ') FROM accounts_totp_history")
        history = cursor.fetchone()[0]
    assert found.secret.encode() not in sealed
    assert found.secret not in history


def test_codes_are_guessed_five_times_at_most(cast, doctor):
    found = enrol(cast)
    client = Client()
    first_step(client)
    answers = [client.post("/sign-in/second", {"code": f"{n:06}"}).status_code for n in range(7)]
    assert answers == [422] * limits.SECOND_FACTOR.burst + [429] * 2
    assert client.post("/sign-in/second", {"code": code_of(found)}).status_code == 429


def test_the_second_step_does_not_wait_for_ever(cast, doctor):
    found, client = enrol(cast), Client()
    first_step(client)
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=6)):
        answer = client.post("/sign-in/second", {"code": code_of(found)})
    assert answer.headers["Location"] == "/sign-in"


@pytest.mark.race
def test_a_code_that_comes_from_many_at_once_is_good_for_one(cast, real_db):
    found = enrol(cast)
    code = code_of(found)

    def use(_number):
        try:
            return proofs.use_code(Totp.objects.get(id=found.id), code)
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as pool:
        assert sum(pool.map(use, range(50))) == 1


def test_a_recovery_code_stands_in_once(cast, doctor):
    enrol(cast)
    page = cast.client("doctor").post("/security/recovery-codes").content.decode()
    codes = re.findall(r"[0-9A-Z]{4}(?:-[0-9A-Z]{4}){3}", page)
    assert len(set(codes)) == recovery.HOW_MANY
    for expected in (303, 422):
        client = Client()
        first_step(client)
        assert client.post("/sign-in/second", {"code": codes[0].lower()}).status_code == expected
    assert RecoveryCode.objects.filter(used_at=None, revoked_at=None).count() == recovery.HOW_MANY - 1
    accounts.new_recovery_codes(cast.act("doctor"))
    client = Client()
    first_step(client)
    assert client.post("/sign-in/second", {"code": codes[1]}).status_code == 422, "new codes end the old"


@pytest.mark.guarantee("B27")
@pytest.mark.parametrize(
    ("asked", "is_due"), [("all", True), ("doctor,nurse", True), ("administrator", False), ("none", False)]
)
def test_whoever_needs_a_second_factor_enrols_it_before_anything_else(cast, doctor, settings, asked, is_due):
    settings.SALUS_SECOND_FACTOR = asked
    client = Client()
    first_step(client)
    answer = client.get("/patients/")
    if not is_due:
        assert answer.status_code == 200
        return
    assert answer.headers["Location"].startswith("/security")
    assert client.post("/password", form_key(old=PASSWORD, new="x" * 12)).status_code == 401
    assert b"A second factor is needed" in client.get("/security").content
    client.post("/security/app")
    before = client.cookies["salus"].value
    found = Totp.objects.get(user=doctor)
    assert client.post("/security/app/confirm", form_key(code=code_of(found))).status_code == 303
    assert client.cookies["salus"].value != before
    assert client.get("/patients/").status_code == 200


def test_the_demonstration_says_that_it_asks_for_less(cast, settings):
    settings.SALUS_DEMONSTRATION = True
    assert b"no second factor is asked for" in cast.client("doctor").get("/security").content


def test_factors_change_only_with_a_recent_proof(cast):
    old = cast.act("doctor", proved_at=None)
    for act in (accounts.begin_totp, accounts.new_recovery_codes, accounts.revoke_totp, accounts.revoke_pin):
        with pytest.raises(SignAgain):
            act(old)
    with pytest.raises(SignAgain):
        accounts.set_pin(old, pin="271828")


@pytest.mark.parametrize("bad", ["12345", "123456", "654321", "111111", "112211", "abcdef", "1234567890123", ""])
def test_a_pin_that_everyone_would_try_is_refused(cast, bad):
    with pytest.raises(Invalid):
        accounts.set_pin(cast.act("doctor"), pin=bad)


# ---------------------------------------------------------------- by two administrators


@pytest.fixture
def second_admin(cast):
    """Another administrator's act."""
    first = cast.act("administrator")
    user = User.objects.create(username="admin2", display_name="Second Admin")
    Grant.objects.create(user=user, role=Role.objects.get(code="administrator"), facility_id=cast.facility.id)
    return lambda: cast.act("administrator", by=user.id, id=first.id)


def test_two_administrators_let_somebody_back_in(cast, doctor, second_admin):
    enrol(cast)
    open_before = cast.client("doctor")
    asked = accounts.ask_recovery(cast.act("administrator"), user_id=doctor.id, reason="Stood before me.")
    with pytest.raises(Conflict):
        accounts.agree_recovery(cast.act("administrator"), recovery_id=asked.id)
    code = accounts.agree_recovery(second_admin(), recovery_id=asked.id)
    sent = {"username": "doctor", "code": code, "password": "a new longer phrase"}
    assert Client().post("/recover", sent | {"code": recovery.new_code()}).status_code == 422
    assert Client().post("/recover", sent | {"password": "short"}).status_code == 422
    client = Client()
    assert client.post("/recover", sent).headers["Location"] == "/security"
    assert client.get("/security").status_code == 200
    assert not Totp.objects.filter(revoked_at=None).exists()
    assert open_before.get("/security").status_code == 302
    assert Client().post("/recover", sent).status_code == 422, "a code is good once"


def test_one_administrator_alone_lets_nobody_in(cast, doctor, second_admin):
    admin = cast.user("administrator")
    with pytest.raises(Conflict):
        accounts.ask_recovery(cast.act("administrator"), user_id=admin.id, reason="Me.")
    asked = accounts.ask_recovery(cast.act("administrator"), user_id=doctor.id, reason="Stood before me.")
    browser = cast.client("administrator")
    assert browser.post(f"/users/{doctor.id}/recovery/{asked.id}/agree").status_code == 409
    with pytest.raises(Conflict):
        accounts.ask_recovery(second_admin(), user_id=doctor.id, reason="Again.")
    later = second_admin()
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=25)), pytest.raises(Conflict):
        accounts.agree_recovery(
            cast.act("administrator", by=later.by, at=datetime.now(UTC), proved_at=datetime.now(UTC)),
            recovery_id=asked.id,
        )
