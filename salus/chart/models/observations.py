"""One table for all observations: vital signs, final laboratory values, scores, device and patient readings."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from salus.chart.models.entries import Entry
from salus.core.fields import PartialDateField, WrittenDecimalField


class Observation(Entry):
    """One observation (FHIR Observation).

    `value_type` is FHIR's choice (`Quantity`, `CodeableConcept`, `string`, ...). A quantity is in `number`,
    `comparator`, `unit` (shown) and `unit_code` (UCUM); a concept in `value_code` and `text`; a text in `text`; every
    other type, and what a concept says beyond its first coding, in `value` as FHIR JSON text (decimals as written).
    `components` is a JSON list of the same shape as FHIR's. `at` is the first instant of `effective`.
    """

    category = models.TextField(blank=True, default="")
    value_type = models.TextField(blank=True, default="")
    number = WrittenDecimalField(null=True)
    comparator = models.TextField(blank=True, default="")
    unit = models.TextField(blank=True, default="")
    unit_code = models.TextField(blank=True, default="")
    value_code = models.TextField(blank=True, default="")
    text = models.TextField(blank=True, default="")
    value = models.TextField(blank=True, default="")
    components = models.TextField(blank=True, default="")
    absent_reason = models.TextField(blank=True, default="")
    flag = models.TextField(blank=True, default="")
    low = WrittenDecimalField(null=True)
    high = WrittenDecimalField(null=True)
    reference_text = models.TextField(blank=True, default="")
    effective = PartialDateField(null=True)
    at = models.DateTimeField(null=True)
    issued_at = models.DateTimeField(null=True)
    performer = models.ForeignKey(
        "staff.Practitioner", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    members = ArrayField(models.UUIDField(), default=list)

    class Meta:
        indexes = [
            models.Index(
                fields=["patient", "code", "-at"],
                include=["number", "unit", "status", "flag"],
                name="chart_observation_code",
            ),
            models.Index(fields=["patient", "-at"], name="chart_observation_patient"),
            models.Index(fields=["updated_at", "id"], name="chart_observation_updated"),
        ]

    @property
    def is_ours(self) -> bool:
        """Whether people mend it here: what a department, a form or a program files is mended there."""
        return not self.source or self.source.startswith("chart.")


class DiagnosticReport(Entry):
    """A report that binds results together (FHIR DiagnosticReport)."""

    category = models.TextField(blank=True, default="")
    effective = PartialDateField(null=True)
    at = models.DateTimeField(null=True)
    issued_at = models.DateTimeField(null=True)
    results = ArrayField(models.UUIDField(), default=list)
    conclusion = models.TextField(blank=True, default="")

    class Meta:
        indexes = [
            models.Index(fields=["patient", "-at"], name="chart_report_patient"),
            models.Index(fields=["updated_at", "id"], name="chart_report_updated"),
        ]
