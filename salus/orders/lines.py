"""A line of a draft and what it becomes: an item to sign, or a draft anew from an order that was signed."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
from django.utils.translation import gettext as _

from salus.core.errors import Invalid
from salus.core.ids import uuid7
from salus.orders import rules, words
from salus.orders.drafts import Line
from salus.orders.items import MedicineItem, OrderItem, ServiceItem, TestItem
from salus.orders.models import Order
from salus.orders.rules import Step


def item_of(line: Line, override_reason: str = "") -> OrderItem:
    """The order that a line of a draft asks for.

    :raises Invalid: if its dose is not written yet
    """
    if not is_whole(line):
        raise Invalid(_("Write the dose first."))
    replaces = UUID(line.replaces) if line.replaces else None
    if line.kind == "medicine":
        quantity = Decimal(line.quantity) if line.quantity else None
        return medicine_item(line, Decimal(line.dose), quantity, override_reason)
    if line.kind == "test":
        return TestItem(
            test_id=line.subject,
            priority=line.priority,
            note=line.note,
            override_reason=override_reason,
            replaces_id=replaces,
        )
    often = words.OFTEN.get(line.times)
    return ServiceItem(
        orderable_id=line.subject,
        kind=line.kind,
        frequency=often[0] if often else None,
        period=often[1] if often else None,
        period_unit=often[2] if often else "",
        duration_days=int(line.duration_days) if line.duration_days else None,
        performer_id=UUID(line.performer) if line.performer else None,
        reason=line.reason,
        priority=line.priority,
        note=line.note,
        override_reason=override_reason,
        replaces_id=replaces,
    )


def medicine_item(line: Line, dose: Decimal, quantity: Decimal | None, override_reason: str = "") -> MedicineItem:
    """The medicine that a line asks for."""
    frequency, period, period_unit = words.OFTEN[line.times]
    days = int(line.duration_days) if line.duration_days else None
    steps = steps_of(line, dose)
    return MedicineItem(
        presentation_id=line.subject,
        dose=dose,
        dose_unit=line.dose_unit,
        route=line.route,
        frequency=frequency,
        period=period,
        period_unit=period_unit,
        duration_days=rules.whole_days(steps) if line.pattern == "taper" and steps else days,
        quantity=quantity,
        as_needed=line.as_needed,
        as_needed_for=line.as_needed_for,
        most_per_day=int(line.most_per_day) if line.most_per_day else None,
        pattern=line.pattern,
        steps=steps,
        dose_per_kg=Decimal(line.per_kg) if line.per_kg and line.weight else None,
        weight_kg=Decimal(line.weight) if line.per_kg and line.weight else None,
        repeats=int(line.repeats or 0),
        expires_on=date.fromisoformat(line.expires_on) if line.expires_on else None,
        priority=line.priority,
        note=line.note,
        override_reason=override_reason,
        replaces_id=UUID(line.replaces) if line.replaces else None,
    )


def steps_of(line: Line, dose: Decimal) -> tuple[Step, ...]:
    """The steps of a schedule, the first one being the line itself; nothing where it has one."""
    if not line.pattern:
        return ()
    all_of_it = ((str(dose), line.times, line.duration_days), *line.more)
    return tuple(
        Step(Decimal(amount), *words.OFTEN[times or line.times], 0 if line.pattern == "alternate" else int(days or 0))
        for amount, times, days in all_of_it
    )


def line_of(order: Order, *, replaces: bool) -> Line | None:
    """A draft from a signed order, to change or renew it; None where what was ordered is not of our own catalogue.

    What a renewal must say anew stays empty: the last day to give it out.
    """
    subject = order.presentation_id or order.test_id or order.orderable_id
    if subject is None:
        return None
    steps = rules.steps_of(order.steps)
    first_days = steps[0].days if order.pattern == "taper" and steps else order.duration_days
    more = tuple(
        (str(one.dose), words.often_code(one.frequency, one.period, one.period_unit), str(one.days or ""))
        for one in steps[1:]
    )
    reason = next((str(one["text"]) for one in order.reasons if isinstance(one, dict) and one.get("text")), "")
    return Line(
        key=uuid7().hex,
        kind=order.kind,
        subject=subject,
        # A dose by weight is reckoned anew, from what the patient weighs now.
        dose="" if order.dose_per_kg else _text(order.dose),
        dose_unit=order.dose_unit,
        route=order.route,
        times=words.often_code(order.frequency, order.period, order.period_unit),
        duration_days=_text(first_days),
        quantity="" if order.duration_days or order.dose_per_kg else _text(order.quantity),
        as_needed=order.as_needed,
        as_needed_for=order.as_needed_for,
        priority=order.priority,
        note=order.note,
        per_kg=_text(order.dose_per_kg),
        most_per_day=_text(order.most_per_day),
        pattern=order.pattern,
        more=more,
        repeats=_text(order.repeats or None),
        replaces=str(order.id) if replaces else "",
        performer=_text(order.performer_id),
        reason=reason,
    )


#: what speaks of one patient, and is kept for no other
_OF_A_PATIENT = {"note": "", "reason": "", "weight": "", "replaces": "", "expires_on": "", "performer": ""}


def kept(line: Line) -> dict[str, Any]:
    """A line without what speaks of one patient, for a favourite or a set; a dose by weight is reckoned anew each time."""
    found: dict[str, Any] = msgspec.to_builtins(line)
    found.pop("key")
    if line.per_kg:
        found |= {"dose": "", "quantity": ""}
    return found | _OF_A_PATIENT


def from_kept(content: dict[str, Any]) -> Line:
    """A line of a draft, with a key of its own, from what a favourite or a set keeps."""
    return msgspec.convert(content | {"key": "-"}, type=Line).fresh


def is_whole(line: Line) -> bool:
    """Whether it can be signed as it is; a dose by weight without the weight cannot."""
    return line.kind != "medicine" or bool(line.dose and line.times)


def _text(value: object) -> str:
    return "" if value is None else str(value)
