"""Notes that people write, and the templates by which they do."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from salus.chart.models.entries import Entry
from salus.core.models import Record


class NoteTemplate(Record):
    """A type of note as a hospital has it: its sections with their prompts and default words, who writes it.

    `sections` are those of `note_types.Section` in their order; each change is a version of the row, and a signed note keeps the
    sections as they were. `writers` and `cosigned` are codes of roles.
    """

    facility = models.ForeignKey("places.Facility", on_delete=models.PROTECT, related_name="+", db_index=False)
    code = models.SlugField(max_length=40, db_index=False)
    kind = models.TextField()
    title = models.TextField()
    sections = models.JSONField()
    writers = ArrayField(models.TextField(), default=list, blank=True)
    cosigned = ArrayField(models.TextField(), default=list, blank=True)
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["facility", "code"], name="chart_template_one_of_code")]


class NoteSetting(Record):
    """What a hospital decided about writing; without a row the defaults hold."""

    facility = models.OneToOneField("places.Facility", on_delete=models.PROTECT, related_name="+")
    #: the browser may write down what is spoken; its maker may hear it
    dictation = models.BooleanField(default=True)
    #: a signed summary or letter may be shown to the patient at the patients' own door
    letters_are_shown = models.BooleanField(default=True)


class Note(Entry):
    """A note that somebody signed: locked from then on; only an addendum, and a second signature, are added.

    `template` is the type that it was written by, `form` that type's sections as they were. `copied` tells of each section
    that was copied forward: from which note, and in pieces what was kept, changed and cut. `audience` is whom a letter is for.
    """

    KINDS = [("consultation", "Consultation"), ("history", "History told by the patient"), ("addendum", "Addendum")]
    DRAFT, SIGNED = "draft", "signed"

    kind = models.TextField(choices=KINDS, default="consultation")
    template = models.TextField(default="consultation")
    template_kind = models.TextField(default="consultation")
    template_version = models.IntegerField(default=0)
    form = models.JSONField(default=list)
    title = models.TextField(blank=True, default="")
    sections = models.JSONField(default=dict)
    copied = models.JSONField(default=dict)
    author = models.ForeignKey(
        "staff.Practitioner", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    author_name = models.TextField(blank=True, default="")
    written_at = models.DateTimeField()
    signed_at = models.DateTimeField(null=True)
    addendum_to = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="addenda")
    diagnoses = ArrayField(models.UUIDField(), default=list)
    #: a second signature is needed, by whom it was asked of somebody, and who gave it
    needs_cosign = models.BooleanField(default=False)
    cosigner = models.ForeignKey(
        "staff.Practitioner", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    cosigned_at = models.DateTimeField(null=True)
    cosigned_by_id = models.UUIDField(null=True)
    cosigned_by_name = models.TextField(blank=True, default="")
    audience = models.TextField(blank=True, default="")
    addressee = models.TextField(blank=True, default="")
    #: from when on the patient reads it at the patients' own door
    shown_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(status="draft") | Q(signed_at__isnull=False), name="chart_note_signed_has_time"
            ),
            models.UniqueConstraint(
                fields=["encounter", "author"],
                condition=Q(status="draft", kind="consultation", voided_at__isnull=True),
                name="chart_note_one_draft",
            ),
            models.CheckConstraint(
                condition=Q(cosigned_at__isnull=True, cosigned_by_id__isnull=True)
                | Q(cosigned_at__isnull=False, cosigned_by_id__isnull=False, needs_cosign=True)
                & ~Q(cosigned_by_id=F("recorded_by_id")),
                name="chart_note_two_signatures",
            ),
            models.CheckConstraint(
                condition=Q(shown_at__isnull=True) | Q(audience="patient"), name="chart_note_shown_to_patient"
            ),
        ]
        indexes = [
            models.Index(fields=["patient", "-written_at"], name="chart_note_patient"),
            models.Index(fields=["updated_at", "id"], name="chart_note_updated"),
        ]

    @property
    def waits_for_cosign(self) -> bool:
        """Whether the second signature is still missing."""
        return self.needs_cosign and self.cosigned_at is None and self.voided_at is None
