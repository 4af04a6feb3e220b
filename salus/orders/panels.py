"""What orders shows on the pages of lower rooms: panels of the chart summary, lines of the timeline."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from salus.core.act import Act
from salus.orders import queries
from salus.orders.models import Order
from salus.patients.sockets import TimelineEvent

_ICONS = {
    "medicine": "pill",
    "test": "flask-conical",
    "image": "scan",
    "procedure": "syringe",
    "diet": "utensils",
    "nursing": "heart-handshake",
    "referral": "send",
}


def timeline(act: Act, patient_id: UUID, before: datetime, limit: int) -> Sequence[TimelineEvent]:
    """The newest orders before an instant."""
    rows = (
        Order.objects.of_patient(act, patient_id)
        .filter(authored_at__lt=before, voided_at=None)
        .select_related("medicine", "presentation")
        .defer("medicine__words", "medicine__sources")
        .order_by("-authored_at")[:limit]
    )
    return [_event(queries.line_of(row)) for row in rows]


def _event(line: queries.OrderLine) -> TimelineEvent:
    words = line.medicine
    parts = (words.form, words.dose, words.route, words.schedule) if words else (line.detail,)
    assert line.authored_at is not None
    return TimelineEvent(
        at=line.authored_at,
        kind="order",
        title=_("%(what)s ordered") % {"what": line.title},
        detail=" — ".join(part for part in (*parts, line.requester) if part),
        icon=_ICONS.get(line.kind, "clipboard-list"),
        route="orders:orders",
        route_args={"patient_id": line.patient_id},
    )
