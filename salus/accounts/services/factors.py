"""Acts on what somebody proves himself with. Each asks for a recent proof, except while the first factor is enrolled."""

from datetime import timedelta
from uuid import UUID

from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction

from salus.accounts import tokens
from salus.accounts.facts import FactorAdded, FactorRevoked, Recovered, RecoveryAgreed, RecoveryAsked
from salus.accounts.models import Passkey, Pin, Recovery, RecoveryCode, Session, Totp, User
from salus.accounts.passkeys import Registered
from salus.accounts.proofs import hash_of_code, use_code
from salus.accounts.queries import users_here
from salus.accounts.rules import recovery, totp
from salus.accounts.strength import check_strength
from salus.core.act import Act
from salus.core.announce import announce
from salus.core.errors import Conflict, Invalid

_RECOVERY_LIVES = timedelta(hours=24)


@transaction.atomic
def begin_totp(act: Act) -> Totp:
    """A fresh secret for an authenticator app; it counts from when its first code is given.

    :raises Conflict: if there is one that counts already
    """
    act.require_self()
    act.require_fresh()
    User.objects.select_for_update().get(id=act.by)
    if Totp.objects.filter(user_id=act.by, revoked_at=None, confirmed_at__isnull=False).exists():
        raise Conflict("There is an app already. Take it away first.")
    Totp.objects.filter(user_id=act.by, revoked_at=None).update(revoked_at=act.at)
    return Totp.objects.create(user_id=act.by, secret=totp.new_secret(), recorded_by_id=act.by)


@transaction.atomic
def confirm_totp(act: Act, *, code: str) -> None:
    """The app shows the right code: from now on it is asked for.

    :raises Invalid: if the code is not the one that it should show now
    """
    act.require_self()
    found = Totp.objects.select_for_update().filter(user_id=act.by, revoked_at=None, confirmed_at=None).first()
    if found is None:
        raise Conflict("No app waits for its first code. Begin again.")
    if not use_code(found, code):
        raise Invalid(code="This is not the code that the app shows now. Is the telephone's clock right?")
    found.confirmed_at = act.at
    found.save(update_fields=["confirmed_at"])
    announce(act, FactorAdded(user_id=act.by, kind="totp"))


@transaction.atomic
def add_passkey(act: Act, *, made: Registered, name: str) -> Passkey:
    """Keep a new passkey.

    :raises Conflict: if it is somebody's already
    """
    act.require_self()
    act.require_fresh()
    try:
        with transaction.atomic():
            kept = Passkey.objects.create(
                user_id=act.by,
                credential_id=made.credential_id,
                credential=made.credential,
                sign_count=made.sign_count,
                name=name.strip()[:60] or "Passkey",
                recorded_by_id=act.by,
            )
    except IntegrityError as error:
        raise Conflict("This passkey is known already.") from error
    announce(act, FactorAdded(user_id=act.by, kind="passkey"))
    return kept


@transaction.atomic
def set_pin(act: Act, *, pin: str) -> None:
    """A new PIN to return to a locked session at a shared workstation.

    :raises Invalid: if it is no number of six to twelve digits, or one that everyone would try
    """
    act.require_self()
    act.require_fresh()
    if not (pin.isascii() and pin.isdigit() and 6 <= len(pin) <= 12):
        raise Invalid(pin="Six to twelve digits.")
    if len(set(pin)) < 3 or pin in "01234567890123456789" or pin in "98765432109876543210":
        raise Invalid(pin="Everyone would try this one. Choose another.")
    Pin.objects.filter(user_id=act.by, revoked_at=None).update(revoked_at=act.at)
    Pin.objects.create(user_id=act.by, hash=make_password(pin), recorded_by_id=act.by)
    announce(act, FactorAdded(user_id=act.by, kind="pin"))


@transaction.atomic
def new_recovery_codes(act: Act) -> list[str]:
    """Ten fresh codes, told once; the former ones no longer count."""
    act.require_self()
    act.require_fresh()
    RecoveryCode.objects.filter(user_id=act.by, revoked_at=None, used_at=None).update(revoked_at=act.at)
    codes = [recovery.new_code() for _ in range(recovery.HOW_MANY)]
    RecoveryCode.objects.bulk_create(
        RecoveryCode(user_id=act.by, hash=hash_of_code(code), recorded_by_id=act.by) for code in codes
    )
    announce(act, FactorAdded(user_id=act.by, kind="recovery-codes"))
    return codes


@transaction.atomic
def revoke_passkey(act: Act, *, passkey_id: UUID) -> None:
    """Take away one of one's own passkeys."""
    act.require_self()
    act.require_fresh()
    found = Passkey.objects.select_for_update().get(id=passkey_id, user_id=act.by)
    if found.revoked_at is None:
        found.revoked_at = act.at
        found.save(update_fields=["revoked_at"])
        announce(act, FactorRevoked(user_id=act.by, kind="passkey"))


@transaction.atomic
def revoke_totp(act: Act) -> None:
    """Take away one's own authenticator app."""
    act.require_self()
    act.require_fresh()
    if Totp.objects.filter(user_id=act.by, revoked_at=None).update(revoked_at=act.at):
        announce(act, FactorRevoked(user_id=act.by, kind="totp"))


@transaction.atomic
def revoke_pin(act: Act) -> None:
    """Take away one's own PIN."""
    act.require_self()
    act.require_fresh()
    if Pin.objects.filter(user_id=act.by, revoked_at=None).update(revoked_at=act.at):
        announce(act, FactorRevoked(user_id=act.by, kind="pin"))


# ---------------------------------------------------------------- by two administrators


@transaction.atomic
def ask_recovery(act: Act, *, user_id: UUID, reason: str) -> Recovery:
    """Somebody lost what proves him: the first administrator says so.

    :raises Conflict: for oneself, or while another one waits
    """
    act.require("accounts.manage_users")
    act.require_fresh()
    if user_id == act.by:
        raise Conflict("Nobody recovers himself.")
    if not reason.strip():
        raise Invalid(reason="Say how you know that it is this person.")
    users_here(act).select_for_update().get(id=user_id, is_active=True)
    if Recovery.objects.filter(user_id=user_id, agreed_at=None, expires_at__gt=act.at).exists():
        raise Conflict("A recovery of this person waits for a second administrator already.")
    asked = Recovery.objects.create(
        user_id=user_id,
        reason=reason.strip(),
        asked_by_id=act.by,
        expires_at=act.at + _RECOVERY_LIVES,
        recorded_by_id=act.by,
    )
    announce(act, RecoveryAsked(recovery_id=asked.id, user_id=user_id))
    return asked


@transaction.atomic
def agree_recovery(act: Act, *, recovery_id: UUID) -> str:
    """The second administrator agrees: a code, told once, with which the person sets a new password within a day.

    :raises Conflict: for whoever asked, for oneself, or too late
    """
    act.require("accounts.manage_users")
    act.require_fresh()
    asked = Recovery.objects.select_for_update().get(id=recovery_id, user__in=users_here(act))
    if act.by in (asked.asked_by_id, asked.user_id):
        raise Conflict("A second administrator agrees: neither who asked nor whom it is for.")
    if asked.agreed_at is not None or asked.expires_at <= act.at:
        raise Conflict
    code = recovery.new_code()
    asked.agreed_by_id, asked.agreed_at, asked.hash = act.by, act.at, hash_of_code(code)
    asked.save(update_fields=["agreed_by_id", "agreed_at", "hash"])
    announce(act, RecoveryAgreed(recovery_id=asked.id, user_id=asked.user_id))
    return code


@transaction.atomic
def use_recovery(act: Act, *, code: str, password: str) -> User:
    """Set a new password with a recovery's code; all factors, sessions and allowed programs of before end, and new ones are
    enrolled.

    :raises Invalid: if the code is not this person's, was used or is too old, or the password is too weak
    """
    act.require_self()
    found = Recovery.objects.select_for_update().filter(user_id=act.by, hash=hash_of_code(code)).first()
    if found is None or found.used_at is not None or found.expires_at <= act.at:
        raise Invalid("This user name and code do not fit, or the code is too old.")
    user = User.objects.select_for_update().get(id=act.by)
    check_strength(user, password, "password")
    user.choose_password(password)
    found.used_at = act.at
    found.save(update_fields=["used_at"])
    for kind in (Totp, Passkey, Pin, RecoveryCode):
        kind.objects.filter(user_id=user.id, revoked_at=None).update(revoked_at=act.at)
    Session.objects.filter(user_id=user.id, ended_at=None).update(ended_at=act.at)
    tokens.end_all_of(act, user.id)
    announce(act, Recovered(recovery_id=found.id, user_id=user.id))
    return user
