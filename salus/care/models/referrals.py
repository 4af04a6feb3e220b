"""Referrals, within the house, out of it and into it."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from salus.care.rules.referrals import NEXT, OPEN, WITH_RECEIVER, is_late
from salus.chart.models.entries import Entry

PRIORITIES = [("routine", _("Routine")), ("urgent", _("Urgent")), ("stat", _("At once"))]


class Referral(Entry):
    """A patient is sent to somebody who sees, answers and is heard: the loop is closed when the referrer took note.

    Within the house it is the fulfilment of an `order` of kind referral. Out of the house `to_outside` says to whom; what
    came in from outside has `is_incoming`, and `referrer_name` is who sent it. `status` is one of `rules.referrals.NEXT`;
    the database lets it take no other step, and no word of the question be changed. `display` is what is asked for.
    """

    STATUSES = [
        ("sent", _("Sent")),
        ("accepted", _("Accepted")),
        ("booked", _("Appointment made")),
        ("seen", _("Seen, to be answered")),
        ("answered", _("Answered, to be read")),
        ("declined", _("Declined")),
        ("closed", _("Closed")),
        ("cancelled", _("Cancelled")),
    ]

    status = models.TextField(choices=STATUSES, default="sent")
    order = models.OneToOneField("orders.Order", null=True, on_delete=models.PROTECT, related_name="referral")
    is_incoming = models.BooleanField(default=False)
    priority = models.TextField(choices=PRIORITIES, default="routine")
    question = models.TextField()
    from_department = models.ForeignKey(
        "places.Department", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    referrer = models.ForeignKey(
        "staff.Practitioner", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    referrer_name = models.TextField()
    to_department = models.ForeignKey(
        "places.Department", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    to_practitioner = models.ForeignKey(
        "staff.Practitioner", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    #: a practitioner or an organisation elsewhere, as an envelope names it
    to_outside = models.TextField(blank=True, default="")
    sent_at = models.DateTimeField()
    #: since when it is in its state
    status_at = models.DateTimeField()
    #: who took the last step
    status_by_name = models.TextField(blank=True, default="")
    #: why it was declined or cancelled
    reason = models.TextField(blank=True, default="")
    appointment = models.ForeignKey("scheduling.Appointment", null=True, on_delete=models.PROTECT, related_name="+")
    seen_in = models.ForeignKey(
        "encounters.Encounter", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    seen_at = models.DateTimeField(null=True)
    answer = models.TextField(blank=True, default="")
    answer_note = models.ForeignKey("chart.Note", null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    answer_document = models.ForeignKey(
        "chart.Document", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    answered_at = models.DateTimeField(null=True)
    answered_by_name = models.TextField(blank=True, default="")
    closed_at = models.DateTimeField(null=True)
    closed_by_id = models.UUIDField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(status__in=list(NEXT)), name="care_referral_status"),
            models.CheckConstraint(
                condition=~Q(status="booked") | Q(appointment__isnull=False), name="care_referral_booked"
            ),
            models.CheckConstraint(condition=~Q(status="seen") | Q(seen_at__isnull=False), name="care_referral_seen"),
            models.CheckConstraint(
                condition=~Q(status="answered")
                | Q(answered_at__isnull=False)
                & (~Q(answer="") | Q(answer_note__isnull=False) | Q(answer_document__isnull=False)),
                name="care_referral_answered",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=("declined", "cancelled")) | ~Q(reason=""), name="care_referral_why_not"
            ),
            models.CheckConstraint(
                condition=~Q(status="closed") | Q(closed_at__isnull=False, closed_by_id__isnull=False),
                name="care_referral_closed",
            ),
            # What comes in comes to somebody here; what leaves the house is asked by somebody here.
            models.CheckConstraint(
                condition=Q(is_incoming=False) | Q(to_outside="") & Q(to_department__isnull=False),
                name="care_referral_incoming",
            ),
        ]
        indexes = [
            models.Index(fields=["patient", "-sent_at"], name="care_referral_patient"),
            models.Index(
                fields=["to_department", "sent_at"], condition=Q(status__in=OPEN), name="care_referral_to_department"
            ),
            models.Index(
                fields=["to_practitioner", "sent_at"],
                condition=Q(status__in=OPEN, to_practitioner__isnull=False),
                name="care_referral_to_person",
            ),
            models.Index(fields=["referrer", "sent_at"], condition=Q(status__in=OPEN), name="care_referral_referrer"),
            models.Index(
                fields=["from_department", "sent_at"], condition=Q(status__in=OPEN), name="care_referral_from"
            ),
            models.Index(fields=["updated_at", "id"], name="care_referral_updated"),
        ]

    @property
    def is_outgoing(self) -> bool:
        """Whether somebody outside the house is asked: then the referrer's side writes down what becomes of it."""
        return not self.is_incoming and self.to_department_id is None and self.to_practitioner_id is None

    @property
    def wants_receiver(self) -> bool:
        """Whether the referrer may say to whom it goes: it came back, or was ordered without a name."""
        has_nobody = self.status == "sent" and self.is_outgoing and not self.to_outside
        return not self.is_incoming and (self.status == "declined" or has_nobody)

    @property
    def is_with_receiver(self) -> bool:
        """Whether it is the receiver's turn."""
        return self.status in WITH_RECEIVER

    def waited(self, at: datetime) -> timedelta:
        """How long it has been in its state."""
        return at - self.status_at

    def late(self, at: datetime) -> bool:
        """Whether its next step has been waited for too long."""
        return is_late(self.status, self.priority, self.waited(at))
