"""Forms in a real browser: what is asked appears and the focus stays; lines are moved by keyboard; no axe, no console."""

import time

import pytest
from django.conf import settings
from django.db import connection
from django.urls import reverse

from conftest import PATIENCE
from salus.core.models import Draft
from salus.questionnaires import services as questionnaires
from salus.questionnaires.models import QuestionnaireResponse
from salus.questionnaires.tests.builders import a_form, a_question, a_visit, options, vital_signs, when
from tests.screens import violations

SMOKES = a_question("smokes", "boolean", required=True)
MANY = a_question("many", "integer", required=True, **when("smokes", answerBoolean=True))
MOOD = a_question("mood", "choice", answerOption=options("Good", "Bad", weights=(0, 2)))


@pytest.fixture
def opened(real_db, cast, salus_server, page):
    """A browser of a role, and what its console complains of."""
    vital_signs()
    complaints: list[str] = []
    page.set_default_timeout(PATIENCE)
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))

    def sign_in(role):
        name = settings.SESSION_COOKIE_NAME
        cookie = {"name": name, "value": cast.client(role).cookies[name].value, "url": salus_server.url}
        page.context.add_cookies([cookie])
        connection.close()
        return page, salus_server.url, complaints

    return sign_in


def until(said):
    """Wait for what the server answers (Playwright's own way to wait needs an eval that the policy forbids)."""
    for _one in range(400):
        if said():
            return
        time.sleep(0.1)
    pytest.fail("it did not come")


def focused(page):
    return page.locator(":focus").get_attribute("id")


@pytest.mark.browser
def test_what_is_asked_appears_and_the_focus_stays(cast, opened):
    visit = a_visit(cast)
    form = a_form(cast, SMOKES, MANY, MOOD)
    page, server, complaints = opened("doctor")
    page.goto(server + reverse("questionnaires:fill", args=[visit.patient_id, form.id]))
    many = page.get_by_label("Question many")
    assert not many.is_visible()
    yes = page.get_by_role("radio", name="Yes")
    yes.focus()
    page.keyboard.press("Space")
    until(many.is_visible)
    assert yes.evaluate("one => one === document.activeElement") is True
    many.fill("12")
    page.keyboard.press("Enter")  # saves; it never signs
    page.get_by_text("The draft is saved.").wait_for()
    assert not QuestionnaireResponse.objects.exists()
    assert page.get_by_label("Question many").input_value() == "12"
    assert Draft.objects.exists()
    assert complaints == []
    assert violations(page) == []
    complaints.clear()  # what axe does to the page is not the page's
    page.get_by_role("button", name="Sign").click()
    page.get_by_role("button", name="Mark as filled in by error").wait_for()
    assert QuestionnaireResponse.objects.get().items[1]["answer"] == [{"valueInteger": 12}]
    assert complaints == []


@pytest.mark.browser
def test_what_saves_itself_is_silent_once_the_whole_is_sent(cast, opened):
    """On a slow line it would come after the whole form, be refused, and say that another window had changed it."""
    visit = a_visit(cast)
    form = a_form(cast, SMOKES, MANY, MOOD)
    page, server, complaints = opened("doctor")
    address = server + reverse("questionnaires:fill", args=[visit.patient_id, form.id])
    page.goto(address)

    def slowly(route):
        answer = route.fetch(max_redirects=0)
        time.sleep(1.5)
        route.fulfill(response=answer)

    page.route(
        lambda url: url == address, lambda route: slowly(route) if route.request.method == "POST" else route.continue_()
    )
    page.get_by_role("radio", name="Yes").check()
    page.keyboard.press("Enter")
    page.get_by_text("The draft is saved.").wait_for()
    assert page.get_by_role("radio", name="Yes").is_checked()
    assert complaints == []


@pytest.mark.browser
def test_a_line_is_moved_by_keyboard_and_the_focus_goes_with_it(cast, opened):
    admin = cast.act("administrator")
    made = questionnaires.draft_form(admin, title="Falls")
    for version, text in enumerate(("First?", "Second?", "Third?"), start=1):
        questionnaires.add_line(admin, questionnaire_id=made.id, version=version, kind="string", text=text)
    page, server, complaints = opened("administrator")
    page.goto(server + reverse("questionnaires:form", args=[made.id]))
    page.locator("#down-q1").focus()
    page.keyboard.press("Enter")
    titles = page.locator("#lines .row-title")
    until(lambda: titles.nth(0).inner_text() == "Second?")
    assert focused(page) == "down-q1"
    page.keyboard.press("Enter")
    until(lambda: titles.nth(2).inner_text() == "First?")
    assert complaints == []
    assert violations(page) == []
