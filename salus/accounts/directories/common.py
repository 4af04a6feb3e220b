"""What every kind of directory has: who came, what failed, a way to ask, and answers that are kept for a while."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import urlsplit

import httpx

_TIMEOUT = httpx.Timeout(5.0)
_STATE = "directory"
_KEPT_FOR, _RENEWED_AFTER = 3600.0, 60.0
#: seconds by which the directory's clock may differ from ours
LEEWAY = 60
#: characters of an answer that a browser brings from there
LONGEST = 500_000


class DirectoryFailed(Exception):
    """The directory did not answer as it should; the text is for the log, never for the page."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """Who came, as the directory says: the issuer and subject are the identity, the name is only shown."""

    issuer: str
    subject: str
    name: str


class Directory(Protocol):
    """One provider; what a browser must bring back is kept in its session, and is good once."""

    name: str
    #: how the browser brings the answer
    comes_by: str

    def begin(self, session: Any, *, back: str, onward: str) -> str:
        """Where the browser goes.

        :raises DirectoryFailed: if the directory cannot be asked where that is
        """

    def finish(self, session: Any, told: Any) -> tuple[Arrived, str]:
        """Who came back, and where he wanted to go.

        :raises DirectoryFailed: if anything is not as it was asked for
        """

    def metadata(self, back: str) -> bytes | None:
        """What the directory may read about us (XML), where its kind has such a thing."""


@dataclass(slots=True)
class Kept:
    """What a directory says of itself, asked for when it is needed and kept for an hour."""

    _told: dict[str, tuple[float, Any]] = field(default_factory=dict)

    def get(self, what: str, look: Callable[[], Any]) -> Any:
        """What was told, or is told now."""
        at, found = self._told.get(what, (0.0, None))
        if found is None or time.monotonic() - at > _KEPT_FOR:
            found = look()
            self._told[what] = (time.monotonic(), found)
        return found

    def renew(self, what: str, look: Callable[[], Any]) -> Any:
        """What is told now, for keys may have changed; what is kept, where that was told a moment ago or nothing new comes."""
        at, found = self._told.get(what, (0.0, None))
        if found is not None and time.monotonic() - at < _RENEWED_AFTER:
            return found
        try:
            new = look()
        except DirectoryFailed:
            if found is None:
                raise
            new = found
        self._told[what] = (time.monotonic(), new)
        return new


def remember(session: Any, asked: dict[str, str]) -> None:
    """What this browser asks for, until it brings the answer."""
    session[_STATE] = asked


def recall(session: Any) -> dict[str, str] | None:
    """What this browser asked for: told once, also where the session is another's afterwards."""
    asked: dict[str, str] | None = session.pop(_STATE, None)
    if asked:
        session.save()
    return asked


def require_tls(address: str) -> None:
    """:raises ValueError: for an address without TLS, except on this machine"""
    parts = urlsplit(address)
    if parts.scheme != "https" and parts.hostname not in ("localhost", "127.0.0.1", "::1"):
        raise ValueError("SALUS_OIDC_ISSUER, SALUS_SAML_METADATA and what they name must be https")


def ask(method: str, address: str, **sent: Any) -> httpx.Response:
    """A directory's good answer; it is asked outside any transaction, and not for long.

    :raises DirectoryFailed: if there is none
    """
    try:
        require_tls(address)
        answer = httpx.request(method, address, timeout=_TIMEOUT, follow_redirects=False, **sent)
        answer.raise_for_status()
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise DirectoryFailed(f"{method} failed: {type(error).__name__}") from error
    return answer
