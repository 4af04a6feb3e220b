"""Imaging studies."""

from __future__ import annotations

from django.db import models

from salus.core.act import Act
from salus.core.fields import PartialDateField
from salus.core.models import Voidable
from salus.patients import access


class ImagingStudyQuerySet(models.QuerySet["ImagingStudy"]):
    #: `visible_to` shows nothing of a record that is not open
    opens_records = True

    def visible_to(self, act: Act) -> ImagingStudyQuerySet:
        """Studies of records that this act may open."""
        return self.filter(access.opens(act, "patient"))


class ImagingStudy(Voidable):
    """A study of images (FHIR ImagingStudy); `series` as FHIR JSON."""

    patient = models.ForeignKey("patients.Patient", on_delete=models.PROTECT, related_name="+", db_index=False)
    encounter = models.ForeignKey("encounters.Encounter", null=True, on_delete=models.PROTECT, related_name="+")
    status = models.TextField()
    study_uid = models.TextField(blank=True, default="")
    modality = models.TextField(blank=True, default="")
    description = models.TextField(blank=True, default="")
    started = PartialDateField(null=True)
    at = models.DateTimeField(null=True)
    series = models.JSONField(default=list)

    objects = ImagingStudyQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["patient", "-at"], name="radiology_study_patient"),
            models.Index(fields=["updated_at", "id"], name="radiology_study_updated"),
        ]
