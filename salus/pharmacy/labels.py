"""The label of what was given out."""

from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from salus.orders.words import medicine_words
from salus.pharmacy.models import Dispense
from salus.ui import formatting
from salus.ui.printing import code128_svg, pdf

_TEMPLATE = Path(__file__).parent / "typst" / "label.typ"


def code_of(dispense: Dispense) -> str:
    """What the bar code says: the number of the dispense, nothing of the patient."""
    return f"RX{dispense.number}"


def label(dispense: Dispense, *, printed_by: str, printed_at: Any) -> bytes:
    """The label as a PDF: who, what, how much, how to take it, which lots."""
    return pdf(_TEMPLATE, _content(dispense), printed_by=printed_by, printed_at=printed_at)


def _content(dispense: Dispense) -> dict[str, Any]:
    patient, order = dispense.patient, dispense.prescription.order
    words = medicine_words(order)
    lots = [f"{line.lot.lot_number} ({formatting.day(line.lot.expires_on)})" for line in dispense.lines.all()]
    return {
        "house": dispense.prescription.facility.name,
        "name": formatting.full_name(patient.family, patient.given, patient.title),
        "born": formatting.partial_date(patient.birth_date),
        "mrn": formatting.mrn(patient.mrn),
        "medicine": words.name,
        "form": words.form,
        "quantity": formatting.amount(dispense.quantity, dispense.unit),
        "instructions": dispense.instructions,
        "lots": _("Lot %(lots)s") % {"lots": ", ".join(lots)},
        "given": formatting.instant(dispense.dispensed_at),
        "by": dispense.dispensed_by_name,
        "number": code_of(dispense),
        "barcode": str(code128_svg(code_of(dispense), height=36, label=False)),
    }
