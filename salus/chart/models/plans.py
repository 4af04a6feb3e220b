"""Care plans and goals."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from salus.chart.models.entries import Entry
from salus.core.fields import PartialDateField, WrittenDecimalField


class CarePlan(Entry):
    """A plan of care (FHIR CarePlan); `activities` as FHIR JSON."""

    intent = models.TextField(blank=True, default="")
    category = models.TextField(blank=True, default="")
    starts = PartialDateField(null=True)
    ends = PartialDateField(null=True)
    at = models.DateTimeField(null=True)
    activities = models.JSONField(default=list)
    conditions = ArrayField(models.UUIDField(), default=list)
    goals = ArrayField(models.UUIDField(), default=list)
    #: the version of the template of the house that it was begun from
    instantiates = models.TextField(blank=True, default="", db_default="")

    class Meta:
        indexes = [
            models.Index(fields=["patient", "-at"], name="chart_careplan_patient"),
            models.Index(fields=["updated_at", "id"], name="chart_careplan_updated"),
        ]


class Goal(Entry):
    """What is aimed at (FHIR Goal): `status` is its lifecycle status, `target_value` `target_unit` (UCUM) is to be reached."""

    achievement = models.TextField(blank=True, default="")
    starts = PartialDateField(null=True)
    due = PartialDateField(null=True)
    target_value = WrittenDecimalField(null=True)
    target_unit = models.TextField(blank=True, default="", db_default="")
    at = models.DateTimeField(null=True)
    addresses = ArrayField(models.UUIDField(), default=list)

    class Meta:
        indexes = [
            models.Index(fields=["patient"], name="chart_goal_patient"),
            models.Index(fields=["updated_at", "id"], name="chart_goal_updated"),
        ]
