"""Who does what was ordered, and what the order learns of it."""

from salus.care.facts import SessionVoided, TreatmentEnded
from salus.core.act import Act
from salus.core.consequences import consequence
from salus.lab import services as lab
from salus.lab.facts import ResultVerified
from salus.orders import services as orders
from salus.orders.facts import OrderHeld, OrderPlaced, OrderResumed, OrderStopped
from salus.pharmacy import services as pharmacy
from salus.pharmacy.facts import MedicationDispensed


@consequence("lab.open_request")
def route_to_laboratory(act: Act, fact: OrderPlaced) -> None:
    if fact.kind == "test":
        lab.open_requests(act, order_ids=fact.order_ids)


@consequence("pharmacy.open_prescription")
def route_to_pharmacy(act: Act, fact: OrderPlaced) -> None:
    if fact.kind == "medicine":
        pharmacy.open_prescriptions(act, order_ids=fact.order_ids)


@consequence("lab.open_request")
def stop_in_laboratory(act: Act, fact: OrderStopped) -> None:
    if fact.kind == "test":
        lab.cancel_request(act, order_id=fact.order_id)


# At once: of two, who takes the specimen and who holds the order, one is refused.
@consequence("lab.open_request")
def hold_in_laboratory(act: Act, fact: OrderHeld) -> None:
    if fact.kind == "test":
        lab.hold_request(act, order_id=fact.order_id)


@consequence("lab.open_request")
def resume_in_laboratory(act: Act, fact: OrderResumed) -> None:
    if fact.kind == "test":
        lab.release_request(act, order_id=fact.order_id)


@consequence("pharmacy.open_prescription")
def stop_in_pharmacy(act: Act, fact: OrderStopped) -> None:
    if fact.kind == "medicine" and not fact.was_done:
        pharmacy.cancel_prescription(act, order_id=fact.order_id)


@consequence("orders.complete_order")
def complete_tested(act: Act, fact: ResultVerified) -> None:
    orders.complete_order(act, order_id=fact.order_id)


@consequence("orders.complete_order")
def complete_treated(act: Act, fact: TreatmentEnded) -> None:
    """What was ordered as a treatment in sessions is done with the last of them."""
    if fact.order_id and fact.status == "completed":
        orders.complete_order(act, order_id=fact.order_id)


@consequence("orders.complete_order")
def reopen_treated(act: Act, fact: SessionVoided) -> None:
    """What a session had completed by mistake is open again, as the course is."""
    if fact.order_id and fact.reopens:
        orders.reopen_order(act, order_id=fact.order_id)


@consequence("orders.complete_order")
def complete_dispensed(act: Act, fact: MedicationDispensed) -> None:
    orders.note_supply(act, order_id=fact.order_id, at=act.at)
    if fact.is_complete:
        orders.complete_order(act, order_id=fact.order_id)
