"""Follow-ups: that a patient is to come again, and what became of it."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from salus.chart.models.entries import Entry, EntryQuerySet
from salus.core.act import Act
from salus.patients.models import Patient

BOOK_FOLLOW_UP = "care.book_follow_up"


class FollowUpQuerySet(EntryQuerySet["FollowUp"]):
    def at_the_desk(self, act: Act) -> Self:
        """Those of the facility whose patients this act may find: for who books, and is not told why the patient comes."""
        if act.facility_id is None or not act.may(BOOK_FOLLOW_UP):
            return self.none()
        return self.filter(facility_id=act.facility_id, patient__in=Patient.objects.visible_to(act).values("id"))


class FollowUp(Entry):
    """A planned follow-up of a patient; `display` is why. It is open until it is booked, and over when the patient came."""

    STATUSES = [
        ("planned", _("To be booked")),
        ("booked", _("Booked")),
        ("done", _("Came")),
        ("cancelled", _("Not needed")),
    ]
    status = models.TextField(choices=STATUSES, default="planned")
    facility = models.ForeignKey("places.Facility", on_delete=models.PROTECT, related_name="+", db_index=False)
    department = models.ForeignKey("places.Department", on_delete=models.PROTECT, related_name="+", db_index=False)
    practitioner = models.ForeignKey(
        "staff.Practitioner", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    #: the note from which it was planned
    from_note = models.ForeignKey("chart.Note", null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    planned_at = models.DateTimeField()
    planned_by_name = models.TextField(blank=True, default="")
    due_on = models.DateField()
    appointment = models.ForeignKey("scheduling.Appointment", null=True, on_delete=models.PROTECT, related_name="+")
    came_in = models.ForeignKey(
        "encounters.Encounter", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    status_at = models.DateTimeField()
    cancel_reason = models.TextField(blank=True, default="")

    objects = FollowUpQuerySet.as_manager()  # type: ignore[misc]

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=("planned", "booked", "done", "cancelled")), name="care_follow_up_status"
            ),
            models.CheckConstraint(
                condition=~Q(status="booked") | Q(appointment__isnull=False), name="care_follow_up_booked"
            ),
            models.CheckConstraint(
                condition=~Q(status="cancelled") | ~Q(cancel_reason=""), name="care_follow_up_why_not"
            ),
            models.CheckConstraint(condition=~Q(display=""), name="care_follow_up_why"),
        ]
        indexes = [
            models.Index(fields=["patient", "due_on"], name="care_follow_up_patient"),
            models.Index(fields=["facility", "due_on"], condition=Q(status="planned"), name="care_follow_up_due"),
            models.Index(fields=["updated_at", "id"], name="care_follow_up_updated"),
        ]
