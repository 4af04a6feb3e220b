"""Whom of the staff a fact calls: that there is something urgent, and never of whom; that is read behind the door."""

from salus.core.act import Act
from salus.core.consequences import consequence
from salus.inbox.facts import TaskEscalated
from salus.inbox.queries.people import listeners
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


@consequence("messaging.send")
def alert_who_is_called(act: Act, fact: TaskEscalated) -> None:
    """A critical result that nobody acknowledged: everybody who has it now is told, in the department as well."""
    called = {*fact.practitioner_ids, *listeners(fact.department_ids)} if fact.is_critical else set()
    for one in sorted(called):
        to = recipient_of_practitioner(act, one)
        if to is not None:
            source = f"inbox.task:{fact.task_id}#{fact.level}@{one}"
            messaging.queue_message(act, source=source, template="staff-urgent", to=to, values={}, urgent=True)
