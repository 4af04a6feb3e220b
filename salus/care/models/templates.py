"""How a plan or a course of sessions usually looks, kept without any patient."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from salus.core.fields import WrittenDecimalField
from salus.core.models import Record


class PlanTemplate(Record):
    """What a plan of care, or a treatment in sessions, is begun from (FHIR PlanDefinition); `title` is what it is for or gives.

    `problems` are codes: ICD ones by their beginning (`E11`), SNOMED ones whole; empty: whatever the patient has. `goals`
    are `{"text", "target", "unit", "days"}`: a value to reach (UCUM), so many days after the plan began. A change is the next
    version of the row, and its history keeps every one before.
    """

    PLAN, TREATMENT = "plan", "treatment"
    KINDS = [(PLAN, _("Plan of care")), (TREATMENT, _("Treatment in sessions"))]

    facility = models.ForeignKey("places.Facility", on_delete=models.PROTECT, related_name="+", db_index=False)
    kind = models.TextField(choices=KINDS)
    title = models.TextField()
    problems = ArrayField(models.TextField(), default=list)
    note = models.TextField(blank=True, default="")
    goals = models.JSONField(default=list)
    activities = ArrayField(models.TextField(), default=list)
    sessions = models.SmallIntegerField(null=True)
    every_days = models.SmallIntegerField(null=True)
    dose = WrittenDecimalField(null=True)
    dose_unit = models.TextField(blank=True, default="")
    #: who wrote this version
    changed_by_name = models.TextField(blank=True, default="")
    retired_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(title=""), name="care_template_titled"),
            models.CheckConstraint(
                condition=Q(kind="plan", sessions__isnull=True, every_days__isnull=True, dose__isnull=True)
                | Q(kind="treatment", sessions__range=(1, 200), every_days__range=(1, 365), goals=[], activities=[]),
                name="care_template_kind",
            ),
            models.CheckConstraint(condition=Q(dose__isnull=True) | Q(dose__gt=0), name="care_template_dose"),
            models.UniqueConstraint(
                fields=["facility", "kind", "title"], condition=Q(retired_at__isnull=True), name="care_template_once"
            ),
        ]

    @property
    def source(self) -> str:
        """This version of it, as what was begun from it names it."""
        return f"care.template:{self.id}@{self.version}"
