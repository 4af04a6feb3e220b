"""The gateway of the demonstration: a page of our own that looks like somebody else's, and no money moves."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from django.urls import reverse

from salus.payments.gateways import GatewayAway, NotFromGateway, Opened, Wish
from salus.payments.models import Pretended
from salus.payments.rules import Seen


class PretendedGateway:
    """Keeps in our own database what a gateway keeps in its own."""

    code, origin = "pretended", ""

    def open(self, wish: Wish) -> Opened:
        """See `Gateway.open`."""
        row, _made = Pretended.objects.get_or_create(
            id=wish.checkout_id,
            defaults={"amount": wish.amount, "currency": wish.currency, "what": wish.what, "back": wish.back},
        )
        return Opened(str(row.id), reverse("payments:pretended", args=[row.id]))

    def look(self, reference: str) -> Seen:
        """See `Gateway.look`."""
        row = _row(reference)
        if row.standing in (Pretended.PAID, Pretended.RETURNED):
            return Seen("paid", row.amount, row.currency, reference)
        return Seen("open" if row.standing == Pretended.OPEN else "ended")

    def close(self, reference: str) -> None:
        """See `Gateway.close`."""
        Pretended.objects.filter(id=_row(reference).id, standing=Pretended.OPEN).update(standing=Pretended.CLOSED)

    def give_back(self, money: str, *, key: str) -> None:
        """See `Gateway.give_back`."""
        Pretended.objects.filter(id=_row(money).id, standing=Pretended.PAID).update(standing=Pretended.RETURNED)

    def heard(self, body: bytes, headers: Mapping[str, str]) -> str | None:
        """It never calls."""
        raise NotFromGateway


def _row(reference: str) -> Pretended:
    try:
        return Pretended.objects.get(id=UUID(reference))
    except (ValueError, Pretended.DoesNotExist) as error:
        raise GatewayAway from error
