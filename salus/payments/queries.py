"""What is read of online payments."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from salus.core.act import Act
from salus.payments.models import PAY, Checkout

#: rows of the worklist
PAGE = 100


def unfinished(limit: int) -> Sequence[Checkout]:
    """Those of which money may still come or has to go back, of all facilities, the longest waiting first; for the clock."""
    return list(Checkout.objects.filter(status__in=Checkout.UNFINISHED).order_by("opened_at")[:limit])


def unfinished_one(checkout_id: UUID) -> Checkout | None:
    return Checkout.objects.filter(id=checkout_id, status__in=Checkout.UNFINISHED).first()


def named_by_gateway(gateway: str, reference: str) -> UUID | None:
    """The checkout that a gateway calls so."""
    found = Checkout.objects.filter(gateway=gateway, reference=reference)
    return found.values_list("id", flat=True).first()


def checkout(act: Act, checkout_id: UUID) -> Checkout:
    """One with its bill and receipt.

    :raises Checkout.DoesNotExist: where this act may not see it
    """
    act.require_for_some("billing.view", PAY)
    found = Checkout.objects.visible_to(act).select_related("invoice", "payment").get(id=checkout_id)
    act.shows(found.patient_id)
    return found


def of_invoice(act: Act, invoice_id: UUID) -> Checkout | None:
    """The way that is open for a bill just now."""
    act.require_for_some("billing.view", PAY)
    return Checkout.objects.visible_to(act).filter(invoice_id=invoice_id, status=Checkout.OPEN).first()


def latest(act: Act, *, status: str = "") -> list[Checkout]:
    """The facility's online payments, the newest first, with their patients."""
    act.require("billing.view")
    found = Checkout.objects.visible_to(act).select_related("invoice", "patient", "payment")
    if status:
        found = found.filter(status=status)
    rows = list(found.defer("patient__name_words").order_by("-opened_at")[:PAGE])
    act.shows(*(row.patient_id for row in rows))
    return rows


def count_surplus(act: Act) -> int:
    """How many payments have to go back."""
    act.require("billing.view")
    return Checkout.objects.visible_to(act).filter(status=Checkout.SURPLUS).count()
