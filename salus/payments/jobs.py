"""What becomes of online payments, asked of the gateway: when it calls, when the payer comes back, and by the clock."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

from django.utils.translation import gettext as _
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from salus.core.act import Act, system_act
from salus.core.announce import defer_once
from salus.payments import queries, services
from salus.payments.gateways import GatewayAway
from salus.payments.gateways.chosen import gateway_of
from salus.payments.models import SETTLE, Checkout
from salus.payments.rules import Seen

_RIGHTS = frozenset({SETTLE, "billing.view", "billing.take_payment"})
_AT_ONCE = 200


def look_soon(checkout_id: UUID) -> None:
    """Have the gateway asked; several who want to know at once are one question."""
    defer_once("payments.look_at", key=str(checkout_id), checkout_id=str(checkout_id))


@app.task(
    name="payments.look_at", retry=RetryStrategy(max_attempts=5, exponential_wait=3, retry_exceptions={GatewayAway})
)
def look_at(checkout_id: str) -> None:
    """Ask the gateway about one payment and let follow what it says."""
    _look(queries.unfinished_one(UUID(checkout_id)))


@app.task(name="payments.look_at_all", queueing_lock="payments.look_at_all")
def look_at_all(timestamp: int = 0) -> None:
    """Every minute: whose call was lost, whose payer never came back, what has to go back. Safe late, twice, beside another."""
    for found in queries.unfinished(_AT_ONCE):
        try:
            _look(found)
        except GatewayAway:
            continue  # the next minute asks again


def _look(found: Checkout | None) -> None:
    if found is None:
        return
    now = datetime.now(UTC)
    act = _act(found, now)
    if found.status == Checkout.SURPLUS:
        gateway_of(found.gateway).give_back(found.money, key=f"back-{found.id}")
        services.note_returned(act, checkout_id=found.id)
        return
    if not found.reference:
        if found.was_left_before_it_began(now):
            services.settle(act, checkout_id=found.id, seen=Seen("ended"))
        return
    gateway = gateway_of(found.gateway)
    if found.status == Checkout.SUPERSEDED or found.expires_at < now:
        gateway.close(found.reference)
    settled = services.settle(act, checkout_id=found.id, seen=gateway.look(found.reference))
    if settled.status == Checkout.SURPLUS:
        look_soon(found.id)


def _act(found: Checkout, now: datetime) -> Act:
    act = system_act(rights=_RIGHTS, door="job:payments.look_at", facility_id=found.facility_id, at=now)
    return replace(act, by_name=_("Online payment"))
