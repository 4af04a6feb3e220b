"""A directory that speaks OpenID Connect: authorisation code with PKCE, state and nonce."""

import hmac
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import urlencode

from joserfc import jwk, jwt
from joserfc.errors import JoseError

from salus.accounts.directories.common import LEEWAY, Arrived, DirectoryFailed, Kept, ask, recall, remember, require_tls
from salus.accounts.rules.oauth import challenge_of

#: what an ID token may be signed with: never `none`, never a shared secret
_ALGORITHMS = ["RS256", "PS256", "ES256", "ES384", "EdDSA"]


@dataclass(slots=True)
class OpenID:
    """One provider."""

    issuer: str
    client_id: str
    client_secret: str
    name: str
    comes_by: str = "GET"
    _kept: Kept = field(default_factory=Kept)

    @classmethod
    def named(cls, issuer: str) -> Self:
        """By the environment (`SALUS_OIDC_CLIENT_ID`, `_CLIENT_SECRET`, `_NAME`).

        :raises ValueError: for an address without TLS, except on this machine
        """
        require_tls(issuer)
        told = {name: os.environ.get(f"SALUS_OIDC_{name}", "") for name in ("CLIENT_ID", "CLIENT_SECRET", "NAME")}
        return cls(issuer, told["CLIENT_ID"] or "salus", told["CLIENT_SECRET"], told["NAME"])

    def begin(self, session: Any, *, back: str, onward: str) -> str:
        """Where the browser goes, as `Directory` says."""
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        remember(session, {"state": state, "nonce": nonce, "verifier": verifier, "back": back, "next": onward})
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
        """Who came back, as `Directory` says."""
        asked = recall(session)
        if (
            not asked
            or "state" not in asked
            or not hmac.compare_digest(asked["state"].encode(), told.get("state", "").encode())
        ):
            raise DirectoryFailed("the state is not the one of this browser")
        if told.get("error") or not told.get("code"):
            raise DirectoryFailed(f"the directory refused: {told.get('error', '')[:60]!r}")
        if told.get("iss", self.issuer) != self.issuer:  # RFC 9207: an answer of another provider
            raise DirectoryFailed("the answer is another provider's")
        token = self._exchange(told["code"], asked)
        claims = self._verified(token, asked["nonce"])
        name = str(claims.get("name") or claims.get("preferred_username") or "")[:120]
        return Arrived(self.issuer, str(claims["sub"])[:255], name), asked["next"]

    def metadata(self, back: str) -> None:
        """OpenID Connect has none: what the provider must know is typed there."""

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
            leeway=LEEWAY,
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
            return dict(jwt.decode(token, self._keys(self._kept.get), algorithms=_ALGORITHMS).claims)
        except (JoseError, ValueError):
            return dict(jwt.decode(token, self._keys(self._kept.renew), algorithms=_ALGORITHMS).claims)

    def _keys(self, told: Callable[[str, Callable[[], Any]], Any]) -> jwk.KeySet:
        return jwk.KeySet.import_key_set(told("jwks_uri", lambda: _ask("GET", self._discovered()["jwks_uri"])))

    def _discovered(self) -> dict[str, Any]:
        def look() -> dict[str, Any]:
            found = _ask("GET", f"{self.issuer.rstrip('/')}/.well-known/openid-configuration")
            if str(found.get("issuer", "")).rstrip("/") != self.issuer.rstrip("/"):
                raise DirectoryFailed("what is found there is another issuer's")
            return found

        return self._kept.get("discovery", look)  # type: ignore[no-any-return]


def _ask(method: str, address: str, **sent: Any) -> dict[str, Any]:
    try:
        found = ask(method, address, **sent).json()
    except ValueError as error:
        raise DirectoryFailed("no JSON came") from error
    if not isinstance(found, dict):
        raise DirectoryFailed("no JSON object came")
    return found
