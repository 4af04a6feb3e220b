"""What somebody proves himself with beside a password."""

from typing import Any

from django.db import models
from django.db.models.functions import Now

from salus.accounts.models.users import User
from salus.core.fields import EncryptedField
from salus.core.models import Record


class Factor(Record):
    """Something that proves who somebody is, until it is taken away."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True


def _one_each(name: str) -> Any:
    return models.UniqueConstraint(fields=["user"], condition=models.Q(revoked_at=None), name=name)


class Totp(Factor):
    """The secret of an authenticator app (RFC 6238); it counts from when its first code was given."""

    secret = EncryptedField()
    confirmed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [_one_each("accounts_totp_one_each")]


class TotpUse(models.Model):
    """A code that was used: no code is used twice (RFC 6238, section 5.2)."""

    pk = models.CompositePrimaryKey("totp_id", "step")
    totp = models.ForeignKey(Totp, on_delete=models.PROTECT, related_name="+")
    step = models.BigIntegerField()
    used_at = models.DateTimeField(db_default=Now())


class Passkey(Factor):
    """A public key of somebody's device or security key (WebAuthn); the private one never leaves it."""

    credential_id = models.BinaryField(unique=True)
    #: authenticator id, credential id and COSE public key, as the authenticator attested them
    credential = models.BinaryField()
    sign_count = models.BigIntegerField(default=0)
    name = models.TextField()
    last_used_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["user"], name="accounts_passkey_of_user")]


class RecoveryCode(Factor):
    """One of ten codes on paper, each good once; 80 random bits, so that a plain hash is enough."""

    hash = models.BinaryField(unique=True)
    used_at = models.DateTimeField(null=True)


class Pin(Factor):
    """A short number that brings somebody back to his own locked session at a shared workstation, and nothing else."""

    hash = models.TextField()

    class Meta:
        constraints = [_one_each("accounts_pin_one_each")]


class Recovery(Record):
    """Somebody who lost password and factors gets back in: one administrator asks, another one agrees."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    reason = models.TextField()
    asked_by_id = models.UUIDField()
    agreed_by_id = models.UUIDField(null=True)
    agreed_at = models.DateTimeField(null=True)
    hash = models.BinaryField(null=True, unique=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(agreed_by_id=None) | ~models.Q(agreed_by_id=models.F("asked_by_id")),
                name="accounts_recovery_by_two",
            )
        ]
