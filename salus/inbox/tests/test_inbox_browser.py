"""The inbox in a real browser before the real server: what is put appears by itself, and is seen to by keyboard alone."""

import time
from typing import Any

import pytest
from django.db import connection

from salus.inbox.models import Task
from salus.inbox.tests.builders import a_result, a_task, practitioner_of
from tests.busy import busy
from tests.cast import Cast
from tests.screens import violations

PASSWORD = "a-long-password-of-a-doctor"  # noqa: S105 - of a test


@pytest.mark.browser
@pytest.mark.slow
def test_a_new_task_appears_within_a_second_and_is_acknowledged_by_keyboard(salus_server: Any, browser: Any) -> None:
    cast = Cast()
    task = a_task(cast, by="nurse", owner_id=practitioner_of(cast, "doctor"))
    user = cast.user("doctor")
    user.set_password(PASSWORD)
    user.save(update_fields=["password"])
    connection.close()

    page, complaints = browser.new_context().new_page(), []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.goto(f"{salus_server.url}/sign-in")
    page.locator("input[name=username]").fill(user.username)
    page.locator("input[type=password]").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda address: "sign-in" not in address)
    page.goto(f"{salus_server.url}/inbox/")
    page.locator("html[data-stream=on]").wait_for(state="attached")
    assert page.locator("#bell .bell-count").inner_text() == "1"
    page.keyboard.press("j")
    kept = page.locator(f"#task-{task.id}:focus-within")
    kept.wait_for()

    begun = time.monotonic()
    result = a_result(cast)
    row = page.locator(f"#task-{result.id}")
    row.wait_for()  # without a reload
    assert time.monotonic() - begun < 2.5 * busy()  # a second, and what the put itself needs
    assert page.locator("#tasks tbody tr").first.get_attribute("id") == f"task-{result.id}"
    kept.wait_for()  # the place in the list is kept
    found = violations(page)
    assert [one["id"] for one in found] == []

    page.keyboard.press("k")
    page.keyboard.press("a")
    page.get_by_text("1 acknowledged.").wait_for()
    assert Task.objects.get(id=result.id).status == "completed"
    page.locator(f"#task-{task.id}:focus-within").wait_for()  # the next one has come up where the hand was
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/inbox/tasks/{task.id}")
    assert complaints == []
