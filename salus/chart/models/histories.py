"""Illnesses in the family."""

from __future__ import annotations

from django.db import models

from salus.chart.models.entries import Entry
from salus.core.fields import PartialDateField


class FamilyMember(Entry):
    """One relative and what he or she had (FHIR FamilyMemberHistory); the entry's coding is the relationship.

    `conditions` is a list of `{"code_system", "code", "display", "onset", "caused_death", "note"}`; onset is an age in
    years or words. `status` is completed, partial, or health-unknown.
    """

    name = models.TextField(blank=True, default="")
    gender = models.TextField(blank=True, default="")
    born = PartialDateField(null=True)
    is_deceased = models.BooleanField(null=True)
    #: the age at death, in years or as told
    death_age = models.TextField(blank=True, default="")
    conditions = models.JSONField(default=list)
    recorded = PartialDateField(null=True)
    recorded_at = models.DateTimeField(null=True)
    #: a relative who is a patient here
    relative = models.ForeignKey("patients.Patient", null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        indexes = [
            models.Index(fields=["patient"], name="chart_family_patient"),
            models.Index(fields=["updated_at", "id"], name="chart_family_updated"),
        ]
