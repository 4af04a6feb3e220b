"""Answers that are lost after the commit: whoever asks again with the same key finds the effect, and makes no second (B11)."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from django.db.models import Count

from salus.accounts.services import issue_token
from salus.core.ids import uuid7
from salus.core.models import Fact
from salus.patients.models import Patient
from tests.ports import free_port

PROGRAMS = 4


class CuttingProxy:
    """Passes a request on, waits until the whole answer is there, and cuts the line instead of handing it over.

    Each request's first answer is lost; the second sending of the same request goes through.
    """

    def __init__(self, target: int) -> None:
        self.target, self.port = target, free_port()
        self.cut: set[bytes] = set()
        self.lost = 0
        self.lock = threading.Lock()

    @contextmanager
    def running(self) -> Iterator[None]:
        with socket.create_server(("127.0.0.1", self.port), backlog=64) as listener:
            threading.Thread(target=self._listen, args=(listener,), daemon=True).start()
            yield

    def _listen(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self._one, args=(client,), daemon=True).start()

    def _one(self, client: socket.socket) -> None:
        with client, socket.create_connection(("127.0.0.1", self.target)) as server:
            request = _whole(client)
            server.sendall(request)
            answer = _whole(server)
            key = request.partition(b"dempotency-Key: ")[2].partition(b"\r\n")[0]
            with self.lock:
                cuts = key not in self.cut
                self.cut.add(key)
                self.lost += cuts
            if cuts:  # a reset, as when a cable is pulled
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            else:
                client.sendall(answer)


def _whole(line: socket.socket) -> bytes:
    """One whole message of HTTP/1.1 with a length."""
    read = b""
    while b"\r\n\r\n" not in read:
        more = line.recv(65536)
        if not more:
            return read
        read += more
    head, _, body = read.partition(b"\r\n\r\n")
    length = next(
        (int(one.split(b":")[1]) for one in head.lower().split(b"\r\n") if one.startswith(b"content-length")), 0
    )
    while len(body) < length:
        body += line.recv(65536)
    return head + b"\r\n\r\n" + body


@pytest.mark.slow
@pytest.mark.guarantee("B11")
@pytest.mark.parametrize("times", [120, pytest.param(1000, marks=pytest.mark.long)])
def test_a_thousand_lost_answers_are_a_thousand_effects(real_db: Any, cast: Any, salus_server: Any, times: int) -> None:
    _ = cast.departments
    token = issue_token(cast.almighty(), user_id=cast.user("integration").id)
    proxy = CuttingProxy(int(salus_server.url.rpartition(":")[2]))
    statuses: list[int] = []
    replayed: list[str] = []

    def work(worker: int) -> None:
        for turn in range(worker, times, PROGRAMS):
            answer = send_until_answered(proxy.port, token, f"Lost{turn:04}")
            statuses.append(answer.status_code)
            replayed.append(answer.headers.get("Idempotency-Replayed", ""))

    with proxy.running():
        crowd = [threading.Thread(target=work, args=(n,)) for n in range(PROGRAMS)]
        for one in crowd:
            one.start()
        for one in crowd:
            one.join()
    assert proxy.lost == times, "each answer was lost once"
    assert statuses == [201] * times
    assert replayed == ["true"] * times, "the effect was there already: its answer came again"
    made = Patient.objects.filter(family__startswith="Lost")
    assert made.count() == times
    assert not made.values("family").annotate(many=Count("id")).filter(many__gt=1).exists()
    assert Fact.objects.filter(name="patients.PatientRegistered").count() == times


def send_until_answered(port: int, token: str, family: str) -> httpx.Response:
    """A program as it should be: one key for one thing, and the same again until there is an answer."""
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": str(uuid7()), "Connection": "close"}
    sent = {"resourceType": "Patient", "name": [{"family": family, "given": ["Ann"]}]}
    headers["Content-Type"] = "application/fhir+json"
    for _attempt in range(5):
        try:
            with httpx.Client(timeout=30) as program:
                return program.post(f"http://127.0.0.1:{port}/fhir/Patient", json=sent, headers=headers)
        except httpx.TransportError:
            continue
    raise AssertionError("no answer in five sendings")
