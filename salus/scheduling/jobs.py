"""What scheduling does by the clock."""

from datetime import UTC, datetime, timedelta

from procrastinate.contrib.django import app

from salus.core.act import system_act
from salus.places.models import Facility
from salus.scheduling.models import BOOK, VIEW
from salus.scheduling.services import day

#: whoever has not come so long after the end of the appointment does not come any more
GRACE = timedelta(hours=2)


@app.task(name="scheduling.note_the_missing", queueing_lock="scheduling.note_the_missing")
def note_the_missing(timestamp: int) -> None:
    """Mark who did not come; late, twice or beside another does no harm."""
    now = datetime.now(UTC)
    for facility_id in Facility.objects.values_list("id", flat=True):
        act = system_act(rights={BOOK, VIEW}, door="job:note_the_missing", facility_id=facility_id, at=now)
        while day.mark_all_missed(act, before=now - GRACE):
            pass
