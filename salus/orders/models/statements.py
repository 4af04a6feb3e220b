"""Medicines that the patient takes without an order of this house, and what was decided about each at every transition."""

from django.db import models

from salus.chart.models.entries import Entry
from salus.core.fields import PartialDateField, WrittenDecimalField
from salus.core.models import Record


class MedicationStatement(Entry):
    """A medicine that somebody says the patient takes or took (FHIR MedicationStatement); `status` is FHIR's.

    `informant` is who says so: the patient, a relative, another hospital's paper. The dose stands in words as it was told
    (`dosage_text`), and in numbers where it is known.
    """

    INFORMANTS = [
        ("patient", "Patient"),
        ("relative", "Relative"),
        ("paper", "Another provider's paper"),
        ("record", "Another record"),
    ]
    STATUSES = [
        (s, s)
        for s in (
            *("active", "completed", "entered-in-error", "intended", "stopped", "on-hold", "unknown", "not-taken"),
        )
    ]

    medicine = models.ForeignKey(
        "terminology.Medicine", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    dose = WrittenDecimalField(null=True)
    dose_unit = models.TextField(blank=True, default="")
    route = models.TextField(blank=True, default="")
    frequency = models.SmallIntegerField(null=True)
    period = WrittenDecimalField(null=True)
    period_unit = models.TextField(blank=True, default="")
    as_needed = models.BooleanField(default=False)
    dosage_text = models.TextField(blank=True, default="")
    reason = models.TextField(blank=True, default="")
    informant = models.TextField(choices=INFORMANTS, blank=True, default="")
    #: since when it is taken, and until when it was, as told
    started = PartialDateField(null=True)
    ended = PartialDateField(null=True)
    #: the first instant of `started`
    started_at = models.DateTimeField(null=True)
    status_reason = models.TextField(blank=True, default="")
    asserted = PartialDateField(null=True)
    asserted_at = models.DateTimeField(null=True)
    recorder = models.ForeignKey(
        "staff.Practitioner", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    recorder_name = models.TextField(blank=True, default="")

    class Meta:
        indexes = [
            models.Index(fields=["patient", "status"], name="orders_statement_patient"),
            models.Index(fields=["updated_at", "id"], name="orders_statement_updated"),
        ]


class Reconciliation(Record):
    """The medicines of a patient gone through at one transition: by whom, when, and what was decided about each."""

    MOMENTS = [("start", "Start of the visit"), ("transfer", "Transfer"), ("discharge", "Discharge")]

    patient = models.ForeignKey("patients.Patient", on_delete=models.PROTECT, related_name="+", db_index=False)
    encounter = models.ForeignKey("encounters.Encounter", on_delete=models.PROTECT, related_name="+", db_index=False)
    moment = models.TextField(choices=MOMENTS)
    done_at = models.DateTimeField()
    by = models.ForeignKey("staff.Practitioner", null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    by_name = models.TextField()
    note = models.TextField(blank=True, default="")

    class Meta:
        indexes = [models.Index(fields=["patient", "-done_at"], name="orders_reconciliation_patient")]


class ReconciledMedicine(Record):
    """What was decided about one medicine: an order of this house, or a medicine from outside."""

    DECISIONS = [("continue", "Continue"), ("change", "Change"), ("hold", "Hold"), ("stop", "Stop")]

    reconciliation = models.ForeignKey(Reconciliation, on_delete=models.PROTECT, related_name="medicines")
    order = models.ForeignKey(
        "orders.Order", null=True, on_delete=models.PROTECT, related_name="reconciled", db_index=False
    )
    statement = models.ForeignKey(
        MedicationStatement, null=True, on_delete=models.PROTECT, related_name="reconciled", db_index=False
    )
    decision = models.TextField(choices=DECISIONS)
    reason = models.TextField(blank=True, default="")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(order__isnull=False, statement__isnull=True)
                | models.Q(order__isnull=True, statement__isnull=False),
                name="orders_reconciled_one",
            ),
            models.UniqueConstraint(
                fields=["reconciliation", "order", "statement"], nulls_distinct=False, name="orders_reconciled_once"
            ),
            models.CheckConstraint(
                condition=models.Q(decision__in=("continue", "change")) | ~models.Q(reason=""),
                name="orders_reconciled_why",
            ),
        ]
