"""The safety check that signing and giving share."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from salus.core.act import Act
from salus.core.errors import Conflict, Invalid
from salus.orders import queries, sockets
from salus.orders.items import ORDER_RIGHTS
from salus.orders.sockets import Alert, Moment, Proposed


class Stopped(Conflict):
    """A safety check stops this. It cannot be signed; choose what it proposes instead."""

    status = 422

    def __init__(self, alerts: Sequence[Alert]) -> None:
        super().__init__()
        self.alerts = tuple(alerts)


class NeedsReason(Invalid):
    """A safety check asks why. Give the reason, or take the order out."""

    def __init__(self, alerts: Sequence[Alert]) -> None:
        super().__init__()
        self.alerts = tuple(alerts)


def check(
    act: Act,
    proposed: Sequence[Proposed],
    moment: Moment,
    quantity: Decimal | None = None,
    reasons: Mapping[int, str] | None = None,
) -> list[Alert]:
    """Ask every safety check, in the caller's transaction; call it with the patient's row locked.

    :param reasons: by index of the proposed thing, why an interruptive alert is passed
    :raises Stopped: if one may not go on; that it was shown is kept although the act is rolled back
    :raises NeedsReason: if an interruptive alert has no reason
    """
    act.require_any("orders.view", *ORDER_RIGHTS.values())
    alerts = queries.alerts_for(act, proposed, moment, quantity)
    things = dict(enumerate(proposed))
    stops = [alert for alert in alerts if alert.tier == "stop"]
    if stops:
        _say_seen(act, things, stops, moment, "stopped")
        raise Stopped(stops)
    given = reasons or {}
    asking = [alert for alert in alerts if alert.tier == "interrupt"]
    unanswered = [alert for alert in asking if not given.get(alert.place, "").strip()]
    if unanswered:
        raise NeedsReason(unanswered)
    answered = [replace(alert, reason=given[alert.place].strip()) for alert in asking]
    _say_seen(act, things, answered, moment, "overridden")
    return alerts


def note_shown(act: Act, *, proposed: Mapping[int, Proposed], alerts: Sequence[Alert]) -> None:
    """Have it written down that these alerts were shown about a draft; `proposed` by the alert's `place`."""
    act.require_any(*ORDER_RIGHTS.values())
    _say_seen(act, proposed, alerts, "order", "shown")


def _say_seen(
    act: Act, proposed: Mapping[int, Proposed], alerts: Sequence[Alert], moment: Moment, outcome: sockets.Outcome
) -> None:
    for alert in alerts:
        for seen in sockets.alert_seen:
            seen(act, proposed[alert.place], alert, moment, outcome)
