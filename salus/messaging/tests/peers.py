"""The other side, with real sockets: a mail server and an SMS gateway that misbehave as tests say."""

import json
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller


@dataclass
class MailServer:
    """Takes mail. `moods` are used up first: `451`, `552`, `drop` (has the mail and hangs up before it says so)."""

    moods: list[str] = field(default_factory=list)
    #: (Message-ID, recipient) in the order in which they came, with those that came again
    took: list[tuple[str, str]] = field(default_factory=list)
    letters: list[bytes] = field(default_factory=list)
    slow: float = 0.0
    #: takes nothing that does not come through TLS
    tls: ssl.SSLContext | None = None

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        mood = self.moods.pop(0) if self.moods else ""
        if mood.isdigit():
            return f"{mood} not now"
        text = envelope.content.decode()
        number = next(line for line in text.splitlines() if line.lower().startswith("message-id:"))
        self.took.append((number.partition(":")[2].strip(), envelope.rcpt_tos[0]))
        self.letters.append(envelope.content)
        if self.slow:
            time.sleep(self.slow)
        if mood == "drop":
            server.transport.abort()
        return "250 taken"

    @property
    def inbox(self) -> list[tuple[str, str]]:
        """What the people who read it see: one Message-ID once, in the order of its first coming."""
        return list(dict.fromkeys(self.took))

    @contextmanager
    def listening(self, port: int) -> Iterator["MailServer"]:
        controller = Controller(
            self, hostname="127.0.0.1", port=port, tls_context=self.tls, require_starttls=self.tls is not None
        )
        controller.start()
        try:
            yield self
        finally:
            controller.stop()


@dataclass
class Gateway:
    """Takes SMS. `moods` are used up first: a status, or `silent` (has the SMS and never answers)."""

    moods: list[str] = field(default_factory=list)
    #: (our id, number, text) in order; a gateway sends each of them to a telephone
    took: list[tuple[str, str, str]] = field(default_factory=list)
    asked: list[dict[str, str]] = field(default_factory=list)
    slow: float = 0.0

    @contextmanager
    def listening(self, port: int) -> Iterator["Gateway"]:
        gateway = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                said = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                gateway.asked.append(dict(self.headers))
                mood = gateway.moods.pop(0) if gateway.moods else ""
                if mood in ("", "silent"):
                    gateway.took.append((said["id"], said["to"], said["text"]))
                if gateway.slow:
                    time.sleep(gateway.slow)
                if mood == "silent":
                    time.sleep(1.5)
                    return
                status = int(mood or 202)
                self.send_response(status)
                if status == 503:
                    self.send_header("Retry-After", "30")
                self.end_headers()
                self.wfile.write(b'{"messages": [{"id": "g-1"}]}')

            def log_message(self, *_: object) -> None:
                """Nothing."""

        server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield self
        finally:
            server.shutdown()
            server.server_close()
