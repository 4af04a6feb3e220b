"""What a fresh reader found wrong once: each stays mended."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from salus.core.announce import run_waiting
from salus.core.errors import Invalid
from salus.encounters.models import Encounter
from salus.inbox.models import Task
from salus.inventory.tests.builders import a_medicine
from salus.orders import lines, queries, sockets
from salus.orders import services as orders
from salus.orders.models import Order
from salus.orders.services import Decision, NeedsReason
from salus.orders.sockets import Alert
from salus.orders.tests.builders import a_medicine_item, a_visit, an_order, sign
from salus.patients.models import CareRelation
from tests.cast import form_key

DONE = frozenset({"orders.complete_order"})


def _given_out(cast, order):
    orders.complete_order(cast.act("doctor").caused_by(rights=DONE), order_id=order.id)


def test_who_said_a_high_alert_medicine_can_countersign_it(cast):
    a_medicine("heparin", is_high_alert=True)
    visit, doctor = a_visit(cast), cast.act("doctor")
    spoken = orders.place_orders(
        cast.act("nurse"),
        patient_id=visit.patient_id,
        encounter_id=visit.id,
        items=[a_medicine_item("heparin")],
        told_by=doctor.practitioner_id,
    )
    (line,) = queries.open_orders(doctor, show="countersign").lines
    assert line.may_countersign
    orders.countersign_orders(doctor, order_ids=[spoken[0].id])
    assert Order.objects.get().countersigned_at is not None


def test_what_was_given_out_without_an_end_is_taken_while_it_lasts_or_until_it_is_stopped(cast):
    act = cast.act("doctor")
    lasts = an_order(cast, duration_days=None, quantity=Decimal(30))  # three a day: ten days
    _given_out(cast, lasts)
    assert [one.id for one in queries.medicines_in_use(lasts.patient_id, act.at)] == [lasts.id]
    later = act.at + timedelta(days=11)
    assert queries.medicines_in_use(lasts.patient_id, later) == []
    needed = an_order(cast, "ibuprofen", duration_days=None, quantity=Decimal(30), as_needed=True)
    _given_out(cast, needed)
    assert [one.id for one in queries.medicines_in_use(needed.patient_id, later)] == [needed.id]
    assert [one.id for one in queries.medicine_list(act, needed.patient_id).current] == [needed.id]


def test_what_is_resumed_is_checked_as_things_stand_now(cast, monkeypatch):
    order = an_order(cast)
    orders.hold_order(cast.act("doctor"), order_id=order.id, reason="Vomiting")
    asks = Alert(rule="t", tier="interrupt", title="Sure?", detail="", place=0)
    monkeypatch.setattr(sockets, "order_checks", [lambda *_: [asks]])
    with pytest.raises(NeedsReason):
        orders.resume_order(cast.act("doctor"), order_id=order.id)
    assert Order.objects.get().status == "on-hold"
    doctor = cast.client("doctor")
    address = reverse("orders:resume", args=[order.id])
    typed = {"patient_id": order.patient_id, "version": 2}
    asked = doctor.post(address, form_key(**typed))
    assert (asked.status_code, "Why you go on" in asked.content.decode()) == (422, True)
    assert doctor.post(address, form_key(**typed, reason="Watched")).status_code == 303


def test_what_was_given_out_is_not_held(cast):
    visit = a_visit(cast)
    order = sign(cast, a_medicine_item(), visit=visit)[0]
    _given_out(cast, order)
    where = {"patient_id": visit.patient_id, "encounter_id": visit.id, "moment": "start"}
    with pytest.raises(Invalid) as refusal:
        orders.reconcile_medicines(
            cast.act("doctor"), decisions=[Decision(decision="hold", order_id=order.id, reason="Ill")], **where
        )
    assert "decision_0" in refusal.value.fields


def test_a_dose_by_weight_is_reckoned_anew_when_it_is_renewed(cast):
    order = an_order(cast, dose=Decimal(250), dose_per_kg=Decimal(20), weight_kg=Decimal("12.5"))
    line = lines.line_of(order, replaces=True)
    assert (line.dose, line.weight, line.quantity, line.per_kg) == ("", "", "", "20")
    assert not lines.is_whole(line)


def test_whoever_answers_for_an_order_sees_it_and_is_told(cast):
    order = an_order(cast)
    other = cast.act("nurse").practitioner_id
    orders.hand_over_orders(cast.act("doctor"), order_ids=[order.id], practitioner_id=other)
    assert CareRelation.objects.filter(patient_id=order.patient_id, practitioner_id=other, kind="order").exists()
    run_waiting(at=datetime.now(UTC))
    assert Task.objects.filter(owner_id=other, patient_id=order.patient_id).count() == 1


def test_what_is_urgent_stands_first(cast):
    visit = a_visit(cast)
    slow, fast = sign(cast, a_medicine_item(), a_medicine_item("ibuprofen", priority="stat"), visit=visit)
    assert Encounter.objects.filter(id=visit.id).exists()
    found = queries.open_orders(replace(cast.act("doctor")), show="all").lines
    assert [one.line.id for one in found] == [fast.id, slow.id]
