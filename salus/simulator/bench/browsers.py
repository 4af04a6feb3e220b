"""Two browsers with one face: one speaks HTTP with the real server, one runs the same acts in this process, on record."""

import http.client
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import urlencode
from uuid import uuid4

from django.test import Client

from salus.accounts.models import User
from salus.simulator.bench.statements import Recording

Fields = Mapping[str, str | Sequence[str]]
_SERVER_TIME = re.compile(r"app;dur=([0-9.]+), cpu;dur=([0-9.]+)")


class WrongAnswer(Exception):
    """The server did not answer as it should: what it was asked, and what it said."""


@dataclass(slots=True)
class Took:
    """How long one round took, in milliseconds: at the client, at the server, and how much of that the server worked."""

    client: float = 0.0
    server: float = 0.0
    worked: float = 0.0


class Browser(Protocol):
    """What a scenario uses. Each answer's `Location`, or its body, comes back."""

    def get(self, path: str, *, expect: int = 200) -> str: ...

    def post(self, path: str, fields: Fields, *, expect: int = 303) -> str: ...

    def look(self, path: str) -> str:
        """Get a page on the way, which does not count."""
        ...


@dataclass(slots=True)
class HttpBrowser:
    """A person's browser: keeps its connection and cookies, and adds up how long the answers took."""

    port: int
    took: Took = field(default_factory=Took)
    cookies: dict[str, str] = field(default_factory=dict)
    connection: http.client.HTTPConnection | None = None

    def sign_in(self, username: str, password: str) -> None:
        """Sign in as this person."""
        self.get("/sign-in")
        self.post("/sign-in", {"username": username, "password": password}, expect=302)

    def get(self, path: str, *, expect: int = 200) -> str:
        return self._ask("GET", path, None, expect)

    def post(self, path: str, fields: Fields, *, expect: int = 303) -> str:
        form = dict(fields) | {"csrfmiddlewaretoken": self.cookies.get("csrftoken", ""), "_key": str(uuid4())}
        return self._ask("POST", path, urlencode(form, doseq=True), expect)

    def look(self, path: str) -> str:
        before = self.took
        self.took = Took()
        found = self.get(path)
        self.took = before
        return found

    def start(self) -> None:
        """Begin to add up anew."""
        self.took = Took()

    def close(self) -> None:
        """Let the connection go; the next request opens another one."""
        if self.connection is not None:
            self.connection.close()
            self.connection = None

    def _ask(self, method: str, path: str, body: str | None, expect: int) -> str:
        if self.connection is None:
            self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        began = time.perf_counter()
        try:
            self.connection.request(method, path, body, headers)
            answer = self.connection.getresponse()
            text = answer.read()
        except (OSError, http.client.HTTPException) as error:
            self.connection = None
            raise WrongAnswer(f"{method} {path}: {type(error).__name__}") from error
        self.took.client += (time.perf_counter() - began) * 1000
        said = _SERVER_TIME.search(answer.headers.get("Server-Timing", ""))
        if said:
            self.took.server += float(said[1])
            self.took.worked += float(said[2])
        for cookie in answer.headers.get_all("Set-Cookie") or ():
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        if answer.status != expect:
            raise WrongAnswer(f"{method} {path}: {answer.status} instead of {expect}")
        return answer.headers.get("Location") or text.decode()


class LocalBrowser:
    """The same acts through Django in this process; the statements are recorded."""

    def __init__(self, username: str, recording: Recording) -> None:
        self.client = Client(HTTP_HOST="127.0.0.1")
        self.client.force_login(User.objects.get(username=username))
        self.recording = recording

    def get(self, path: str, *, expect: int = 200) -> str:
        return self._told("GET", path, expect, self.client.get, {})

    def post(self, path: str, fields: Fields, *, expect: int = 303) -> str:
        return self._told("POST", path, expect, self.client.post, dict(fields) | {"_key": str(uuid4())})

    def look(self, path: str) -> str:
        return str(self.client.get(path).content.decode())

    def _told(self, method: str, path: str, expect: int, ask: Any, fields: dict[str, Any]) -> str:
        with self.recording.of_one_request():
            answer = ask(path, fields) if fields else ask(path)
        if answer.status_code != expect:
            raise WrongAnswer(f"{method} {path}: {answer.status_code} instead of {expect}")
        return str(answer.headers.get("Location") or answer.content.decode())
