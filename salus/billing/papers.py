"""What stands on the printed invoice and receipt."""

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from salus.billing import rules
from salus.billing.models import Invoice, Payment
from salus.patients.models import Patient
from salus.places.models import Facility
from salus.ui import formatting
from salus.ui.printing import code128_svg


def plain(amount: Decimal, currency: str) -> str:
    """An amount as it is typed: `12.50`."""
    return str(rules.rounded(amount, currency))


def invoice(found: Invoice) -> dict[str, Any]:
    """The data of `typst/invoice.typ`."""
    money = _money(found.currency)
    rows = [
        [
            line.description,
            formatting.number(line.quantity),
            formatting.unit_price(line.unit_price, found.currency),
            money(line.amount),
        ]
        for line in sorted(found.lines.all(), key=lambda line: line.place)
    ]
    totals = [[_("Total"), money(found.total)]]
    if found.paid:
        totals += [[_("Paid"), money(found.paid)], [_("Still owed"), money(found.total - found.paid)]]
    return {
        "title": _("Invoice %(number)s") % {"number": found.number},
        "organisation": _organisation(found.facility),
        "patient": _patient(found.patient),
        "facts": [
            [_("Issued"), formatting.instant(found.issued_at)],
            [_("By"), found.issued_by_name],
        ],
        "head": [_("What was done"), _("Quantity"), _("Price"), _("Amount")],
        "rows": rows,
        "totals": totals,
        "barcode": str(code128_svg(found.number, height=40)),
    }


def receipt(payment: Payment) -> dict[str, Any]:
    """The data of `typst/receipt.typ`."""
    money = _money(payment.currency)
    found = payment.invoice
    rows = [
        [_("Invoice"), found.number],
        [_("Invoice total"), money(found.total)],
        [_("Paid by"), str(payment.get_method_display())],
    ]
    if payment.reference:
        rows.append([_("Reference"), payment.reference])
    rows.append([_("Received"), money(payment.amount)])
    if payment.tendered is not None:
        rows += [[_("Handed over"), money(payment.tendered)], [_("Change"), money(payment.change)]]
    rows.append([_("Still owed"), money(found.total - found.paid)])
    person = _patient(found.patient)
    return {
        "title": _("Receipt %(number)s") % {"number": payment.receipt_number},
        "organisation": _organisation(payment.facility),
        "person": [person["name"], f"{_('MRN')} {person['mrn']}"],
        "at": formatting.instant(payment.received_at),
        "by": payment.received_by_name,
        "head": ["", ""],
        "rows": rows,
        "barcode": str(code128_svg(payment.receipt_number, height=36)),
    }


def _organisation(facility: Facility) -> dict[str, Any]:
    """The letterhead: the house's name, its first address and what it is reached by."""
    house = facility.organization
    lines: list[str] = []
    for address in house.addresses[:1]:
        lines += [*address.get("line", ()), " ".join(filter(None, (address.get("postalCode"), address.get("city"))))]
    lines += [str(one.get("value", "")) for one in house.telecom if one.get("system") in ("phone", "email")]
    return {"name": facility.name, "lines": [line for line in lines if line]}


def _patient(patient: Patient) -> dict[str, str]:
    return {
        "name": formatting.full_name(patient.family, patient.given, patient.title),
        "born": formatting.partial_date(patient.birth_date) if patient.birth_date else "—",
        "sex": formatting.sex(patient.gender),
        "mrn": formatting.mrn(patient.mrn),
    }


def _money(currency: str) -> Any:
    return lambda amount: formatting.money(rules.rounded(amount, currency), currency)
