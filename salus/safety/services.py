"""Acts of safety: write down that somebody was warned, and look again at what was ordered before."""

from uuid import UUID

from django.db import transaction

from salus.core.act import Act
from salus.core.announce import announce
from salus.orders import queries as orders
from salus.orders.sockets import Alert, Moment, Outcome, Proposed
from salus.patients.models import Patient
from salus.safety.checks import check_allergies
from salus.safety.facts import AlertShown


def note_alert(act: Act, proposed: Proposed, alert: Alert, moment: Moment, outcome: Outcome) -> None:
    """Have it written down that an alert was shown, stopped an act, or was passed with a reason.

    A stopped act is rolled back, so the door writes the fact after it; a passed alert belongs to the act itself.
    """
    act.require_any("orders.view", "orders.order_medicine", "orders.order_test")
    fact = _fact(proposed, alert, moment, outcome)
    if outcome == "overridden":
        announce(act, fact)
    else:
        act.insist(fact)


@transaction.atomic
def recheck_orders(act: Act, *, patient_id: UUID, allergy_id: UUID) -> list[Alert]:
    """See whether a patient already takes what an allergy just recorded forbids, and write each case down.

    The patient's row is locked first: whoever signs an order holds it too, so that an order and an allergy of one moment
    cannot miss each other.
    """
    act.require("safety.recheck_orders")
    Patient.objects.select_for_update(no_key=True).only("id").get(id=patient_id)
    proposed = [orders.proposed_of(o, patient_id=patient_id) for o in orders.medicines_in_use(patient_id, act.at)]
    source = f"chart.allergyintolerance:{allergy_id}"
    alerts = [one for one in check_allergies(act, proposed, "order", None) if one.source == source]
    for alert in alerts:
        announce(act, _fact(proposed[alert.place], alert, "order", "found"))
    return alerts


def _fact(proposed: Proposed, alert: Alert, moment: Moment, outcome: str) -> AlertShown:
    return AlertShown(
        patient_id=proposed.patient_id,
        rule=alert.rule,
        tier=alert.tier,
        subject=f"terminology.medicine:{proposed.medicine_id}",
        moment=moment,
        outcome=outcome,
        source=alert.source,
        order_id=proposed.order_id,
    )
