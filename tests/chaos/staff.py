"""Somebody at a screen who does not give up: what was not answered is sent again, with the same key and the same words."""

import http.client
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode
from uuid import uuid4

from tests.chaos.ledger import Acknowledged, Ledger

#: answers that say: not now
NOT_NOW = (502, 503, 504)
_PAUSE = 0.1

Fields = Mapping[str, str | list[str]]


class GaveUp(Exception):
    """No answer in time, or one that cannot be gone on from."""


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    location: str
    text: str
    replayed: bool


@dataclass
class Person:
    """A browser of one person, with its own connection."""

    port: int
    username: str
    ledger: Ledger
    #: so many seconds without an answer, and it gives up
    patience: float = 60.0
    cookies: dict[str, str] = field(default_factory=dict)
    connection: http.client.HTTPConnection | None = None

    def sign_in(self, password: str) -> "Person":
        self._until_answered("GET", "/sign-in", None)
        fields = {"username": self.username, "password": password, "csrfmiddlewaretoken": self.cookies["csrftoken"]}
        if self._until_answered("POST", "/sign-in", urlencode(fields)).status != 302:
            raise GaveUp(f"{self.username} could not sign in")
        return self

    def again(self) -> "Person":
        """The same person with the same session in another window."""
        return Person(self.port, self.username, self.ledger, self.patience, dict(self.cookies))

    def get(self, path: str) -> str:
        """A page.

        :raises GaveUp: where it is not shown
        """
        answer = self._until_answered("GET", path, None)
        if answer.status != 200:
            raise GaveUp(f"{self.username} GET {shape(path)}: {answer.status} {answer.location}")
        return answer.text

    def post(self, visit: int, what: str, path: str, fields: Fields) -> str:
        """Send a form until it is answered; returns where it leads.

        :raises GaveUp: if it is refused
        """
        key = str(uuid4())
        form = dict(fields) | {"_key": key, "csrfmiddlewaretoken": self.cookies["csrftoken"]}
        answer = self._until_answered("POST", path, urlencode(form, doseq=True))
        if answer.status != 303:
            raise GaveUp(f"{self.username} POST {shape(path)} ({what}): {answer.status} {in_words(answer.text)}")
        if answer.replayed:
            self.ledger.count("replayed")
        write = Acknowledged(visit, what, self.username, key, answer.status, answer.location)
        self.ledger.note(write, sent_at=self._sent_at)
        return answer.location

    def _until_answered(self, method: str, path: str, body: str | None) -> Answer:
        until = time.monotonic() + self.patience
        while True:
            self._sent_at = time.monotonic()
            try:
                answer = self._once(method, path, body)
            except (OSError, http.client.HTTPException):
                self.connection = None
                self.ledger.count("not answered")
            else:
                if answer.status == 500:
                    self.ledger.complain(f"500 for {method} {shape(path)}")
                elif answer.status not in NOT_NOW:
                    return answer
                self.ledger.count(f"answered {answer.status}")
            if time.monotonic() > until:
                raise GaveUp(f"{self.username} {method} {shape(path)}: no answer within {self.patience:.0f} s")
            time.sleep(_PAUSE)

    def _once(self, method: str, path: str, body: str | None) -> Answer:
        if self.connection is None:
            self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        self.connection.request(method, path, body, headers)
        answer = self.connection.getresponse()
        text = answer.read().decode()
        for cookie in answer.headers.get_all("Set-Cookie") or ():
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        replayed = answer.headers.get("Idempotency-Replayed") == "true"
        return Answer(answer.status, answer.headers.get("Location", ""), text, replayed)


def shape(path: str) -> str:
    """A path without its ids."""
    return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "ID", path)


def in_words(page: str) -> str:
    """What an error page says first."""
    main = page.partition("<main")[2] or page
    return " ".join(re.sub(r"<[^>]+>", " ", re.sub(r"(?s)<(script|svg|style).*?</\1>", " ", main)).split())[:200]
