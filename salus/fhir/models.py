"""Where a record came from: the received resource whole, the links to what it became, what could not be filed."""

from django.db import models

from salus.core.models import Record


class Link(models.Model):
    """An id in somebody else's system, and the row it is here: imports can be repeated."""

    pk = models.CompositePrimaryKey("source", "type", "external_id")
    source = models.TextField()
    type = models.TextField()
    external_id = models.TextField()
    row_id = models.UUIDField()

    class Meta:
        indexes = [models.Index(fields=["row_id"], name="fhir_link_row")]


class Source(Record):
    """A received resource, whole, with references rewritten to our ids; decimals as written (`json`, not `jsonb`).

    `id` is the id of the row it became. `row_version` is that row's version when it was filed: while the row is
    still at it, what we do not model is served from here.
    """

    type = models.TextField()
    patient_id = models.UUIDField(null=True)
    content = models.TextField()
    row_version = models.IntegerField(default=1)

    class Meta:
        indexes = [
            models.Index(fields=["type", "patient_id"], name="fhir_source_patient"),
            models.Index(fields=["type", "updated_at", "id"], name="fhir_source_updated"),
        ]


class Quarantine(Record):
    """What could not be filed: kept whole, with its place and reason, to be mended and replayed."""

    file = models.TextField()
    place = models.TextField()
    type = models.TextField(blank=True, default="")
    reason = models.TextField()
    content = models.TextField()
    digest = models.BinaryField()
    replayed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["digest", "place"], name="fhir_quarantine_once")]
