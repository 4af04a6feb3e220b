"""What stands on the printed invoice and receipt."""

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from salus.billing import rules
from salus.billing.models import Invoice, Payment
from salus.patients.papers import identity, letterhead
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
        "organisation": letterhead(found.facility),
        "patient": identity(found.patient),
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
    person = identity(found.patient)
    return {
        "title": _("Receipt %(number)s") % {"number": payment.receipt_number},
        "organisation": letterhead(payment.facility),
        "person": [person["name"], f"{_('MRN')} {person['mrn']}"],
        "at": formatting.instant(payment.received_at),
        "by": payment.received_by_name,
        "head": ["", ""],
        "rows": rows,
        "barcode": str(code128_svg(payment.receipt_number, height=36)),
    }


def _money(currency: str) -> Any:
    return lambda amount: formatting.money(rules.rounded(amount, currency), currency)
