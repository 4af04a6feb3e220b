"""The desk in a real browser before the real server: what comes free is offered on the open page, and taken with one press;
also where the page is being fetched at that moment, and what comes is from before."""

import time
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from salus.core.announce import run_waiting
from salus.scheduling.models import Appointment
from salus.scheduling.services import booking
from salus.scheduling.tests.builders import a_schedule, an_appointment, next_weekday
from salus.waitlist.models import Offer, Wish
from salus.waitlist.tests.builders import a_wish, awake_always
from tests.cast import Cast

PASSWORD = "a-long-password-of-the-desk"  # noqa: S105 - of a test


@pytest.mark.browser
@pytest.mark.slow
def test_what_is_cancelled_is_offered_on_the_open_page_and_taken(salus_server: Any, browser: Any) -> None:
    cast = Cast()
    awake_always(cast)
    day = next_weekday()
    schedule = a_schedule(cast, starts=540, ends=560, first=day, until=day + timedelta(days=1))
    made = an_appointment(cast, schedule)
    wish = a_wish(cast)
    user = cast.user("receptionist")
    user.set_password(PASSWORD)
    user.save(update_fields=["password"])
    run_waiting()
    connection.close()

    page, complaints = browser.new_context().new_page(), []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.goto(f"{salus_server.url}/sign-in")
    page.locator("input[name=username]").fill(user.username)
    page.locator("input[type=password]").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda address: "sign-in" not in address)
    before: list[tuple[Any, Any]] = []

    def hold(route: Any) -> None:
        """The first fetch that the page makes by itself is answered at once, and the answer is long on its way."""
        if before:
            route.fallback()
        else:
            before.append((route, route.fetch()))

    page.route("**/waiting-list/rows", hold)
    page.goto(f"{salus_server.url}/waiting-list/")
    page.locator("html[data-stream=on]").wait_for(state="attached")
    patience = time.monotonic() + 20
    while not before and time.monotonic() < patience:
        page.wait_for_timeout(20)
    row = page.locator(f"#wish-{wish.id}")
    assert "Waiting" in row.inner_text()

    booking.cancel_appointment(cast.act("receptionist"), appointment_id=made.id, version=1, reason="pat")
    run_waiting()
    page.locator("#waiting[data-late]").wait_for(state="attached")
    route, answer = before[0]
    route.fulfill(response=answer)
    row.get_by_text("min left").wait_for()  # without a reload
    row.get_by_role("button", name="Takes it").click()
    page.wait_for_url(lambda address: "/appointments/" in address)
    assert "The appointment is booked." in page.locator("main").inner_text()
    assert Wish.objects.get().appointment == Appointment.objects.get(status="booked")
    assert Offer.objects.get().status == "accepted"
    assert complaints == []
