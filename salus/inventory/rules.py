"""Which lot goes first, and when one is too old: pure arithmetic."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal
from uuid import UUID

State = Literal["expired", "soon", "fine"]

#: a lot that may be given for less than this is shown as expiring soon
SOON = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class OnHand:
    """What is left of a lot, and the last day on which it may be given."""

    id: UUID
    lot_number: str
    expires_on: date
    on_hand: Decimal


def state_of(expires_on: date, today: date) -> State:
    """How old a lot is: it may still be given on its last day."""
    if expires_on < today:
        return "expired"
    return "soon" if expires_on < today + SOON else "fine"


def first_expiry_first(lots: Iterable[OnHand], wanted: Decimal, today: date) -> list[tuple[OnHand, Decimal]]:
    """From which lots so much is taken, and how much of each; together less than wanted where there is less."""
    plan = []
    fitting = (lot for lot in lots if lot.on_hand > 0 and state_of(lot.expires_on, today) != "expired")
    for lot in sorted(fitting, key=lambda one: (one.expires_on, one.id)):
        if wanted <= 0:
            break
        part = min(lot.on_hand, wanted)
        plan.append((lot, part))
        wanted -= part
    return plan


def usable(lots: Sequence[OnHand], today: date) -> Decimal:
    """How much may be given today."""
    return sum((lot.on_hand for lot in lots if state_of(lot.expires_on, today) != "expired"), Decimal(0))
