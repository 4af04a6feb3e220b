"""The pharmacy's work: what is to be dispensed, and what was given out of which lot."""

from __future__ import annotations

from django.db import models

from salus.core.act import Act
from salus.core.fields import WrittenDecimalField
from salus.core.models import Voidable


class PrescriptionQuerySet(models.QuerySet["Prescription"]):
    def visible_to(self, act: Act) -> PrescriptionQuerySet:
        """The work of the pharmacies of the act's facility."""
        if not act.may_any("pharmacy.view", "pharmacy.dispense_medication"):
            return self.none()
        return self.filter(facility_id=act.here, voided_at__isnull=True)


class Prescription(Voidable):
    """A medicine order as the pharmacy works on it; never more is given than was ordered."""

    WAITING, PARTIAL, COMPLETE, CANCELLED = "waiting", "partial", "complete", "cancelled"

    facility = models.ForeignKey("places.Facility", on_delete=models.PROTECT, related_name="+", db_index=False)
    department = models.ForeignKey(
        "places.Department", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    order = models.OneToOneField("orders.Order", on_delete=models.PROTECT, related_name="prescription")
    patient = models.ForeignKey("patients.Patient", on_delete=models.PROTECT, related_name="+", db_index=False)
    encounter = models.ForeignKey("encounters.Encounter", null=True, on_delete=models.PROTECT, related_name="+")
    status = models.TextField(default=WAITING, choices=[(s, s) for s in (WAITING, PARTIAL, COMPLETE, CANCELLED)])
    quantity = WrittenDecimalField()
    quantity_unit = models.TextField()
    dispensed = WrittenDecimalField(default=0)
    ordered_at = models.DateTimeField()
    is_urgent = models.BooleanField(default=False, db_default=False)

    objects = PrescriptionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(dispensed__gte=0) & models.Q(dispensed__lte=models.F("quantity")),
                name="pharmacy_never_more_than_ordered",
            )
        ]
        indexes = [
            models.Index(
                "facility",
                "status",
                models.F("is_urgent").desc(),
                "ordered_at",
                condition=models.Q(status__in=["waiting", "partial"], voided_at__isnull=True),
                name="pharmacy_prescription_open",
            ),
            models.Index(fields=["patient", "-ordered_at"], name="pharmacy_patient"),
        ]


class Dispense(Voidable):
    """What was given out at one time (FHIR MedicationDispense); its lines name the lots, its label bears the number."""

    number = models.BigIntegerField(
        unique=True,
        editable=False,
        db_default=models.Func(models.Value("pharmacy_dispense_number"), function="nextval"),
    )

    prescription = models.ForeignKey(Prescription, on_delete=models.PROTECT, related_name="dispenses")
    patient = models.ForeignKey("patients.Patient", on_delete=models.PROTECT, related_name="+", db_index=False)
    item = models.ForeignKey("inventory.Item", on_delete=models.PROTECT, related_name="+", db_index=False)
    quantity = WrittenDecimalField()
    unit = models.TextField()
    dispensed_at = models.DateTimeField()
    dispensed_by_id = models.UUIDField()
    dispensed_by_name = models.TextField(blank=True, default="")
    instructions = models.TextField(blank=True, default="")

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(quantity__gt=0), name="pharmacy_dispense_gives")]
        indexes = [
            models.Index(fields=["patient", "-dispensed_at"], name="pharmacy_dispense_patient"),
            models.Index(fields=["-dispensed_at"], name="pharmacy_dispense_day"),
        ]


class DispenseLine(Voidable):
    """How much came from which lot: a recall finds every patient by it."""

    dispense = models.ForeignKey(Dispense, on_delete=models.PROTECT, related_name="lines")
    lot = models.ForeignKey("inventory.Lot", on_delete=models.PROTECT, related_name="+")
    quantity = WrittenDecimalField()
