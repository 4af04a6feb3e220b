"""Passkeys (WebAuthn level 2) by the fido2 library: user verification is required, the origin must be ours to the port.

A challenge stands in the session and is good once. Every browser is asked for any passkey of this site, never for those of
a name: nobody learns whether a name exists.
"""

import struct
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec
from fido2.server import Fido2Server
from fido2.webauthn import (
    AttestedCredentialData,
    AuthenticationResponse,
    PublicKeyCredentialDescriptor,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialType,
    PublicKeyCredentialUserEntity,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from salus.accounts.models import Passkey

_CHALLENGE = "challenge"
_REQUIRED = UserVerificationRequirement.REQUIRED


@dataclass(frozen=True, slots=True)
class Registered:
    """A new key as an authenticator gave it."""

    credential_id: bytes
    credential: bytes
    sign_count: int


def options_to_add(request: Any, *, user_id: UUID, username: str, display_name: str) -> dict[str, Any]:
    """What the browser is asked, to make a new passkey."""
    known = Passkey.objects.filter(user_id=user_id, revoked_at=None)
    options, state = _server(request).register_begin(
        PublicKeyCredentialUserEntity(id=user_id.bytes, name=username, display_name=display_name),
        credentials=[_described(bytes(one.credential_id)) for one in known],
        resident_key_requirement=ResidentKeyRequirement.REQUIRED,
        user_verification=_REQUIRED,
    )
    request.session[_CHALLENGE] = state["challenge"]
    return dict(options)["publicKey"]  # type: ignore[no-any-return]


def read_new(request: Any, text: str) -> Registered | None:
    """The key that the browser made, or None where it does not fit what was asked."""
    try:
        made = _server(request).register_complete(_state(request), _read(text))
    except _UNREADABLE:
        return None
    assert made.credential_data is not None
    return Registered(made.credential_data.credential_id, bytes(made.credential_data), made.counter)


def options_to_prove(request: Any) -> dict[str, Any]:
    """What the browser is asked, to show that it holds a passkey of anybody."""
    options, state = _server(request).authenticate_begin(user_verification=_REQUIRED)
    request.session[_CHALLENGE] = state["challenge"]
    return dict(options)["publicKey"]  # type: ignore[no-any-return]


def owner_of_proof(request: Any, text: str) -> UUID | None:
    """Whose passkey has signed the challenge of this session, or None.

    A counter that does not grow is a copied key (WebAuthn, section 6.1.1): it is refused.
    """
    try:
        state, told = _state(request), _read(text)
        answer = AuthenticationResponse.from_dict(told)
        known = Passkey.objects.select_related("user").get(
            credential_id=answer.raw_id, revoked_at=None, user__is_active=True
        )
        _server(request).authenticate_complete(state, [AttestedCredentialData(bytes(known.credential))], told)
        handle = answer.response.user_handle
        counter = answer.response.authenticator_data.counter
    except (*_UNREADABLE, Passkey.DoesNotExist):
        return None
    if handle and handle != known.user_id.bytes:
        return None
    return known.user_id if _count(known.id, counter) else None


def _count(passkey_id: UUID, counter: int) -> bool:
    """Whether the counter has grown, in one statement, so that of two copies at the same time one is let in. An authenticator
    that counts nothing says 0 each time; one that has counted never says it again."""
    grows = Passkey.objects.filter(id=passkey_id, sign_count__lt=counter)
    rows = grows if counter else Passkey.objects.filter(id=passkey_id, sign_count=0)
    return bool(rows.update(sign_count=counter, last_used_at=datetime.now(UTC)))


#: what the library raises for what does not fit, or cannot be read at all
_UNREADABLE = (ValueError, KeyError, TypeError, AttributeError, IndexError, struct.error, msgspec.DecodeError)


def _described(credential_id: bytes) -> PublicKeyCredentialDescriptor:
    return PublicKeyCredentialDescriptor(type=PublicKeyCredentialType.PUBLIC_KEY, id=credential_id)


def _state(request: Any) -> dict[str, Any]:
    """The challenge that was asked, once.

    :raises KeyError: if none was
    """
    return {"challenge": request.session.pop(_CHALLENGE), "user_verification": _REQUIRED}


def _read(text: str) -> dict[str, Any]:
    told = msgspec.json.decode(text[:20_000], type=dict[str, Any])
    told["rawId"] = told["id"]
    return told


def _server(request: Any) -> Fido2Server:
    origin = f"{request.scheme}://{request.get_host()}"
    name = request.get_host().rpartition(":")[0] if ":" in request.get_host() else request.get_host()
    party = PublicKeyCredentialRpEntity(id=name, name="Salus")
    return Fido2Server(party, verify_origin=lambda told: told == origin)
