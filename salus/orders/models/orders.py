"""Every order, whatever is ordered, has one life cycle (FHIR ServiceRequest and MedicationRequest)."""

from __future__ import annotations

from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Value
from django.utils.translation import gettext_lazy as _

from salus.core.act import Act
from salus.core.fields import PartialDateField, WrittenDecimalField
from salus.core.models import Voidable
from salus.orders.rules import OPEN_STATUSES
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

    `group_id` binds what was signed together; of what was signed here the database lets no word be changed and no step be
    taken that FHIR's state machine does not know (migration 0004). `status` and `intent` hold FHIR's codes.
    `override_reason` is why an interruptive alert was passed.

    A schedule in several `steps` (`[{"dose", "frequency", "period", "period_unit", "days"}]`, decimals as text) tapers or
    alternates by days (`pattern`); the columns hold the first step and the whole duration. `dose_per_kg` and `weight_kg`
    are what a dose by weight was reckoned from. `replaces` is the order that this one stands in for (FHIR priorPrescription).

    `responsible` is who answers for it while it is open; where nobody is named, its `department`'s people.
    `performer` is the department that is asked to do it (a referral).
    """

    KINDS = [
        ("medicine", _("Medicine")),
        ("test", _("Test")),
        ("image", _("Image")),
        ("procedure", _("Procedure")),
        ("diet", _("Diet")),
        ("nursing", _("Nursing")),
        ("referral", _("Referral")),
    ]
    #: why somebody else has to sign it too: it was said and not written, or a mistake with it kills
    COUNTERSIGNS = [("", "-"), ("verbal", _("Verbal order")), ("high-alert", _("High-alert medicine"))]
    PATTERNS = [("", "-"), ("taper", _("One after the other")), ("alternate", _("Every other day"))]
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
    orderable = models.ForeignKey(
        "catalog.Orderable", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    pattern = models.TextField(choices=PATTERNS, blank=True, default="", db_default="")
    steps = models.JSONField(default=list, db_default=Value([], models.JSONField()))
    dose_per_kg = WrittenDecimalField(null=True)
    weight_kg = WrittenDecimalField(null=True)
    #: of a medicine as needed: how many doses in a day at most
    most_per_day = models.SmallIntegerField(null=True)
    repeats = models.SmallIntegerField(default=0, db_default=0)
    #: when it was given out last; a course is counted from then
    supplied_at = models.DateTimeField(null=True)
    #: the last day on which it may be given out
    expires_on = models.DateField(null=True)
    replaces = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="replaced_by")
    performer = models.ForeignKey(
        "places.Department", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    responsible = models.ForeignKey(
        "staff.Practitioner", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    held_at = models.DateTimeField(null=True)
    hold_reason = models.TextField(blank=True, default="", db_default="")
    countersign = models.TextField(choices=COUNTERSIGNS, blank=True, default="", db_default="")
    #: who is asked to; without one anybody with the right
    countersign_by = models.ForeignKey(
        "staff.Practitioner", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    countersigned_by_id = models.UUIDField(null=True)
    countersigned_name = models.TextField(blank=True, default="", db_default="")
    countersigned_at = models.DateTimeField(null=True)

    objects = OrderQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(quantity__isnull=True) | models.Q(quantity__gt=0), name="orders_quantity"
            ),
            models.CheckConstraint(condition=models.Q(dose__isnull=True) | models.Q(dose__gt=0), name="orders_dose"),
            # The second signature is a second person's.
            models.CheckConstraint(
                condition=models.Q(countersigned_at__isnull=True)
                | (~models.Q(countersign="") & ~models.Q(countersigned_by_id=models.F("recorded_by_id"))),
                name="orders_countersigned_by_another",
            ),
            models.CheckConstraint(
                condition=models.Q(countersigned_at__isnull=True, countersigned_by_id__isnull=True)
                | models.Q(countersigned_at__isnull=False, countersigned_by_id__isnull=False),
                name="orders_countersigned_when",
            ),
            models.CheckConstraint(
                condition=models.Q(most_per_day__isnull=True) | models.Q(as_needed=True, most_per_day__gt=0),
                name="orders_most_per_day",
            ),
            models.CheckConstraint(condition=models.Q(repeats__range=(0, 99)), name="orders_repeats"),
            # One order is replaced once: two who change it at once cannot both.
            models.UniqueConstraint(
                fields=["replaces"], condition=models.Q(group_id__isnull=False), name="orders_replaced_once"
            ),
        ]
        indexes = [
            models.Index(fields=["patient", "kind", "-authored_at"], name="orders_patient"),
            models.Index(fields=["encounter"], name="orders_encounter"),
            models.Index(fields=["updated_at", "id"], name="orders_updated"),
            # Who answers for what is still open.
            models.Index(
                fields=["responsible", "authored_at"],
                condition=models.Q(status__in=OPEN_STATUSES, group_id__isnull=False),
                name="orders_open_responsible",
            ),
            models.Index(
                fields=["department", "authored_at"],
                condition=models.Q(status__in=OPEN_STATUSES, group_id__isnull=False),
                name="orders_open_department",
            ),
        ]
