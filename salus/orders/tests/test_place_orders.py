"""place_orders: one signature for many, all or none, and never against a safety stop."""

from decimal import Decimal

import pytest

from salus.core.errors import Conflict, Invalid, NotAllowed, NotFound, SignAgain
from salus.core.ids import uuid7
from salus.core.models import Fact
from salus.inventory.tests.builders import a_medicine, a_presentation
from salus.orders import services as orders
from salus.orders import sockets
from salus.orders.models import Order
from salus.orders.sockets import Alert
from salus.orders.tests.builders import a_medicine_item, a_patient, a_test_item, a_visit, sign
from tests.statements import at_most


def test_signs_many_at_once_and_tells(cast):
    visit = a_visit(cast)
    medicine, test = sign(cast, a_medicine_item(), a_test_item(), visit=visit)
    assert medicine.group_id == test.group_id
    kept = Order.objects.get(id=medicine.id)
    assert (kept.status, kept.quantity, kept.quantity_unit) == ("active", 15, "tablet")
    assert (kept.department_id, kept.requester_name) == (visit.department_id, "Chidi Okoye")
    placed = Fact.objects.filter(name="orders.OrderPlaced").order_by("id")
    assert [(fact.data["kind"], fact.data["order_ids"]) for fact in placed] == [
        ("medicine", [str(medicine.id)]),
        ("test", [str(test.id)]),
    ]


def test_without_a_visit(cast):
    patient = a_patient(cast)
    act = cast.act("doctor")
    placed = orders.place_orders(act, patient_id=patient.id, encounter_id=None, items=[a_test_item()])
    assert placed[0].encounter_id is None


@pytest.mark.parametrize("role", ["nurse", "pharmacist", "receptionist"])
def test_needs_the_right(cast, role):
    visit = a_visit(cast)
    with pytest.raises(NotAllowed):
        orders.place_orders(
            cast.act(role), patient_id=visit.patient_id, encounter_id=visit.id, items=[a_medicine_item()]
        )


def test_needs_the_right_for_each_kind(cast):
    visit = a_visit(cast)
    act = cast.act("doctor", rights=frozenset({"orders.order_test", "orders.view", "patients.find"}))
    with pytest.raises(NotAllowed):
        orders.place_orders(
            act, patient_id=visit.patient_id, encounter_id=visit.id, items=[a_test_item(), a_medicine_item()]
        )
    assert not Order.objects.exists()


@pytest.mark.guarantee("H1")
def test_a_visit_of_another_patient_is_not_found(cast):
    visit, other = a_visit(cast), a_patient(cast, family="Bird", given="Ben")
    with pytest.raises(NotFound):
        orders.place_orders(cast.act("doctor"), patient_id=other.id, encounter_id=visit.id, items=[a_medicine_item()])


def test_a_patient_of_another_facility_is_not_found(cast):
    patient = a_patient(cast)
    with pytest.raises(NotFound):
        orders.place_orders(
            cast.act("doctor", facility_id=uuid7()), patient_id=patient.id, encounter_id=None, items=[a_test_item()]
        )


def test_the_dead_are_not_ordered_for(cast):
    patient = a_patient(cast, is_deceased=True)
    with pytest.raises(Conflict):
        orders.place_orders(cast.act("doctor"), patient_id=patient.id, encounter_id=None, items=[a_test_item()])


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("dose", {"dose": Decimal(0), "quantity": Decimal(1)}),
        ("dose_unit", {"dose_unit": "mL"}),
        ("route", {"route": "intravenous"}),
        ("times", {"frequency": 0}),
        ("duration_days", {"duration_days": 0}),
        ("quantity", {"duration_days": None}),
        ("quantity", {"quantity": Decimal("2.5")}),
        ("quantity", {"quantity": Decimal(-1)}),
    ],
)
def test_says_what_to_mend(cast, field, changes):
    with pytest.raises(Invalid) as refusal:
        sign(cast, a_test_item(), a_medicine_item(**changes))
    assert f"{field}_1" in refusal.value.fields
    assert not Order.objects.exists()


def test_a_medicine_that_was_retired(cast):
    a_presentation("old", is_active=False)
    with pytest.raises(Invalid):
        sign(cast, a_medicine_item("old"))


def test_nothing_to_sign(cast):
    with pytest.raises(Invalid):
        sign(cast)


def test_an_interruption_asks_a_reason(cast, monkeypatch):
    asks = Alert(rule="test.ask", tier="interrupt", title="Sure?", detail="", place=0)
    seen = []
    monkeypatch.setattr(sockets, "order_checks", [lambda act, proposed, moment, quantity: [asks, asks]])
    monkeypatch.setattr(sockets, "alert_seen", [lambda act, one, alert, moment, outcome: seen.append(outcome)])
    with pytest.raises(orders.NeedsReason) as refusal:
        sign(cast, a_medicine_item())
    assert refusal.value.alerts == (asks,)
    order = sign(cast, a_medicine_item(override_reason="Took it before without harm"), patient=a_patient(cast))[0]
    assert order.override_reason == "Took it before without harm"
    assert seen == ["overridden"]


def test_few_statements(cast):
    visit, act = a_visit(cast), cast.act("doctor")
    items = [a_medicine_item(), a_medicine_item("ibuprofen")]
    with at_most(7):  # the door adds five
        orders.place_orders(act, patient_id=visit.patient_id, encounter_id=visit.id, items=items)


def test_a_controlled_medicine_is_signed_only_with_a_recent_proof(cast):
    """Nothing of what is signed together goes on without it; what is not controlled needs none."""
    a_medicine("controlled", is_controlled=True)
    visit, stale = a_visit(cast), cast.act("doctor", proved_at=None)
    where = {"patient_id": visit.patient_id, "encounter_id": visit.id}
    both = [a_medicine_item(), a_medicine_item("controlled")]
    with pytest.raises(SignAgain):
        orders.place_orders(stale, items=both, **where)
    assert not Order.objects.exists()
    assert len(orders.place_orders(stale, items=both[:1], **where)) == 1
    assert len(orders.place_orders(cast.act("doctor"), items=both[1:], **where)) == 1
