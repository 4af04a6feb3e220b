"""Filing observations: many at once, each once by its source. Services of this room and of departments call it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from salus.chart.models import Observation
from salus.core.act import Act
from salus.core.dates import PartialDate


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservationItem:
    """One observation to file; the fields are those of `chart.Observation`.

    `source` (`lab.result:<id>`) makes it repeatable, `at` is when it was observed. Where `value_type` or `effective` is
    not given, it follows from the value and from `at`.
    """

    patient_id: UUID
    code: str
    display: str
    category: str
    at: datetime | None
    source: str | None = None
    encounter_id: UUID | None = None
    code_system: str = "http://loinc.org"
    codings: Any = None
    status: str = "final"
    effective: PartialDate | None = None
    issued_at: datetime | None = None
    value_type: str = ""
    number: Decimal | None = None
    comparator: str = ""
    unit: str = ""
    unit_code: str = ""
    value_code: str = ""
    text: str = ""
    value: str = ""
    components: str = ""
    absent_reason: str = ""
    flag: str = ""
    low: Decimal | None = None
    high: Decimal | None = None
    reference_text: str = ""
    note: str = ""
    performer_id: UUID | None = None
    members: list[UUID] = field(default_factory=list)


#: whose it is and where it came from never change by filing again
_FIXED = {"source", "patient_id", "encounter_id"}
CHANGES = [name for name in ObservationItem.__dataclass_fields__ if name not in _FIXED]


def record_observations(act: Act, items: Sequence[ObservationItem]) -> list[Observation]:
    """File observations in one statement; one that is there by its source is changed, and its history keeps the old.

    The department that hands over has checked the right for its own act.
    """
    return Observation.objects.bulk_create(
        [row_of(act, item) for item in items],
        update_conflicts=True,
        unique_fields=["source"],
        update_fields=CHANGES,
    )


def row_of(act: Act, item: ObservationItem) -> Observation:
    """The row that an item becomes."""
    values = {name: getattr(item, name) for name in ObservationItem.__dataclass_fields__}
    values["value_type"] = item.value_type or _kind(item)
    values["effective"] = item.effective or (PartialDate.of(item.at.replace(microsecond=0)) if item.at else None)
    return Observation(**values, recorded_by_id=act.by)


def _kind(item: ObservationItem) -> str:
    return "Quantity" if item.number is not None else "string" if item.text else ""
