"""An offer as it is told to the patient: only while it stands."""

from uuid import UUID

from salus.core.act import Act
from salus.scheduling.queries.told import Told, told
from salus.waitlist.models import VIEW, Offer


def offer_told(act: Act, offer_id: UUID) -> Told | None:
    """An open offer of the act's facility as a time with somebody, held until it is told; None where it is over."""
    act.require(VIEW)
    found = Offer.objects.filter(id=offer_id, facility_id=act.here, status="open", expires_at__gt=act.at)
    held = found.select_for_update(of=("self",), no_key=True)
    row = held.select_related("schedule__practitioner", "schedule__location", "schedule__department").first()
    return told(act, row, row.schedule) if row else None
