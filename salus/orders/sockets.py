"""Safety checks plug in here: each may stop an order, at signing and again at dispensing and administration."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal
from uuid import UUID

from salus.core.act import Act

Moment = Literal["order", "dispense", "administer"]
Tier = Literal["stop", "interrupt", "note", "badge"]


Outcome = Literal["shown", "stopped", "overridden"]


@dataclass(frozen=True, slots=True)
class Proposed:
    """What is about to be ordered, dispensed or given; of a medicine, what a check needs to know of it comes along."""

    patient_id: UUID
    kind: str
    medicine_id: UUID | None = None
    presentation_id: UUID | None = None
    test_id: UUID | None = None
    dose: Decimal | None = None
    dose_unit: str = ""
    route: str = ""
    order_id: UUID | None = None
    name: str = ""
    synonyms: tuple[str, ...] = ()
    ingredients: tuple[str, ...] = ()
    allergy_groups: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Alert:
    """What a check found. A `stop` cannot be overridden and says what to do instead; an `interrupt` asks a reason.

    `place` is the index of the proposed thing that it speaks of.
    """

    rule: str
    tier: Tier
    title: str
    detail: str
    instead: str = ""
    source: str = ""
    place: int = 0


#: `check(act, proposed, moment, quantity)`: reads in the caller's transaction
OrderCheck = Callable[[Act, Sequence[Proposed], Moment, Decimal | None], Sequence[Alert]]
order_checks: list[OrderCheck] = []

#: `seen(act, proposed, alert, moment, outcome)`: somebody was shown, stopped by, or overrode an alert
AlertSeen = Callable[[Act, Proposed, Alert, Moment, Outcome], None]
alert_seen: list[AlertSeen] = []
