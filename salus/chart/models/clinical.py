"""Problems, allergies, procedures."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from salus.chart.models.entries import Entry
from salus.core.fields import PartialDateField


class Condition(Entry):
    """A problem or diagnosis (FHIR Condition); `status` is its clinical status.

    `place` is where somebody put it in the patient's list; empty while nobody ordered it.
    """

    COURSES = [("acute", "Acute"), ("chronic", "Chronic")]

    verification = models.TextField(blank=True, default="")
    category = models.TextField(blank=True, default="")
    severity = models.TextField(blank=True, default="")
    onset = PartialDateField(null=True)
    onset_at = models.DateTimeField(null=True)
    abatement = PartialDateField(null=True)
    recorded = PartialDateField(null=True)
    recorded_at = models.DateTimeField(null=True)
    recorder = models.ForeignKey(
        "staff.Practitioner", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    course = models.TextField(choices=COURSES, blank=True, default="", db_default="")
    is_principal = models.BooleanField(default=False, db_default=False)
    place = models.SmallIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["patient"],
                condition=models.Q(is_principal=True, voided_at__isnull=True),
                name="chart_condition_one_principal",
            ),
            models.CheckConstraint(
                condition=models.Q(course__in=["", "acute", "chronic"]), name="chart_condition_known_course"
            ),
        ]
        indexes = [
            models.Index(fields=["patient", "status"], name="chart_condition_patient"),
            models.Index(fields=["updated_at", "id"], name="chart_condition_updated"),
        ]


class AllergyIntolerance(Entry):
    """An allergy or intolerance (FHIR AllergyIntolerance), or the statement that none is known.

    `allergen_code` points into the formulary's list; `ingredients` and `allergy_groups` are what it stops.
    """

    verification = models.TextField(blank=True, default="")
    kind = models.TextField(blank=True, default="")
    categories = ArrayField(models.TextField(), default=list)
    criticality = models.TextField(blank=True, default="")
    severity = models.TextField(blank=True, default="")
    reactions = models.JSONField(default=list)
    allergen_code = models.TextField(blank=True, default="")
    ingredients = ArrayField(models.TextField(), default=list)
    allergy_groups = ArrayField(models.TextField(), default=list)
    is_none_known = models.BooleanField(default=False)
    onset = PartialDateField(null=True)
    recorded = PartialDateField(null=True)
    recorded_at = models.DateTimeField(null=True)
    recorder = models.ForeignKey(
        "staff.Practitioner", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    #: when somebody wants it looked at again (a test, a dose under watch)
    review_on = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["patient"],
                condition=models.Q(is_none_known=True, status="active", voided_at__isnull=True),
                name="chart_allergy_none_known_once",
            )
        ]
        indexes = [
            models.Index(fields=["patient", "status"], name="chart_allergy_patient"),
            models.Index(fields=["updated_at", "id"], name="chart_allergy_updated"),
        ]


class Procedure(Entry):
    """Something that was done (FHIR Procedure)."""

    performed = PartialDateField(null=True)
    performed_until = PartialDateField(null=True)
    performer = models.ForeignKey(
        "staff.Practitioner", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    performer_name = models.TextField(blank=True, default="", db_default="")
    outcome = models.TextField(blank=True, default="", db_default="")
    at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["patient", "-at"], name="chart_procedure_patient"),
            models.Index(fields=["updated_at", "id"], name="chart_procedure_updated"),
        ]
