"""One dose at the bedside: the right patient, the safety checks once more, and what was given or was not."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from salus.core.act import Act
from salus.core.errors import Conflict, Invalid
from salus.orders import doing, queries, rules
from salus.orders.facts import WrongWristband
from salus.orders.models import Performance
from salus.orders.services.checks import check


class AnothersWristband(Conflict):
    """This is the wristband of somebody else: nothing was written down. See who is before you, and scan again."""

    status = 422


@transaction.atomic
def administer_medication(
    act: Act,
    *,
    order_id: UUID,
    number: int,
    wristband: str,
    status: str = "completed",
    dose: Decimal | None = None,
    dose_unit: str = "",
    reason_code: str = "",
    reason: str = "",
    at: datetime | None = None,
    override_reason: str = "",
    note: str = "",
) -> Performance:
    """Write down that one dose of a signed medicine order was given, or was refused or withheld.

    :param number: which dose this is, as the page showed it: of two who write down the same the second is told
    :param wristband: what was scanned or read on the patient: the MRN, or another number of hers
    :param dose: what was given; without it the dose that was ordered
    :param override_reason: answers what a safety check asks
    :raises AnothersWristband: if it is another patient's; that is kept although nothing else is
    :raises NotDoable: if the order is on hold, stopped, or its course is over
    :raises WrittenDown: if somebody wrote it down meanwhile
    :raises Stopped: if a safety check forbids it, as things stand now
    :raises NeedsReason: if one asks why
    """
    act.require(queries.ADMINISTER)
    order = doing.locked(act, order_id)
    if order.kind != "medicine" or not order.group_id:
        raise doing.NotDoable
    if not queries.is_wristband_of(order.patient_id, wristband):
        act.insist(WrongWristband(patient_id=order.patient_id, order_id=order.id))
        raise AnothersWristband
    row = doing.drawn_up(act, order, number, status=status, reason_code=reason_code, reason=reason, at=at, note=note)
    if status == "completed":
        proposed = queries.proposed_of(order, patient_id=order.patient_id)
        row.dose, row.dose_unit, row.route = dose or order.dose, dose_unit or order.dose_unit, order.route
        pack = order.presentation
        units = rules.dose_units(pack.unit, pack.strength, pack.routes) if pack else (order.dose_unit,)
        if row.dose is None or row.dose <= 0:
            raise Invalid(dose=_("Write a dose above 0."))
        if row.dose_unit not in units:
            raise Invalid(dose_unit=_("This medicine is not dosed in that unit."))
        given = replace(proposed, dose=row.dose, dose_unit=row.dose_unit, step_doses=(), given_at=row.at)
        check(act, [given], "administer", row.dose, reasons={0: override_reason})
        row.override_reason = override_reason.strip()
    if not queries.is_doable(order, act.at):
        raise doing.NotDoable
    return doing.written(act, order, row)
