"""What somebody can prove himself with."""

from dataclasses import dataclass
from uuid import UUID

from django.db import connection


@dataclass(frozen=True, slots=True)
class Factors:
    """What somebody can prove himself with, and the roles that say whether it is enough."""

    totp: bool
    passkeys: int
    pin: bool
    recovery_codes: int
    role_codes: frozenset[str]

    @property
    def second(self) -> bool:
        """Whether there is a second factor (recovery codes only stand in for one)."""
        return self.totp or self.passkeys > 0


def factors_of(user_id: UUID) -> Factors:
    """What this person has enrolled, in one statement."""
    with connection.cursor() as cursor:
        cursor.execute(_FACTORS, {"user": user_id})
        totp, passkeys, pin, codes, roles = cursor.fetchone()
    return Factors(totp, passkeys, pin, codes, frozenset(roles or ()))


_FACTORS = """
    SELECT EXISTS (SELECT FROM accounts_totp
                   WHERE user_id = %(user)s AND revoked_at IS NULL AND confirmed_at IS NOT NULL),
           (SELECT count(*) FROM accounts_passkey WHERE user_id = %(user)s AND revoked_at IS NULL),
           EXISTS (SELECT FROM accounts_pin WHERE user_id = %(user)s AND revoked_at IS NULL),
           (SELECT count(*) FROM accounts_recoverycode
            WHERE user_id = %(user)s AND revoked_at IS NULL AND used_at IS NULL),
           (SELECT array_agg(DISTINCT r.code) FROM accounts_grant g JOIN accounts_role r ON r.id = g.role_id
            WHERE g.user_id = %(user)s AND g.ended_at IS NULL)
"""
