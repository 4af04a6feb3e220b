"""What a backend service signs of itself (SMART App Launch, backend services; RFC 7523): its keys, and what must be said."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from joserfc import jwk, jws, jwt
from joserfc.errors import JoseError

KIND = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
#: what SMART asks every server to know: never `none`, never a shared secret
ALGORITHMS = ("RS384", "ES384")
#: an assertion may live so long at most, and so long lives the token that it is exchanged for
LIVES = timedelta(minutes=5)
_LEEWAY = 30
_LONGEST = 8_000


class NotAssertion(ValueError):
    """This is not what a program signs to say who it is."""


def public_keys(told: Any) -> list[dict[str, Any]]:
    """The keys of a JSON Web Key Set: RSA of at least 2048 bits or the curve P-384, each with an id of its own.

    :raises ValueError: if there is none, one is private, too weak or of another kind, or two have one id
    """
    keys = told.get("keys") if isinstance(told, Mapping) else None
    if not isinstance(keys, list) or not 0 < len(keys) <= 10:
        raise ValueError("A key set has one to ten keys.")
    found = [_public_key(one) for one in keys]
    if len({one["kid"] for one in found}) < len(found):
        raise ValueError("Each key has an id (kid) of its own.")
    return found


def _public_key(told: Any) -> dict[str, Any]:
    if not isinstance(told, Mapping) or not isinstance(told.get("kid"), str) or not 0 < len(told["kid"]) <= 200:
        raise ValueError("Each key has an id (kid) of its own.")
    if {"d", "p", "q", "k"} & told.keys():
        raise ValueError("This is a private key. Keep it, and make a new one: it was shown.")
    try:
        key = jwk.import_key(dict(told))
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise ValueError("This is no key.") from error
    is_strong = isinstance(key, jwk.RSAKey) and key.public_key.key_size >= 2048
    if not is_strong and not (isinstance(key, jwk.ECKey) and told.get("crv") == "P-384"):
        raise ValueError("Keys are RSA of at least 2048 bits, or EC P-384.")
    return {name: told[name] for name in ("kty", "kid", "n", "e", "crv", "x", "y") if name in told}


def whose(assertion: str) -> str:
    """The client id that an assertion names, before anything of it is believed.

    :raises NotAssertion: if it names none
    """
    try:
        if len(assertion) > _LONGEST:
            raise NotAssertion
        claims = json.loads(jws.extract_compact(assertion.encode()).payload)
    except (JoseError, ValueError) as error:
        raise NotAssertion from error
    named = str(claims.get("iss", "")) if isinstance(claims, dict) else ""
    return named if named.isascii() and named.isprintable() else ""


@dataclass(frozen=True, slots=True)
class Signed:
    """What is believed of an assertion: an id that is never used again, and until when."""

    jti: str
    expires_at: datetime


def read(assertion: str, keys: Sequence[Mapping[str, Any]], *, client_id: str, audience: str, now: datetime) -> Signed:
    """Whether one of these keys has signed that it is this program which asks here, now.

    :param audience: the address of the token endpoint
    :raises NotAssertion: if not
    """
    try:
        known = jwk.KeySet.import_key_set({"keys": [dict(one) for one in keys]})
        token = jwt.decode(assertion, known, algorithms=list(ALGORITHMS))
        said = token.claims
        _rules(client_id, audience, now).validate(said)
        expires_at = datetime.fromtimestamp(said["exp"], UTC)
    except (JoseError, ValueError, TypeError, OverflowError) as error:
        raise NotAssertion from error
    if "kid" not in token.header or expires_at > now + LIVES + timedelta(seconds=_LEEWAY):
        raise NotAssertion
    if not isinstance(said["jti"], str) or not 0 < len(said["jti"]) <= 200:
        raise NotAssertion
    return Signed(said["jti"], expires_at)


def _rules(client_id: str, audience: str, now: datetime) -> jwt.JWTClaimsRegistry:
    return jwt.JWTClaimsRegistry(
        now=int(now.timestamp()),
        leeway=_LEEWAY,
        iss={"essential": True, "value": client_id},
        sub={"essential": True, "value": client_id},
        aud={"essential": True, "value": audience},
        exp={"essential": True},
        jti={"essential": True},
    )
