"""When the list is looked at: soon, and once, however many ask for it."""

from salus.core.act import Act
from salus.core.announce import defer_once
from salus.waitlist.models import OFFER

#: seconds until it is looked at again where somebody is giving times away
AGAIN = 5


def look_soon(act: Act, *, wait: int = 0) -> None:
    """Have the list of this facility looked at; everything is looked at anew then, so those who ask meanwhile ask for the same.

    Two hundred who cancel at once are one matching, and what else follows from them does not wait for two hundred.
    """
    act.require(OFFER)
    defer_once("waitlist.look", key=str(act.here), wait=wait, facility_id=str(act.here))
