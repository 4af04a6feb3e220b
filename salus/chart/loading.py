"""Many entries of records at once by COPY: the simulator and the bench come through here, all others through services."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from salus.chart import rules
from salus.chart.models.entries import Entry
from salus.core.dates import PartialDate
from salus.core.loading import copy_rows


def load_entries(model: type[Entry], rows: Iterable[Mapping[str, Any]], *, recorded_by_id: UUID, at: datetime) -> int:
    """Load entries of one kind (column -> value, as in the model); gives how many."""
    return copy_rows(model, rows, recorded_by_id=recorded_by_id, at=at)


def a_quantity(
    *,
    patient_id: UUID,
    encounter_id: UUID | None,
    code: str,
    display: str,
    category: str,
    number: Decimal,
    unit: str,
    unit_code: str,
    at: datetime,
    **more: Any,
) -> dict[str, Any]:
    """The row of an observation that is a number with a unit."""
    return {
        "patient_id": patient_id,
        "encounter_id": encounter_id,
        "code_system": rules.LOINC,
        "code": code,
        "display": display,
        "category": category,
        "status": "final",
        "value_type": "Quantity",
        "number": number,
        "unit": unit,
        "unit_code": unit_code,
        "at": at,
        "effective": PartialDate.of(at.replace(microsecond=0)),
        **more,
    }


def a_pressure(
    *, patient_id: UUID, encounter_id: UUID | None, systolic: Decimal, diastolic: Decimal, at: datetime, **more: Any
) -> dict[str, Any]:
    """The row of a blood pressure: the panel with its two components."""
    return {
        "patient_id": patient_id,
        "encounter_id": encounter_id,
        "code_system": rules.LOINC,
        "code": rules.BLOOD_PRESSURE,
        "display": "Blood pressure",
        "category": "vital-signs",
        "status": "final",
        "components": rules.pressure_components(systolic, diastolic),
        "unit": "mmHg",
        "unit_code": "mm[Hg]",
        "at": at,
        "effective": PartialDate.of(at.replace(microsecond=0)),
        **more,
    }
