"""A push service as a peer: `web-push-testing` (https://github.com/marc1706/web-push-testing). It checks VAPID and opens what
is sealed for its browsers."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx

from salus.messaging.channels.answers import Browser

_PACKAGE = Path(__file__).resolve().parents[2] / ".cache" / "peers" / "push" / "node_modules" / "web-push-testing"
PROGRAM = _PACKAGE / "src" / "bin" / "server.js"


class PushService:
    """The running peer."""

    def __init__(self, port: int) -> None:
        self.url = f"http://localhost:{port}"
        self._process = subprocess.Popen(
            ["node", PROGRAM, str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )  # noqa: S607
        #: browser -> the name by which the service knows it
        self._names: dict[UUID, str] = {}
        until = time.monotonic() + 20
        while True:
            try:
                httpx.post(f"{self.url}/status")
                return
            except httpx.TransportError:
                assert time.monotonic() < until, "the push service did not come up"
                time.sleep(0.05)

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(10)

    def browser(self, server_key: str) -> Browser:
        """A browser that subscribed for whoever has this key."""
        told = self._ask("subscribe", userVisibleOnly="true", applicationServerKey=server_key)
        one = Browser(uuid4(), told["endpoint"], f"{told['keys']['p256dh']} {told['keys']['auth']}")
        self._names[one.id] = told["clientHash"]
        return one

    def read_by(self, browser: Browser) -> list[str]:
        """What came for a browser, opened."""
        return list(self._ask("get-notifications", clientHash=self._names[browser.id])["messages"])

    def expire(self, browser: Browser) -> None:
        httpx.post(f"{self.url}/expire-subscription/{self._names[browser.id]}").raise_for_status()

    def _ask(self, path: str, **fields: str) -> Any:
        return httpx.post(f"{self.url}/{path}", json=fields).raise_for_status().json()["data"]
