"""Patience with the database: it may be restarted under load, and nobody but the clock should notice.

A request that lost its connection is run again from the start where that is safe: it reads, or it carries an idempotency
key, so that an effect whose commit was cut off is found again instead of being made twice. Who waits, waits for some seconds
at most; while the database stays away, one request a second looks for it, and the others are told at once.
"""

import threading
import time
from collections.abc import Callable
from typing import Any

from django.db import connection
from django.http import HttpRequest, HttpResponse

from salus.core import idempotency
from salus.core.door import SAFE
from salus.core.errors import KeyUnreadable, Unavailable
from salus.core.middleware import error_page

#: how long a restart may take; who waits longer is better told
WAIT_AT_MOST = 8.0
_LOOK_EVERY = 1.0
_FIRST_PAUSE, _LONGEST_PAUSE = 0.05, 0.4


class _Away:
    """Since when the database is away, as far as this process knows."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.since = self.look_at = 0.0

    def note(self, lost: bool) -> None:
        """What the last request found."""
        if not lost:
            self.since = 0.0
        elif not self.since:
            self.since = time.monotonic()

    def is_to_wait(self) -> bool:
        """Whether it may be back soon."""
        return bool(self.since) and time.monotonic() - self.since < WAIT_AT_MOST

    def is_to_look(self) -> bool:
        """Whether this request looks for it, though it has been away for long."""
        if not self.since or self.is_to_wait():
            return True
        with self.lock:
            now = time.monotonic()
            if now < self.look_at:
                return False
            self.look_at = now + _LOOK_EVERY
            return True


class PatienceMiddleware:
    """Runs a request again when the database was lost under it; registered outside of all that uses the database."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.away = _Away()

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not self.away.is_to_look():
            return error_page(request, Unavailable())
        response, pause = self._try(request), _FIRST_PAUSE
        while getattr(request, "lost_database", False) and self.away.is_to_wait() and _may_run_again(request):
            time.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)
            response = self._try(request)
        return response

    def _try(self, request: Any) -> HttpResponse:
        request.lost_database = False
        response = self.get_response(request)
        self.away.note(request.lost_database)
        if request.lost_database:
            connection.close()  # what is left of it; the pool gives another one
        return response


def _may_run_again(request: HttpRequest) -> bool:
    if request.method in SAFE:
        return True
    try:
        return bool(idempotency.key_of(request))
    except KeyUnreadable:
        return False
