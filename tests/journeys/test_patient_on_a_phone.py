"""A patient on a phone, from the registration to the bill, in a real browser of 390 px; the desk confirms who it is.

The server is the real one; what follows later (the code that is sent, the number in the queue) is run by the test.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from playwright.sync_api import Browser, BrowserContext, Page, expect

from conftest import PATIENCE
from salus.billing.tests.builders import an_invoice
from salus.chart.models import Observation
from salus.core.announce import run_waiting
from salus.messaging.models import Content, Message
from salus.patients.models import Patient
from salus.portal.models import Release, Setting
from salus.queues import services as queues
from salus.queues.models import Station, Token
from tests.screens import violations
from tests.world import a_world

PASSWORD = "correct horse battery"  # noqa: S105 - of a hospital that lives for one test
CONTACT = "quilla@example.org"


@pytest.fixture
def hospital(salus_server: Any, cast: Any, settings: Any) -> Any:
    """A hospital where it is about noon, that lets patients check in hours before, and change until the last moment."""
    settings.SALUS_DEMONSTRATION = True  # the test sends the codes
    east = 12 - datetime.now(UTC).hour
    cast.facility.time_zone = f"Etc/GMT{'-' if east >= 0 else '+'}{abs(east)}"
    cast.facility.save()
    with transaction.atomic():
        world = a_world(cast)
        Setting.objects.filter(facility=cast.facility).update(cancel_hours=0, check_in_minutes=240)
        desk = cast.user("receptionist")
        desk.set_password(PASSWORD)
        desk.save()
        run_waiting()
    world.url = salus_server.url.replace("127.0.0.1", "localhost")
    return world


@pytest.fixture
def phone(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True, locale="en-GB", color_scheme="dark"
    )
    yield context
    context.close()


class Phone:
    """Pages of a phone: each kind is checked once, and nothing scrolls sideways."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        self.url, self.wrong, self.seen = url, [], set()  # type: ignore[var-annotated]
        self.page: Page = context.new_page()
        self.page.set_default_timeout(PATIENCE)
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))
        self.page.on("console", self._said)
        self.page.on("response", lambda one: one.status >= 500 and self.wrong.append(one.url))

    def _said(self, message: Any) -> None:
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.wrong.append(message.text)

    def look(self) -> None:
        self.page.wait_for_load_state("networkidle")
        kind = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "ID", self.page.url)
        if kind in self.seen:
            return
        self.seen.add(kind)
        self.wrong += [(kind, one["id"], one["nodes"][0]["html"][:200]) for one in violations(self.page)]
        if self.page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            self.wrong.append(f"{kind} scrolls sideways")

    def go(self, path: str) -> None:
        self.page.goto(f"{self.url}/portal/{path}")
        self.look()

    def press(self, name: str) -> None:
        one = self.page.get_by_role("button", name=name, exact=True)
        one.or_(self.page.get_by_role("link", name=name, exact=True)).first.click()
        self.look()


@pytest.mark.browser
@pytest.mark.guarantee("S5")
def test_a_patient_on_a_phone(hospital: Any, phone: BrowserContext, browser: Browser) -> None:
    mine = Phone(phone, hospital.url)
    page = mine.page
    number = _registers(mine)
    desk = _is_confirmed(browser, hospital.url, number)
    patient = Patient.objects.get(family="Quill")
    mine.go("")
    expect(page.get_by_role("heading", name="Hello, Quilla")).to_be_visible()
    _books_and_moves(mine)
    _checks_in_and_is_called(mine, hospital, patient, _wall_of(desk, hospital))
    _sees_a_result_and_a_bill(mine, hospital, patient)
    _keeps_nothing(mine, phone, patient)
    assert mine.wrong == []


def _registers(mine: Phone) -> str:
    page = mine.page
    mine.go("sign-in")
    mine.press("I am new here: register")
    for label, words in (
        ("Given name", "Quilla"),
        ("Family name", "Quill"),
        ("Birth date", "3-Apr-1988"),
        ("Phone number or e-mail", CONTACT),
    ):
        page.get_by_label(label).fill(words)
    mine.press("Send me a code")
    run_waiting()
    sent = Content.objects.get(id=Message.objects.filter(template="code").latest("number").id).body
    found = re.search(r"\b\d{6}\b", sent)
    assert found is not None
    page.get_by_label("Code").fill(found[0])
    mine.press("Go on")
    expect(page.get_by_role("heading", name="Welcome")).to_be_visible()
    return page.locator(".said-code").inner_text()


def _is_confirmed(browser: Browser, url: str, number: str) -> Page:
    """Reception compares her paper with what she wrote, and registers her."""
    desk = browser.new_context().new_page()
    desk.goto(f"{url}/sign-in")
    desk.get_by_label("User name").fill("reception")
    desk.get_by_label("Password").fill(PASSWORD)
    desk.get_by_role("button", name="Sign in", exact=True).click()
    desk.wait_for_url(f"{url}/")
    desk.goto(f"{url}/patients-door/")
    desk.get_by_role("row").filter(has_text=number).get_by_role("link", name="Compare").click()
    desk.get_by_label("Somebody new: register as written").check()
    desk.get_by_label("Paper that you saw").fill("Identity card")
    desk.get_by_role("button", name="Confirm", exact=True).click()
    expect(desk.get_by_text("Confirmed: the account is this patient's now.")).to_be_visible()
    assert violations(desk) == []
    return desk


def _wall_of(desk: Page, hospital: Any) -> Page:
    """The screen of the waiting room, as the desk opens it."""
    desk.goto(f"{hospital.url}/queues/wall/{hospital.cast.departments['opd'].id}")
    desk.locator("html[data-stream=on]").wait_for(state="attached")
    return desk


def _books_and_moves(mine: Phone) -> None:
    page = mine.page
    mine.press("Book an appointment")
    page.locator(".times button").nth(2).click()
    mine.look()
    page.get_by_label("What is it about?").fill("Cough")
    mine.press("Book it")
    expect(page.get_by_text("The appointment is booked.")).to_be_visible()
    mine.press("Choose another time")
    page.locator(".times button").nth(0).click()
    mine.look()
    mine.press("Take this time")
    expect(page.get_by_text("The appointment has its new time.")).to_be_visible()


def _checks_in_and_is_called(mine: Phone, hospital: Any, patient: Patient, wall: Page) -> None:
    page = mine.page
    mine.go("")
    mine.press("I am here")
    expect(page.get_by_text("We know that you are here.").first).to_be_visible()
    run_waiting()
    mine.go("")
    place = page.locator("#place")
    token = Token.objects.get(patient=patient)
    expect(place).to_contain_text(token.label)
    expect(wall.locator(".wall-next li", has_text=token.label)).to_be_visible()
    room = Station.objects.filter(closed_at=None).first()
    assert room is not None
    doctor = hospital.cast.act("doctor")
    called = queues.call_token(doctor, token_id=token.id, version=token.version, room_id=room.room_id)
    assert called.status == "called"
    expect(place).to_contain_text("Please come now", timeout=10_000)
    expect(wall.locator(".wall-call", has_text=token.label)).to_be_visible()
    assert "Quill" not in wall.locator("main").inner_text()
    assert violations(wall) == []


def _sees_a_result_and_a_bill(mine: Phone, hospital: Any, patient: Patient) -> None:
    page, now = mine.page, datetime.now(UTC)
    with transaction.atomic():
        values = {"status": "final", "category": "laboratory", "number": "140", "unit": "mmol/L", "issued_at": now}
        shown, hidden = (
            Observation.objects.create(patient=patient, display=name, at=now - timedelta(hours=n), **values)
            for n, name in enumerate(("Sodium", "Potassium"))
        )
        Release.objects.create(observation=shown, patient=patient, is_shown=True, said_at=now)
        bill = an_invoice(hospital.cast, patient)
    mine.go("results")
    expect(page.get_by_text(hidden.display)).to_have_count(0)
    page.get_by_role("link", name=re.compile(shown.display)).click()
    mine.look()
    expect(page.get_by_text("140")).to_be_visible()
    mine.go("bills")
    page.get_by_role("link", name=re.compile(bill.number)).click()
    mine.look()
    paper = page.request.get(f"{mine.url}/portal/bills/{bill.id}/paper")
    assert (paper.status, paper.headers["content-type"]) == (200, "application/pdf")
    assert "no-store" in paper.headers["cache-control"]


def _keeps_nothing(mine: Phone, phone: BrowserContext, patient: Patient) -> None:
    """A phone keeps files that are the same for all; without a network it says so; after signing out Back shows nothing."""
    page = mine.page
    for path in (
        "",
        "appointments",
        "visits",
        "prescriptions",
        "more",
        "details",
        "proxies",
        "looks",
        "sessions",
        "messages",
    ):
        mine.go(path)
    page.evaluate(
        "() => Promise.race([navigator.serviceWorker.ready.then(() => true),"
        " new Promise((_, no) => setTimeout(() => no(new Error('no service worker')), 30000))])"
    )
    kept = page.evaluate(
        """async () => {
            const found = [];
            for (const name of await caches.keys())
                for (const asked of await (await caches.open(name)).keys()) found.push(new URL(asked.url).pathname);
            return found;
        }"""
    )
    assert "/portal/offline" in kept
    assert [one for one in kept if not one.startswith("/static/") and one != "/portal/offline"] == []
    texts = page.evaluate(
        """async () => {
            const said = [];
            for (const name of await caches.keys()) {
                const cache = await caches.open(name);
                for (const asked of await cache.keys()) said.push(await (await cache.match(asked)).text());
            }
            return said.join();
        }"""
    )
    assert patient.family not in texts
    assert patient.mrn not in texts
    mine.go("results")
    phone.set_offline(True)
    page.goto(f"{mine.url}/portal/appointments")
    expect(page.get_by_role("heading", name="No connection")).to_be_visible()
    phone.set_offline(False)
    mine.go("results")
    mine.go("more")
    page.locator("main").get_by_role("button", name="Sign out", exact=True).click()
    page.wait_for_url("**/portal/sign-in")
    page.go_back()
    page.wait_for_load_state("networkidle")
    assert "Sodium" not in page.content()
    assert patient.family not in page.content()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
