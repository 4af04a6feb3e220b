"""Where a record came from: the received resource whole, the links to what it became, what could not be filed."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from salus.chart.models import Document
from salus.core.act import Act
from salus.core.fields import EncryptedField
from salus.core.models import Record
from salus.patients import access
from salus.patients.models import Patient


class Link(models.Model):
    """An id in somebody else's system, and the row it is here: imports can be repeated.

    `source` names the system: `uuid` for ids that are UUIDs (the same wherever they are sent), the address of a server
    for its URLs, `content` for what came without any id, else the name that the importer was given. An id that was only
    referred to has a link too, so that the reference holds when the resource comes later.
    """

    pk = models.CompositePrimaryKey("source", "type", "external_id")
    source = models.TextField()
    type = models.TextField()
    external_id = models.TextField()
    row_id = models.UUIDField()

    class Meta:
        indexes = [models.Index(fields=["row_id"], name="fhir_link_row")]


class SourceQuerySet(models.QuerySet["Source"]):
    def visible_to(self, act: Act) -> SourceQuerySet:
        """What came to the act's facility; of patients only of those whose record this act may open."""
        here = self.filter(facility_id=act.facility_id)
        if not act.may("patients.open"):
            return here.filter(patient_id__isnull=True)
        known = Patient.objects.open_to(act).filter(id=models.OuterRef("patient_id"))
        # what is filed as a document is read by who may read that
        marked = Document.objects.filter(id=models.OuterRef("id")).exclude(labels=[]).exclude(access.reads(act))
        return here.filter(models.Q(patient_id__isnull=True) | models.Exists(known) & ~models.Exists(marked))


class Source(Record):
    """A received resource, whole, with references rewritten to our ids; decimals as written (`json`, not `jsonb`).

    `id` is the id of the row it became. `row_version` is that row's version when it was filed: while the row is
    still at it, what we do not model is served from here. What identifies a person (Patient, Coverage, ...) is in
    `sealed`, all else in `content`. `digests` are of every content that was ever received: none of them comes in again.
    """

    type = models.TextField()
    facility_id = models.UUIDField(null=True)
    patient_id = models.UUIDField(null=True)
    content = models.TextField(blank=True, default="")
    sealed = EncryptedField(null=True)
    row_version = models.IntegerField(default=1)
    digests = ArrayField(models.BinaryField(), default=list)

    objects = SourceQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["type", "patient_id"], name="fhir_source_patient"),
            models.Index(fields=["type", "updated_at", "id"], name="fhir_source_updated"),
        ]

    @property
    def resource_text(self) -> str:
        """The resource as JSON text."""
        return self.content or str(self.sealed)


class Quarantine(Record):
    """What could not be filed: kept whole (sealed), with its place and reason, to be mended and replayed."""

    file = models.TextField()
    place = models.TextField()
    type = models.TextField(blank=True, default="")
    reason = models.TextField()
    content = EncryptedField(null=True)
    digest = models.BinaryField()
    facility_id = models.UUIDField(null=True)
    replayed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["digest", "place"], name="fhir_quarantine_once")]
