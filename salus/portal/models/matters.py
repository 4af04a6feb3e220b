"""What a facility decided about the patients' own door, and what stands open between a patient and the hospital."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from salus.core.act import Act
from salus.core.fields import EncryptedField
from salus.core.models import Record


def _between(least: int, most: int) -> list[Callable[[Any], None]]:
    return [MinValueValidator(least), MaxValueValidator(most)]


class Setting(Record):
    """What one facility decided; without a row the defaults hold (`rules/limits.py` has the same)."""

    facility = models.OneToOneField("places.Facility", on_delete=models.PROTECT, related_name="+")
    open_bookings = models.SmallIntegerField(
        _("Open appointments of a patient at most"), default=3, validators=_between(0, 20)
    )
    days_ahead = models.SmallIntegerField(_("Days ahead that may be booked"), default=60, validators=_between(1, 365))
    cancel_hours = models.SmallIntegerField(
        _("Hours before, until which may be moved or cancelled"), default=24, validators=_between(0, 240)
    )
    release_days = models.SmallIntegerField(
        _("Days after which a result is shown by itself"), default=2, validators=_between(0, 60)
    )
    parents_until_age = models.SmallIntegerField(
        _("Age at which parents no longer stand for a patient"), default=16, validators=_between(10, 21)
    )
    check_in_minutes = models.SmallIntegerField(
        _("Minutes before, from which may be checked in"), default=60, validators=_between(5, 240)
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(open_bookings__range=(0, 20), days_ahead__range=(1, 365), cancel_hours__range=(0, 240))
                & Q(release_days__range=(0, 60), parents_until_age__range=(10, 21), check_in_minutes__range=(5, 240)),
                name="portal_setting_in_bounds",
            )
        ]


class Release(Record):
    """A clinician's word on one result: shown to the patient now, or held back until somebody has talked to him."""

    patient = models.ForeignKey("patients.Patient", on_delete=models.PROTECT, related_name="+")
    observation = models.OneToOneField("chart.Observation", on_delete=models.PROTECT, related_name="+")
    is_shown = models.BooleanField()
    said_at = models.DateTimeField()
    said_by_name = models.TextField(blank=True, default="")


class ChangeQuerySet(models.QuerySet["ContactChange"]):
    def visible_to(self, act: Act) -> ChangeQuerySet:
        """What patients of the act's facility asked for, for the desk; at the own door what was asked for oneself."""
        if act.stands_for:
            return self.filter(patient_id__in=act.subjects_with("portal.ask_change"))
        return self.filter(facility_id=act.here) if act.may("portal.confirm_identity") else self.none()


class ContactChange(Record):
    """A patient says how to reach him now; the record changes when the desk has confirmed it."""

    STATES = [("asked", _("Waits for the desk")), ("accepted", _("Taken over")), ("refused", _("Not taken over"))]

    facility_id = models.UUIDField()
    patient = models.ForeignKey("patients.Patient", on_delete=models.PROTECT, related_name="+")
    #: phone, email, address (JSON)
    said = EncryptedField(null=True)
    state = models.TextField(choices=STATES, default="asked")
    decided_at = models.DateTimeField(null=True)
    decided_by_name = models.TextField(blank=True, default="")

    objects = ChangeQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["patient"], condition=Q(state="asked"), name="portal_change_one_each")
        ]
        indexes = [models.Index(fields=["facility_id", "state"], name="portal_change_waits")]
