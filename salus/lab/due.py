"""Tests that were ordered and for which nobody has come yet."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from salus.core.act import Act
from salus.lab.models import Request


@dataclass(frozen=True, slots=True)
class Waiting:
    """What was ordered for a patient at once, and waits for a specimen."""

    group_id: UUID
    patient_id: UUID


def tests_waiting(act: Act, *, since: datetime, until: datetime) -> list[Waiting]:
    """What was ordered within a half-open time in the act's facility and still waits for a specimen, each signature once."""
    act.require("lab.view")
    found = Request.objects.visible_to(act).filter(
        status=Request.WAITING, rejected_reason="", ordered_at__gte=since, ordered_at__lt=until
    )
    rows = found.order_by("ordered_at").values_list("order__group_id", "order_id", "patient_id")
    waiting = {group or order: Waiting(group or order, patient) for group, order, patient in rows}
    return list(waiting.values())
