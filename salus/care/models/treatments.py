"""Treatments in sessions: as ordered, as scheduled, as given."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from salus.chart.models.entries import Entry
from salus.core.fields import WrittenDecimalField
from salus.core.models import Voidable


class Treatment(Entry):
    """A course of so many sessions (physiotherapy, dialysis, days of chemotherapy); `display` is what is given.

    `dose` `dose_unit` (UCUM) is that of each session. It is completed by itself when as many were given as were planned.
    """

    STATUSES = [("active", _("Under way")), ("completed", _("Completed")), ("stopped", _("Stopped"))]

    status = models.TextField(choices=STATUSES, default="active")
    department = models.ForeignKey("places.Department", on_delete=models.PROTECT, related_name="+", db_index=False)
    order = models.OneToOneField("orders.Order", null=True, on_delete=models.PROTECT, related_name="treatment")
    plan = models.ForeignKey("chart.CarePlan", null=True, on_delete=models.PROTECT, related_name="treatments")
    #: the version of the template that it was begun from
    instantiates = models.TextField(blank=True, default="", db_default="")
    planned_sessions = models.SmallIntegerField()
    dose = WrittenDecimalField(null=True)
    dose_unit = models.TextField(blank=True, default="")
    ordered_at = models.DateTimeField()
    ordered_by_name = models.TextField(blank=True, default="")
    ended_at = models.DateTimeField(null=True)
    end_reason = models.TextField(blank=True, default="")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(planned_sessions__range=(1, 200)), name="care_treatment_sessions"),
            models.CheckConstraint(condition=Q(dose__isnull=True) | Q(dose__gt=0), name="care_treatment_dose"),
            models.CheckConstraint(
                condition=Q(status="active", ended_at__isnull=True)
                | Q(status="completed", ended_at__isnull=False)
                | Q(status="stopped", ended_at__isnull=False) & ~Q(end_reason=""),
                name="care_treatment_ends",
            ),
        ]
        indexes = [
            models.Index(fields=["patient", "-ordered_at"], name="care_treatment_patient"),
            models.Index(fields=["updated_at", "id"], name="care_treatment_updated"),
        ]


class Session(Voidable):
    """One session of a treatment: planned, then given or not given, once; the database lets neither be undone.

    What was written down in error is voided, and another session planned for it.
    """

    STATUSES = [("planned", _("Planned")), ("given", _("Given")), ("not-given", _("Not given"))]

    treatment = models.ForeignKey(Treatment, on_delete=models.PROTECT, related_name="sessions")
    number = models.SmallIntegerField()
    planned_on = models.DateField()
    status = models.TextField(choices=STATUSES, default="planned")
    done_at = models.DateTimeField(null=True)
    done_by_id = models.UUIDField(null=True)
    done_by_name = models.TextField(blank=True, default="")
    dose = WrittenDecimalField(null=True)
    dose_unit = models.TextField(blank=True, default="")
    reason = models.TextField(blank=True, default="")
    note = models.TextField(blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["treatment", "number"], name="care_session_once"),
            models.CheckConstraint(condition=Q(number__gt=0), name="care_session_number"),
            models.CheckConstraint(condition=Q(dose__isnull=True) | Q(dose__gt=0), name="care_session_dose"),
            models.CheckConstraint(
                condition=Q(status="planned", done_at__isnull=True)
                | Q(status="given", done_at__isnull=False, done_by_id__isnull=False)
                | Q(status="not-given", done_at__isnull=False, done_by_id__isnull=False) & ~Q(reason=""),
                name="care_session_done",
            ),
        ]
        indexes = [
            models.Index(fields=["planned_on"], condition=Q(status="planned"), name="care_session_planned"),
        ]
