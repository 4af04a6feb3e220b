"""Stripe: its own payment page (Checkout), so that no card number ever passes through here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import stripe

from salus.payments import rules
from salus.payments.gateways import PATIENCE, GatewayAway, NotFromGateway, NotPayableOnline, Opened, Wish
from salus.payments.rules import Seen

_PAGES = "https://checkout.stripe.com"


class Stripe:
    """Stripe by its API; `api` is another address of it (a peer in tests)."""

    code = "stripe"

    def __init__(self, key: str, *, hook_secret: str = "", api: str = "", origin: str = "") -> None:
        self.origin = origin or _PAGES
        self._hook_secret = hook_secret
        self._client = stripe.StripeClient(
            key,
            base_addresses={"api": api} if api else None,
            max_network_retries=1,
            http_client=stripe.RequestsClient(timeout=PATIENCE),
        )

    def open(self, wish: Wish) -> Opened:
        """See `Gateway.open`."""
        minor = rules.to_minor(wish.amount, wish.currency)
        if minor is None:
            raise NotPayableOnline
        mark = {"checkout": str(wish.checkout_id)}
        line = {
            "quantity": 1,
            "price_data": {
                "currency": wish.currency.lower(),
                "unit_amount": minor,
                "product_data": {"name": wish.what},
            },
        }
        asked: Any = {
            "mode": "payment",
            "line_items": [line],
            "client_reference_id": str(wish.checkout_id),
            "metadata": mark,
            "payment_intent_data": {"metadata": mark, "description": wish.what},
            "success_url": wish.back,
            "cancel_url": wish.back,
            "expires_at": int(wish.expires_at.timestamp()),
            "locale": wish.language,
        }
        with _asking():
            made = self._client.v1.checkout.sessions.create(asked, {"idempotency_key": f"open-{wish.checkout_id}"})
        return Opened(made.id, made.url or "")

    def look(self, reference: str) -> Seen:
        """See `Gateway.look`: the session says whether it is over, the intent says what money came."""
        with _asking():
            found = self._client.v1.checkout.sessions.retrieve(reference, {"expand": ["payment_intent"]})
        intent: Any = found.payment_intent
        if intent is not None and intent.status == "succeeded":
            currency = intent.currency.upper()
            return Seen("paid", rules.from_minor(intent.amount, currency), currency, intent.id)
        ended = found.status == "expired" or (intent is not None and intent.status == "canceled")
        return Seen("ended" if ended else "open")

    def close(self, reference: str) -> None:
        """See `Gateway.close`."""
        with _asking():
            if self._client.v1.checkout.sessions.retrieve(reference).status == "open":
                self._client.v1.checkout.sessions.expire(reference)

    def give_back(self, money: str, *, key: str) -> None:
        """See `Gateway.give_back`."""
        with _asking():
            try:
                self._client.v1.refunds.create({"payment_intent": money}, {"idempotency_key": key})
            except stripe.InvalidRequestError as refused:
                if refused.code != "charge_already_refunded":
                    raise

    def heard(self, body: bytes, headers: Mapping[str, str]) -> str | None:
        """See `Gateway.heard`; what it says beside the reference is not believed, but asked."""
        try:
            event: Any = stripe.Webhook.construct_event(body, headers.get("Stripe-Signature", ""), self._hook_secret)
        except (ValueError, stripe.SignatureVerificationError) as error:
            raise NotFromGateway from error
        told = event.data.object
        if told.object == "checkout.session":
            return str(told.id)
        if told.object == "payment_intent":
            return self._session_of(told.id)
        return None

    def _session_of(self, intent: str) -> str | None:
        with _asking():
            found = self._client.v1.checkout.sessions.list({"payment_intent": intent, "limit": 1})
        return found.data[0].id if found.data else None


@contextmanager
def _asking() -> Iterator[None]:
    try:
        yield
    except stripe.InvalidRequestError as error:
        if error.code in ("amount_too_small", "amount_too_large"):
            raise NotPayableOnline from error
        raise GatewayAway from error
    except stripe.StripeError as error:
        raise GatewayAway from error
