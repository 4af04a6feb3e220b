"""Other programs that act for people here: what an administrator registered, and what each person allowed (OAuth 2)."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from salus.accounts.models.users import User
from salus.core.models import Record


class Program(Record):
    """A registered client. One without a secret is public: an app on people's own devices, which keeps none.

    One with keys acts for itself, as a user of its own (SMART backend services): it signs who it is, and no person is asked.
    """

    facility_id = models.UUIDField()
    client_id = models.TextField(unique=True)
    secret_hash = models.BinaryField(null=True)
    name = models.TextField()
    redirect_uris = ArrayField(models.TextField())
    scopes = ArrayField(models.TextField())
    #: public keys only, as JSON Web Keys
    keys = models.JSONField(default=list)
    user = models.OneToOneField(User, on_delete=models.PROTECT, null=True, related_name="+")
    retired_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(user__isnull=True, keys=[])
                | models.Q(user__isnull=False, secret_hash=None, redirect_uris=[]),
                name="accounts_program_for_itself_or_people",
            )
        ]


class Allowance(Record):
    """A person allowed a program so much, until it is ended; every token of the program for that person hangs on it."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    program = models.ForeignKey(Program, on_delete=models.PROTECT, related_name="+")
    scopes = ArrayField(models.TextField())
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["user"], name="accounts_allowance_of_user")]


class AuthorizationCode(models.Model):
    """What a program exchanges for its first tokens, once, within a minute; only the hash is kept."""

    hash = models.BinaryField(primary_key=True)
    allowance = models.ForeignKey(Allowance, on_delete=models.PROTECT, related_name="+")
    redirect_uri = models.TextField()
    challenge = models.TextField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)


class RefreshToken(models.Model):
    """What a program exchanges for its next tokens, once; one that comes a second time was stolen."""

    hash = models.BinaryField(primary_key=True)
    allowance = models.ForeignKey(Allowance, on_delete=models.PROTECT, related_name="+")
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["expires_at"], name="accounts_refresh_expires")]


class Assertion(models.Model):
    """What a backend service has signed once, until it would be too old anyway: none is taken twice."""

    hash = models.BinaryField(primary_key=True)
    expires_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["expires_at"], name="accounts_assertion_expires")]
