"""A real browser before the real server: the ground of the journeys."""

from typing import Any

import pytest


@pytest.mark.browser
def test_a_person_who_is_not_signed_in_is_asked_to_sign_in(salus_server: Any, page: Any) -> None:
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    answer = page.goto(salus_server.url)
    assert answer.status == 200
    assert page.locator("input[type=password]").count() == 1
    assert complaints == []
