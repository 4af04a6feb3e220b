"""The way of a referral: which step follows which, and when somebody has waited too long for the next."""

from collections.abc import Mapping
from datetime import timedelta

#: from a state to those that may follow; what has no successor is over
NEXT: Mapping[str, tuple[str, ...]] = {
    "sent": ("accepted", "declined", "booked", "seen", "answered", "cancelled"),
    "accepted": ("declined", "booked", "seen", "answered", "cancelled"),
    # an appointment that is cancelled leads back
    "booked": ("accepted", "declined", "seen", "answered", "cancelled"),
    "seen": ("answered",),
    "answered": ("closed",),
    # the referrer asks somebody else, or takes note
    "declined": ("sent", "closed"),
    "closed": (),
    "cancelled": (),
}
#: somebody still has to do something
OPEN = tuple(one for one, then in NEXT.items() if then)
#: the receiver's turn, and the referrer's
WITH_RECEIVER, WITH_REFERRER = ("sent", "accepted", "booked", "seen"), ("declined", "answered")

#: so long the next step may take: a house rule, by urgency
_PATIENCE = {"routine": timedelta(days=14), "urgent": timedelta(days=3), "stat": timedelta(days=1)}


def may_follow(status: str, then: str) -> bool:
    """Whether a referral may go from one state to the other."""
    return then in NEXT.get(status, ())


def is_late(status: str, priority: str, waited: timedelta) -> bool:
    """Whether the next step of an open referral has been waited for too long."""
    return status in OPEN and waited > _PATIENCE.get(priority, _PATIENCE["routine"])
