"""Who pays: insurance and other cover."""

from __future__ import annotations

from django.db import models

from salus.core.act import Act
from salus.core.fields import EncryptedField, PartialDateField
from salus.core.models import Voidable


class CoverageQuerySet(models.QuerySet["Coverage"]):
    def visible_to(self, act: Act) -> CoverageQuerySet:
        """The cover of patients of this act's facility, without what was recorded in error."""
        if act.facility_id is None or not act.may_any("coverage.view", "coverage.record_coverage"):
            return self.none()
        return self.filter(patient__facility_id=act.facility_id, voided_at__isnull=True)


class Coverage(Voidable):
    """A patient's cover by a payer (FHIR Coverage). `place` is the order in which payers are asked."""

    #: HL7 v3 ActCode, as FHIR's coverage-type binds it
    KINDS = [
        ("PUBLICPOL", "Public insurance"),
        ("EHCPOL", "Private insurance"),
        ("SUBSIDIZ", "Subsidised"),
        ("WCBPOL", "Accident at work"),
        ("AUTOPOL", "Motor accident"),
        ("pay", "Pays without insurance"),
    ]
    #: FHIR subscriber-relationship
    RELATIONSHIPS = [
        ("self", "The patient"),
        ("spouse", "Husband or wife"),
        ("parent", "Mother or father"),
        ("child", "Child"),
        ("common", "Partner"),
        ("other", "Somebody else"),
    ]

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

    objects = CoverageQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["updated_at", "id"], name="coverage_updated"),
        ]
