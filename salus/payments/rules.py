"""What the gateway says, and what follows from it: pure, so that each case can be tested without money."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from salus.core.money import exponent

#: at Stripe these have two places though the currency has none, for the sake of old programs (docs.stripe.com/currencies,
#: "Special cases", read 2026-11-28)
_WITH_PLACES = {"ISK": 2, "UGX": 2}

Standing = Literal["open", "paid", "ended"]
Follows = Literal["wait", "apply", "return", "end"]


@dataclass(frozen=True, slots=True)
class Seen:
    """What a gateway says of a payment.

    :ivar standing: whether it can still be paid, is paid, or has ended without money
    :ivar money: how the gateway calls the money itself, for giving it back
    """

    standing: Standing
    amount: Decimal = Decimal(0)
    currency: str = ""
    money: str = ""


def what_follows(seen: Seen, *, owed: Decimal, currency: str) -> Follows:
    """Money that came is applied to what is owed, whole or not at all; what is not owed any more goes back."""
    if seen.standing == "open":
        return "wait"
    if seen.standing == "ended":
        return "end"
    return "apply" if seen.currency == currency and 0 < seen.amount <= owed else "return"


def places(currency: str) -> int:
    return _WITH_PLACES.get(currency, exponent(currency))


def to_minor(amount: Decimal, currency: str) -> int | None:
    """An amount in the smallest unit, as gateways count it, or None if it cannot be paid by card in this currency.

    Of three places the last has to be 0 (docs.stripe.com/currencies, "Three-decimal currencies", read 2026-11-28).
    """
    minor = amount.scaleb(places(currency))
    if minor != minor.to_integral_value() or (exponent(currency) == 3 and minor % 10):
        return None
    return int(minor)


def from_minor(minor: int, currency: str) -> Decimal:
    return Decimal(minor).scaleb(-places(currency))
