"""Many entries of records at once by COPY: the simulator and the bench come through here, all others through services."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from salus.chart import rules
from salus.chart.models import DocumentPage
from salus.chart.models.entries import Entry
from salus.chart.sniffing import Sniffed
from salus.core import files
from salus.core.act import Act
from salus.core.dates import PartialDate
from salus.core.loading import copy_rows


def load_entries(model: type[Entry], rows: Iterable[Mapping[str, Any]], *, recorded_by_id: UUID, at: datetime) -> int:
    """Load entries of one kind (column -> value, as in the model); gives how many."""
    return copy_rows(model, rows, recorded_by_id=recorded_by_id, at=at)


def load_pages(
    act: Act, *, patient_id: UUID, document_id: UUID, sniffed: Sequence[Sniffed], first: int = 1
) -> list[DocumentPage]:
    """Keep files in the sealed store, each as a page of a document, in their order."""
    made = []
    for number, one in enumerate(sniffed, start=first):
        file = files.keep_file(act, one.content, media_type=one.media_type, patient_id=patient_id)
        page = DocumentPage(document_id=document_id, number=number, file=file, sheets=one.sheets)
        page.recorded_by_id = act.by
        page.save(force_insert=True)
        made.append(page)
    return made


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
