"""Sending anything to any route, and what must hold of every answer whatever was asked."""

import copy
import csv
import io
import re
import traceback
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlsplit

from django.db import connection, transaction
from django.http import HttpResponse
from django.test import Client

from tests.sweep.witness import Witness

#: where an address of ours may lead; the test client's own name
_OURS = ("", "testserver")
#: the test client's name for a defect that became a page
#: what a spreadsheet takes for the beginning of a formula (guarantees, I5)
FORMULA = ("=", "+", "-", "@", "\t", "\r")
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
}


class Sender:
    """Sends requests whose effects are taken back, so that each meets the same world, and keeps what is wrong."""

    def __init__(self, witness: Witness) -> None:
        self.witness = witness
        self.wrong: dict[str, list[str]] = {}
        self.sent = 0
        #: what `watch` saw after the last request, before its effects were taken back
        self.watched: Any = None
        #: how many statements the last request asked of the database: what takes how long, without a clock
        self.asked = 0

    def send(
        self,
        client: Client,
        method: str,
        address: str,
        *,
        note: str = "",
        watch: Callable[[], Any] | None = None,
        **kwargs: Any,
    ) -> HttpResponse:
        """One request as this client; `note` says in the list of complaints what was special about it.

        :param watch: looks at what the request has done; what it saw is in `watched`
        """
        if not hasattr(client, "kept_cookies"):
            client.kept_cookies = copy.deepcopy(client.cookies)
        client.cookies = copy.deepcopy(client.kept_cookies)
        client.exc_info = None
        self.sent += 1
        self.asked = 0
        with transaction.atomic():
            self.witness.begin()
            with connection.execute_wrapper(self._count):
                answer = self._sent(client, method, address, kwargs)
            self.watched = watch() if watch else None
            unlogged = list(self.witness.complaints(answer, address, repr(kwargs)))
            transaction.set_rollback(True)
        for complaint in [*complaints(answer), *unlogged]:
            self.complain(complaint, f"{method} {shape(address)} {note}")
        return answer

    def _sent(self, client: Client, method: str, address: str, kwargs: dict[str, Any]) -> Any:
        if method == "POST" and isinstance(kwargs.get("data", {}), dict) and "content_type" not in kwargs:
            return client.post(address, **kwargs)
        return client.generic(method, address, **kwargs)

    def _count(self, execute: Any, *asked: Any) -> Any:
        self.asked += 1
        return execute(*asked)

    def complain(self, what: str, where: str) -> None:
        """Keep what is wrong and an example of where."""
        self.wrong.setdefault(what, []).append(where)

    def verdict(self) -> None:
        """Fail, saying each kind of wrong once with its first examples."""
        lines = [f"{len(where)} x {what}: {'; '.join(where[:3])}" for what, where in sorted(self.wrong.items())]
        assert not lines, "\n".join(["", *lines])


def complaints(answer: Any) -> Iterable[str]:
    """What is wrong with an answer, whatever the question was."""
    if answer.status_code >= 500:
        yield f"{answer.status_code}: {_cause(answer)}"
    if urlsplit(answer.headers.get("Location", "")).netloc not in _OURS:
        yield "a redirect to another place"
    policy = answer.headers.get("Content-Security-Policy", "")
    # a file that somebody brought is sealed off: no script runs in it at all
    sealed_off = policy.startswith("default-src 'none'; sandbox;")
    scripted = sealed_off or re.search(r"script-src 'nonce-[\w-]{16,}'", policy)
    if not scripted or "frame-ancestors 'none'" not in policy:
        yield f"a weak policy for content: {policy[:40]!r}"
    if "unsafe" in policy:
        yield "an unsafe word in the policy for content"
    if "no-store" not in answer.headers.get("Cache-Control", ""):
        yield "an answer that a browser may keep"
    yield from (
        f"a cell that a spreadsheet would reckon: {cell}" for cell in cells_of(answer) if cell.startswith(FORMULA)
    )
    for name, value in _HEADERS.items():
        if answer.headers.get(name) != value:
            yield f"{name} is {answer.headers.get(name)!r}"


def cells_of(answer: Any) -> list[str]:
    """The cells of a file for a spreadsheet; none of any other answer."""
    if not answer.headers.get("Content-Type", "").startswith("text/csv"):
        return []
    return [cell for row in csv.reader(io.StringIO(answer.getvalue().decode("utf-8-sig"))) for cell in row]


def _cause(answer: Any) -> str:
    """Kind of defect and the last place in our code: never the message alone, which may differ each time."""
    told = getattr(answer, "exc_info", None)
    if not told:
        return "without an exception"
    ours = [frame for frame in traceback.extract_tb(told[2]) if "/salus/" in frame.filename]
    place = f"{ours[-1].filename.rpartition('/salus/')[2]}:{ours[-1].lineno}" if ours else "outside our code"
    return f"{told[0].__name__} {str(told[1])[:80]!r} at {place}"


def shape(address: str) -> str:
    """An address without its ids."""
    return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "ID", address)[:120]


def words_of(answer: Any) -> str:
    """What an answer says, without what differs between any two: nonces, tokens, ids, times."""
    text = answer.content.decode("utf-8", "replace")
    text = re.sub(r'(nonce|value|content)="[^"]{16,}"', r'\1=""', text)
    return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}|\d\d:\d\d(:\d\d)?", "", text)
