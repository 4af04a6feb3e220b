"""What was ordered is done, or is not: a round of nursing, a diet, a procedure; each time is written down once and stays."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from salus.core.act import Act
from salus.core.announce import announce
from salus.core.errors import Conflict, Invalid
from salus.orders import doing, due, queries
from salus.orders.facts import OrderReopened, PerformanceVoided
from salus.orders.models import Performance

PERFORM, ADMINISTER = queries.PERFORM, queries.ADMINISTER


class NotToVoid(Conflict):
    """This was voided already."""


@transaction.atomic
def perform_order(
    act: Act,
    *,
    order_id: UUID,
    number: int,
    status: str = "completed",
    reason_code: str = "",
    reason: str = "",
    at: datetime | None = None,
    ends: bool = False,
    note: str = "",
) -> Performance:
    """Write down that a diet, a nursing order, a procedure or an image was done, or was not and why.

    What is done once, or for the last time, is completed by it.

    :param number: which time this is, as the page showed it: of two who write down the same the second is told
    :param status: `completed` or `not-done`
    :param ends: nothing more will be done: completed, or (not done) revoked with the reason
    :raises NotDoable: if it is on hold, done or stopped
    :raises WrittenDown: if somebody wrote it down meanwhile
    """
    act.require(PERFORM)
    order = doing.locked(act, order_id)
    if order.kind not in due.DONE_HERE or not queries.is_doable(order, act.at):
        raise doing.NotDoable
    row = doing.drawn_up(act, order, number, status=status, reason_code=reason_code, reason=reason, at=at, note=note)
    done = status == "completed"
    assert row.at is not None
    assert order.authored_at is not None
    row.ends_order = ends or done and due.is_last(queries.every(order), order.authored_at, order.duration_days, row.at)
    return doing.written(act, order, row)


@transaction.atomic
def void_performance(act: Act, *, performance_id: UUID, reason: str) -> Performance:
    """Say that what was written down was not so; an order that it had ended is open again.

    :raises NotToVoid: if somebody did it already
    """
    act.require_any(PERFORM, ADMINISTER)
    rows: Any = Performance.objects.visible_to(act).filter(number__isnull=False)
    known: Performance = rows.get(id=performance_id)
    act.require(ADMINISTER if known.kind == "medicine" else PERFORM)
    if not reason.strip():
        raise Invalid(reason=_("Say what was wrong."))
    assert known.order_id is not None
    order = doing.locked(act, known.order_id)
    row: Performance = rows.select_for_update(no_key=True, of=("self",)).get(id=performance_id)
    if row.voided_at:
        raise NotToVoid
    row.void(act, reason)
    opens = row.ends_order and order.status in ("completed", "revoked")
    if opens:
        order.status, order.stopped_at, order.stop_reason = "active", None, ""
        order.save(update_fields=["status", "stopped_at", "stop_reason"])
        announce(act, OrderReopened(patient_id=order.patient_id, order_id=order.id))
    announce(
        act,
        PerformanceVoided(
            patient_id=row.patient_id, performance_id=row.id, order_id=order.id, kind=row.kind, reopens=opens
        ),
    )
    return row
