"""What every doing of an order has in common, for the acts that write one down (`services/performing`, `administering`)."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from salus.chart.standing import lock_patient
from salus.core.act import Act
from salus.core.announce import announce
from salus.core.dates import PartialDate
from salus.core.errors import Conflict, Invalid
from salus.orders.facts import OrderCompleted, OrderPerformed, OrderStopped
from salus.orders.models import Order, Performance
from salus.ui import formatting

#: nobody writes down later than this what was done
LATE = timedelta(days=3)


class NotDoable(Conflict):
    """This order cannot be done now: it is on hold, done, stopped, or another department does it."""


class WrittenDown(Conflict):
    """Somebody has written this down already. Look at what was done before you do it again."""


def locked(act: Act, order_id: UUID) -> Order:
    """The order with its medicine, after the patient's row: whoever records an allergy waits, or was waited for."""
    patient_id = Order.objects.visible_to(act).values_list("patient_id", flat=True).get(id=order_id)
    lock_patient(patient_id)
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
    earliest = max(order.authored_at or act.at, act.at) - LATE
    if at is not None and not earliest <= at <= act.at:
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
        order.status, order.stopped_at, order.stop_reason = "revoked", act.at, row.reason_words
        order.save(update_fields=["status", "stopped_at", "stop_reason"])
        announce(act, OrderStopped(**told, kind=order.kind))
    return row
