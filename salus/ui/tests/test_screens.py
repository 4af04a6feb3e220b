"""The pages of this room, through the whole application and in a browser."""

import re
import socketserver
import threading
from collections.abc import Iterator
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from salus.config.wsgi import application

WCAG = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"]}
MOST_OCTETS = 150_000


def violations(page: Page) -> list[str]:
    found = Axe().run(page, options=WCAG).response["violations"]
    return [f"{one['id']}: {node['html'][:200]}" for one in found for node in one["nodes"]]


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_words: object) -> None:
        pass


class _Threads(socketserver.ThreadingMixIn, WSGIServer):
    daemon_threads = True


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """The whole application on a port; these pages need no database, and pytest-django would refuse them one."""
    with make_server("127.0.0.1", 0, application, _Threads, _Quiet) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def noise(page: Page, address: str) -> list[str]:
    """What a quiet page never does: errors on the console, requests to elsewhere."""
    heard: list[str] = []
    page.on("console", lambda message: message.type in ("error", "warning") and heard.append(message.text))
    page.on("pageerror", lambda error: heard.append(str(error)))
    page.on("request", lambda request: request.url.startswith(address) or heard.append(request.url))
    return heard


@pytest.mark.django_db
def test_home_shows_a_worklist_or_says_why_there_is_none(cast):
    answer = cast.client("doctor").get("/")
    assert answer.status_code == 200
    assert "Chidi Okoye" in answer.content.decode()


@pytest.mark.django_db
def test_find_answers_by_post_alone(cast):
    client = cast.client("doctor")
    assert client.get("/ui/find").status_code == 405
    answer = client.post("/ui/find", {"q": "home"})
    assert answer.status_code == 200
    assert 'role="option"' in answer.content.decode() or "Nothing found" in answer.content.decode()


@pytest.mark.django_db
def test_the_specimen_page_is_open_and_has_every_component(client):
    drawn = client.get("/ui/").content.decode()
    for piece in (
        "banner",
        "worklist",
        "results",
        "vital",
        "alert-stop",
        "alert-interrupt",
        "barcode",
        "skeleton",
        "timeline",
    ):
        assert f'class="{piece}' in drawn or f" {piece}" in drawn, piece


@pytest.mark.guarantee("B61")
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390, 320])
def test_the_specimen_page_is_accessible_and_quiet(page: Page, address, noise, theme, width):
    page.emulate_media(color_scheme=theme)
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"{address}/ui/")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert violations(page) == []
    assert noise == []


@pytest.mark.parametrize("path", ["/ui/", "/sign-in"])
def test_a_cold_page_is_light(page: Page, address, path):
    """As it travels: the heaviest page that this room has, and the first that anybody sees."""
    answers = []
    page.on("response", lambda answer: answers.append(answer))
    page.goto(f"{address}{path}", wait_until="networkidle")
    assert all(answer.ok for answer in answers)
    octets = sum(answer.request.sizes()["responseBodySize"] for answer in answers)
    assert 20_000 < octets <= MOST_OCTETS


def test_stylesheets_and_scripts_are_kept_for_ever(page: Page, address):
    answers = []
    page.on("response", lambda answer: answers.append(answer))
    page.goto(f"{address}/ui/", wait_until="networkidle")
    static = [answer for answer in answers if "/static/" in answer.url]
    assert len(static) >= 10
    for answer in static:
        assert "immutable" in answer.headers["cache-control"], answer.url
        assert answer.headers["content-encoding"] == "gzip", answer.url
        assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.guarantee("B61")
def test_everything_by_keyboard(page: Page, address, noise):
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(f"{address}/ui/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the page")).to_be_focused()

    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    page.keyboard.press("Escape")

    box = page.get_by_role("combobox", name="Diagnosis")
    box.focus()
    page.keyboard.type("pneu")
    expect(page.get_by_role("option", name=re.compile("Pneumonia"))).to_be_visible()
    assert violations(page) == []
    page.keyboard.press("Enter")
    expect(box).to_have_value("Pneumonia, unspecified organism")
    assert page.locator("input[name=problem]").input_value() == "J18.9"
    page.keyboard.press("Backspace")
    assert page.locator("input[name=problem]").input_value() == ""

    page.get_by_role("button", name="Open a dialog").press("Enter")
    expect(page.get_by_role("dialog", name="Reject this sample")).to_be_visible()
    assert violations(page) == []
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Open a dialog")).to_be_focused()
    assert noise == []


def test_enter_never_takes_an_option_of_an_earlier_text(page: Page, address):
    """Typing on and pressing Enter at once must not choose the wrong line: it could be a wrong medicine or patient."""
    page.goto(f"{address}/ui/")
    box, chosen = page.get_by_role("combobox", name="Diagnosis"), page.locator("input[name=problem]")
    box.press_sequentially("pneumonia")
    expect(page.get_by_role("option", name=re.compile("Pneumonia"))).to_be_visible()
    box.fill("asthma")
    page.keyboard.press("Enter")
    assert chosen.input_value() == ""
    assert page.url.endswith("/ui/"), "nor does it send the form"
    expect(page.get_by_role("option", name=re.compile("asthma"))).to_be_visible()
    page.keyboard.press("Enter")
    assert chosen.input_value() == "J45.909"


def test_a_search_that_fails_says_so_and_keeps_what_was_typed(page: Page, address):
    page.route("**/ui/options", lambda route: route.abort())
    page.goto(f"{address}/ui/")
    box = page.get_by_role("combobox", name="Diagnosis")
    box.press_sequentially("pneu")
    expect(page.get_by_text("The search did not answer")).to_be_visible()
    expect(box).to_have_value("pneu")


@pytest.mark.guarantee("S4")
def test_htmx_swaps_under_the_strict_policy_and_tells_of_failures(page: Page, address, noise):
    page.goto(f"{address}/ui/")
    page.evaluate("""() => {
        const place = Object.assign(document.createElement("div"), { id: "place" });
        document.querySelector("main").prepend(place);
        return htmx.ajax("GET", "/sign-in", { target: "#place", select: "form[data-once]" });
    }""")
    expect(page.locator("#place form")).to_be_visible()
    assert noise == []
    page.evaluate("() => htmx.ajax('GET', '/no-such-page', { target: '#place' })")
    expect(page.locator("#toasts .alert")).to_contain_text("Check the address")
    expect(page.locator("#place form")).to_be_visible()
    page.route("**/healthz", lambda route: route.abort())
    page.evaluate("() => { htmx.ajax('GET', '/healthz', { target: '#place' }).catch(() => {}) }")
    expect(page.locator("#toasts .alert")).to_contain_text("cannot be reached")


def test_the_theme_stays_chosen(page: Page, address):
    page.emulate_media(color_scheme="light")
    page.goto(f"{address}/ui/")
    page.get_by_role("button", name="Light or dark").click()
    page.reload()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(13, 20, 22)"


def test_a_typed_date_is_written_back_as_it_will_be_read(page: Page, address):
    page.goto(f"{address}/ui/")
    box = page.get_by_label("Birth date")
    for typed, shown in (
        ("4/3/1964", "04-Mar-1964"),
        ("1964-03", "Mar-1964"),
        ("1964", "1964"),
        ("31/2/1980", "31/2/1980"),
    ):
        box.fill(typed)
        box.blur()
        expect(box).to_have_value(shown)


def test_a_form_goes_once_and_opens_again_on_the_way_back(page: Page, address):
    page.goto(f"{address}/ui/")
    sent = page.evaluate("""async () => {
        const form = document.querySelector("#specimen-form"), button = form.querySelector("button");
        let sent = 0;
        addEventListener("submit", (event) => { if (!event.defaultPrevented) sent++; });
        // what a navigation would do is left out, so that the page stays to be looked at
        form.target = "elsewhere";
        document.body.append(Object.assign(document.createElement("iframe"), { name: "elsewhere" }));
        form.requestSubmit(button);
        await new Promise((done) => setTimeout(done, 20));
        form.requestSubmit();
        form.requestSubmit();
        return sent;
    }""")
    assert sent == 1
    button = page.locator("#specimen-form").get_by_role("button", name="Sign 2 orders")
    expect(button).to_have_attribute("aria-disabled", "true")
    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")
    expect(button).not_to_have_attribute("aria-disabled", "true")


def test_a_printed_page_names_patient_printer_and_page_in_its_margins(page: Page, address):
    page.emulate_media(media="print", color_scheme="dark")
    page.goto(f"{address}/ui/")
    margins = page.evaluate("""() => [...document.styleSheets].flatMap((sheet) => [...sheet.cssRules])
        .flatMap((rule) => rule.cssText.includes("@page") ? [rule.cssText] : []).join(" ")""")
    assert "RASHID, Nadia (Mrs)" in margins.replace("\\28 ", "(").replace("\\29 ", ")")
    assert "@bottom-left" in margins
    for selector in (".rail", ".topbar", ".tabs", ".btn"):
        expect(page.locator(selector).first).not_to_be_visible()
    expect(page.locator("#patient-banner").first).to_be_visible()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


def test_leaving_with_unsent_changes_is_asked_about(page: Page, address):
    page.goto(f"{address}/ui/")
    page.evaluate("document.querySelector('#specimen-form').setAttribute('data-guard', '')")
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.get_by_label("Given names").press_sequentially("x")
    page.goto(f"{address}/sign-in")
    assert asked == ["beforeunload"]
    page.goto(f"{address}/ui/")
    page.goto(f"{address}/sign-in")
    assert asked == ["beforeunload"], "nothing was typed this time"
