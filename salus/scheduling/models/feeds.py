"""Private calendars: links by which a calendar program reads somebody's own appointments."""

from django.db import models
from django.db.models import Q

from salus.core.models import Record


class Feed(Record):
    """A link that nobody guesses: whoever has it reads when its owner has appointments, until it is taken back.

    Only the hash of its secret is kept. A practitioner's says nothing of any patient.
    """

    facility = models.ForeignKey("places.Facility", on_delete=models.PROTECT, related_name="+", db_index=False)
    patient = models.ForeignKey(
        "patients.Patient", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    practitioner = models.ForeignKey(
        "staff.Practitioner", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    hash = models.BinaryField(unique=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(patient__isnull=True) ^ Q(practitioner__isnull=True), name="scheduling_feed_one_owner"
            ),
            models.UniqueConstraint(
                fields=["facility", "patient", "practitioner"],
                condition=Q(revoked_at__isnull=True),
                nulls_distinct=False,
                name="scheduling_feed_one_each",
            ),
        ]
