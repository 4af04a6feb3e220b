"""The ground that every room stands on: versioned rows, facts, the access log, keys, counters, files."""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from salus.core.act import Act
from salus.core.errors import Invalid
from salus.core.fields import SealedField
from salus.core.ids import uuid7


class TransactionIdField(models.Field):  # type: ignore[type-arg]
    """`xid8`: which transaction wrote the row, so that a sealer or a rollup can tell what is settled."""

    def db_type(self, connection: Any) -> str:
        return "xid8"


class CurrentTransaction(models.Func):
    function = "pg_current_xact_id"
    template = "%(function)s()"
    output_field = TransactionIdField()


class Clock(models.Func):
    function = "clock_timestamp"
    template = "%(function)s()"
    output_field = models.DateTimeField()


class Record(models.Model):
    """A clinical, financial or administrative row: it has versions, a history table, and is never deleted.

    The trigger of `core.guards` counts `version`, sets `updated_at` and keeps the superseded row in `<table>_history`.
    After `save()` the object's own `version` is the old one: read again what you show.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    version = models.IntegerField(default=1, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    updated_at = models.DateTimeField(db_default=Now(), editable=False)
    recorded_by_id = models.UUIDField(null=True, editable=False)

    class Meta:
        abstract = True


class Voidable(Record):
    """A row that may prove wrong: it is voided with a reason, and stays."""

    voided_at = models.DateTimeField(null=True)
    voided_by_id = models.UUIDField(null=True)
    void_reason = models.TextField(blank=True, default="")

    class Meta:
        abstract = True

    def void(self, act: Act, reason: str, *changed: str) -> None:
        """Say that the row is wrong, and why; it is saved, with the columns that its caller has `changed`.

        :raises Invalid: without a reason
        """
        if not reason.strip():
            raise Invalid(reason=_("Say why it was wrong."))
        self.voided_at, self.voided_by_id, self.void_reason = act.at, act.by, reason.strip()
        self.save(update_fields=["voided_at", "voided_by_id", "void_reason", *changed])


class AppendOnly(models.Model):
    """A log: rows are added, never changed; the trigger of `core.guards` and the grants both refuse."""

    id = models.BigAutoField(primary_key=True)
    written_at = models.DateTimeField(db_default=Clock())
    xid = TransactionIdField(db_default=CurrentTransaction())

    class Meta:
        abstract = True


class Fact(AppendOnly):
    """What happened: the domain's log and, with procrastinate's jobs, its outbox."""

    name = models.TextField()
    patient_id = models.UUIDField(null=True)
    act_id = models.UUIDField()
    by_id = models.UUIDField()
    on_behalf_of = models.UUIDField(null=True)
    facility_id = models.UUIDField(null=True)
    happened_at = models.DateTimeField()
    door = models.TextField()
    data = models.JSONField()

    class Meta:
        indexes = [
            models.Index(fields=["patient_id", "-id"], name="core_fact_patient"),
            models.Index(fields=["act_id"], name="core_fact_act"),
            models.Index(fields=["xid", "id"], name="core_fact_xid"),
        ]


class AccessEntry(AppendOnly):
    """Who saw, changed or was refused what of whom, when, where and why: one row for each act on each patient."""

    act_id = models.UUIDField()
    by_id = models.UUIDField(null=True)
    on_behalf_of = models.UUIDField(null=True)
    facility_id = models.UUIDField(null=True)
    patient_id = models.UUIDField(null=True)
    happened_at = models.DateTimeField(db_default=Clock())
    action = models.TextField()
    door = models.TextField()
    #: ids of what was asked for (`order_id=...`)
    what = models.TextField(db_default="")
    purpose = models.TextField()
    reason = models.TextField()
    device = models.TextField()
    address = models.TextField(db_default="")
    outcome = models.TextField()
    #: entered later from the journal of a broken glass: `happened_at` is the time then
    late = models.BooleanField(db_default=False)

    class Meta:
        indexes = [
            models.Index(fields=["patient_id", "-id"], name="core_access_patient"),
            models.Index(fields=["by_id", "-id"], name="core_access_by"),
            models.Index(fields=["xid", "id"], name="core_access_xid"),
            models.Index(fields=["facility_id", "-written_at", "-id"], name="core_access_when"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["act_id", "patient_id"], name="core_access_one_each", nulls_distinct=False)
        ]


class RowVersion(AppendOnly):
    """The digest of each version that a `Record` has had, written by the database itself with the row.

    The access log, the facts and these are sealed (`salus.audit`): a row or its history that differs from its digest was
    changed behind the application's back.
    """

    table = models.TextField()
    row_id = models.UUIDField()
    version = models.IntegerField()
    #: SHA-256 of the row as jsonb text, as `<table>_history` keeps it
    digest = models.BinaryField()

    class Meta:
        indexes = [models.Index(fields=["xid", "id"], name="core_rowversion_xid")]


class IdempotencyKey(models.Model):
    """The answer to one unsafe request: a replay gets it again, with one effect."""

    pk = models.CompositePrimaryKey("by_id", "key")
    by_id = models.UUIDField()
    key = models.TextField()
    request_hash = models.BinaryField()
    status = models.SmallIntegerField(null=True)
    headers = models.JSONField(null=True)
    body = SealedField(null=True)
    #: whom the answer shows or changes: whoever gets it again sees them again
    patients = ArrayField(models.UUIDField(), null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [models.Index(fields=["created_at"], name="core_idempotency_created")]


class Counter(models.Model):
    """The last number given in a series without gaps."""

    pk = models.CompositePrimaryKey("kind", "facility_id")
    kind = models.TextField()
    facility_id = models.UUIDField()
    value = models.BigIntegerField()


class File(Record):
    """Bytes kept by the hash of their content, sealed at rest; the row says what they are."""

    sha256 = models.BinaryField()
    media_type = models.TextField()
    size = models.IntegerField()
    patient_id = models.UUIDField(null=True)

    class Meta:
        indexes = [models.Index(fields=["patient_id"], name="core_file_patient")]


class Draft(models.Model):
    """What somebody has typed and not yet sent, for one patient and one form; only the writer sees it."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    by_id = models.UUIDField()
    patient_id = models.UUIDField(null=True)
    form = models.TextField()
    content = SealedField()
    saved_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["by_id", "patient_id", "form"], name="core_draft_one_each", nulls_distinct=False
            )
        ]


class ReferenceLoad(models.Model):
    """Which reference data the database has: a loader whose fingerprint stands here has nothing to do."""

    name = models.TextField(primary_key=True)
    fingerprint = models.TextField()
    rows = models.IntegerField()
    loaded_at = models.DateTimeField(db_default=Now())


class SealingKey(models.Model):
    """Which keys this database's sealed values were made with; 0, -1 and so on are those of blind indexes. Never a key itself."""

    number = models.SmallIntegerField(primary_key=True)
    fingerprint = models.BinaryField()
    made_at = models.DateTimeField(db_default=Now())
    retired_at = models.DateTimeField(null=True)
    forgotten_at = models.DateTimeField(null=True)
