"""Notes that people write."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from salus.chart.models.entries import Entry


class Note(Entry):
    """A consultation note: a draft while it is written, locked once signed; then only an addendum is added."""

    KINDS = [("consultation", "Consultation"), ("history", "History told by the patient"), ("addendum", "Addendum")]
    DRAFT, SIGNED = "draft", "signed"

    kind = models.TextField(choices=KINDS, default="consultation")
    title = models.TextField(blank=True, default="")
    sections = models.JSONField(default=dict)
    author = models.ForeignKey(
        "staff.Practitioner", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    author_name = models.TextField(blank=True, default="")
    written_at = models.DateTimeField()
    signed_at = models.DateTimeField(null=True)
    addendum_to = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="addenda")
    diagnoses = ArrayField(models.UUIDField(), default=list)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(status="draft") | models.Q(signed_at__isnull=False),
                name="chart_note_signed_has_time",
            ),
            models.UniqueConstraint(
                fields=["encounter", "author"],
                condition=models.Q(status="draft", kind="consultation", voided_at__isnull=True),
                name="chart_note_one_draft",
            ),
        ]
        indexes = [models.Index(fields=["patient", "-written_at"], name="chart_note_patient")]
