"""Acts on charges, invoices and payments."""

from decimal import Decimal
from uuid import UUID

from salus.billing.models import Charge
from salus.core.act import Act


def capture_charge(
    act: Act,
    *,
    source: str,
    patient_id: UUID | None,
    encounter_id: UUID | None,
    department_id: UUID | None,
    service_code: str,
    quantity: Decimal,
) -> Charge | None:
    """Put one charge on the patient's bill; the same source charges once."""
    act.require("billing.capture_charge")
    raise NotImplementedError
