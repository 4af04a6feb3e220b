"""What queues do by the clock."""

from datetime import UTC, datetime, timedelta

from procrastinate.contrib.django import app

from salus.core.act import system_act
from salus.places.models import Facility
from salus.queues import services
from salus.queues.models import FOLLOW

#: a number that nobody has ended so long after it was given is over
LONGEST = timedelta(hours=18)


@app.task(name="queues.close_the_day", queueing_lock="queues.close_the_day")
def close_the_day(timestamp: int) -> None:
    """End what was left open; late, twice or beside another does no harm."""
    now = datetime.now(UTC)
    for facility_id in Facility.objects.values_list("id", flat=True):
        act = system_act(rights={FOLLOW}, door="job:close_the_day", facility_id=facility_id, at=now)
        while services.close_the_day(act, before=now - LONGEST):
            pass
