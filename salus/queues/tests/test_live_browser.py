"""Two real browsers before the real server: a room calls, and the wall says so within a second; without the server it says that
it has lost it."""

import time
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

from salus.accounts import services as accounts
from salus.accounts.models import Device
from salus.accounts.queries import hash_of
from salus.queues.tests.builders import a_queue, a_room, a_token
from tests.busy import busy
from tests.cast import Cast

SECRET = "secret-of-the-wall-in-the-waiting-room"  # noqa: S105 - of a test
PASSWORD = "a-long-password-of-a-nurse"  # noqa: S105 - of a test


@pytest.mark.browser
@pytest.mark.slow
def test_a_call_is_on_the_wall_within_a_second(salus_server: Any, browser: Any) -> None:
    cast = Cast()
    a_queue(cast)
    a_room(cast)
    first = a_token(cast)
    device = Device.objects.create(hash=hash_of(SECRET))
    accounts.mark_device(cast.act("administrator"), device_id=device.id, version=1, kind="wall", name="Hall")
    nurse = cast.user("nurse")
    nurse.set_password(PASSWORD)
    nurse.save(update_fields=["password"])
    opd = cast.departments["opd"].id
    connection.close()

    hall = browser.new_context(viewport={"width": 1920, "height": 1080})
    hall.add_cookies([{"name": settings.DEVICE_COOKIE_NAME, "value": SECRET, "url": salus_server.url}])
    wall, complaints = hall.new_page(), []
    wall.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    assert wall.goto(f"{salus_server.url}/queues/wall/{opd}").status == 200
    wall.locator("html[data-stream=on]").wait_for(state="attached")
    desk = browser.new_context().new_page()
    desk.goto(f"{salus_server.url}/sign-in")
    desk.locator("input[name=username]").fill("nurse")
    desk.locator("input[type=password]").fill(PASSWORD)
    desk.keyboard.press("Enter")
    desk.wait_for_url(lambda address: "sign-in" not in address)
    desk.goto(f"{salus_server.url}/queues/of/{opd}")
    assert wall.locator(".wall-call").count() == 0
    took = []
    for times, button in enumerate(("Call next", "Call again", "Call again"), start=1):
        asked = time.monotonic()
        desk.get_by_role("button", name=button).click()
        wall.locator(f'[data-call$=":{times}"]', has_text=first.label).wait_for()
        took.append(round((time.monotonic() - asked) * 1000))
    print(f"\nfrom the press to the wall, in milliseconds: {took}")
    assert min(took) < 1000 * busy()
    assert wall.locator("#wall-said").inner_text() == f"{first.label}, Room 1"
    # the board of somebody else has it, too, without a reload
    assert desk.locator(".room-has").inner_text().startswith(first.label)
    assert complaints == []
    assert wall.locator("#wall-lost").is_hidden()
    salus_server.process.terminate()
    wall.locator("#wall-lost").wait_for()
