"""Bills that are paid online: one row for each time somebody went to pay."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _

from salus.billing.models import Payment
from salus.core.act import Act
from salus.core.models import Record

PAY, SETTLE = "payments.pay", "payments.settle"


class CheckoutQuerySet(models.QuerySet["Checkout"]):
    def visible_to(self, act: Act) -> CheckoutQuerySet:
        """Those of the facility, for who works with money; at the patients' own door those of their bills."""
        if act.stands_for:
            return self.filter(facility_id=act.here, patient_id__in=act.subjects_with(PAY))
        if not act.may_any("billing.view", SETTLE) or act.facility_id is None:
            return self.none()
        return self.filter(facility_id=act.facility_id)


class Checkout(Record):
    """A bill, on its way to a gateway and back. Money is applied to the bill once, or goes back once."""

    OPEN, SUPERSEDED, PAID, SURPLUS, RETURNED, EXPIRED = "open", "superseded", "paid", "surplus", "returned", "expired"
    STATUSES = [
        (OPEN, _("Under way")),
        (SUPERSEDED, _("Begun anew")),
        (PAID, _("Paid")),
        (SURPLUS, _("To be returned")),
        (RETURNED, _("Returned")),
        (EXPIRED, _("Not paid")),
    ]
    #: money may still come, or still has to go back
    UNFINISHED = (OPEN, SUPERSEDED, SURPLUS)

    facility = models.ForeignKey("places.Facility", on_delete=models.PROTECT, related_name="+", db_index=False)
    patient = models.ForeignKey("patients.Patient", on_delete=models.PROTECT, related_name="+", db_index=False)
    invoice = models.ForeignKey("billing.Invoice", on_delete=models.PROTECT, related_name="+")
    amount = models.DecimalField(max_digits=14, decimal_places=4)
    currency = models.CharField(max_length=3)
    status = models.TextField(default=OPEN, choices=STATUSES)
    gateway = models.TextField()
    #: how the gateway calls it, and where its page is; empty until it was told
    reference = models.TextField(blank=True, default="")
    url = models.TextField(blank=True, default="")
    #: how it calls the money that came
    money = models.TextField(blank=True, default="")
    opened_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    payment = models.OneToOneField(Payment, null=True, on_delete=models.PROTECT, related_name="checkout")

    objects = CheckoutQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["invoice"], condition=models.Q(status="open"), name="payments_one_way_at_a_time"
            ),
            models.UniqueConstraint(
                fields=["gateway", "reference"], condition=~models.Q(reference=""), name="payments_one_reference"
            ),
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="payments_positive"),
            models.CheckConstraint(
                condition=models.Q(status="paid", payment__isnull=False)
                | (~models.Q(status="paid") & models.Q(payment__isnull=True)),
                name="payments_paid_has_its_receipt",
            ),
        ]
        indexes = [
            models.Index(
                fields=["opened_at"],
                condition=models.Q(status__in=["open", "superseded", "surplus"]),
                name="payments_unfinished",
            ),
            models.Index(fields=["facility", "-opened_at"], name="payments_of_facility"),
        ]

    @property
    def is_under_way(self) -> bool:
        return self.status == self.OPEN

    def was_left_before_it_began(self, now: datetime) -> bool:
        """Whether nobody was ever led to the gateway: its page was never known here, so no money can come."""
        return not self.reference and self.expires_at < now

    @property
    def topic(self) -> str:
        """What its pages listen to."""
        return f"checkout:{self.id}"


class Pretended(models.Model):
    """What the demonstration's gateway keeps: no payment of ours, and of nobody."""

    OPEN, PAID, CLOSED, RETURNED = "open", "paid", "closed", "returned"

    id = models.UUIDField(primary_key=True)
    amount = models.DecimalField(max_digits=14, decimal_places=4)
    currency = models.CharField(max_length=3)
    what = models.TextField()
    back = models.TextField()
    standing = models.TextField(default=OPEN)
