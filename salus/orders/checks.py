"""The orders' own checks at giving: what waits, what was stopped and what has expired is not given, and no dose twice."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from django.utils import timezone
from django.utils.translation import gettext as _

from salus.core.act import Act
from salus.orders import due, queries, rules
from salus.orders.sockets import Alert, Moment, Proposed
from salus.ui import formatting


def check_goes_on(act: Act, proposed: Sequence[Proposed], moment: Moment, quantity: Decimal | None) -> Sequence[Alert]:
    """Stop the dispensing and the giving of an order that does not go on."""
    if moment not in ("dispense", "administer"):
        return []
    found = ((place, one, _why_not(one, act, moment)) for place, one in enumerate(proposed) if one.status)
    return [
        Alert(
            rule="orders.goes-on",
            tier="stop",
            title=why,
            detail=one.hold_reason if one.status == "on-hold" else "",
            instead=_("Ask who ordered it to resume it, or to order it anew."),
            source=f"orders.order:{one.order_id}",
            place=place,
        )
        for place, one, why in found
        if why
    ]


def check_not_twice(
    act: Act, proposed: Sequence[Proposed], moment: Moment, quantity: Decimal | None
) -> Sequence[Alert]:
    """Ask before a dose that may be the same one a second time, or more in a day than was ordered."""
    if moment != "administer":
        return []
    return [
        alert
        for place, one in enumerate(proposed)
        if one.order_id and (alert := _again(place, one, one.given_at or act.at))
    ]


def _again(place: int, one: Proposed, at: datetime) -> Alert | None:
    assert one.order_id is not None
    day_before = at - timedelta(days=1)
    every = due.interval(one.kind, one.frequency, one.period, one.period_unit)
    given = queries.given_since(one.order_id, min(day_before, at - every) if every else day_before)
    in_a_day = sum(1 for when in given if when > day_before)
    alert = Alert(
        rule="orders.too-soon",
        tier="interrupt",
        title="",
        detail="",
        source=f"orders.order:{one.order_id}",
        place=place,
    )
    if one.most_per_day and in_a_day >= one.most_per_day:
        words = _("%(n)s doses were given within a day, and no more were ordered") % {"n": in_a_day}
        return replace(alert, title=words, rule="orders.most-per-day")
    if given and due.too_soon(given[0], every, at):
        told = {"when": formatting.when(given[0])}
        return replace(
            alert,
            title=_("The dose before was given at %(when)s") % told,
            detail=_(
                "That is less than half of the time between two doses. Make sure that it is not the same dose again."
            ),
        )
    return None


def _why_not(one: Proposed, act: Act, moment: Moment) -> str:
    if one.status == "on-hold":
        return _("This order is on hold")
    if one.status not in (*rules.OPEN_STATUSES, "completed"):
        return _("This order does not stand any more")
    if moment == "dispense" and one.expires_on and one.expires_on < timezone.localdate(act.at):
        return _("This order expired on %(day)s") % {"day": formatting.day(one.expires_on)}
    return ""
