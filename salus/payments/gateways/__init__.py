"""Gateways: who takes the money. One is chosen by `SALUS_PAYMENTS`; another one is a class with these six acts.

A gateway is asked outside of any transaction and may be asked twice: whatever changes something at its side carries a key.
Nothing of a patient goes there: a number of a bill, an amount, and where to come back to.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Protocol
from uuid import UUID

from salus.core.errors import Conflict, Unavailable
from salus.payments.rules import Seen

#: whoever waits for a gateway waits so long, in seconds
PATIENCE = 8.0


class GatewayAway(Unavailable):
    """The payment service cannot be reached just now. Nothing was paid. Try again in a moment."""


class NotPayableOnline(Conflict):
    """This amount cannot be paid online. Please pay at the cash desk."""


class NotFromGateway(Exception):
    """Whoever sent this word is not the gateway."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be paid: `back` is where the payer comes back to, whatever he did."""

    checkout_id: UUID
    amount: Decimal
    currency: str
    what: str
    back: str
    expires_at: datetime
    language: str = "en"


@dataclass(frozen=True, slots=True)
class Opened:
    """How the gateway calls it, and the address of its page."""

    reference: str
    url: str


class Gateway(Protocol):
    """Who takes the money.

    Each act raises `GatewayAway` where the gateway cannot be reached or is not itself.
    """

    code: str
    #: of its pages, for the Content-Security-Policy of the page that leads there
    origin: str

    def open(self, wish: Wish) -> Opened:
        """A page on which the wish can be paid; asked twice with one `checkout_id`, the same page.

        :raises NotPayableOnline: if this gateway cannot take the amount
        """

    def look(self, reference: str) -> Seen:
        """What has become of it."""

    def close(self, reference: str) -> None:
        """From now on it cannot be paid any more; one that is paid or closed stays so."""

    def give_back(self, money: str, *, key: str) -> None:
        """Return all of the money; asked twice with one key, once."""

    def heard(self, body: bytes, headers: Mapping[str, str]) -> str | None:
        """The reference of which a word from outside speaks, or None where it speaks of nothing of ours.

        :raises NotFromGateway: if it is not signed as the gateway signs
        """
