"""Who pays: insurance and other cover."""

from django.db import models

from salus.core.fields import EncryptedField, PartialDateField
from salus.core.models import Voidable


class Coverage(Voidable):
    """A patient's cover by a payer (FHIR Coverage)."""

    patient = models.ForeignKey("patients.Patient", on_delete=models.PROTECT, related_name="coverages")
    status = models.TextField(default="active")
    kind = models.TextField(blank=True, default="")
    payer = models.ForeignKey(
        "places.Organization", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    payer_name = models.TextField(blank=True, default="")
    plan = models.TextField(blank=True, default="")
    member_number = EncryptedField(null=True)
    relationship = models.TextField(blank=True, default="")
    starts = PartialDateField(null=True)
    ends = PartialDateField(null=True)
    place = models.SmallIntegerField(default=1)

    class Meta:
        indexes = [
            models.Index(fields=["updated_at", "id"], name="coverage_updated"),
        ]
