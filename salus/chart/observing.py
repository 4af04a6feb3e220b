"""Filing observations that a department hands over: many at once, each once by its source."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from salus.chart.models import Observation
from salus.core.act import Act
from salus.core.dates import PartialDate


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservationItem:
    """One observation to file; `source` (`lab.result:<id>`) makes it repeatable, `at` is when it was observed."""

    source: str
    patient_id: UUID
    encounter_id: UUID | None
    code_system: str
    code: str
    display: str
    category: str
    status: str
    at: datetime
    issued_at: datetime | None = None
    number: Decimal | None = None
    comparator: str = ""
    unit: str = ""
    unit_code: str = ""
    text: str = ""
    flag: str = ""
    low: Decimal | None = None
    high: Decimal | None = None
    reference_text: str = ""
    note: str = ""
    performer_id: UUID | None = None


_CHANGES = [
    *("status", "number", "comparator", "unit", "unit_code", "text", "flag", "low", "high", "reference_text", "note"),
    *("value_type", "at", "effective", "issued_at"),
]


@transaction.atomic
def record_observations(act: Act, items: Sequence[ObservationItem]) -> list[Observation]:
    """File observations in one statement; one that is there by its source is changed, and its history keeps the old.

    The department that hands over has checked the right for its own act.
    """
    return Observation.objects.bulk_create(
        [_row(act, item) for item in items],
        update_conflicts=True,
        unique_fields=["source"],
        update_fields=_CHANGES,
    )


def _row(act: Act, item: ObservationItem) -> Observation:
    values = {name: getattr(item, name) for name in ObservationItem.__dataclass_fields__}
    value_type = "Quantity" if item.number is not None else "string" if item.text else ""
    effective = PartialDate.of(item.at.replace(microsecond=0))
    return Observation(**values, value_type=value_type, effective=effective, recorded_by_id=act.by)
