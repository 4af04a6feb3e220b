"""Visits on the patient's timeline."""

from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from salus.core.act import Act
from salus.encounters.queries import visits_of
from salus.patients.sockets import TimelineEvent


def visits(act: Act, patient_id: UUID, before: datetime, limit: int) -> list[TimelineEvent]:
    """The newest visits that began before an instant."""
    return [
        TimelineEvent(
            at=one.started_at,
            kind=_("Visit"),
            title=one.title or _("Visit"),
            detail=" · ".join(part for part in (one.reason, one.department, one.practitioner) if part),
            icon="calendar-check",
            route="encounters:show",
            route_args={"encounter_id": one.id},
        )
        for one in visits_of(act, patient_id, before, limit)
        if one.started_at
    ]
