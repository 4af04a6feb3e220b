"""The orders' own check at giving: what waits, what was stopped and what has expired is not given."""

from collections.abc import Sequence
from decimal import Decimal

from django.utils import timezone
from django.utils.translation import gettext as _

from salus.core.act import Act
from salus.orders import rules
from salus.orders.sockets import Alert, Moment, Proposed
from salus.ui import formatting


def check_goes_on(act: Act, proposed: Sequence[Proposed], moment: Moment, quantity: Decimal | None) -> Sequence[Alert]:
    """Stop the dispensing and the giving of an order that does not go on."""
    if moment not in ("dispense", "administer"):
        return []
    found = ((place, one, _why_not(one, act)) for place, one in enumerate(proposed) if one.status)
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


def _why_not(one: Proposed, act: Act) -> str:
    if one.status == "on-hold":
        return _("This order is on hold")
    if one.status not in (*rules.OPEN_STATUSES, "completed"):
        return _("This order does not stand any more")
    if one.expires_on and one.expires_on < timezone.localdate(act.at):
        return _("This order expired on %(day)s") % {"day": formatting.day(one.expires_on)}
    return ""
