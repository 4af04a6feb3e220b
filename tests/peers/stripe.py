"""Stripe as a peer: `localstripe` (https://github.com/adrienverge/localstripe) with the page of Checkout before it.

The peer keeps intents, charges, refunds and events, and calls webhooks with Stripe's signature. It has no Checkout and ignores
idempotency keys: both are made here, as Stripe documents them (docs.stripe.com/api/checkout/sessions, .../idempotent_requests).
"""

from __future__ import annotations

import json
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import uuid4

import httpx

PROGRAM = Path(__file__).resolve().parents[2] / ".cache" / "peers" / "bin" / "localstripe"
KEY, HOOK_SECRET = "sk_test_peer", "whsec_peer"
GOOD, DECLINED = "4242424242424242", "4000000000000341"


class Peer:
    """The running peer; `url` is where its interface and its pages are."""

    def __init__(self, port: int, folder: Path) -> None:
        self.behind = f"http://localhost:{port}"
        command = [PROGRAM, "--port", str(port), "--from-scratch"]
        self._process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.sessions: dict[str, dict[str, Any]] = {}
        self.answers: dict[str, bytes] = {}
        #: what the interface was asked to do, in order
        self.asked: list[str] = []
        #: how many of the next answers get lost on the way back
        self.loses = 0
        self.lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Front", (_Front,), {"peer": self}))
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._wait()

    def _wait(self) -> None:
        until = time.monotonic() + 20
        while True:
            try:
                return self.tell("GET", "/v1/balance") and None
            except httpx.TransportError:
                assert time.monotonic() < until, "localstripe did not come up"
                time.sleep(0.05)

    def stop(self) -> None:
        self._server.shutdown()
        self._process.terminate()
        self._process.wait(10)

    def tell(self, method: str, path: str, **fields: Any) -> dict[str, Any]:
        """Ask localstripe itself."""
        answer = httpx.request(method, self.behind + path, data=fields or None, auth=(KEY, ""), trust_env=False)
        return dict(answer.json() or {"status": answer.status_code}) if answer.content else {}

    def call_back_at(self, url: str) -> None:
        """Where it calls when something happens."""
        self.tell("POST", "/_config/webhooks/salus", url=url, secret=HOOK_SECRET)

    def pay(self, address: str, card: str = GOOD) -> httpx.Response:
        """What a payer does on the page of a session."""
        return httpx.post(address, data={"card": card}, trust_env=False)

    # ------------------------------------------------------------ Checkout

    def create(self, fields: dict[str, str]) -> dict[str, Any]:
        key = f"cs_test_{uuid4().hex}"
        price = "line_items[0][price_data]"
        session = {
            "id": key,
            "object": "checkout.session",
            "status": "open",
            "payment_intent": None,
            "url": f"{self.url}/pay/{key}",
            "amount_total": int(fields[f"{price}[unit_amount]"]),
            "currency": fields[f"{price}[currency]"],
            "metadata": {"checkout": fields["metadata[checkout]"]},
            "success_url": fields["success_url"],
        }
        self.sessions[key] = session
        return session

    def shown(self, session: dict[str, Any], *, whole: bool) -> dict[str, Any]:
        intent = session["payment_intent"]
        return (
            session | {"payment_intent": self.tell("GET", f"/v1/payment_intents/{intent}")}
            if whole and intent
            else session
        )

    def confirm(self, session: dict[str, Any], card: str) -> bool:
        """Money moves, or the card is declined and the page stays open."""
        method = self.tell(
            "POST", "/v1/payment_methods", **{
                "type": "card", "card[number]": card, "card[exp_month]": 12, "card[exp_year]": 2040, "card[cvc]": "123",
            },
        )  # fmt: skip
        intent = self.tell(
            "POST", "/v1/payment_intents", **{
                "amount": session["amount_total"], "currency": session["currency"], "payment_method": method["id"],
                "metadata[checkout]": session["metadata"]["checkout"], "confirm": "true",
            },
        )  # fmt: skip
        if intent.get("status") != "succeeded":
            return False
        session |= {"payment_intent": intent["id"], "status": "complete"}
        return True


class _Front(BaseHTTPRequestHandler):
    peer: Peer

    def do_GET(self) -> None:
        at = urlsplit(self.path)
        if at.path == "/v1/checkout/sessions":
            wanted = dict(parse_qsl(at.query)).get("payment_intent")
            rows = [one for one in self.peer.sessions.values() if one["payment_intent"] == wanted]
            return self._json({"object": "list", "data": rows, "has_more": False, "url": at.path})
        if at.path.startswith("/v1/checkout/sessions/"):
            session = self.peer.sessions[at.path.rsplit("/", 1)[1]]
            return self._json(self.peer.shown(session, whole="expand" in at.query))
        return self._pass_on(b"")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        key, path = self.headers.get("Idempotency-Key"), urlsplit(self.path).path
        if path.startswith("/pay/"):
            return self._pay(self.peer.sessions[path.removeprefix("/pay/")], dict(parse_qsl(body.decode())))
        with self.peer.lock:
            self.peer.asked.append(path)
            if key and key in self.peer.answers:
                answer = self.peer.answers[key]
            elif path == "/v1/checkout/sessions":
                answer = json.dumps(self.peer.create(dict(parse_qsl(body.decode())))).encode()
            elif path.endswith("/expire"):
                session = self.peer.sessions[path.split("/")[-2]]
                session["status"] = "expired"
                answer = json.dumps(session).encode()
            else:
                passed = self._ask_behind(body)
                if passed.status_code >= 400:
                    return self._send(passed.status_code, passed.content)
                answer = passed.content
            if key:
                self.peer.answers[key] = answer
            if self.peer.loses:
                self.peer.loses -= 1
                self.close_connection = True
                return None
        return self._send(200, answer)

    def _pay(self, session: dict[str, Any], typed: dict[str, str]) -> None:
        if session["status"] != "open" or not self.peer.confirm(session, typed["card"]):
            return self._send(402, b"{}")
        self.send_response(303)
        self.send_header("Location", session["success_url"])
        self.send_header("Content-Length", "0")
        return self.end_headers()

    def _ask_behind(self, body: bytes) -> httpx.Response:
        kept = {name: self.headers[name] for name in ("Authorization", "Content-Type") if name in self.headers}
        return httpx.request(self.command, self.peer.behind + self.path, content=body, headers=kept, trust_env=False)

    def _pass_on(self, body: bytes) -> None:
        passed = self._ask_behind(body)
        self._send(passed.status_code, passed.content)

    def _json(self, told: Any) -> None:
        self._send(200, json.dumps(told).encode())

    def _send(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_words: Any) -> None:
        return
