"""A program that speaks FHIR, and records to speak of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from salus.accounts.services import issue_token
from salus.fhir.tests.builders import a_visit, imported, write
from salus.fhir.written import decode, encode
from salus.patients.models import Patient
from tests.cast import Cast


@dataclass
class Answer:
    """What came back: status, headers, and the body with decimals as written."""

    status: int
    headers: Any
    body: Any

    @property
    def resources(self) -> list[dict[str, Any]]:
        return [entry["resource"] for entry in self.body.get("entry", [])]

    @property
    def ids(self) -> list[str]:
        return [one["id"] for one in self.resources]

    def link(self, relation: str) -> str | None:
        return next((one["url"] for one in self.body["link"] if one["relation"] == relation), None)


class Program:
    """A client of the FHIR interface with a bearer token."""

    def __init__(self, token: str) -> None:
        self.client = Client(raise_request_exception=False)
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}

    def get(self, path: str, params: Any = None, **headers: str) -> Answer:
        path = path.removeprefix("http://testserver")
        url = path if path.startswith("/fhir") else f"/fhir/{path}"
        return self._answer(self.client.get(url, params, headers=self.headers | headers))

    def search(self, kind: str, params: Any, **headers: str) -> Answer:
        return self._answer(self.client.post(f"/fhir/{kind}/_search", params, headers=self.headers | headers,
                                             content_type="application/x-www-form-urlencoded"))  # fmt: skip

    def post(self, kind: str, body: Any, **headers: str) -> Answer:
        return self._send(self.client.post, kind, body, headers)

    def put(self, path: str, body: Any, **headers: str) -> Answer:
        return self._send(self.client.put, path, body, headers)

    def _send(self, method: Callable[..., Any], path: str, body: Any, headers: dict[str, str]) -> Answer:
        content = body if isinstance(body, bytes) else encode(body)
        kind = headers.pop("content_type", "application/fhir+json")
        return self._answer(method(f"/fhir/{path}", content, content_type=kind, headers=self.headers | headers))

    @staticmethod
    def _answer(response: Any) -> Answer:
        return Answer(response.status_code, response.headers, decode(response.content) if response.content else None)


@pytest.fixture
def program(cast: Cast) -> Program:
    """A program with the rights of the role for programs."""
    user = cast.user("integration")
    return Program(issue_token(cast.almighty(), user_id=user.id))


@pytest.fixture
def nobody(cast: Cast) -> Program:
    """A program without a token."""
    return Program("")


@pytest.fixture
def ann(cast: Cast, tmp_path: Path) -> Patient:
    """A patient with an imported visit."""
    write(tmp_path, "ann.json", a_visit())
    imported(cast.facility, tmp_path)
    return Patient.objects.get()
