"""Sessions lock, end, turn their keys, and can be seen and ended from elsewhere."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from salus.accounts import services as accounts
from salus.accounts.models import Device, Session
from salus.accounts.rules import sessions as rules
from salus.accounts.rules.sessions import Standing, standing
from tests.cast import form_key

PASSWORD = "correct horse battery"
NOON = datetime(2036, 3, 2, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.fixture
def people(cast):
    for role in ("doctor", "nurse", "administrator"):
        user = cast.user(role)
        user.set_password(PASSWORD)
        user.save()
    return cast


def signed_in(username, client=None):
    client = client or Client()
    assert client.post("/sign-in", {"username": username, "password": PASSWORD}).status_code == 302
    return client


def shared_workstation(client, kind="shared"):
    """Make the browser of this administrator a shared workstation, and leave it."""
    device = Device.objects.latest("id")
    sent = form_key(kind=kind, name="Ward 3, desk", version=device.version)
    assert client.post("/security/device", sent).status_code == 303
    client.post("/sign-out")
    return client


def is_open(client):
    answer = client.get("/security")
    return True if answer.status_code == 200 else answer.headers["Location"]


@pytest.mark.guarantee("B28")
@pytest.mark.guarantee("S6")
def test_a_private_session_locks_after_fifteen_quiet_minutes(people):
    with time_machine.travel(NOON, tick=False) as clock:
        client = signed_in("doctor")
        clock.shift(timedelta(minutes=15) - SECOND)
        assert is_open(client) is True  # and the quarter of an hour begins anew
        clock.shift(timedelta(minutes=15))
        assert is_open(client) == "/locked?next=/security"
        assert client.post("/unlock", {"_again_password": "wrong"}).status_code == 422
        assert client.post("/unlock", {"_again_password": PASSWORD}).status_code == 303
        assert is_open(client) is True


@pytest.mark.guarantee("B28")
def test_nobody_works_longer_than_twelve_hours_on_one_sign_in(people):
    with time_machine.travel(NOON, tick=False) as clock:
        client = signed_in("doctor")
        for _ in range(72):
            clock.shift(timedelta(minutes=10) - SECOND / 72)
            assert is_open(client) is True
        clock.shift(SECOND + SECOND / 72)
        assert is_open(client) == "/sign-in?next=/security"


@pytest.mark.guarantee("B28")
@pytest.mark.parametrize(("kind", "after", "way"), [("shared", 180, "/locked"), ("kiosk", 60, "/sign-in")])
def test_a_shared_workstation_locks_and_a_kiosk_ends(people, kind, after, way):
    with time_machine.travel(NOON, tick=False) as clock:
        client = shared_workstation(signed_in("admin"), kind)
        signed_in("doctor", client)
        clock.shift(timedelta(seconds=after) - SECOND)
        assert is_open(client) is True
        clock.shift(timedelta(seconds=after))
        assert is_open(client) == f"{way}?next=/security"


def test_a_page_that_renews_itself_keeps_nothing_open(people):
    with time_machine.travel(NOON, tick=False) as clock:
        client = signed_in("doctor")
        for _ in range(3):
            clock.shift(timedelta(minutes=5) - SECOND)
            assert client.get("/security", headers={"X-Salus-Unattended": "1"}).status_code == 200
        clock.shift(3 * SECOND)
        assert is_open(client) == "/locked?next=/security"


@given(st.integers(0, 50_000), st.integers(0, 50_000), st.sampled_from(["private", "shared", "kiosk"]), st.booleans())
def test_time_alone_never_opens_a_session(first, more, kind, is_locked):
    """Protects from a rule that forgets: what is locked stays so, what has ended stays so, as the clock goes on."""
    order = [Standing.OPEN, Standing.LOCKED, Standing.ENDED]

    def at(seconds):
        return standing(
            kind=kind,
            last_seen_at=NOON,
            idle=rules.IDLE[kind],
            ends_at=NOON + rules.LONGEST,
            locked_at=NOON if is_locked else None,
            ended_at=None,
            now=NOON + timedelta(seconds=seconds),
        )

    assert order.index(at(first + more)) >= order.index(at(first))


@pytest.mark.guarantee("S6")
def test_a_locked_session_opens_nothing_until_its_owner_is_back(people):
    client = signed_in("doctor")
    assert client.post("/lock").status_code == 303
    assert is_open(client) == "/locked?next=/security"
    assert client.post("/here").status_code == 403
    part = client.get("/", headers={"HX-Request": "true"})  # asked before the lock, answered after it: the page stays
    assert (part.status_code, part.headers["Salus-Locked"], "HX-Redirect" in part.headers) == (204, "1", False)
    before = client.cookies["salus"].value
    assert client.post("/unlock", {"_again_password": PASSWORD}).status_code == 303
    assert client.cookies["salus"].value != before
    assert is_open(client) is True


def test_what_was_typed_when_the_session_locked_is_sent_with_the_proof(people):
    """Nothing is lost: the form comes back with a field for the password, and does its work when that fits."""
    with time_machine.travel(NOON, tick=False) as clock:
        client = signed_in("doctor")
        clock.shift(timedelta(minutes=20))
        typed = form_key(old=PASSWORD, new="a new longer phrase")
        asked = client.post("/password", typed)
        assert asked.status_code == 403
        assert b"a new longer phrase" in asked.content
        assert client.post("/password", typed | {"_again_password": "wrong"}).status_code == 422
        assert client.post("/password", typed | {"_again_password": PASSWORD}).status_code == 303
        assert people.user("doctor").__class__.objects.get(username="doctor").check_password("a new longer phrase")


@pytest.mark.guarantee("S6")
def test_two_people_change_places_at_a_workstation(people):
    """The first one's session waits, locked; each comes back to his own with a PIN, and to no other."""
    desk = shared_workstation(signed_in("admin"))
    accounts.set_pin(people.act("doctor"), pin="271828")
    accounts.set_pin(people.act("nurse"), pin="314159")
    signed_in("doctor", desk)
    desk.post("/lock")
    signed_in("nurse", desk)
    assert b"Lin Tan" in desk.get("/security").content
    desk.post("/lock")
    page = desk.get("/locked").content.decode()
    assert "Chidi Okoye" in page
    assert "Lin Tan" in page
    waiting = Session.objects.get(user=people.user("doctor"), ended_at=None)
    assert desk.post("/unlock", {"session": str(waiting.id), "_again_pin": "314159"}).status_code == 422
    answer = desk.post("/unlock", {"session": str(waiting.id), "_again_pin": "271828"}, headers={"HX-Request": "true"})
    assert answer.status_code == 205  # another person's page: the browser lets go of this one
    assert b"Chidi Okoye" in desk.get("/security").content
    elsewhere = Client()
    assert elsewhere.post("/unlock", {"session": str(waiting.id), "_again_pin": "271828"}).status_code == 404


def test_five_wrong_pins_and_only_the_password_opens(people):
    desk = shared_workstation(signed_in("admin"))
    accounts.set_pin(people.act("doctor"), pin="271828")
    signed_in("doctor", desk)
    desk.post("/lock")
    answers = [desk.post("/unlock", {"_again_pin": f"99999{n}"}).status_code for n in range(6)]
    assert answers == [422] * 5 + [429]
    assert desk.post("/unlock", {"_again_pin": "271828"}).status_code == 429
    assert desk.post("/unlock", {"_again_password": PASSWORD}).status_code == 303


def test_a_pin_opens_nothing_on_a_private_device(people):
    accounts.set_pin(people.act("doctor"), pin="271828")
    client = signed_in("doctor")
    client.post("/lock")
    assert client.post("/unlock", {"_again_pin": "271828"}).status_code == 422


@pytest.mark.guarantee("S7")
def test_a_key_that_was_turned_is_good_for_ten_seconds_and_proves_nothing(people):
    with time_machine.travel(NOON, tick=False) as clock:
        client, former = signed_in("doctor"), Client()
        former.cookies["salus"] = client.cookies["salus"].value
        clock.shift(timedelta(minutes=6))
        client.post("/sign-again", {"_again_password": PASSWORD})
        assert former.get("/security").status_code == 200
        assert former.post("/security/app").status_code == 403
        assert client.post("/security/app").status_code == 200
        clock.shift(timedelta(seconds=11))
        assert former.get("/security").status_code == 302


@pytest.mark.guarantee("S7")
def test_sessions_are_listed_and_ended_from_elsewhere(people):
    here, there = signed_in("doctor"), signed_in("doctor", Client(headers={"User-Agent": "Firefox/140 on Windows NT"}))
    assert b"Firefox on Windows" in here.get("/security").content
    theirs = Session.objects.latest("id")
    stranger = people.client("nurse")
    assert stranger.post(f"/security/sessions/{theirs.id}/end", form_key()).status_code == 404
    here.post(f"/security/sessions/{theirs.id}/end", form_key())
    assert is_open(there) == "/sign-in?next=/security"
    again = signed_in("doctor", there)
    here.post("/security/sessions/end-others", form_key())
    assert is_open(again) == "/sign-in?next=/security"
    assert is_open(here) is True


def test_an_administrator_puts_somebody_out_everywhere(people):
    doctor, admin = signed_in("doctor"), people.client("administrator")
    user = people.user("doctor")
    assert people.client("nurse").post(f"/users/{user.id}/sessions/end", form_key()).status_code == 403
    assert admin.post(f"/users/{user.id}/sessions/end", form_key()).status_code == 303
    assert is_open(doctor) == "/sign-in?next=/security"


@pytest.mark.guarantee("S7")
def test_a_new_password_ends_every_other_session(people):
    here, there = signed_in("doctor"), signed_in("doctor")
    here.post("/password", form_key(old=PASSWORD, new="a new longer phrase"))
    assert is_open(here) is True
    assert is_open(there) == "/sign-in?next=/security"


@pytest.mark.guarantee("S6")
def test_the_cover_of_every_tab_says_who_may_come_back(people):
    """The first tab locks, the others ask too: each gets the form of the owner, and none the page."""
    client = signed_in("doctor")
    for _tab in range(2):
        cover = client.post("/lock", headers={"HX-Request": "true"})
        assert cover.status_code == 200
        assert b"Chidi Okoye" in cover.content
        assert b"_again_password" in cover.content
    part = client.post("/patients/", form_key(q="Ash"), headers={"HX-Request": "true"})
    assert (part.status_code, part.headers["Salus-Locked"]) == (403, "1")
    assert client.post("/unlock", {"_again_password": PASSWORD}, headers={"HX-Request": "true"}).status_code == 204
    assert is_open(client) is True
