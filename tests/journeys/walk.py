"""Walking through the product as a person does: every page that is looked at is checked with axe, for console errors,
and for requests to other places."""

import re
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.db import connection
from playwright.sync_api import BrowserContext, Locator, Page

from conftest import PATIENCE
from salus.accounts.queries import person_by_name
from salus.core.ids import uuid7
from salus.encounters import services as encounters
from salus.patients import services as patients
from salus.places.models import Department
from tests.screens import violations

#: signs somebody of the demonstration in, at a screen of his own
Enter = Callable[[str], "Walker"]


class Walker:
    """One person at one screen. `look()` is called on each new page; `complaints` must stay empty."""

    def __init__(self, context: BrowserContext, server: str, username: str, password: str) -> None:
        self.server = server
        self.username = username
        self.complaints: list[str] = []
        self.looked: set[str] = set()
        self.page: Page = context.new_page()
        self.page.set_default_timeout(PATIENCE)
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.complaints.append(f"{self.page.url}: {error}"))
        self.page.on("request", self._request)
        self.page.on("response", self._response)
        self._sign_in(password)

    def _console(self, message: Any) -> None:
        # The browser reports an answer of 4xx as an error of its own; `_response` judges those.
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.complaints.append(f"{self.page.url}: {message.text}")

    def _request(self, request: Any) -> None:
        if not request.url.startswith((self.server, "data:", "blob:")):
            self.complaints.append(f"a request to another place: {request.url}")

    def _response(self, response: Any) -> None:
        if response.status >= 500 or (response.status >= 400 and response.status not in (409, 422)):
            self.complaints.append(f"{response.status} from {urlsplit(response.url).path}")

    def _sign_in(self, password: str) -> None:
        self.page.goto(f"{self.server}/sign-in")
        self.look()
        self.page.get_by_label("User name").fill(self.username)
        self.page.get_by_label("Password").fill(password)
        self.press("Sign in")

    def look(self) -> None:
        """Check the page that is shown, once for each kind of page."""
        kind = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "ID", urlsplit(self.page.url).path)
        if kind in self.looked:
            return
        self.looked.add(kind)
        for violation in violations(self.page):
            nodes = [node["html"][:160] for node in violation["nodes"][:3]]
            self.complaints.append(f"axe {violation['id']} on {kind}: {nodes}")

    def go(self, path: str) -> None:
        """Open an address of ours and look at it."""
        self.page.goto(f"{self.server}{path}")
        self.look()

    def until(self, path: str, said: Callable[[str], bool], seconds: int = 60) -> str:
        """Open an address again and again until what the worker does shows there; gives the words of the page."""
        until = time.monotonic() + seconds
        while True:
            self.go(path)
            words: str = self.page.locator("main").inner_text()
            if said(words) or time.monotonic() > until:
                return words
            time.sleep(0.5)

    def press(self, name: str, within: Locator | None = None) -> None:
        """Press a button or follow a link by its words, and look at where it leads."""
        place = within or self.page
        target = place.get_by_role("button", name=name, exact=True).or_(
            place.get_by_role("link", name=name, exact=True)
        )
        target.first.click()
        self.page.wait_for_load_state("networkidle")
        self.look()

    def row(self, words: str) -> Locator:
        """The row of a worklist that says these words."""
        return self.page.get_by_role("row").filter(has_text=words).first

    def choose(self, label: str, typed: str, option: str) -> None:
        """Type into a combobox and choose what it offers."""
        box = self.page.get_by_role("combobox", name=re.compile(label))
        box.click()
        box.press_sequentially(typed, delay=15)
        self.page.get_by_role("option", name=re.compile(option, re.IGNORECASE)).first.click()

    def order(self, typed: str, option: str, **fields: str) -> None:
        """Find something in the composer, write how it is to be done, and put it among the drafts."""
        before = self.page.locator("#draft .draft-line").count()
        self.choose("What is to be ordered", typed, option)
        editor = self.page.locator("#editor")
        editor.wait_for()
        self.look()
        for name, value in fields.items():
            editor.locator(f"[name={name}]").fill(value)
        self.press("Add to the list")
        self.page.locator("#draft .draft-line").nth(before).wait_for()
        editor.wait_for(state="detached")

    def says(self, *words: str) -> None:
        """The page says these words, in whatever case."""
        self.page.wait_for_load_state("networkidle")
        said = self.page.locator("body").inner_text().casefold()
        missing = [one for one in words if one.casefold() not in said]
        assert not missing, f"{self.page.url} does not say {missing}: {said[:2000]}"

    def paper(self, name: str) -> bytes:
        """Open a printed paper by the words of its link: it is a PDF."""
        address = self.page.get_by_role("link", name=name, exact=True).first.get_attribute("href")
        answer = self.page.request.get(f"{self.server}{address}")
        assert answer.status == 200, answer.status
        assert answer.headers["content-type"] == "application/pdf"
        assert "no-store" in answer.headers["cache-control"]
        return answer.body()

    def picture(self, folder: Path, name: str) -> None:
        """Keep a picture of the page, to be looked at."""
        self.page.screenshot(path=folder / f"{name}.png", full_page=True)


def day(ahead: int) -> str:
    """A day as it is typed."""
    return f"{datetime.now(UTC) + timedelta(days=ahead):%d-%b-%Y}"


def somebody_here(family: str, given: str, *, reason: str, department: str = "opd", **changes: Any) -> str:
    """A woman of 42 whom the desk registered and checked in to Dr Okoye, by the services that the desk's screens call.

    :return: the patient's id
    """
    person = person_by_name("reception", door="journey")
    doctor = person_by_name("doctor", door="journey")
    assert person is not None
    assert doctor is not None
    act = replace(person.act, id=uuid7(), at=datetime.now(UTC))
    patient = patients.register_patient(act, family=family, given=given, gender="female", birth_date="1984-03-14")
    encounters.start_encounter(
        replace(act, id=uuid7()),
        patient_id=patient.id,
        department_id=Department.objects.get(code=department).id,
        practitioner_id=doctor.act.practitioner_id,
        reason=reason,
        **changes,
    )
    connection.close()
    return str(patient.id)
