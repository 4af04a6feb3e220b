"""The life of a signed order: what the services let be done, and what the database lets nobody do."""

import itertools
from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from salus.core.dates import PartialDate
from salus.core.errors import Invalid, NotAllowed, Stale
from salus.core.ids import uuid7
from salus.core.models import Fact
from salus.orders import services as orders
from salus.orders.models import Order
from salus.orders.services import ServiceItem
from salus.orders.tests.builders import a_medicine_item, a_patient, an_order, sign
from salus.orders.tests.test_screens import an_orderable

#: FHIR's state machine of a request (hl7.org/fhir/R4/request.html), and what this house adds to it
LEGAL = {
    "draft": {"active", "on-hold", "cancelled", "revoked", "entered-in-error"},
    "active": {"on-hold", "completed", "cancelled", "END", "entered-in-error"},
    "on-hold": {"active", "completed", "cancelled", "END", "entered-in-error"},
    "completed": {"entered-in-error"},
    "stopped": {"entered-in-error"},
    "revoked": {"entered-in-error"},
    "cancelled": {"entered-in-error"},
    "entered-in-error": set(),
}


@pytest.mark.guarantee("H2")
@pytest.mark.parametrize(("kind", "end"), [("medicine", "stopped"), ("test", "revoked")])
def test_the_database_knows_the_state_machine(cast, kind, end):
    """Every step between two states, tried against the trigger."""
    allowed = {state: {end if one == "END" else one for one in steps} for state, steps in LEGAL.items()}
    if kind == "medicine":
        allowed["completed"] = allowed["completed"] | {"stopped"}  # a course that runs on
    patient, group = a_patient(cast), uuid7()
    for before, after in itertools.permutations(LEGAL, 2):
        order = Order.objects.create(patient=patient, kind=kind, status=before, display="x", group_id=group)
        try:
            with transaction.atomic():
                Order.objects.filter(id=order.id).update(status=after)
            went = True
        except IntegrityError:
            went = False
        assert went == (after in allowed[before]), (before, after)


@pytest.mark.guarantee("H2")
@pytest.mark.parametrize("change", [{"dose": 1}, {"note": "more"}, {"countersign": "verbal"}, {"steps": [{}]}])
def test_the_words_of_a_signed_order_stay(cast, change):
    order = an_order(cast)
    with pytest.raises(IntegrityError, match="is not changed"), transaction.atomic():
        Order.objects.filter(id=order.id).update(**change)


def test_holds_and_resumes_with_a_reason(cast):
    order, doctor = an_order(cast), cast.act("doctor")
    with pytest.raises(NotAllowed):
        orders.hold_order(cast.act("nurse"), order_id=order.id, reason="x")
    with pytest.raises(Invalid):
        orders.hold_order(doctor, order_id=order.id, reason=" ")
    with pytest.raises(Stale):
        orders.hold_order(doctor, order_id=order.id, reason="x", version=9)
    orders.hold_order(doctor, order_id=order.id, reason="Vomiting", version=1)
    held = Order.objects.get(id=order.id)
    assert (held.status, held.hold_reason) == ("on-hold", "Vomiting")
    with pytest.raises(orders.NotStoppable):
        orders.hold_order(doctor, order_id=order.id, reason="again")
    orders.resume_order(doctor, order_id=order.id)
    with pytest.raises(orders.NotHeld):
        orders.resume_order(doctor, order_id=order.id)
    assert Order.objects.get(id=order.id).status == "active"
    assert Fact.objects.filter(name__in=("orders.OrderHeld", "orders.OrderResumed")).count() == 2


def test_a_course_that_was_given_out_can_be_stopped_while_it_runs(cast):
    order = an_order(cast)
    orders.complete_order(cast.act("doctor").caused_by(rights={"orders.complete_order"}), order_id=order.id)
    orders.stop_order(cast.act("doctor"), order_id=order.id, reason="Rash")
    assert Order.objects.get(id=order.id).status == "stopped"
    assert Fact.objects.get(name="orders.OrderStopped").data["was_done"] is True


def test_a_new_order_takes_the_place_of_the_old(cast):
    old = an_order(cast)
    changed = a_medicine_item(duration_days=7, replaces_id=old.id)
    where = {"patient_id": old.patient_id, "encounter_id": old.encounter_id}
    new = orders.place_orders(cast.act("doctor"), items=[changed], **where)[0]
    assert (Order.objects.get(id=old.id).status, new.replaces_id) == ("stopped", old.id)
    assert Fact.objects.filter(name="orders.OrderStopped").count() == 1
    with pytest.raises(orders.NotReplaceable):  # by a second window
        orders.place_orders(cast.act("doctor"), items=[changed], **where)
    ran = an_order(cast, "ibuprofen")
    orders.complete_order(cast.act("doctor").caused_by(rights={"orders.complete_order"}), order_id=ran.id)
    anew = a_medicine_item("ibuprofen", duration_days=7, replaces_id=ran.id)
    orders.place_orders(cast.act("doctor"), items=[anew], patient_id=ran.patient_id, encounter_id=ran.encounter_id)
    assert Order.objects.get(id=ran.id).status == "stopped"  # its course ran on: nobody takes both
    twice = {"patient": old.patient, "kind": "medicine", "status": "active", "display": "x", "group_id": uuid7()}
    with pytest.raises(IntegrityError, match="orders_replaced_once"):
        Order.objects.create(replaces=old, **twice)


def test_what_was_sent_to_somebody_else_does_not_wait(cast):
    sent = an_orderable("referral-x", "referral")
    (order,) = sign(cast, ServiceItem(orderable_id=sent.id, kind="referral", performer_id=cast.departments["opd"].id))
    with pytest.raises(orders.NotHoldable):
        orders.hold_order(cast.act("doctor"), order_id=order.id, reason="Not today")


@pytest.mark.parametrize(("zone", "hour", "day"), [("Asia/Kolkata", 20, 11), ("America/Lima", 2, 9)])
def test_a_day_of_a_medicine_from_outside_is_the_hospitals_and_not_utcs(cast, zone, hour, day):
    act = cast.act("doctor", at=datetime(2031, 3, 10, hour, 30, tzinfo=UTC))
    said = {"patient_id": a_patient(cast).id, "display": "Garlic", "informant": "patient"}
    with timezone.override(zone):
        row = orders.record_statement(act, **said, started=PartialDate.parse(f"2031-03-{day:02d}"))
        with pytest.raises(Invalid):
            orders.record_statement(act, **said, started=PartialDate.parse(f"2031-03-{day + 1:02d}"))
        orders.change_statement(act, statement_id=row.id, status="stopped", reason="No taste")
    row.refresh_from_db()
    assert str(row.ended) == f"2031-03-{day:02d}"
