"""What the waiting list does by the clock."""

from datetime import UTC, datetime

from procrastinate.contrib.django import app

from salus.core.act import system_act
from salus.places.models import Facility
from salus.scheduling.models import BOOK
from salus.waitlist.models import OFFER
from salus.waitlist.services import offers, wishes


@app.task(name="waitlist.pass_on", queueing_lock="waitlist.pass_on")
def pass_on(timestamp: int) -> None:
    """What nobody answered lapses, and what is free is offered to the next; late, twice or beside another does no harm."""
    now = datetime.now(UTC)
    for facility_id in Facility.objects.values_list("id", flat=True):
        act = system_act(rights={OFFER, BOOK}, door="job:pass_on", facility_id=facility_id, at=now)
        while offers.lapse_offers(act):
            pass
        while wishes.close_wishes(act):
            pass
        while offers.fill_places(act):
            pass
