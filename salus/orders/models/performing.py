"""What was done of an order, once: a dose given or not, a round of nursing, a procedure (FHIR MedicationAdministration)."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from salus.chart.models.entries import Entry
from salus.core.fields import PartialDateField, WrittenDecimalField


class Performance(Entry):
    """One doing of an order, or that it was not done and why; `display` is what the order says, `kind` its kind.

    `number` counts what was done of one order: two who write down the same dose cannot both. Rows with a number were
    written here and stay as they are; they are voided (migration 0008). `ends_order` is said of what ended its order.
    `dose` `dose_unit` by `route` is what was given of a medicine, `override_reason` why an alert was passed.
    """

    STATUSES = [
        (one, one)
        for one in ("in-progress", "not-done", "on-hold", "completed", "entered-in-error", "stopped", "unknown")
    ]
    #: why it was not done (our own codes)
    REASONS = [
        ("refused", _("The patient refused")),
        ("withheld", _("Withheld by whoever was to give it")),
        ("absent", _("The patient was not there")),
        ("not-available", _("Not to be had")),
        ("other", _("Another reason")),
    ]

    status = models.TextField(choices=STATUSES)
    order = models.ForeignKey("orders.Order", null=True, on_delete=models.PROTECT, related_name="performances")
    kind = models.TextField(default="medicine")
    number = models.SmallIntegerField(null=True)
    reason_code = models.TextField(blank=True, default="")
    reason = models.TextField(blank=True, default="")
    #: when, as said, and its first instant
    performed = PartialDateField(null=True)
    at = models.DateTimeField(null=True)
    performer = models.ForeignKey(
        "staff.Practitioner", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    performer_name = models.TextField(blank=True, default="")
    dose = WrittenDecimalField(null=True)
    dose_unit = models.TextField(blank=True, default="")
    route = models.TextField(blank=True, default="")
    override_reason = models.TextField(blank=True, default="")
    ends_order = models.BooleanField(default=False)

    @property
    def reason_words(self) -> str:
        """Why it was not done: the reason chosen, and what was written to it."""
        return ": ".join(part for part in (str(dict(self.REASONS)[self.reason_code]), self.reason) if part)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["order", "number"], name="orders_performed_once"),
            models.CheckConstraint(condition=Q(dose__isnull=True) | Q(dose__gt=0), name="orders_performed_dose"),
            models.CheckConstraint(
                condition=Q(number__isnull=True)
                | Q(number__gt=0, order__isnull=False, at__isnull=False, status="completed")
                | Q(number__gt=0, order__isnull=False, at__isnull=False, status="not-done") & ~Q(reason_code=""),
                name="orders_performed_says_what",
            ),
            models.CheckConstraint(
                condition=Q(number__isnull=True)
                | ~Q(kind="medicine", status="completed")
                | (Q(dose__isnull=False) & ~Q(dose_unit="")),
                name="orders_performed_how_much",
            ),
        ]
        indexes = [
            models.Index(fields=["patient", "-at"], name="orders_performed_patient"),
            models.Index(fields=["updated_at", "id"], name="orders_performed_updated"),
        ]
