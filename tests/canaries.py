"""Canaries: strings that belong to patients of tests, and must never sing where nothing of a patient may be.

Builders tell what they plant (`plant`); everything that Salus logs in a whole run, in this process and in those that tests
start, is searched for it (`conftest.py`).
"""

import base64
import logging
import re
import urllib.parse
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from salus.core.logs import JsonFormatter

#: shorter words stand in other words, and in code
SHORTEST = 7

_planted: set[str] = set()


def plant(person: Mapping[str, Any]) -> None:
    """Remember what would tell who a patient of a test is."""
    _planted.update(word for word in _words(person) if len(word) >= SHORTEST)


def _words(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for name, one in value.items():
            if name not in ("system", "kind", "use", "gender", "birth_date", "type", "period", "language"):
                yield from _words(one)
    elif isinstance(value, (list, tuple)):
        for one in value:
            yield from _words(one)
    elif isinstance(value, str) and "/" not in value:
        yield value


def heard_in(text: str) -> list[str]:
    """The planted canaries that sing in a text."""
    return [word for word in _planted if word in text]


class Ear(logging.Handler):
    """Listens to everything that Salus logs in this process, as it would be written."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.heard: list[str] = []
        self.form = JsonFormatter()

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the line if a canary sings in it."""
        line = self.form.format(record)
        if heard_in(line):
            self.heard.append(line)


# ---------------------------------------------------------------- one canary, in whatever clothes


def disguises(secret: str) -> list[bytes]:
    """A text as it could stand in a file: plain, in other letters, quoted, in hexadecimal, in base64 at any place."""
    plain = secret.encode()
    shapes = {plain, secret.lower().encode(), secret.upper().encode()}
    shapes |= {urllib.parse.quote(secret).encode(), urllib.parse.quote_plus(secret).encode()}
    shapes |= {plain.hex().encode(), plain.hex().upper().encode()}
    for shift in range(3):
        whole = base64.b64encode(b"x" * shift + plain).rstrip(b"=")
        shapes.add(whole[(0, 2, 3)[shift] : -2])
    digits = re.sub(r"\D", "", secret)
    if len(digits) >= 9:  # a phone number in any notation
        shapes.add(digits[-9:].encode())
    return sorted(shapes)


def found(secrets: Iterable[str], content: bytes) -> list[str]:
    """Which secrets stand in these bytes, however dressed."""
    return [secret for secret in secrets if any(shape in content for shape in disguises(secret))]
