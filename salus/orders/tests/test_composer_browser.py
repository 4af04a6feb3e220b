"""The order composer by keyboard alone, in a real browser."""

import time

import pytest
from django.conf import settings
from django.db import connection
from django.urls import reverse

from salus.chart.services.allergies import record_allergy
from salus.inventory.tests.builders import a_presentation
from salus.orders.models import Order
from salus.orders.tests.builders import a_medicine_item, a_test, a_visit, sign
from tests.screens import violations


def _until(page, script):
    """Wait for something in the page (Playwright's own way to wait needs an eval that the policy forbids)."""
    for _one in range(100):
        if page.evaluate(script):
            return
        time.sleep(0.1)
    pytest.fail(f"never true: {script}")


def _focused(page, name):
    _until(page, f"document.activeElement && document.activeElement.id === '{name}'")


def _choose(page, text):
    page.keyboard.type(text)
    page.wait_for_selector("[role=option]")
    page.keyboard.press("Enter")
    page.wait_for_selector("#line-form")


@pytest.fixture
def opened(real_db, cast, salus_server, page):
    """The composer of a patient who is allergic to penicillin, and what the console complains of."""
    for name in ("kappacillin", "lambdamol"):
        a_presentation(name)
    a_test("t-omicron", name="Omicron")
    visit = a_visit(cast)
    record_allergy(cast.act("nurse"), patient_id=visit.patient_id, display="Kappacillin", reaction="rash")
    name = settings.SESSION_COOKIE_NAME
    cookie = {"name": name, "value": cast.client("doctor").cookies[name].value, "url": salus_server.url}
    page.context.add_cookies([cookie])
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    connection.close()
    page.goto(salus_server.url + reverse("orders:compose", args=[visit.patient_id]))
    return page, complaints


@pytest.mark.guarantee("B61")
@pytest.mark.browser
def test_by_keyboard_alone(opened):
    page, complaints = opened
    _focused(page, "id_what")
    _choose(page, "lambda")
    _focused(page, "id_dose")
    page.keyboard.type("500")
    page.keyboard.press("Tab")
    page.keyboard.type("mg")
    for _one in range(3):
        page.keyboard.press("Tab")
    _focused(page, "id_duration_days")
    page.keyboard.type("5")
    _until(page, "document.querySelector('#reckoned').textContent.includes('5')")
    page.keyboard.press("Enter")
    page.wait_for_selector(".draft-line")
    _focused(page, "id_what")
    _choose(page, "kappa")
    page.wait_for_selector("#editor [data-alert=stop]")
    _focused(page, "id_dose")
    page.keyboard.type("1")
    page.keyboard.press("Control+Enter")
    _focused(page, "id_quantity")  # how many days is not said, so that it cannot be reckoned
    page.keyboard.type("7")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector(".draft-line [data-alert=stop]")
    _focused(page, "id_what")
    _choose(page, "omicron")
    _until(page, "document.activeElement.closest('#line-form') !== null")
    page.keyboard.press("Control+Enter")
    _until(page, "document.querySelectorAll('.draft-line').length === 3")
    assert "Sign 2 orders" in page.locator("#sign-form").inner_text()
    page.locator("#sign-form button").press("Enter")
    page.wait_for_url("**/orders/*/")
    assert "2 orders signed" in page.locator("main").inner_text()
    assert sorted(Order.objects.values_list("display", flat=True)) == ["Omicron", "lambdamol 500 mg tablet"]
    page.go_back()
    page.wait_for_selector("#composer")
    assert "1 draft" in page.locator("#draft").inner_text()
    assert [text for text in complaints if "422" not in text] == []


@pytest.mark.browser
def test_a_mistake_in_a_folded_part_takes_the_focus(opened):
    """What is answered into the page is told as on a page of its own: the list of mistakes has the focus, not the body."""
    page, _complaints = opened
    _choose(page, "lambda")
    page.get_by_text("Tapering or alternating doses").click()
    page.locator("#id_dose_2").fill("250")
    page.locator("#id_duration_days").fill("5")
    page.locator("#id_dose").fill("500")
    page.get_by_role("button", name="Add to the list").click()
    page.wait_for_selector("#editor .error-summary")
    _until(page, "document.activeElement.matches('.error-summary')")


@pytest.mark.browser
@pytest.mark.guarantee("B61")
def test_nothing_for_axe_to_find(opened):
    page, _complaints = opened
    _focused(page, "id_what")
    _choose(page, "kappa")
    for width in (1440, 390):
        for theme in ("light", "dark"):
            page.set_viewport_size({"width": width, "height": 900})
            page.emulate_media(color_scheme=theme, reduced_motion="reduce")
            time.sleep(0.3)  # a colour that is still changing has no contrast to measure
            found = violations(page)
            assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in found] == []
            assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), "nothing is cut off"


@pytest.mark.browser
def test_a_wristband_is_scanned_at_once_and_sends_nothing_by_itself(real_db, cast, salus_server, page):
    """A scanner types and ends with Enter, before anybody touched the page."""
    visit = a_visit(cast)
    (order,) = sign(cast, a_medicine_item("lambdamol"), visit=visit)
    name = settings.SESSION_COOKIE_NAME
    cookie = {"name": name, "value": cast.client("nurse").cookies[name].value, "url": salus_server.url}
    page.context.add_cookies([cookie])
    connection.close()
    page.goto(salus_server.url + reverse("orders:perform", args=[order.id]))
    _focused(page, "id_wristband")
    page.keyboard.type("1000587")
    page.keyboard.press("Enter")
    _until(page, "document.activeElement.name === 'status'")
    assert page.get_by_label("Wristband").input_value() == "1000587"
    assert page.locator(".error-summary").count() == 0
