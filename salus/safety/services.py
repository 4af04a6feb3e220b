"""Acts of safety: write down that somebody was warned, and look again at what was ordered before."""

from dataclasses import replace
from uuid import UUID

from django.db import transaction

from salus.core.act import Act
from salus.core.announce import announce, announce_all
from salus.orders import queries as orders
from salus.orders.sockets import Alert, Moment, Outcome, Proposed
from salus.patients.models import Patient
from salus.safety.checks import check_orders
from salus.safety.facts import AlertShown
from salus.safety.models import Answer


def note_alert(act: Act, proposed: Proposed, alert: Alert, moment: Moment, outcome: Outcome) -> None:
    """Have it written down that an alert was shown, stopped an act, or was passed with a reason.

    A stopped act is rolled back, so the door writes the fact after it; a passed alert belongs to the act itself, and its
    reason is kept, so that the question is not asked again while the order runs.
    """
    act.require_any("orders.view", "orders.order_medicine", "orders.order_test")
    fact = _fact(proposed, alert, moment, outcome)
    if outcome != "overridden":
        act.insist(fact)
        return
    announce(act, fact)
    if proposed.order_id and alert.key and alert.reason:
        answer = Answer(
            patient_id=proposed.patient_id,
            order_id=proposed.order_id,
            facility_id=act.here,
            rule=alert.rule,
            key=alert.key,
            moment=moment,
            reason=alert.reason,
            by_id=act.by,
            by_name=act.by_name,
            answered_at=act.at,
            recorded_by_id=act.by,
        )
        Answer.objects.bulk_create([answer], ignore_conflicts=True)


@transaction.atomic
def recheck_orders(act: Act, *, patient_id: UUID, sources: tuple[str, ...]) -> list[Alert]:
    """See whether a patient already takes what an entry just recorded speaks against, and write each case down.

    The patient's row is locked first: whoever signs an order holds it too, so that an order and an entry of one moment
    cannot miss each other.

    :param sources: beginnings of the entries just recorded (`chart.condition:<id>`): only what rests on them is told
    """
    act.require("safety.recheck_orders")
    Patient.objects.select_for_update(no_key=True).only("id").get(id=patient_id)
    taken = orders.medicines_in_use(patient_id, act.at)
    if not taken:
        return []
    proposed = [orders.proposed_of(one, patient_id=patient_id) for one in taken]
    alerts = [one for one in check_orders(act, proposed, "review", None) if one.source.startswith(sources)]
    facts = [
        replace(_fact(proposed[one.place], one, "review", "found"), practitioner_id=taken[one.place].requester_id)
        for one in alerts
    ]
    announce_all(act, facts)
    return alerts


def _fact(proposed: Proposed, alert: Alert, moment: Moment, outcome: str) -> AlertShown:
    what = "catalog.testdefinition" if proposed.kind == "test" else "terminology.medicine"
    return AlertShown(
        patient_id=proposed.patient_id,
        rule=alert.rule,
        tier=alert.tier,
        subject=f"{what}:{proposed.test_id if proposed.kind == 'test' else proposed.medicine_id}",
        moment=moment,
        outcome=outcome,
        source=alert.source,
        order_id=proposed.order_id,
    )
