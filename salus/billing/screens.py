"""What the cash desk plugs into pages that are not its own: home worklists, and finding a paper by its number."""

import re
from collections.abc import Sequence
from typing import Any

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _

from salus.billing import queries
from salus.core.act import Act
from salus.ui import formatting
from salus.ui.sockets import Found

_NUMBER = re.compile(r"[IR][0-9]{2}-[0-9]{6,12}", re.IGNORECASE)


def work(act: Act, state: str) -> dict[str, Any]:
    """The context of the worklist in one of its states: `bill` or `pay`."""
    rows: Sequence[queries.ToBill | queries.ToPay]
    if state == "pay":
        rows, bill = queries.to_pay(act), queries.count_to_bill(act)
    else:
        rows, bill = queries.to_bill(act)
    act.shows(*(row.patient_id for row in rows))
    counts = {"bill": bill, "pay": queries.count_to_pay(act)}
    return {"state": state, "counts": counts, "rows": rows, "similar": queries.similar(rows)}


def home_panel(request: Any) -> str:
    """The cash desk's worklist on the home page."""
    return render_to_string("billing/_work.html", work(request.act, "bill"), request=request)


def unpriced_panel(request: Any) -> str:
    """What waits for a price, on the administrator's home page."""
    context = {"rows": queries.unpriced_services(request.act)}
    return render_to_string("billing/_unpriced.html", context, request=request)


def find_papers(act: Act, text: str) -> list[Found]:
    """An invoice or receipt whose whole number was typed or scanned."""
    if not act.may("billing.view") or not _NUMBER.fullmatch(text.strip()):
        return []
    found = queries.papers_numbered(act, text)
    act.shows(*(one.patient_id for one in found))
    return [
        Found(
            label=one.number,
            url=reverse("billing:receipt", args=[one.payment_id])
            if one.payment_id
            else reverse("billing:invoice", args=[one.invoice_id]),
            sub=f"{formatting.full_name(one.family, one.given, one.title)} · {_('MRN')} {formatting.mrn(one.mrn)}",
            icon="receipt-text",
            group=_("Bills"),
        )
        for one in found
    ]
