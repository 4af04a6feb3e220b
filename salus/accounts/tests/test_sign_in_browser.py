"""In a real browser: passkeys by a virtual authenticator, and what a lock leaves to be seen."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.db import transaction
from playwright.sync_api import Page, expect

from salus.accounts.models import Device, Passkey, Session
from tests.world import a_world

WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"]
PASSWORD = "correct horse battery"
pytestmark = pytest.mark.slow


@pytest.fixture
def noise(page: Page) -> Any:
    said: list[str] = []
    page.on(
        "console",
        lambda one: one.type == "error" and "Failed to load resource" not in one.text and said.append(one.text),
    )
    page.on("pageerror", lambda error: said.append(str(error)))
    yield said
    assert said == []


@pytest.fixture
def hospital(salus_server, cast):
    with transaction.atomic():
        world = a_world(cast)
    for role in ("doctor", "receptionist"):
        user = cast.user(role)
        user.set_password(PASSWORD)
        user.save()
    world.url = salus_server.url.replace("127.0.0.1", "localhost")
    return world


def look(page: Page) -> None:
    """No accessibility violation on what is shown."""
    found = Axe().run(page, options={"runOnly": WCAG}).response["violations"]
    assert found == [], [(one["id"], one["nodes"][0]["html"][:200]) for one in found]


def sign_in(page: Page, url: str, username: str) -> None:
    page.goto(f"{url}/sign-in")
    page.get_by_label("User name").fill(username)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(f"{url}/")


def authenticator(page: Page, *, verifies: bool = True) -> Any:
    """A virtual authenticator of Chromium (CDP)."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": verifies,
        "automaticPresenceSimulation": True,
    }
    made = devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return devtools, made["authenticatorId"]


@pytest.mark.guarantee("B27")
def test_a_passkey_is_made_signs_in_and_proves_again(page: Page, hospital, noise):
    devtools, ours = authenticator(page)
    sign_in(page, hospital.url, "doctor")
    page.goto(f"{hospital.url}/security")
    look(page)
    page.get_by_label("Name of the new one").fill("Ward laptop")
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_role("cell", name="Ward laptop")).to_be_visible()
    page.context.clear_cookies()
    page.goto(f"{hospital.url}/sign-in?next=/security")
    look(page)
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url(f"{hospital.url}/security")
    assert Session.objects.latest("id").factors == ["passkey"]
    Session.objects.filter(ended_at=None).update(proved_at=None)
    page.get_by_role("button", name="Make ten new ones").click()
    expect(page.get_by_role("heading", name="Confirm that it is you")).to_be_visible()
    look(page)
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    devtools.send("WebAuthn.setUserVerified", {"authenticatorId": ours, "isUserVerified": False})
    page.context.clear_cookies()
    page.goto(f"{hospital.url}/sign-in")
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_text("The passkey was not used")).to_be_visible()
    assert Passkey.objects.get(user__username="doctor").sign_count > 0


@pytest.mark.guarantee("B28")
@pytest.mark.guarantee("S6")
def test_a_lock_leaves_nothing_of_the_patient_to_be_seen(page: Page, hospital, noise):
    """On the screen, by Back, in print, in another tab: covered; and the owner finds what he typed."""
    sign_in(page, hospital.url, "doctor")
    chart, search = f"{hospital.url}/chart/{hospital.patient.id}/", f"{hospital.url}/patients/"
    page.goto(chart)
    expect(page.get_by_text("ASHDOWN").first).to_be_visible()
    other = page.context.new_page()
    other.goto(chart)
    expect(other.get_by_text("ASHDOWN").first).to_be_visible()
    page.goto(search)
    page.locator("#id_q").fill("Ash")
    page.keyboard.press("Control+l")
    expect(page.get_by_role("heading", name="Locked")).to_be_visible()
    look(page)
    # a part that was asked for and comes late is no reason to leave
    page.evaluate("htmx.ajax('GET', '/', { swap: 'none' })")
    expect(other.get_by_role("heading", name="Locked")).to_be_visible()
    assert "ASHDOWN" not in other.locator("body").inner_text()
    other.emulate_media(media="print")
    assert "ASHDOWN" not in other.locator("body").inner_text()
    other.emulate_media(media="screen")
    assert "ASHDOWN" not in _printed(other)
    third = page.context.new_page()
    third.goto(chart)
    expect(third).to_have_url(f"{hospital.url}/locked?next=/chart/{hospital.patient.id}/")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Unlock").click()
    expect(page.get_by_text("This does not fit")).to_be_visible()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Unlock").click()
    expect(page.locator("#id_q")).to_have_value("Ash")
    expect(other.get_by_text("ASHDOWN").first).to_be_visible()


def _printed(page: Page) -> str:
    """The words that a printed page would have: what is laid out for paper."""
    return str(page.evaluate("() => getComputedStyle(document.querySelector('.shell')).display")).replace("none", "")


@pytest.mark.guarantee("S6")
def test_back_after_the_lock_and_after_signing_out_shows_nothing(page: Page, hospital, noise):
    sign_in(page, hospital.url, "doctor")
    chart = f"{hospital.url}/chart/{hospital.patient.id}/"
    page.goto(chart)
    page.goto(f"{hospital.url}/security")
    page.request.post(f"{hospital.url}/lock", form={"csrfmiddlewaretoken": _token(page)}, headers={"Referer": chart})
    page.go_back()
    expect(page.get_by_role("heading", name="Locked")).to_be_visible()
    assert "ASHDOWN" not in page.content()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(f"{hospital.url}/sign-in")
    page.go_back()
    page.wait_for_load_state()
    assert "ASHDOWN" not in page.content()


def _token(page: Page) -> str:
    return str(page.locator("meta[name=csrf-token]").get_attribute("content"))


def test_two_people_change_places_at_the_screen(page: Page, hospital, noise):
    sign_in(page, hospital.url, "doctor")
    Device.objects.update(kind="shared", name="Desk")
    Session.objects.filter(ended_at=None).update(kind="shared")
    page.goto(f"{hospital.url}/chart/{hospital.patient.id}/")
    page.get_by_role("button", name="Lock the screen").click()
    page.get_by_role("link", name="Somebody else").click()
    page.wait_for_url(f"{hospital.url}/sign-in")
    sign_in(page, hospital.url, "reception")
    assert "ASHDOWN" not in page.locator(".topbar").inner_text()
    page.get_by_role("button", name="Lock the screen").click()
    doctor = page.locator("details", has_text="Chidi Okoye")
    doctor.locator("summary").click()
    doctor.get_by_label("Password").fill(PASSWORD)
    doctor.get_by_role("button", name="Unlock").click()
    page.wait_for_url(f"{hospital.url}/")
    expect(page.get_by_role("button", name="Your account: Chidi Okoye")).to_be_visible()
