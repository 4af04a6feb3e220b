"""Whom of the staff a fact calls: that there is something urgent, and never of whom; that is read behind the door."""

from salus.core.act import Act
from salus.core.consequences import consequence
from salus.lab.facts import ResultVerified
from salus.messaging import services as messaging
from salus.orders.queries import requester_of
from salus.staff.reaching import recipient_of_practitioner


@consequence("messaging.send", "orders.view")
def alert_on_critical_result(act: Act, fact: ResultVerified) -> None:
    requester = requester_of(act, fact.order_id) if fact.is_critical else None
    to = recipient_of_practitioner(act, requester) if requester else None
    if to is not None:
        source = f"lab.request:{fact.request_id}#critical"
        messaging.queue_message(act, source=source, template="staff-urgent", to=to, values={}, urgent=True)
