"""Charges, invoices, payments. Every bill adds up, and the database says so."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from salus.core.act import Act
from salus.core.models import Voidable


def _money(**kw: object) -> models.DecimalField:  # type: ignore[type-arg]
    """Money: four decimal places are stored, a currency's own exponent is what bills are rounded to."""
    return models.DecimalField(max_digits=14, decimal_places=4, **kw)  # type: ignore[arg-type]


class InvoiceQuerySet(models.QuerySet["Invoice"]):
    def visible_to(self, act: Act) -> InvoiceQuerySet:
        """The bills of the act's facility, for those who work with money; at the patients' own door their bills."""
        if act.stands_for:
            return self.filter(facility_id=act.here, patient_id__in=act.subjects_with("billing.view"))
        if not act.may("billing.view") or act.facility_id is None:
            return self.none()
        return self.filter(facility_id=act.facility_id)


class Invoice(Voidable):
    """A bill that was issued: its number has no gap, its total is the sum of its lines, its paid the sum of payments."""

    ISSUED, PART_PAID, PAID, CANCELLED = "issued", "part-paid", "paid", "cancelled"

    facility = models.ForeignKey("places.Facility", on_delete=models.PROTECT, related_name="+", db_index=False)
    patient = models.ForeignKey("patients.Patient", on_delete=models.PROTECT, related_name="+", db_index=False)
    encounter = models.ForeignKey("encounters.Encounter", null=True, on_delete=models.PROTECT, related_name="+")
    number = models.TextField()
    status = models.TextField(default=ISSUED, choices=[(s, s) for s in (ISSUED, PART_PAID, PAID, CANCELLED)])
    currency = models.CharField(max_length=3)
    total = _money()
    paid = _money(default=0)
    issued_at = models.DateTimeField()
    issued_by_name = models.TextField(blank=True, default="")

    objects = InvoiceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["facility", "number"], name="billing_invoice_one_number"),
            models.CheckConstraint(
                condition=models.Q(paid__gte=0) & models.Q(paid__lte=models.F("total")), name="billing_never_overpaid"
            ),
        ]
        indexes = [
            models.Index(fields=["patient", "-issued_at"], name="billing_invoice_patient"),
            models.Index(
                fields=["facility", "issued_at"],
                condition=models.Q(status__in=["issued", "part-paid"]),
                name="billing_invoice_open",
            ),
            models.Index(fields=["facility", "issued_at"], name="billing_invoice_day"),
        ]


class Charge(Voidable):
    """What was done and is to be paid. `source` makes it once: `lab.result:<id>`, `pharmacy.dispense:<id>`, ...

    `amount` is NULL while its service has no price.
    """

    facility = models.ForeignKey("places.Facility", on_delete=models.PROTECT, related_name="+", db_index=False)
    patient = models.ForeignKey("patients.Patient", on_delete=models.PROTECT, related_name="+", db_index=False)
    encounter = models.ForeignKey("encounters.Encounter", null=True, on_delete=models.PROTECT, related_name="+")
    department = models.ForeignKey(
        "places.Department", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    service = models.ForeignKey(
        "catalog.Service", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    service_code = models.TextField(blank=True, default="", db_default="")
    description = models.TextField()
    quantity = models.DecimalField(max_digits=12, decimal_places=4)
    unit_price = _money(null=True)
    amount = _money(null=True)
    currency = models.CharField(max_length=3)
    occurred_at = models.DateTimeField()
    source = models.TextField(unique=True)
    invoice = models.ForeignKey(Invoice, null=True, on_delete=models.PROTECT, related_name="charges")

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(quantity__gt=0), name="billing_charge_quantity")]
        indexes = [
            models.Index(
                fields=["facility", "patient"],
                condition=models.Q(invoice__isnull=True, voided_at__isnull=True),
                include=["occurred_at", "amount", "currency"],
                name="billing_charge_open",
            ),
            models.Index(
                fields=["facility", "service_code"],
                condition=models.Q(amount__isnull=True, voided_at__isnull=True),
                name="billing_charge_unpriced",
            ),
            models.Index(fields=["facility", "occurred_at"], name="billing_charge_day"),
        ]


class InvoiceLine(Voidable):
    """One line of a bill, as it was on the day it was issued."""

    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="lines")
    charge = models.OneToOneField(Charge, on_delete=models.PROTECT, related_name="line")
    place = models.SmallIntegerField()
    description = models.TextField()
    quantity = models.DecimalField(max_digits=12, decimal_places=4)
    unit_price = _money()
    amount = _money()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["invoice", "place"], name="billing_line_one_place")]


class Payment(Voidable):
    """Money that came in for a bill, with its receipt."""

    CASH, CARD, TRANSFER, MOBILE, ONLINE = "cash", "card", "transfer", "mobile", "online"
    AT_THE_DESK = [
        (CASH, _("Cash")),
        (CARD, _("Card terminal")),
        (TRANSFER, _("Bank transfer")),
        (MOBILE, _("Mobile money")),
    ]
    METHODS = [*AT_THE_DESK, (ONLINE, _("Online"))]

    facility = models.ForeignKey("places.Facility", on_delete=models.PROTECT, related_name="+", db_index=False)
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="payments")
    receipt_number = models.TextField()
    method = models.TextField(choices=METHODS)
    amount = _money()
    tendered = _money(null=True)
    change = _money(default=0)
    currency = models.CharField(max_length=3)
    reference = models.TextField(blank=True, default="")
    received_at = models.DateTimeField()
    received_by_name = models.TextField(blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["facility", "receipt_number"], name="billing_receipt_one_number"),
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="billing_payment_positive"),
            models.CheckConstraint(
                condition=models.Q(tendered__isnull=True) | models.Q(tendered=models.F("amount") + models.F("change")),
                name="billing_change_adds_up",
            ),
        ]
        indexes = [models.Index(fields=["facility", "received_at"], name="billing_payment_day")]
