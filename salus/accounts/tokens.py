"""Tokens of other programs: a code becomes the first, a refresh token the next, and each of both is good once.

A program proves itself, not a person, so that no act comes in; what happens is told as the person's whose records it is.
"""

import hmac
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from salus.accounts import arrivals
from salus.accounts.facts import AllowanceEnded, TokenIssued
from salus.accounts.models import Allowance, Assertion, AuthorizationCode, Program, RefreshToken, Token
from salus.accounts.queries import hash_of
from salus.accounts.rules import assertions
from salus.accounts.rules import oauth as rules
from salus.core.act import Act
from salus.core.announce import announce


class Refused(Exception):
    """What a token endpoint says (RFC 6749, section 5.2)."""

    def __init__(self, error: str, description: str = "", status: int = 400) -> None:
        super().__init__(description)
        self.error, self.description, self.status = error, description, status


def program_of(client_id: str, secret: str) -> Program:
    """The registered program that proves itself; a public one has no secret to prove.

    One that acts for itself has no secret either, but is not public: it comes only with what it has signed (`backend_of`).

    :raises Refused: if it is unknown, retired, or its secret does not fit
    """
    found = Program.objects.filter(client_id=client_id, retired_at=None, user=None).first()
    known = bytes(found.secret_hash) if found and found.secret_hash else b""
    fits = hmac.compare_digest(hash_of(secret) if secret else b"", known)
    if found is None or not fits:
        raise Refused("invalid_client", "Unknown program, or wrong secret.", 401)
    return found


def redeem(request: Any, program: Program, *, code: str, redirect_uri: str, verifier: str) -> dict[str, Any]:
    """The first tokens for a code. A code that comes twice was stolen: everything that hangs on it ends.

    :raises Refused: if the code is not this program's, was used, is too old, or the verifier is not its challenge's
    """
    with transaction.atomic():
        row = AuthorizationCode.objects.select_for_update().filter(hash=hash_of(code)).first()
        allowance = _standing(row, program)
        if row is not None and row.used_at is not None:
            _end_for(request, allowance)
        elif row is not None and _is_asked_for(row, redirect_uri, verifier):
            return _used(row, allowance, allowance.scopes)
    raise Refused("invalid_grant", "This code is not good, or no longer.")


def refresh(request: Any, program: Program, *, token: str, scope: str = "") -> dict[str, Any]:
    """The next tokens for a refresh token; fewer scopes may be asked for, never more.

    :raises Refused: if it is not this program's, too old, or was used (then everything that hangs on it ends)
    """
    with transaction.atomic():
        row = RefreshToken.objects.select_for_update().filter(hash=hash_of(token)).first()
        allowance = _standing(row, program)
        if row is not None and row.used_at is not None:
            _end_for(request, allowance)
        elif row is not None and row.expires_at > datetime.now(UTC):
            wanted = scope.split() or allowance.scopes
            if not set(wanted) <= set(allowance.scopes):
                raise Refused("invalid_scope", "More than was allowed.")
            return _used(row, allowance, wanted)
    raise Refused("invalid_grant", "This refresh token is not good, or no longer.")


def backend_of(assertion: str, *, audience: str) -> Program:
    """The backend service that has signed this; each assertion is good once.

    :param audience: the address of the token endpoint
    :raises Refused: if it is unknown or retired, or what it signed is another thing, too old, or came before
    """
    now = datetime.now(UTC)
    try:
        client_id = assertions.whose(assertion)
        program = Program.objects.filter(client_id=client_id, retired_at=None, user__is_active=True).first()
        if program is None:
            raise assertions.NotAssertion
        signed = assertions.read(assertion, program.keys, client_id=client_id, audience=audience, now=now)
    except ValueError as error:
        raise Refused("invalid_client", "Unknown program, or the assertion does not hold.", 401) from error
    _once, is_new = Assertion.objects.get_or_create(
        hash=hash_of(f"{client_id} {signed.jti}"), defaults={"expires_at": signed.expires_at}
    )
    if not is_new:
        raise Refused("invalid_client", "This assertion came before.", 401)
    return program


@transaction.atomic
def for_itself(request: Any, program: Program, *, scope: str) -> dict[str, Any]:
    """A token with which a backend service acts for itself, for five minutes; it signs anew for the next.

    :raises Refused: if it asks for nothing that it is registered for
    """
    granted = [one for one in dict.fromkeys(scope.split()) if one in program.scopes]
    if not granted or program.user_id is None:
        raise Refused("invalid_scope", "The program is registered for none of this.")
    access = issue(
        user_id=program.user_id,
        expires_at=datetime.now(UTC) + assertions.LIVES,
        scopes=granted,
        recorded_by_id=program.user_id,
    )
    announce(arrivals.act_of(request, program.user_id), TokenIssued(user_id=program.user_id))
    return _told(access, granted, assertions.LIVES)


def revoke(request: Any, program: Program, token: str) -> None:
    """The program gives a token back (RFC 7009): with a refresh token all that hangs on it ends."""
    with transaction.atomic():
        row = RefreshToken.objects.filter(hash=hash_of(token), allowance__program=program).first()
        if row is not None:
            _end_for(request, Allowance.objects.select_for_update().get(id=row.allowance_id))
        mine = Token.objects.filter(hash=hash_of(token), allowance__program=program, revoked_at=None)
        mine.update(revoked_at=datetime.now(UTC))


def issue(**columns: Any) -> str:
    """A new bearer token: it is told once, and only its hash is kept."""
    secret = f"salus_{secrets.token_urlsafe(32)}"
    Token.objects.create(prefix=secret[:10], hash=hash_of(secret), **columns)
    return secret


def end(act: Act, allowance: Allowance) -> None:
    """Nothing that hangs on this allowance opens anything any more; one that has ended stays as it is."""
    if allowance.ended_at is None:
        allowance.ended_at = act.at
        allowance.save(update_fields=["ended_at"])
        Token.objects.filter(allowance=allowance, revoked_at=None).update(revoked_at=act.at)
        RefreshToken.objects.filter(allowance=allowance, used_at=None).update(used_at=act.at)
        announce(act, AllowanceEnded(user_id=allowance.user_id, program_id=allowance.program_id))


def end_all_of(act: Act, user_id: UUID) -> None:
    """Whatever a person has allowed to any program ends: an app on a lost telephone is signed in for a month."""
    rows = Allowance.objects.select_for_update(of=("self",)).filter(user_id=user_id, ended_at=None)
    for one in rows.order_by("id"):
        end(act, one)


def _standing(row: AuthorizationCode | RefreshToken | None, program: Program) -> Allowance:
    """The allowance behind it, if it is this program's and stands.

    :raises Refused: if not
    """
    if row is not None:
        allowance = Allowance.objects.select_for_update().select_related("user").get(id=row.allowance_id)
        if allowance.program_id == program.id and allowance.ended_at is None and allowance.user.is_active:
            return allowance
    raise Refused("invalid_grant", "This is not good, or no longer.")


def _end_for(request: Any, allowance: Allowance) -> None:
    """End it where no act came in."""
    end(arrivals.act_of(request, allowance.user_id), allowance)


def _is_asked_for(row: AuthorizationCode, redirect_uri: str, verifier: str) -> bool:
    """Whether whoever exchanges the code is who asked for it, in time, and at the same address."""
    is_in_time = row.expires_at > datetime.now(UTC)
    return is_in_time and row.redirect_uri == redirect_uri and rules.verifier_fits(verifier, row.challenge)


def _used(row: AuthorizationCode | RefreshToken, allowance: Allowance, scopes: list[str]) -> dict[str, Any]:
    """It was good, once: what it is exchanged for."""
    row.used_at = now = datetime.now(UTC)
    row.save(update_fields=["used_at"])
    access = issue(
        user_id=allowance.user_id,
        expires_at=now + rules.ACCESS_LIVES,
        allowance=allowance,
        scopes=scopes,
        recorded_by_id=allowance.user_id,
    )
    answer = _told(access, scopes, rules.ACCESS_LIVES)
    if rules.OFFLINE in allowance.scopes:
        answer["refresh_token"] = fresh = secrets.token_urlsafe(40)
        RefreshToken.objects.create(hash=hash_of(fresh), allowance=allowance, expires_at=now + rules.REFRESH_LIVES)
    return answer


def _told(access: str, scopes: list[str], lives: timedelta) -> dict[str, Any]:
    seconds = int(lives.total_seconds())
    return {"access_token": access, "token_type": "Bearer", "expires_in": seconds, "scope": " ".join(scopes)}
