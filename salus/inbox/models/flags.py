"""What everybody has to know of a patient before walking in (FHIR Flag)."""

from __future__ import annotations

from uuid import UUID

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from salus.core.act import Act
from salus.core.models import Voidable
from salus.inbox.models.tasks import VIEW
from salus.patients import access
from salus.patients.access.reading import decision_on


class FlagQuerySet(models.QuerySet["Flag"]):
    #: `visible_to` shows nothing of a record that is not open
    opens_records = True

    def visible_to(self, act: Act) -> FlagQuerySet:
        """Those of patients whose record this act may open."""
        if act.facility_id is None or act.stands_for or not act.may(VIEW):
            return self.none()
        return self.filter(access.opens(act, "patient"))

    def of_patient(self, act: Act, patient_id: UUID) -> FlagQuerySet:
        """Those of one patient; nothing where the record is not open."""
        if act.stands_for or not act.may(VIEW) or not decision_on(act, patient_id).allows:
            return self.none()
        return self.filter(patient_id=patient_id, voided_at__isnull=True)

    def standing(self) -> FlagQuerySet:
        """Those that stand now."""
        return self.filter(ended_at__isnull=True, voided_at__isnull=True)


class Flag(Voidable):
    """One thing to know: it stands in the banner of every page of the patient until somebody ends it."""

    #: the codes of FHIR's flag-category that we use
    CATEGORIES = [
        ("safety", _("Danger: falls, fits, choking")),
        ("contact", _("Isolation")),
        ("behavioral", _("Behaviour")),
        ("clinical", _("Clinical")),
        ("advance-directive", _("Advance directive")),
        ("admin", _("Interpreter, guardian, other")),
    ]

    facility = models.ForeignKey("places.Facility", on_delete=models.PROTECT, related_name="+", db_index=False)
    patient = models.ForeignKey("patients.Patient", on_delete=models.PROTECT, related_name="+", db_index=False)
    category = models.TextField(choices=CATEGORIES)
    words = models.TextField()
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    author = models.ForeignKey(
        "staff.Practitioner", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    author_name = models.TextField(blank=True, default="")
    ended_by_name = models.TextField(blank=True, default="")

    objects = FlagQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(words=""), name="inbox_flag_says_something"),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("started_at")), name="inbox_flag_period"
            ),
            # The same thing once: two tabs, a double click.
            models.UniqueConstraint(
                fields=["patient", "category", "words"],
                condition=Q(ended_at__isnull=True, voided_at__isnull=True),
                name="inbox_flag_once",
            ),
        ]
        indexes = [
            models.Index(fields=["patient", "-started_at"], name="inbox_flag_patient"),
            models.Index(fields=["updated_at", "id"], name="inbox_flag_updated"),
        ]
