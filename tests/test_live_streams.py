"""The real web server with live pages: a change is heard within a second by many at once, and a stop waits for no stream."""

import http.client
import threading
import time
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest

from salus.core import live
from tests.busy import busy


class Listener(threading.Thread):
    """One page that listens; `heard_at` is when it heard of a change."""

    def __init__(self, url: str, topic: str) -> None:
        super().__init__(daemon=True)
        self.at = urlsplit(url).netloc
        self.asks = "/live?" + urlencode({"t": live.ticket(topic)})
        self.ready, self.heard, self.ended = threading.Event(), threading.Event(), threading.Event()
        self.heard_at = 0.0

    def run(self) -> None:
        asked = http.client.HTTPConnection(self.at, timeout=30)
        asked.request("GET", self.asks)
        answer = asked.getresponse()
        for line in answer:
            if line == b"event: hello\n":
                self.ready.set()
            if line == b"event: changed\n":
                self.heard_at = time.monotonic()
                self.heard.set()
        self.ended.set()


@pytest.mark.race
def test_a_hundred_pages_hear_of_a_change_and_a_stop_waits_for_none(salus_server: Any) -> None:
    pages = [Listener(salus_server.url, "queue:1") for _ in range(100)]
    for page in pages:
        page.start()
    assert all(page.ready.wait(20) for page in pages)
    answered_at = time.monotonic()
    at = urlsplit(salus_server.url).netloc
    asked = http.client.HTTPConnection(at, timeout=5)
    asked.request("GET", "/healthz")
    assert asked.getresponse().status == 200  # the others are served as before
    assert time.monotonic() - answered_at < busy()
    told_at = time.monotonic()
    live.changed("queue:1")
    assert all(page.heard.wait(5) for page in pages)
    assert max(page.heard_at for page in pages) - told_at < busy()
    stopped_at = time.monotonic()
    salus_server.process.terminate()
    assert salus_server.process.wait(8) == 0
    assert all(page.ended.wait(1) for page in pages)
    assert time.monotonic() - stopped_at < 5
