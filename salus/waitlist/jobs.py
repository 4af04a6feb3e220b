"""What the waiting list does by the clock, and soon after something came free."""

from datetime import UTC, datetime
from uuid import UUID

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from salus.core.act import Act, system_act
from salus.core.announce import ATTEMPTS
from salus.places.models import Facility
from salus.scheduling.models import BOOK
from salus.waitlist.locking import OthersOffer
from salus.waitlist.models import OFFER
from salus.waitlist.services import offers, wishes
from salus.waitlist.services.looking import AGAIN, look_soon


@app.task(name="waitlist.pass_on", queueing_lock="waitlist.pass_on")
def pass_on(timestamp: int) -> None:
    """Have each facility's list looked at, by a job of its own: trouble with one keeps no other waiting."""
    for facility_id in Facility.objects.values_list("id", flat=True):
        look_soon(_act_in(facility_id, datetime.now(UTC)))


@app.task(name="waitlist.look", queue="consequences", retry=RetryStrategy(max_attempts=ATTEMPTS, exponential_wait=2))
def look(facility_id: str, *, at: datetime | None = None) -> None:
    """What nobody answered lapses, and what is free is offered to the next; late, twice or beside another does no harm.

    Somebody who gives times away at this moment is not waited for, as all that follows waits behind: it is looked at again.
    """
    act = _act_in(UUID(facility_id), at or datetime.now(UTC))
    while offers.lapse_offers(act):
        pass
    while wishes.close_wishes(act):
        pass
    try:
        while offers.fill_places(act, waits=False):
            pass
    except OthersOffer:
        look_soon(act, wait=AGAIN)


def _act_in(facility_id: UUID, at: datetime) -> Act:
    return system_act(rights={OFFER, BOOK}, door="job:waitlist.look", facility_id=facility_id, at=at)
