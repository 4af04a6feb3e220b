"""What online payments plug into pages that are not their own."""

from typing import Any

from django.template.loader import render_to_string

from salus.payments import queries
from salus.payments.models import Checkout


def home_panel(request: Any) -> str:
    """On the home of the cash desk: what has to go back. Nothing where nothing has."""
    rows = queries.latest(request.act, status=Checkout.SURPLUS)
    return render_to_string("payments/_surplus.html", {"rows": rows}, request=request) if rows else ""
