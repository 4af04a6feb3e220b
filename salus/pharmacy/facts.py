"""What pharmacy announces: ids and codes, never names."""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from salus.core.facts import Fact


@dataclass(frozen=True, kw_only=True)
class MedicationDispensed(Fact):
    """A medicine was given out."""

    dispense_id: UUID
    order_id: UUID
    service_code: str
    quantity: Decimal
    is_complete: bool
    encounter_id: UUID | None = None
    department_id: UUID | None = None
