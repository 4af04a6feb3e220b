"""What the inbox does by the clock."""

from datetime import UTC, datetime

from procrastinate.contrib.django import app

from salus.core.act import system_act
from salus.inbox import services
from salus.inbox.models import ESCALATE
from salus.places.models import Facility


@app.task(name="inbox.escalate", queueing_lock="inbox.escalate")
def escalate(timestamp: int = 0, *, at: datetime | None = None) -> int:
    """Hand on what nobody saw to in time; returns how many tasks. Late, twice or beside another it does no harm."""
    handed_on = 0
    for facility_id in Facility.objects.values_list("id", flat=True):
        act = system_act(rights={ESCALATE}, door="job:escalate", facility_id=facility_id, at=at or datetime.now(UTC))
        while some := services.escalate_tasks(act):
            handed_on += some
    return handed_on
