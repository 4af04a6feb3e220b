"""Which gateway this hospital has chosen, and the one by which an older payment went."""

from __future__ import annotations

from functools import lru_cache

from django.conf import settings

from salus.payments.gateways import Gateway, GatewayAway
from salus.payments.gateways.pretended import PretendedGateway
from salus.payments.gateways.stripe import Stripe


def chosen() -> Gateway | None:
    """The gateway for new payments, or None where bills are not paid online."""
    code = settings.SALUS_PAYMENTS
    return None if code == "none" else gateway_of(code)


def gateway_of(code: str) -> Gateway:
    """A gateway by its code.

    :raises GatewayAway: if it is not set up here any more
    """
    if code == PretendedGateway.code and settings.SALUS_DEMONSTRATION:
        return PretendedGateway()
    if code == Stripe.code and settings.SALUS_STRIPE_KEY:
        return _stripe(
            settings.SALUS_STRIPE_KEY,
            settings.SALUS_STRIPE_HOOK_SECRET,
            settings.SALUS_STRIPE_API,
            settings.SALUS_STRIPE_PAGES,
        )
    raise GatewayAway


@lru_cache(maxsize=4)
def _stripe(key: str, hook_secret: str, api: str, pages: str) -> Stripe:
    return Stripe(key, hook_secret=hook_secret, api=api, origin=pages)
