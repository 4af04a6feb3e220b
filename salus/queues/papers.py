"""What is handed out on paper: the number, and the confirmation of an appointment with its code."""

from datetime import datetime
from pathlib import Path

from django.utils.translation import gettext as _

from salus.queues.codes import code_of
from salus.queues.models import Token
from salus.scheduling.models import Appointment
from salus.ui import formatting
from salus.ui.printing import pdf, qr_svg

_TYPST = Path(__file__).parent / "typst"


def slip(token: Token, *, printed_by: str, printed_at: datetime) -> bytes:
    """A number as a PDF: number, queue and time, and nothing of the patient."""
    department = token.queue.department
    data = {
        "house": department.facility.name,
        "number": token.label,
        "department": department.name,
        "queue": token.queue.name,
        "at": formatting.instant(token.issued_at),
        "words": _("Please wait until your number is called."),
    }
    return pdf(_TYPST / "slip.typ", data, printed_by=printed_by, printed_at=printed_at)


def confirmation(booked: Appointment, *, printed_by: str, printed_at: datetime) -> bytes:
    """The confirmation of an appointment as a PDF: who, when, where, and the code."""
    code = code_of(booked.id)
    patient = booked.patient
    data = {
        "title": _("Your appointment"),
        "house": booked.department.name,
        "name": formatting.full_name(patient.family, patient.given, patient.title),
        "when": formatting.when(booked.period.lower),
        "with": booked.schedule.name,
        "where": ", ".join(filter(None, (booked.department.name, booked.location.name if booked.location else ""))),
        "words": _("Show this code at the desk or hold it before a kiosk to check in."),
        "qr": str(qr_svg(code, scale=4)),
        "code": " ".join(code[n : n + 6] for n in range(0, len(code), 6)),
    }
    return pdf(_TYPST / "confirmation.typ", data, printed_by=printed_by, printed_at=printed_at)
