"""Whether a proof fits: password, code of an app, recovery code, PIN. Codes are good once; passkeys are `passkeys`."""

import hashlib
import time
from datetime import UTC, datetime
from uuid import UUID

from django.contrib.auth.hashers import check_password, make_password
from django.db import connection

from salus.accounts.models import Pin, RecoveryCode, Totp
from salus.accounts.rules import recovery, totp


def password_fits(stored: str | None, typed: str) -> bool:
    """Whether this is the password; for nobody (None) it takes as long and is False."""
    if stored is None:
        make_password(typed)
        return False
    return check_password(typed, stored)


def totp_fits(user_id: UUID, code: str) -> bool:
    """Whether this is the code of the person's app now; each is taken once."""
    found = Totp.objects.filter(user_id=user_id, revoked_at=None, confirmed_at__isnull=False).first()
    return found is not None and use_code(found, code)


def use_code(secret: Totp, code: str) -> bool:
    """Take a code of this secret, once however many come with it at the same time."""
    step = totp.step_of(secret.secret, code, time.time())
    if step is None:
        return False
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO accounts_totpuse (totp_id, step) VALUES (%s, %s) ON CONFLICT DO NOTHING RETURNING step",
            [secret.id, step],
        )
        return cursor.fetchone() is not None


def recovery_code_fits(user_id: UUID, typed: str) -> bool:
    """Whether this is one of the person's recovery codes that was not used yet; it is used now."""
    unused = RecoveryCode.objects.filter(user_id=user_id, revoked_at=None, used_at=None)
    return bool(unused.filter(hash=hash_of_code(typed)).update(used_at=datetime.now(UTC)))


def pin_fits(user_id: UUID, typed: str) -> bool:
    """Whether this is the person's PIN."""
    found = Pin.objects.filter(user_id=user_id, revoked_at=None).first()
    return check_password(typed, found.hash) if found else False


def hash_of_code(typed: str) -> bytes:
    """What is kept of a recovery code."""
    return hashlib.sha256(recovery.normal_form(typed).encode()).digest()
