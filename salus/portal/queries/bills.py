"""Bills as a patient sees them: what was issued, what is paid, what is left."""

from decimal import Decimal
from uuid import UUID

from salus.billing.models import Invoice, Payment
from salus.core.act import Act

SEE = "billing.view"
PAGE = 60


def is_itemised(act: Act, patient_id: UUID) -> bool:
    """Whether a bill says what it is for: to the patient alone. A line names a test as plainly as a result does, and a bill
    without its lines only where something is marked would tell that something is."""
    one = act.subject(patient_id)
    return one is not None and one.is_self


def bills_of(act: Act, patient_id: UUID) -> list[Invoice]:
    """The bills of a patient, those of which something is owed first, then the newest."""
    act.require_for(patient_id, SEE)
    rows = list(Invoice.objects.visible_to(act).filter(patient_id=patient_id).order_by("-issued_at", "-id")[:PAGE])
    act.shows(patient_id)
    return sorted(rows, key=lambda one: owed(one) <= 0)


def bill_of(act: Act, patient_id: UUID, invoice_id: UUID) -> Invoice | None:
    """One bill with payments, and with its lines where it is itemised; None where it is not this patient's."""
    act.require_for(patient_id, SEE)
    rows = Invoice.objects.visible_to(act).filter(patient_id=patient_id, id=invoice_id)
    rows = rows.select_related("facility__organization", "patient").defer("patient__name_words")
    act.shows(patient_id)
    lines = ("lines",) if is_itemised(act, patient_id) else ()
    return rows.prefetch_related("payments", *lines).first()


def payment_of(act: Act, patient_id: UUID, payment_id: UUID) -> Payment | None:
    """A payment for its receipt; None where it is not this patient's."""
    act.require_for(patient_id, SEE)
    rows = Payment.objects.filter(id=payment_id, facility_id=act.here, invoice__patient_id=patient_id)
    act.shows(patient_id)
    return rows.select_related("invoice__patient", "facility__organization").first()


def owed(one: Invoice) -> Decimal:
    """What is left to pay; nothing of a cancelled bill."""
    return Decimal(0) if one.status == Invoice.CANCELLED else one.total - one.paid
