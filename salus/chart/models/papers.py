"""Documents that are kept whole, page by page, and certificates that the hospital issues."""

from __future__ import annotations

from django.db import models

from salus.chart.models.entries import Entry
from salus.core.fields import EncryptedField
from salus.core.models import Record


class Document(Entry):
    """A document of the patient kept whole: its pages, or a resource that no room owns yet (`kind` is `fhir:<type>`).

    The coding is the type of document (LOINC). `at` is when it was written, not when it was brought.
    """

    #: what has pages and is FHIR's DocumentReference
    KEPT = "document"

    kind = models.TextField()
    title = models.TextField(blank=True, default="")
    at = models.DateTimeField(null=True)
    author_name = models.TextField(blank=True, default="")
    #: how it came: upload, scan, photo, fhir
    origin = models.TextField(blank=True, default="")

    class Meta:
        indexes = [
            models.Index(fields=["patient", "-at"], name="chart_document_patient"),
            models.Index(fields=["updated_at", "id"], name="chart_document_updated"),
        ]


class DocumentPage(Record):
    """One file of a document: a photographed sheet, or a PDF with `sheets` of its own."""

    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="pages")
    number = models.SmallIntegerField()
    file = models.OneToOneField("core.File", on_delete=models.PROTECT, related_name="+")
    sheets = models.SmallIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["document", "number"], name="chart_document_page_once"),
            models.CheckConstraint(condition=models.Q(number__gt=0, sheets__gt=0), name="chart_document_page_counts"),
        ]


class Certificate(Entry):
    """A certificate that a doctor signed: sick note, birth, death. `content` is what it says, frozen at signing.

    It has a number of a series without gaps for each facility and year, and a secret `token`: whoever has the paper
    may ask with it whether it is genuine; the database finds it by `token_key`, the token's SHA-256.
    """

    KINDS = [("sick", "Sick note"), ("birth", "Birth"), ("death", "Death")]
    ISSUED, WITHDRAWN = "issued", "withdrawn"

    facility = models.ForeignKey("places.Facility", on_delete=models.PROTECT, related_name="+")
    kind = models.TextField(choices=KINDS)
    number = models.TextField()
    issued_at = models.DateTimeField()
    issuer = models.ForeignKey("staff.Practitioner", on_delete=models.PROTECT, related_name="+", db_index=False)
    issuer_name = models.TextField()
    valid_from = models.DateField(null=True)
    valid_until = models.DateField(null=True)
    content = models.JSONField(default=dict)
    #: the mother, on a certificate of birth
    related = models.ForeignKey("patients.Patient", null=True, on_delete=models.PROTECT, related_name="+")
    token = EncryptedField(null=True)
    token_key = models.BinaryField(unique=True)
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by_id = models.UUIDField(null=True)
    withdrawal = models.TextField(blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["facility", "number"], name="chart_certificate_number"),
            models.UniqueConstraint(
                fields=["patient", "kind"],
                condition=models.Q(kind__in=("birth", "death"), status="issued"),
                name="chart_certificate_of_life_once",
            ),
            models.CheckConstraint(
                condition=models.Q(status="issued", withdrawn_at__isnull=True)
                | (models.Q(status="withdrawn", withdrawn_at__isnull=False) & ~models.Q(withdrawal="")),
                name="chart_certificate_withdrawn_says_why",
            ),
            models.CheckConstraint(
                condition=models.Q(valid_until__isnull=True) | models.Q(valid_until__gte=models.F("valid_from")),
                name="chart_certificate_period",
            ),
        ]
        indexes = [models.Index(fields=["patient", "-issued_at"], name="chart_certificate_patient")]
