"""In a real browser: how fast an emergency opens a record, and what a browser that keeps pages in memory shows afterwards."""

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from salus.accounts.models import Session
from salus.accounts.tests.test_sign_in_browser import PASSWORD, hospital, noise, sign_in  # noqa: F401 - fixtures
from salus.core.models import Fact
from salus.patients.facts import GlassBroken
from salus.patients.models import BreakGlass, CareRelation
from tests.busy import busy

pytestmark = [pytest.mark.slow, pytest.mark.browser]

#: seconds from the first click on a barred patient to the open chart (guarantees, B29)
TEN_SECONDS = 10


@pytest.mark.guarantee("B29")
def test_an_emergency_opens_the_record_in_three_steps_and_ten_seconds(page: Page, hospital, noise, cast):  # noqa: F811
    """No worker runs, so no mail and no message goes out, and the proof of who it is has grown old: it opens all the same."""
    _forget_relations(hospital)
    sign_in(page, hospital.url, "doctor")
    Session.objects.filter(ended_at=None).update(proved_at=None)
    began = time.monotonic()
    page.goto(f"{hospital.url}/chart/{hospital.patient.id}/")
    expect(page.get_by_role("heading", name="Emergency access")).to_be_visible()
    page.get_by_label("What has happened").fill("Unconscious in the corridor")
    page.get_by_role("button", name="Open the record").click()
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="End now")).to_be_visible()
    took = time.monotonic() - began
    print(f"\n{took:.1f} s from the barred patient to the open chart, with a reason, a click and a password")
    assert page.url == f"{hospital.url}/chart/{hospital.patient.id}/"
    assert took < TEN_SECONDS * busy()
    assert BreakGlass.objects.filter(by_id=cast.user("doctor").id, patient=hospital.patient).count() == 1
    assert Fact.objects.filter(name=GlassBroken.name, patient_id=hospital.patient.id).exists(), "who reviews it is told"


def _forget_relations(world: Any) -> None:
    """Nobody cares for the patient."""
    CareRelation.objects.filter(patient=world.patient).update(voided_at=world.cast.act("doctor").at)


# ---------------------------------------------------------------- a browser that keeps pages in memory


class _Plain(BaseHTTPRequestHandler):
    """Two pages without any header: what a browser keeps in memory if it keeps anything."""

    def do_GET(self) -> None:
        body = (
            b"<!doctype html><title>plain</title><script>"
            b"addEventListener('pageshow', e => { document.title = e.persisted ? 'kept' : 'fresh' })</script>"
        )
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: Any) -> None:
        pass


@pytest.fixture
def plain() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Plain)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()


@pytest.fixture
def keeping(playwright: Any, browser_type_launch_args: dict[str, Any]) -> Iterator[Page]:
    """A browser as people have it: it keeps pages in memory for Back, also those that say `no-store`."""
    flags = [*browser_type_launch_args["args"], "--enable-features=CacheControlNoStoreEnterBackForwardCache"]
    browser = playwright.chromium.launch(
        **browser_type_launch_args | {"args": flags}, ignore_default_args=["--disable-back-forward-cache"]
    )
    yield browser.new_context().new_page()
    browser.close()


def back(page: Page) -> None:
    page.evaluate("() => { setTimeout(() => history.back(), 0) }")
    page.wait_for_timeout(1500)


def test_this_browser_keeps_pages_in_memory(keeping: Page, plain: str):
    """The control of the next test: otherwise it would prove nothing."""
    keeping.goto(f"{plain}/a")
    keeping.goto(f"{plain}/b")
    back(keeping)
    assert keeping.title() == "kept"


@pytest.mark.guarantee("B28", "S6")
@pytest.mark.parametrize("leaves_by", ["sign-out", "lock"])
def test_back_shows_nothing_of_the_last_patient(keeping: Page, hospital, leaves_by):  # noqa: F811
    """After signing out and after a lock, in a browser that would show the kept page without asking the server."""
    sign_in(keeping, hospital.url, "doctor")
    keeping.goto(f"{hospital.url}/chart/{hospital.patient.id}/")
    expect(keeping.get_by_text("ASHDOWN").first).to_be_visible()
    keeping.goto(f"{hospital.url}/security")
    token = str(keeping.locator("meta[name=csrf-token]").get_attribute("content"))
    keeping.request.post(
        f"{hospital.url}/{leaves_by}", form={"csrfmiddlewaretoken": token}, headers={"Referer": hospital.url}
    )
    back(keeping)
    assert "ASHDOWN" not in keeping.locator("body").inner_text()
    assert "ASHDOWN" not in keeping.content()


@pytest.mark.guarantee("B28", "S6")
def test_a_kept_page_is_covered_before_it_is_shown_again(page: Page, hospital, noise):  # noqa: F811
    """Between a page's return from memory and the server's answer nothing of the patient is on the screen or on paper."""
    sign_in(page, hospital.url, "doctor")
    page.goto(f"{hospital.url}/chart/{hospital.patient.id}/")
    expect(page.get_by_text("ASHDOWN").first).to_be_visible()
    page.evaluate("dispatchEvent(new PageTransitionEvent('pagehide', {persisted: true}))")
    expect(page.get_by_text("ASHDOWN").first).not_to_be_visible()
    page.context.clear_cookies()
    page.evaluate(
        "() => { setTimeout(() => dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true})), 0) }"
    )
    expect(page.get_by_role("button", name="Sign in", exact=True)).to_be_visible()
    assert "ASHDOWN" not in page.content()
