"""Certificates on paper."""

from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from salus.chart.codes import in_groups
from salus.chart.models import Certificate
from salus.ui import formatting
from salus.ui.printing import document, qr_svg

_TYPST = Path(__file__).parent / "typst"


def certificate(row: Certificate, *, printed_by: str, printed_at: datetime) -> bytes:
    """A certificate as an A4 page with the code that proves it; a withdrawn one says so across the page."""
    token = str(row.token)
    address = f"{settings.SALUS_URL}{reverse('chart:proof', args=[token])}"
    said: dict[str, Any] = row.content
    data = {
        **{name: said[name] for name in ("title", "statement", "facts", "patient")},
        "organisation": {"name": said["house"]},
        "number": _("Number %(n)s") % {"n": row.number},
        "signed": _("Signed by %(who)s on %(at)s") % {"who": row.issuer_name, "at": formatting.instant(row.issued_at)},
        "qr": str(qr_svg(address, scale=4)),
        "code": in_groups(token),
        "words": _("Whether this paper is genuine and still holds can be asked with this code at %(where)s")
        % {"where": f"{settings.SALUS_URL}{reverse('chart:prove')}"},
        "withdrawn": _("Withdrawn") if row.withdrawn_at else "",
    }
    return document(_TYPST / "certificate.typ", data, printed_by=printed_by, printed_at=printed_at)
