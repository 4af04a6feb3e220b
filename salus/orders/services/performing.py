"""What was ordered is done, or is not: a round of nursing, a diet, a procedure; each time is written down once and stays."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from salus.core.act import Act
from salus.core.announce import announce
from salus.core.dates import PartialDate
from salus.core.errors import Conflict, Invalid
from salus.orders import due, queries
from salus.orders.facts import OrderCompleted, OrderPerformed, OrderStopped, PerformanceVoided
from salus.orders.models import Order, Performance
from salus.patients.models import Patient
from salus.ui import formatting

PERFORM, ADMINISTER = queries.PERFORM, queries.ADMINISTER
#: nobody writes down later than this what was done
LATE = timedelta(days=3)


class NotDoable(Conflict):
    """This order cannot be done now: it is on hold, done, stopped, or another department does it."""


class WrittenDown(Conflict):
    """Somebody has written this down already. Look at what was done before you do it again."""


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
    order = locked(act, order_id)
    if order.kind not in due.DONE_HERE or not queries.is_doable(order, act.at):
        raise NotDoable
    row = drawn_up(act, order, number, status=status, reason_code=reason_code, reason=reason, at=at, note=note)
    done = status == "completed"
    assert row.at is not None
    assert order.authored_at is not None
    row.ends_order = ends or done and due.is_last(queries.every(order), order.authored_at, order.duration_days, row.at)
    return written(act, order, row)


def locked(act: Act, order_id: UUID) -> Order:
    """The order with its medicine, after the patient's row: whoever records an allergy waits, or was waited for."""
    patient_id = Order.objects.visible_to(act).values_list("patient_id", flat=True).get(id=order_id)
    Patient.objects.select_for_update(no_key=True).only("id").get(id=patient_id)
    rows = Order.objects.visible_to(act).select_related("medicine", "presentation")
    return rows.select_for_update(no_key=True, of=("self",)).get(id=order_id)


def drawn_up(act: Act, order: Order, number: int, *, at: datetime | None, note: str, **said: Any) -> Performance:
    """What was done of an order, not saved yet.

    :raises WrittenDown: if the number is another's already
    :raises Invalid: without the reason why it was not done, or for a time that cannot be
    """
    before = Performance.objects.filter(order=order, number__isnull=False).order_by("-number").first()
    if before is not None and before.number is not None and number <= before.number:
        when = formatting.when(before.at) if before.at else ""
        raise WrittenDown(
            _("%(name)s wrote this down at %(when)s. Look at it first.") % {"name": before.performer_name, "when": when}
        )
    if number != ((before.number or 0) if before else 0) + 1:
        raise WrittenDown
    _guard(act, order, at, **said)
    said["reason"] = said["reason"].strip()
    return Performance(
        order=order,
        number=number,
        patient_id=order.patient_id,
        encounter_id=order.encounter_id,
        kind=order.kind,
        code_system=order.code_system,
        code=order.code,
        display=order.display,
        labels=order.labels,
        performed=PartialDate.of((at or act.at).replace(microsecond=0)),
        at=at or act.at,
        performer_id=act.practitioner_id,
        performer_name=act.by_name,
        recorded_by_id=act.by,
        note=note.strip(),
        **said,
    )


def _guard(
    act: Act, order: Order, at: datetime | None, *, status: str, reason_code: str, reason: str, **_rest: Any
) -> None:
    if status not in ("completed", "not-done"):
        raise Invalid(status=_("Say whether it was done."))
    if status == "not-done" and reason_code not in dict(Performance.REASONS):
        raise Invalid(reason_code=_("Say why not."))
    if reason_code == "other" and not reason.strip():
        raise Invalid(reason=_("Say why not."))
    if (
        at is not None
        and not (order.authored_at or act.at) - LATE <= at <= act.at
        or at is not None
        and act.at - at > LATE
    ):
        raise Invalid(at=_("Choose a time of the last three days."))


def written(act: Act, order: Order, row: Performance) -> Performance:
    """Save what was done, end the order where it was the last time, and tell it."""
    row.save(force_insert=True)
    told: dict[str, Any] = {"patient_id": order.patient_id, "order_id": order.id}
    announce(
        act, OrderPerformed(**told, performance_id=row.id, kind=order.kind, status=row.status, is_last=row.ends_order)
    )
    if not row.ends_order:
        return row
    if row.status == "completed":
        order.status = "completed"
        order.save(update_fields=["status"])
        announce(act, OrderCompleted(**told))
    else:
        order.status, order.stopped_at = "revoked", act.at
        order.stop_reason = ": ".join(
            part for part in (str(dict(Performance.REASONS)[row.reason_code]), row.reason) if part
        )
        order.save(update_fields=["status", "stopped_at", "stop_reason"])
        announce(act, OrderStopped(**told, kind=order.kind))
    return row


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
    order = locked(act, known.order_id)
    row: Performance = rows.select_for_update(no_key=True, of=("self",)).get(id=performance_id)
    if row.voided_at:
        raise NotToVoid
    row.voided_at, row.voided_by_id, row.void_reason = act.at, act.by, reason.strip()
    row.save(update_fields=["voided_at", "voided_by_id", "void_reason"])
    opens = row.ends_order and order.status in ("completed", "revoked")
    if opens:
        order.status, order.stopped_at, order.stop_reason = "active", None, ""
        order.save(update_fields=["status", "stopped_at", "stop_reason"])
    announce(
        act,
        PerformanceVoided(
            patient_id=row.patient_id, performance_id=row.id, order_id=order.id, kind=row.kind, reopens=opens
        ),
    )
    return row
