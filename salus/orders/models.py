"""Every order, whatever is ordered, has one life cycle (FHIR ServiceRequest and MedicationRequest)."""

from __future__ import annotations

from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.db import models

from salus.core.act import Act
from salus.core.fields import PartialDateField, WrittenDecimalField
from salus.core.models import Voidable
from salus.patients import access
from salus.patients.access.reading import decision_on


class OrderQuerySet(models.QuerySet["Order"]):
    #: `visible_to` shows nothing of a record that is not open
    opens_records = True

    def visible_to(self, act: Act) -> OrderQuerySet:
        """Orders that this act may read: of records that it may open, and whose labels are no barrier."""
        return self.filter(access.reads(act))

    def of_patient(self, act: Act, patient_id: UUID) -> OrderQuerySet:
        """The orders of one patient that this act may read: the patient is decided about once in an act."""
        return self.filter(access.shown(act, decision_on(act, patient_id)), patient_id=patient_id)


class Order(Voidable):
    """One order. A medicine's dose is `dose` + `dose_unit` (UCUM) by `route`, `frequency` times in `period` `period_unit`.

    `group_id` binds what was signed together. `status` and `intent` hold FHIR's codes. `override_reason` is why an
    interruptive alert was passed.
    """

    KINDS = [("medicine", "Medicine"), ("test", "Test"), ("image", "Image"), ("procedure", "Procedure")]
    STATUSES = [
        (s, s)
        for s in (
            "draft",
            "active",
            "on-hold",
            "completed",
            "stopped",
            "cancelled",
            "revoked",
            "entered-in-error",
            "unknown",
        )
    ]

    patient = models.ForeignKey("patients.Patient", on_delete=models.PROTECT, related_name="+", db_index=False)
    encounter = models.ForeignKey("encounters.Encounter", null=True, on_delete=models.PROTECT, related_name="+")
    department = models.ForeignKey(
        "places.Department", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    kind = models.TextField(choices=KINDS)
    status = models.TextField(choices=STATUSES)
    intent = models.TextField(default="order")
    priority = models.TextField(default="routine")
    group_id = models.UUIDField(null=True)
    code_system = models.TextField(blank=True, default="")
    code = models.TextField(blank=True, default="")
    display = models.TextField()
    codings = models.JSONField(null=True)
    test = models.ForeignKey(
        "catalog.TestDefinition", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    medicine = models.ForeignKey(
        "terminology.Medicine", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    presentation = models.ForeignKey(
        "terminology.Presentation", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    dose = WrittenDecimalField(null=True)
    dose_unit = models.TextField(blank=True, default="")
    route = models.TextField(blank=True, default="")
    frequency = models.SmallIntegerField(null=True)
    period = WrittenDecimalField(null=True)
    period_unit = models.TextField(blank=True, default="")
    as_needed = models.BooleanField(default=False)
    as_needed_for = models.TextField(blank=True, default="")
    duration_days = models.SmallIntegerField(null=True)
    dosage_text = models.TextField(blank=True, default="")
    quantity = WrittenDecimalField(null=True)
    quantity_unit = models.TextField(blank=True, default="")
    note = models.TextField(blank=True, default="")
    reasons = models.JSONField(default=list)
    requester = models.ForeignKey(
        "staff.Practitioner", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    requester_name = models.TextField(blank=True, default="")
    authored = PartialDateField(null=True)
    authored_at = models.DateTimeField(null=True)
    stopped_at = models.DateTimeField(null=True)
    stop_reason = models.TextField(blank=True, default="")
    override_reason = models.TextField(blank=True, default="", db_default="")
    labels = ArrayField(models.TextField(), default=list)

    objects = OrderQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(quantity__isnull=True) | models.Q(quantity__gt=0), name="orders_quantity"
            ),
            models.CheckConstraint(condition=models.Q(dose__isnull=True) | models.Q(dose__gt=0), name="orders_dose"),
        ]
        indexes = [
            models.Index(fields=["patient", "kind", "-authored_at"], name="orders_patient"),
            models.Index(fields=["encounter"], name="orders_encounter"),
            models.Index(fields=["updated_at", "id"], name="orders_updated"),
        ]
