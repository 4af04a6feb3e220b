"""Safety checks plug in here: each may stop an order, at signing and again at dispensing and administration."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal
from uuid import UUID

from salus.core.act import Act

Moment = Literal["order", "dispense", "administer"]
Tier = Literal["stop", "interrupt", "note", "badge"]


@dataclass(frozen=True, slots=True)
class Proposed:
    """What is about to be ordered, dispensed or given."""

    patient_id: UUID
    kind: str
    medicine_id: UUID | None = None
    presentation_id: UUID | None = None
    test_id: UUID | None = None
    dose: Decimal | None = None
    dose_unit: str = ""
    route: str = ""
    order_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Alert:
    """What a check found. A `stop` cannot be overridden and says what to do instead."""

    rule: str
    tier: Tier
    title: str
    detail: str
    instead: str = ""
    source: str = ""


#: `check(act, proposed, moment, quantity)`: reads in the caller's transaction
OrderCheck = Callable[[Act, Sequence[Proposed], Moment, Decimal | None], Sequence[Alert]]
order_checks: list[OrderCheck] = []
