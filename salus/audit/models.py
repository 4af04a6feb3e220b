"""The seal of the logs (batches and signed heads, which only grow), alarms of unusual access, and what patients ask for."""

from django.db import models

from salus.core.models import AppendOnly, Record


class Batch(AppendOnly):
    """The hashes of rows that were sealed together, in the order of (xid, id) (`rules.Batch` says what each part is)."""

    number = models.BigIntegerField(unique=True)
    source = models.TextField()
    form = models.SmallIntegerField()
    after_xid = models.BigIntegerField()
    after_id = models.BigIntegerField()
    upto_xid = models.BigIntegerField()
    upto_id = models.BigIntegerField()
    size = models.IntegerField()
    #: eight bytes for each row: its id, big-endian
    ids = models.BinaryField()
    #: 32 bytes for each row
    leaves = models.BinaryField()
    root = models.BinaryField()
    #: the hash under which the tree of batches knows it
    leaf = models.BinaryField()

    class Meta:
        indexes = [models.Index(fields=["source", "upto_xid", "upto_id"], name="audit_batch_upto")]


class Head(AppendOnly):
    """The signed root of the tree of batches at one moment (`rules.Head`)."""

    number = models.BigIntegerField(unique=True)
    batches = models.BigIntegerField()
    entries = models.BigIntegerField()
    root = models.BinaryField()
    previous = models.BinaryField()
    at = models.TextField()
    signature = models.BinaryField()
    #: the roots of full subtrees, so that the next head needs no older batch; `verify` believes none of it
    edge = models.BinaryField()


class Alarm(Record):
    """Something unusual in the log of access, and what a person has found out about it.

    It holds ids and codes only; `count` is how many records it is about, where it is about many.
    """

    KINDS = [
        ("own", "Own record"),
        ("family", "Same family name"),
        ("address", "Same address"),
        ("colleague", "Colleague"),
        ("vip", "Specially protected"),
        ("many", "Many records"),
    ]
    VERDICTS = [
        ("justified", "There was a reason"),
        ("unjustified", "There was none"),
        ("unclear", "It cannot be told"),
    ]

    kind = models.TextField(choices=KINDS)
    by_id = models.UUIDField()
    patient_id = models.UUIDField(null=True)
    facility_id = models.UUIDField(null=True)
    entry_id = models.BigIntegerField()
    happened_at = models.DateTimeField()
    day = models.DateField()
    count = models.IntegerField(default=1)
    verdict = models.TextField(choices=VERDICTS, blank=True, default="")
    remark = models.TextField(blank=True, default="")
    reviewed_by_id = models.UUIDField(null=True)
    reviewed_by_name = models.TextField(blank=True, default="")
    reviewed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "by_id", "patient_id", "day"], name="audit_alarm_once", nulls_distinct=False
            ),
            models.CheckConstraint(
                condition=models.Q(verdict="", reviewed_at__isnull=True)
                | (~models.Q(verdict="") & models.Q(reviewed_at__isnull=False, reviewed_by_id__isnull=False)),
                name="audit_alarm_verdict_of_somebody",
            ),
        ]
        indexes = [
            models.Index(
                fields=["facility_id", "-happened_at"], name="audit_alarm_open", condition=models.Q(verdict="")
            )
        ]


class Progress(models.Model):
    """How far a reader of the sealed log has come: the number of the last batch that it has read."""

    name = models.TextField(primary_key=True)
    batch = models.BigIntegerField(default=0)


class Amendment(Record):
    """A patient says that the record is wrong, and what the hospital answers (HIPAA 164.526, GDPR art. 16).

    Nothing in the record changes by it: whoever wrote what is wrong corrects it there, and both stay.
    """

    ANSWERS = [("accepted", "Accepted: the record is mended"), ("denied", "Denied: the record stays")]

    patient = models.ForeignKey("patients.Patient", on_delete=models.PROTECT, related_name="+")
    facility_id = models.UUIDField()
    asked_on = models.DateField()
    wish = models.TextField()
    due_on = models.DateField()
    answer = models.TextField(choices=ANSWERS, blank=True, default="")
    answer_text = models.TextField(blank=True, default="")
    answered_by_id = models.UUIDField(null=True)
    answered_by_name = models.TextField(blank=True, default="")
    answered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~models.Q(wish=""), name="audit_amendment_says_what"),
            models.CheckConstraint(
                condition=models.Q(answer="", answered_at__isnull=True)
                | (~models.Q(answer="") & ~models.Q(answer_text="") & models.Q(answered_at__isnull=False)),
                name="audit_amendment_answer_says_why",
            ),
        ]
        indexes = [models.Index(fields=["patient", "-asked_on"], name="audit_amendment_patient")]
