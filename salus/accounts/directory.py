"""Signing in through the hospital's own directory: OpenID Connect, authorisation code with PKCE, state and nonce.

The directory is named by the environment. What it says of itself (discovery, keys) is read when it is needed and kept for
an hour; every question has a time limit, and is asked outside any transaction.
"""

import hmac
import os
import secrets
import time
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx
from joserfc import jwk, jwt
from joserfc.errors import JoseError

from salus.accounts.rules.oauth import challenge_of

_STATE = "directory"
_TIMEOUT = httpx.Timeout(5.0)
_KEPT_FOR = 3600.0
#: what an ID token may be signed with: never `none`, never a shared secret
_ALGORITHMS = ["RS256", "PS256", "ES256", "ES384", "EdDSA"]
_LEEWAY = 60


class DirectoryFailed(Exception):
    """The directory did not answer as it should; the text is for the log, never for the page."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """Who came, as the directory says: the issuer and subject are the identity, the name is only shown."""

    issuer: str
    subject: str
    name: str


@dataclass(slots=True)
class Directory:
    """One provider."""

    issuer: str
    client_id: str
    client_secret: str
    name: str
    _told: dict[str, tuple[float, Any]] = field(default_factory=dict)

    def begin(self, session: Any, *, back: str, onward: str) -> str:
        """Where the browser goes: what it must bring back is kept in its session."""
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        session[_STATE] = {"state": state, "nonce": nonce, "verifier": verifier, "back": back, "next": onward}
        asked = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": back,
            "scope": "openid profile",
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge_of(verifier),
            "code_challenge_method": "S256",
        }
        where = str(self._discovered()["authorization_endpoint"])
        return f"{where}{'&' if '?' in where else '?'}{urlencode(asked)}"

    def finish(self, session: Any, told: Any) -> tuple[Arrived, str]:
        """Who came back, and where he wanted to go.

        :raises DirectoryFailed: if anything is not as it was asked for
        """
        asked = session.pop(_STATE, None)
        if not asked or not hmac.compare_digest(asked["state"].encode(), told.get("state", "").encode()):
            raise DirectoryFailed("the state is not the one of this browser")
        if told.get("error") or not told.get("code"):
            raise DirectoryFailed(f"the directory refused: {told.get('error', '')[:60]!r}")
        if told.get("iss", self.issuer) != self.issuer:  # RFC 9207: an answer of another provider
            raise DirectoryFailed("the answer is another provider's")
        token = self._exchange(told["code"], asked)
        claims = self._verified(token, asked["nonce"])
        name = str(claims.get("name") or claims.get("preferred_username") or "")[:120]
        return Arrived(self.issuer, str(claims["sub"])[:255], name), asked["next"]

    def _exchange(self, code: str, asked: dict[str, str]) -> str:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": asked["back"],
            "code_verifier": asked["verifier"],
            "client_id": self.client_id,
        }
        known = (self.client_id, self.client_secret) if self.client_secret else None
        answer = _ask("POST", self._discovered()["token_endpoint"], data=form, auth=known)
        if not isinstance(answer.get("id_token"), str):
            raise DirectoryFailed("no ID token came")
        return str(answer["id_token"])

    def _verified(self, token: str, nonce: str) -> dict[str, Any]:
        rules = jwt.JWTClaimsRegistry(
            leeway=_LEEWAY,
            iss={"essential": True, "value": self.issuer},
            aud={"essential": True, "value": self.client_id},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
            nonce={"essential": True, "value": nonce},
        )
        try:
            claims = self._decoded(token)
            rules.validate(claims)
        except (JoseError, ValueError) as error:
            raise DirectoryFailed(f"the ID token does not hold: {type(error).__name__}") from error
        if claims.get("azp", self.client_id) != self.client_id:
            raise DirectoryFailed("the ID token was made for another program")
        return claims

    def _decoded(self, token: str) -> dict[str, Any]:
        """The claims under a good signature; keys are asked for once more where none fits, as they may be new."""
        try:
            return dict(jwt.decode(token, self._keys(), algorithms=_ALGORITHMS).claims)
        except (JoseError, ValueError):
            self._told.pop("jwks_uri", None)
            return dict(jwt.decode(token, self._keys(), algorithms=_ALGORITHMS).claims)

    def _keys(self) -> jwk.KeySet:
        found = self._kept("jwks_uri", lambda: _ask("GET", self._discovered()["jwks_uri"]))
        return jwk.KeySet.import_key_set(found)

    def _discovered(self) -> dict[str, Any]:
        def look() -> dict[str, Any]:
            found = _ask("GET", f"{self.issuer.rstrip('/')}/.well-known/openid-configuration")
            if str(found.get("issuer", "")).rstrip("/") != self.issuer.rstrip("/"):
                raise DirectoryFailed("what is found there is another issuer's")
            return found

        return self._kept("discovery", look)  # type: ignore[no-any-return]

    def _kept(self, what: str, look: Any) -> Any:
        at, found = self._told.get(what, (0.0, None))
        if found is None or time.monotonic() - at > _KEPT_FOR:
            found = look()
            self._told[what] = (time.monotonic(), found)
        return found


@cache
def directory() -> Directory | None:
    """The hospital's directory (`SALUS_OIDC_ISSUER`, `_CLIENT_ID`, `_CLIENT_SECRET`, `_NAME`), or None.

    :raises ValueError: for an address without TLS, except on this machine
    """
    issuer = os.environ.get("SALUS_OIDC_ISSUER", "")
    if not issuer:
        return None
    _require_tls(issuer)
    return Directory(
        issuer,
        os.environ.get("SALUS_OIDC_CLIENT_ID", "salus"),
        os.environ.get("SALUS_OIDC_CLIENT_SECRET", ""),
        os.environ.get("SALUS_OIDC_NAME", ""),
    )


def _require_tls(address: str) -> None:
    parts = urlsplit(address)
    if parts.scheme != "https" and parts.hostname not in ("localhost", "127.0.0.1", "::1"):
        raise ValueError("SALUS_OIDC_ISSUER and what it names must be https")


def _ask(method: str, address: str, **sent: Any) -> dict[str, Any]:
    try:
        _require_tls(address)
        answer = httpx.request(method, address, timeout=_TIMEOUT, follow_redirects=False, **sent)
        answer.raise_for_status()
        found = answer.json()
    except (httpx.HTTPError, ValueError) as error:
        raise DirectoryFailed(f"{method} failed: {type(error).__name__}") from error
    if not isinstance(found, dict):
        raise DirectoryFailed("no JSON object came")
    return found
