"""The order in which everyone locks: the facility's policy (who offers by the list), the wish, its offer, then what scheduling
locks. One offer of a wish is open at most, so who has the wish has the offer."""

from uuid import UUID

from django.db import connection

from salus.core.act import Act
from salus.core.announce import announce
from salus.core.errors import Conflict, NotFound
from salus.core.ids import uuid7
from salus.core.live import changed
from salus.scheduling.services import keeping
from salus.waitlist.facts import OfferDeclined, OfferLapsed, OfferWithdrawn
from salus.waitlist.models import Offer, Policy, Wish


class OthersOffer(Conflict):
    """Somebody is giving times away in this facility at this moment."""


class NotWaiting(Conflict):
    """This patient does not wait any more, or is offered another time already."""


def policy_of(act: Act) -> Policy:
    """How the act's facility wants its list; as it is at first unless somebody said."""
    return Policy.objects.filter(facility_id=act.here).first() or Policy(facility_id=act.here)


def policy_locked(act: Act, *, waits: bool = True) -> Policy:
    """The same, held until the act ends: one at a time gives times away in a facility.

    :param waits: whether to wait for somebody who has it
    :raises OthersOffer: if somebody has it and this act does not wait
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO waitlist_policy (id, version, facility_id, is_automatic, keep_minutes, awake_from, awake_until, "
            "most_offers, short_hours) VALUES (%s, 1, %s, true, 30, 480, 1200, 3, 24) ON CONFLICT DO NOTHING",
            [uuid7(), act.here],
        )
    policy = Policy.objects.select_for_update(no_key=True, skip_locked=not waits).filter(facility_id=act.here).first()
    if policy is None:
        raise OthersOffer
    return policy


def wish_locked(act: Act, wish_id: UUID) -> Wish:
    """A wish that this act may see, locked until the act ends.

    :raises NotFound: if there is none
    """
    wish = Wish.objects.visible_to(act).select_for_update(no_key=True, of=("self",)).filter(id=wish_id).first()
    if wish is None:
        raise NotFound
    return wish


def offer_locked(act: Act, offer_id: UUID) -> tuple[Wish, Offer]:
    """An offer of a wish that this act may see, both locked until the act ends.

    :raises NotFound: if there is none
    """
    seen = Offer.objects.filter(wish__in=Wish.objects.visible_to(act)).select_related("wish__replaces")
    # In this order, in one statement: the wish, then its offer.
    offer = seen.select_for_update(no_key=True, of=("wish", "self")).filter(id=offer_id).first()
    if offer is None:
        raise NotFound
    return offer.wish, offer


def topic_of(act: Act) -> str:
    """What pages that show the list of this facility listen to."""
    return f"waitlist:{act.here}"


def end_offer(act: Act, wish: Wish, status: str, *, reason: str = "", channel: str = "") -> Offer | None:
    """End what is offered for a locked wish: the place is free again, the patient waits for another. None if nothing is."""
    offer = Offer.objects.select_for_update(no_key=True).filter(wish=wish, status="open").first()
    if offer is None:
        return None
    keeping.release_time(act, source=offer.source)
    offer.status, offer.ended_at, offer.reason, offer.channel = status, act.at, reason, channel
    offer.save(update_fields=["status", "ended_at", "reason", "channel"])
    if wish.status == "offered":
        wish.status = "waiting"
        wish.save(update_fields=["status"])
    changed(topic_of(act))
    told = {"patient_id": wish.patient_id, "offer_id": offer.id, "wish_id": wish.id}
    if status == "declined":
        announce(act, OfferDeclined(**told))
    elif status == "lapsed":
        announce(act, OfferLapsed(**told))
    else:
        announce(act, OfferWithdrawn(reason=reason, **told))
    return offer
