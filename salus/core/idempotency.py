"""One request, one effect: a key and its answer are stored in the transaction of the effect."""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

import msgspec
from django.http import HttpRequest, HttpResponse

from salus.core import crypto, proof
from salus.core.engine import prepared
from salus.core.errors import KeyReused, KeyUnreadable

#: Fields that differ between two sendings of one form, and say nothing of what it asks for.
_ENVELOPE = frozenset({"_key", "csrfmiddlewaretoken"})
#: what clients make (UUIDs, random words); anything else is no key of ours, and could not be stored as it is
_KEY = re.compile(r"[!-~]{1,200}")
_KEPT_HEADERS = ("Location", "ETag", "Content-Type", "Last-Modified", "HX-Redirect", "HX-Trigger")


@dataclass(frozen=True, slots=True)
class Reserved:
    """A key that is ours: the effect may happen, then `keep` its answer."""

    by: UUID
    key: str


def key_of(request: HttpRequest) -> str:
    """The idempotency key of a form (`_key`) or of an API call (`Idempotency-Key`); empty when there is none.

    :raises KeyUnreadable: if it is too long or not of printable ASCII: cut or mended, two keys could become one
    """
    key = request.headers.get("Idempotency-Key") or request.POST.get("_key") or ""
    if key and not _KEY.fullmatch(key):
        raise KeyUnreadable
    return key


def reserve(request: HttpRequest, by: UUID, key: str) -> Reserved | HttpResponse:
    """Reserve the key, or give the stored answer of the request that had it before.

    Waits while another transaction holds the same key. Runs inside the door's transaction.
    :raises KeyReused: if the same key came with another request
    """
    digest = _digest(request)
    with prepared() as cursor:
        cursor.execute(
            "INSERT INTO core_idempotencykey (by_id, key, request_hash) VALUES (%s, %s, %s) "
            "ON CONFLICT (by_id, key) DO NOTHING RETURNING key",
            [by, key, digest],
        )
        if cursor.fetchone():
            return Reserved(by, key)
        cursor.execute(
            "SELECT request_hash, status, headers::text, body, patients FROM core_idempotencykey "
            "WHERE by_id = %s AND key = %s",
            [by, key],
        )
        stored, status, headers, body, patients = cursor.fetchone()
    if bytes(stored) != digest:
        raise KeyReused
    request.act.shows(*(patients or ()))  # type: ignore[attr-defined]
    return _replay(status, headers, _opened(by, key, body))


def keep(reserved: Reserved, response: HttpResponse, patients: Iterable[UUID | None]) -> None:
    """Store the answer beside its effect, and whom it shows or changes."""
    headers = {name: response[name] for name in _KEPT_HEADERS if name in response}
    with prepared() as cursor:
        cursor.execute(
            "UPDATE core_idempotencykey SET status = %s, headers = %s::jsonb, body = %s, patients = %s "
            "WHERE by_id = %s AND key = %s",
            [
                *(response.status_code, _json(headers), _sealed(reserved, response.content)),
                *([one for one in patients if one], reserved.by, reserved.key),
            ],
        )


def _digest(request: HttpRequest) -> bytes:
    seen = hashlib.sha256(f"{request.method} {request.path}\n".encode())
    if request.content_type in ("application/x-www-form-urlencoded", "multipart/form-data"):
        for name in sorted(request.POST.keys() - _ENVELOPE):
            if name.startswith(proof.PREFIX):
                continue
            seen.update(repr((name, request.POST.getlist(name))).encode())
        for name in sorted(request.FILES.keys()):
            for upload in request.FILES.getlist(name):
                seen.update(name.encode() + hashlib.sha256(upload.read()).digest())
                upload.seek(0)
    else:
        seen.update(request.body)
    return seen.digest()


def _sealed(reserved: Reserved, body: bytes) -> bytes | None:
    """An answer may show what is sealed elsewhere: kept for a replay it is sealed too."""
    return crypto.seal_bytes(_place(reserved.by, reserved.key), body) if body else None


def _opened(by: UUID, key: str, body: bytes | memoryview | None) -> bytes:
    return crypto.open_bytes(_place(by, key), bytes(body)) if body else b""


def _place(by: UUID, key: str) -> bytes:
    return crypto.place("core_idempotencykey", "body", f"{by}|{key}")


def _json(headers: dict[str, str]) -> str:
    return msgspec.json.encode(headers).decode()


def _replay(status: int, headers: str, body: bytes) -> HttpResponse:
    response = HttpResponse(body, status=status)
    for name, value in msgspec.json.decode(headers).items():
        response[name] = value
    response["Idempotency-Replayed"] = "true"
    return response
