"""Where people are signed in: browsers that are known again, and the sessions in them."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from salus.accounts.models.users import User
from salus.core.ids import uuid7
from salus.core.models import Record


class Device(Record):
    """A browser that is known again by its cookie, of which only the hash is kept."""

    PRIVATE, SHARED, KIOSK, WALL = "private", "shared", "kiosk", "wall"
    KINDS = ((PRIVATE, "Private"), (SHARED, "Shared workstation"), (KIOSK, "Kiosk"), (WALL, "Wall display"))

    hash = models.BinaryField(unique=True)
    kind = models.TextField(choices=KINDS, default=PRIVATE)
    name = models.TextField(blank=True, default="")
    facility_id = models.UUIDField(null=True)
    retired_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind__in=["private", "shared", "kiosk", "wall"]), name="accounts_device_kind"
            )
        ]


class Acquaintance(models.Model):
    """This person has signed in on that device with everything that was asked: others' guesses do not shut it."""

    pk = models.CompositePrimaryKey("device_id", "user_id")
    device = models.ForeignKey(Device, on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    since = models.DateTimeField(db_default=Now())


class Session(models.Model):
    """One person at one browser, from signing in until it ends; the cookie's key is kept as a hash only.

    It is written too often to have versions: who signed in, locked, left or was put out is told by facts.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    key_hash = models.BinaryField(unique=True)
    #: the key before the last turn, good for a few seconds: what the browser asked meanwhile must not be lost
    former_hash = models.BinaryField(null=True)
    turned_at = models.DateTimeField(null=True)
    user = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="sessions")
    device = models.ForeignKey(Device, on_delete=models.PROTECT, null=True, related_name="sessions")
    kind = models.TextField(default=Device.PRIVATE)
    data = models.TextField(default="{}")
    agent = models.TextField(blank=True, default="")
    address = models.TextField(blank=True, default="")
    #: how each proof so far was given: `password`, `totp`, `passkey`, `recovery`, `directory`
    factors = ArrayField(models.TextField(), default=list)
    opened_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    idle = models.DurationField()
    ends_at = models.DateTimeField()
    locked_at = models.DateTimeField(null=True)
    proved_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["former_hash"], name="accounts_session_former"),
            models.Index(fields=["user"], condition=models.Q(ended_at=None), name="accounts_session_of_user"),
            models.Index(fields=["device"], condition=models.Q(ended_at=None), name="accounts_session_on_device"),
        ]


class Bucket(models.Model):
    """How full one measure of attempts is (GCRA): `full_at` is when it would be empty again."""

    key = models.BinaryField(primary_key=True)
    full_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["full_at"], name="accounts_bucket_full_at")]
