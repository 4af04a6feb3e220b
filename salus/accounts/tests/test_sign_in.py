"""Signing in: who gets in, who does not, and what nobody learns from it."""

import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client, RequestFactory

from salus.accounts import arrivals
from salus.accounts import services as accounts
from salus.accounts.models import Session, User
from salus.accounts.rules import limits
from salus.core import throttle
from salus.core.errors import Invalid, TooMany
from salus.core.models import Fact
from tests.cast import form_key
from tests.sweep.sender import words_of

PASSWORD = "correct horse battery"
NOON = datetime(2036, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def doctor(cast):
    user = cast.user("doctor")
    user.set_password(PASSWORD)
    user.save()
    return user


def sign_in(client, username="doctor", password=PASSWORD, **headers):
    return client.post("/sign-in", {"username": username, "password": password}, **headers)


def test_the_password_opens_a_session_with_a_new_key(doctor):
    client = Client()
    assert sign_in(client, password="wrong").status_code == 422
    assert sign_in(client, "DOCTOR ").headers["Location"] == "/"
    first = client.cookies["salus"].value
    row = Session.objects.get(user=doctor)
    assert (row.factors, row.kind, row.ended_at) == (["password"], "private", None)
    assert first.encode() not in bytes(row.key_hash)
    sign_in(client)
    assert client.cookies["salus"].value != first
    row.refresh_from_db()
    assert row.ended_at is not None
    assert Fact.objects.filter(name="accounts.SignedIn", by_id=doctor.id).count() == 2


@pytest.mark.guarantee("S7")
def test_a_session_planted_before_signing_in_is_worth_nothing(doctor):
    """Fixation: the key that the browser came with is not the key of the session that opens."""
    victim, thief = Client(), Client()
    victim.post("/sign-in/passkey/options")
    planted = victim.cookies["salus"].value
    sign_in(victim)
    thief.cookies["salus"] = planted
    assert thief.get("/security").status_code == 302


@pytest.mark.guarantee("S7")
def test_a_cookie_stolen_before_signing_out_is_worth_nothing_after(cast):
    client, thief = cast.client("doctor"), Client()
    thief.cookies["salus"] = client.cookies["salus"].value
    assert thief.get("/security").status_code == 200
    client.post("/sign-out")
    assert thief.get("/security").status_code == 302
    assert thief.post("/lock").status_code == 401


def test_common_and_short_passwords_are_refused(cast):
    for bad in ("short1!", "1234567890", "qwertyuiop", "football123"[:9]):
        with pytest.raises(Invalid):
            accounts.create_user(cast.act("administrator"), username="x", display_name="X", password=bad)


@pytest.mark.guarantee("B27")
def test_a_password_that_somebody_else_chose_opens_only_the_page_to_choose_another(cast):
    """Who gives a colleague a sign-in knows it: nothing may be done under that name with it."""
    accounts.create_user(cast.act("administrator"), username="nora", display_name="Nora", password=PASSWORD)
    nora = Client()
    assert sign_in(nora, "nora").status_code == 302
    for path in ("/", "/patients/", "/security"):
        assert nora.get(path).headers["Location"].startswith("/password?next=")
    assert nora.post("/lock").status_code == 401
    assert "Choose a password of your own" in words_of(nora.get("/password"))
    assert nora.post("/password", form_key(old=PASSWORD, new=PASSWORD)).status_code == 422
    assert nora.get("/security").status_code == 302
    assert nora.post("/password", form_key(old=PASSWORD, new="a horse of my own")).status_code == 303
    assert nora.get("/security").status_code == 200
    assert sign_in(again := Client(), "nora", "a horse of my own").headers["Location"] == "/"
    assert again.get("/security").status_code == 200


@pytest.mark.guarantee("B27")
def test_who_is_asked_for_a_second_factor_chooses_a_password_first(cast, settings):
    settings.SALUS_SECOND_FACTOR = "all"
    accounts.create_user(cast.act("administrator"), username="nora", display_name="Nora", password=PASSWORD)
    nora = Client()
    sign_in(nora, "nora")
    assert nora.get("/security").headers["Location"].startswith("/password")
    nora.post("/password", form_key(old=PASSWORD, new="a horse of my own"))
    assert nora.get("/").headers["Location"].startswith("/security")
    assert nora.get("/security").status_code == 200


@pytest.mark.slow
@pytest.mark.guarantee("B27")
@pytest.mark.guarantee("S8")
@pytest.mark.parametrize("hundred", [6, pytest.param(100, marks=pytest.mark.long)])
def test_ten_thousand_guesses_are_not_heard(doctor, monkeypatch, hundred):
    """A spray from one address, and one on one account from everywhere: few guesses are evaluated, the rest waits."""
    evaluated = []
    monkeypatch.setattr("salus.accounts.models.User.check_password", lambda self, _typed: evaluated.append(1) and False)
    monkeypatch.setattr("salus.accounts.proofs.make_password", lambda _typed: evaluated.append(1))
    monkeypatch.setattr("salus.accounts.arrivals.refuse", lambda *_: None)

    def guess(username, address):
        request = RequestFactory().post("/sign-in", REMOTE_ADDR=address)
        try:
            assert arrivals.user_with_password(request, username=username, password="guess") is None
        except TooMany as wait:
            return wait.retry_after
        return 0

    with time_machine.travel(NOON, tick=False):
        waits = [guess("doctor", "10.9.9.9") for _ in range(40 * hundred)]
        assert len(evaluated) == limits.ACCOUNT_AND_ADDRESS.burst
        assert waits[-1] == 60
        for number in range(30 * hundred):
            guess(f"nobody-{number}", "10.9.9.9")
        assert len(evaluated) == limits.ADDRESS.burst
        for number in range(30 * hundred):
            guess("doctor", f"10.0.{number // 250}.{number % 250}")
        assert len(evaluated) == limits.ADDRESS.burst + limits.ACCOUNT.burst - limits.ACCOUNT_AND_ADDRESS.burst


def test_too_many_guesses_get_a_page_that_says_how_long_to_wait(doctor):
    with time_machine.travel(NOON, tick=False):
        for _ in range(limits.ACCOUNT_AND_ADDRESS.burst):
            assert sign_in(Client(), password="wrong").status_code == 422
        answer = sign_in(Client())
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "60")
    assert b"passkey" in answer.content


@pytest.mark.guarantee("S8")
def test_guesses_of_others_do_not_shut_out_a_clinician(doctor):
    """On a device where the doctor has signed in before, the password is heard whatever came from elsewhere."""
    own = Client()
    sign_in(own)
    own.post("/sign-out")
    for number in range(40):
        sign_in(Client(), password="wrong", REMOTE_ADDR=f"10.0.0.{number}")
    assert sign_in(Client()).status_code == 429
    assert sign_in(own).headers["Location"] == "/"


@pytest.mark.guarantee("B52")
def test_a_ward_behind_one_address_is_never_blocked(doctor, monkeypatch):
    """Thirty people sign in within a minute at one address, each with two mistakes first."""
    monkeypatch.setattr("salus.accounts.models.User.check_password", lambda self, typed: typed == PASSWORD)
    with time_machine.travel(NOON, tick=False):
        for number in range(30):
            User.objects.create(username=f"n{number}", display_name="N", password=doctor.password)
            for word, expected in (("wrong", 422), ("wromg", 422), (PASSWORD, 302)):
                assert sign_in(Client(), f"n{number}", word).status_code == expected


@pytest.mark.guarantee("S8")
def test_nobody_learns_whether_a_name_exists(doctor):
    """Unknown, wrong and retired say the same words; each works as long as a password takes to check."""
    accounts_ = {"doctor": "wrong", "nobody": PASSWORD, "retired": PASSWORD}
    doctor.__class__.objects.create(username="retired", display_name="R", is_active=False, password=doctor.password)
    words, took = {}, {name: [] for name in accounts_}
    for turn in range(6):
        for name, typed in accounts_.items():
            began = time.thread_time()
            answer = sign_in(Client(), name, typed, REMOTE_ADDR=f"10.1.0.{turn}")
            took[name].append(time.thread_time() - began)
            words[name] = words_of(answer).replace(f'value="{name}"', "")
    assert len(set(words.values())) == 1
    middle = {name: statistics.median(times) for name, times in took.items()}
    assert max(middle.values()) < 1.5 * min(middle.values()), middle


@pytest.mark.race
def test_guesses_at_the_same_time_are_counted_one_by_one(cast, real_db):
    """A race of 50 gets no more guesses than one after another."""

    def guess(number):
        try:
            return sign_in(Client(), "somebody", f"guess-{number}").status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(guess, range(50)))
    assert answers.count(422) == limits.ACCOUNT_AND_ADDRESS.burst
    assert answers.count(429) == 50 - limits.ACCOUNT_AND_ADDRESS.burst


def test_a_bucket_fills_again_with_time(doctor):
    with time_machine.travel(NOON, tick=False) as clock:
        for _ in range(limits.ACCOUNT_AND_ADDRESS.burst):
            sign_in(Client(), password="wrong")
        assert sign_in(Client()).status_code == 429
        clock.shift(limits.ACCOUNT_AND_ADDRESS.every - timedelta(seconds=1))
        assert sign_in(Client()).status_code == 429
        clock.shift(timedelta(seconds=1))
        assert sign_in(Client()).status_code == 302


@pytest.mark.guarantee("B52")
def test_a_script_that_runs_away_is_told_to_wait(cast, settings, monkeypatch):
    """At every door, and nobody else waits with it; thirty at one address who work as people do never wait."""
    monkeypatch.setitem(throttle.MEASURES, "person", (20, 0.5))
    settings.SALUS_THROTTLE = True
    client, other = cast.client("doctor"), cast.client("nurse")
    answers = [client.post("/here").status_code for _ in range(22)]
    assert answers[:20] == [204] * 20
    assert answers[-1] == 429
    assert client.post("/here").headers["Retry-After"] in ("1", "2")
    assert other.post("/here").status_code == 204


@pytest.mark.guarantee("B52")
def test_what_people_do_is_never_throttled():
    """Each measure lets through its burst at once and its rate for ever; a ward of 30 strangers fits many times over."""
    for kind, (burst, rate) in throttle.MEASURES.items():
        one = throttle.Throttle()
        assert not any(one.take(kind, "x", 100.0) for _ in range(burst))
        assert one.take(kind, "x", 100.0) > 0
        assert not any(one.take(kind, "x", 200.0 + number / rate) for number in range(2000))
    assert throttle.MEASURES["address"][1] > 30 * 2


def test_a_link_to_another_place_is_not_followed(doctor):
    for bad in ("https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"):
        answer = Client().post("/sign-in", {"username": "doctor", "password": PASSWORD, "next": bad})
        assert answer.headers["Location"] == "/"
