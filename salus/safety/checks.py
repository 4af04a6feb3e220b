"""What safety plugs into orders: reads in the transaction of the act that it may stop, judges, says it in words."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from uuid import UUID

from salus.core.act import Act
from salus.orders.sockets import Alert, Moment, Proposed
from salus.safety import words
from salus.safety.queries import cases
from salus.safety.rules.judging import judge, quieted


def check_orders(act: Act, proposed: Sequence[Proposed], moment: Moment, quantity: Decimal | None) -> Sequence[Alert]:
    """Everything that speaks against what is proposed, at signing and again at giving."""
    alerts: list[Alert] = []
    for patient_id in cases.patients_of(proposed):
        alerts += _of_patient(act, patient_id, proposed, moment)
    return alerts


def _of_patient(act: Act, patient_id: UUID, proposed: Sequence[Proposed], moment: Moment) -> list[Alert]:
    places = [place for place, one in enumerate(proposed) if one.patient_id == patient_id]
    case, told = cases.case_of(act, patient_id, [proposed[place] for place in places], moment)
    found = quieted(judge(case), told.answers)
    return [words.alert_of(replace(one, place=places[one.place]), told) for one in found]
