"""What orders say in a note that begins, and in the chart as it was."""

from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext_lazy as lazy

from salus.chart.sockets import PartThen, Phrase, offer_phrases, parts_then
from salus.core.act import Act
from salus.core.history import as_they_were
from salus.orders import queries
from salus.orders.models import Order
from salus.orders.words import instruction_words

_VIEW = "orders.view"


def plug_in() -> None:
    """Offer the phrases and the part."""
    offer_phrases(
        Phrase("medicines", lazy("Current medicines"), _VIEW, _medicines),
        Phrase("tests", lazy("What was ordered on this visit"), _VIEW, _ordered),
    )
    parts_then.append(PartThen(10, _VIEW, "orders/_medicines_then.html", medicines_then))


def medicines_then(act: Act, patient_id: UUID, at: datetime) -> list[queries.OrderLine]:
    """What the patient took at an instant, as the record said it then; two statements."""
    rows = queries.with_medicines(Order.objects.of_patient(act, patient_id)).filter(kind="medicine", created_at__lte=at)
    then = as_they_were(list(rows.order_by("-authored_at")[: queries.MOST_MEDICINES]), at)
    return [queries.line_of(one) for one in then if one.voided_at is None and queries.is_taken(one, at)]


def _medicines(act: Act, patient_id: UUID, encounter_id: UUID | None) -> list[str]:
    shown = Order.objects.of_patient(act, patient_id)
    found = queries.medicines_in_use(patient_id, act.at, shown)
    return [
        ": ".join(part for part in (one.medicine.name if one.medicine else one.display, instruction_words(one)) if part)
        for one in found
    ]


def _ordered(act: Act, patient_id: UUID, encounter_id: UUID | None) -> list[str]:
    if encounter_id is None:
        return []
    rows = Order.objects.of_patient(act, patient_id).filter(encounter_id=encounter_id, voided_at=None)
    rows = rows.exclude(kind="medicine").exclude(status__in=("entered-in-error", "cancelled", "revoked", "draft"))
    return list(dict.fromkeys(rows.order_by("authored_at").values_list("display", flat=True)[:40]))
