"""Who cares for a patient, as somebody wrote it down."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from salus.chart.models.entries import Entry


class TeamMember(Entry):
    """Somebody who cares for a patient in a role (FHIR CareTeam.participant), within the house or outside it.

    Whoever treats the patient by a visit, an order or a referral is no row here: that is a care relation of `patients`.
    `display` is the name as shown.
    """

    ROLES = [
        ("responsible", _("Responsible doctor")),
        ("specialist", _("Specialist")),
        ("nurse", _("Nurse")),
        ("therapist", _("Therapist")),
        ("pharmacist", _("Pharmacist")),
        ("social-worker", _("Social worker")),
        ("family", _("Family or friend")),
        ("other", _("Other")),
    ]

    practitioner = models.ForeignKey("staff.Practitioner", null=True, on_delete=models.PROTECT, related_name="+")
    role = models.TextField(choices=ROLES)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(display=""), name="care_team_named"),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=models.F("started_at")), name="care_team_period"
            ),
            models.UniqueConstraint(
                fields=["patient", "practitioner", "role"],
                condition=Q(ended_at__isnull=True, practitioner__isnull=False, voided_at__isnull=True),
                name="care_team_once",
            ),
        ]
        indexes = [
            models.Index(fields=["patient", "ended_at"], name="care_team_patient"),
            models.Index(fields=["updated_at", "id"], name="care_team_updated"),
        ]
