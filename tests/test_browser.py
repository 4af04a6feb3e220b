"""A real browser before the real server: the ground of the journeys."""

from typing import Any

import pytest
from playwright.sync_api import expect

ELSEWHERE = "http://elsewhere.example/"


@pytest.mark.browser
@pytest.mark.guarantee("S5")
def test_a_person_who_is_not_signed_in_is_asked_to_sign_in(salus_server: Any, page: Any) -> None:
    """And nobody else's site shows our page inside its own, where a click could be led astray."""
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    answer = page.goto(salus_server.url)
    assert answer.status == 200
    assert page.locator("input[type=password]").count() == 1
    assert complaints == []
    expect(framed(page, f"{salus_server.url}/sign-in")).to_have_count(0)
    page.route("**/sign-in", without_its_headers)
    # without our headers it is shown: the control of this test
    expect(framed(page, f"{salus_server.url}/sign-in")).to_have_count(1)


def framed(page: Any, address: str) -> Any:
    """The fields for a password that are seen where another site frames the address, when all of it has come."""
    page.route(
        ELSEWHERE, lambda route: route.fulfill(body=f"<iframe src='{address}'></iframe>", content_type="text/html")
    )
    page.goto(ELSEWHERE)
    return page.frame_locator("iframe").locator("input[type=password]")


def without_its_headers(route: Any) -> None:
    """The answer as it would be if nobody had thought of frames."""
    answer = route.fetch()
    kept = {name: value for name, value in answer.headers.items() if name == "content-type"}
    route.fulfill(status=answer.status, body=answer.body(), headers=kept)
