"""The stream of a page: server-sent events that say which of its topics changed, and nothing else.

One thread of each web process listens to PostgreSQL and hands on what it hears; a stream holds a thread of the web server
and no connection to the database. Where the database is away the streams say so, and that it is back.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from typing import Any, cast

import psycopg
from django.db import connection
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse

from salus.core import live
from salus.core.door import PUBLIC, door
from salus.core.errors import Invalid, Unavailable

log = logging.getLogger("salus.live")

#: how many streams one process keeps: each holds a thread
MOST = 250
#: a page shows so many parts that live by themselves, and hardly one more
_TOPICS = 20
#: a word now and then, by which both sides notice that the other is gone
_BEAT = 10.0
#: a stream ends after this, and the browser connects anew: perhaps to another process
_LASTS = 600.0
_LISTENS_FOR = 5.0
_LOOKS_AGAIN_AFTER = 1.0

_HELLO, _AWAY = "hello", "away"


class Mailbox:
    """What one stream has yet to say, each thing once."""

    def __init__(self) -> None:
        self._news: dict[str, None] = {}
        self._there_is = threading.Condition()

    def put(self, word: str) -> None:
        with self._there_is:
            self._news[word] = None
            self._there_is.notify()

    def wait(self, seconds: float) -> list[str]:
        """What came since; nothing after so many seconds in which nothing did."""
        with self._there_is:
            if not self._news:
                self._there_is.wait(seconds)
            news, self._news = list(self._news), {}
            return news


class Hub:
    """The streams of this process, and the thread that listens for them."""

    def __init__(self) -> None:
        self.stopping = threading.Event()
        self._lock = threading.Lock()
        self._boxes: dict[str, set[Mailbox]] = defaultdict(set)
        self._open = 0
        self._thread: threading.Thread | None = None
        #: whether the thread hears the database: `_HELLO`, `_AWAY`, or "" while it begins
        self._standing = ""

    def open(self, topics: frozenset[str]) -> Mailbox:
        """A mailbox for these topics.

        :raises Unavailable: if this process has as many streams as it can keep
        """
        box = Mailbox()
        with self._lock:
            if self._open >= MOST or self.stopping.is_set():
                raise Unavailable
            self._open += 1
            for topic in topics:
                self._boxes[topic].add(box)
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._listen, name="live", daemon=True)
                self._thread.start()
            if self._standing:
                box.put(self._standing)
        return box

    def close(self, box: Mailbox, topics: frozenset[str]) -> None:
        with self._lock:
            self._open -= 1
            for topic in topics:
                self._boxes[topic].discard(box)
                if not self._boxes[topic]:
                    del self._boxes[topic]

    def stop(self) -> None:
        """End all streams: the server is about to."""
        self.stopping.set()
        self._tell_all("")

    def _tell(self, topic: str) -> None:
        with self._lock:
            for box in self._boxes.get(topic, ()):
                box.put(topic)

    def _tell_all(self, word: str) -> None:
        with self._lock:
            self._standing = word
            for box in {box for boxes in self._boxes.values() for box in boxes}:
                box.put(word)

    def _listen(self) -> None:
        while not self.stopping.is_set():
            try:
                with psycopg.connect(**_where(), autocommit=True) as ear:
                    ear.execute(f"LISTEN {live.CHANNEL}")
                    self._tell_all(_HELLO)  # what was missed is looked at
                    while not self.stopping.is_set():
                        for told in ear.notifies(timeout=_LISTENS_FOR):
                            self._tell(told.payload)
                        ear.execute("")  # whether it is still there
            except psycopg.Error as error:
                if self._standing != _AWAY:
                    log.warning("live pages hear nothing", extra={"error": type(error).__name__})
                self._tell_all(_AWAY)
                self.stopping.wait(_LOOKS_AGAIN_AFTER)


hub = Hub()


@door(PUBLIC)
def live_stream(request: HttpRequest) -> HttpResponse:
    """What changes of the topics for which the page has tickets."""
    asked = request.GET.getlist("t")
    topics = frozenset(topic for topic in map(live.topic_of, asked[:_TOPICS]) if topic)
    if not topics:
        raise Invalid("This page is out of date. Reload it.")
    box = hub.open(topics)
    connection.close()  # a stream lasts for minutes, and others need it
    said = StreamingHttpResponse(_Said(box, topics), content_type="text/event-stream")
    said["X-Accel-Buffering"] = "no"  # a proxy before us passes each word on at once
    return cast(HttpResponse, said)


class _Said:
    """The events of one stream; its mailbox is closed with it, however it ends."""

    def __init__(self, box: Mailbox, topics: frozenset[str]) -> None:
        self._box, self._topics = box, topics
        self._events, self._lock = self._tell(), threading.Lock()
        self._is_open = True

    def __iter__(self) -> Iterator[bytes]:
        return self._events

    def close(self) -> None:
        with self._lock:
            if self._is_open:
                self._is_open = False
                hub.close(self._box, self._topics)

    def _tell(self) -> Iterator[bytes]:
        until = time.monotonic() + _LASTS
        yield b"retry: 1000\n\n"
        while time.monotonic() < until and not hub.stopping.is_set():
            news = self._box.wait(_BEAT)
            if not news:
                yield b"event: here\ndata:\n\n"
            for word in filter(None, news):
                event = word if word in (_HELLO, _AWAY) else "changed"
                yield f"event: {event}\ndata: {word}\n\n".encode()


def _where() -> dict[str, Any]:
    """How this process reaches its database, without what only Django's own cursors use."""
    known = connection.get_connection_params()
    return {name: known[name] for name in ("dbname", "user", "password", "host", "port", "options") if known.get(name)}
