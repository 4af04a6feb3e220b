"""The checks at the doors of care: at signing, at giving, and when something is recorded later."""

from datetime import date

import pytest
from django.urls import reverse

from salus.chart.services.conditions import record_condition
from salus.core.announce import run_waiting
from salus.core.models import Fact
from salus.inbox.models import Task
from salus.inventory.tests.builders import a_medicine, a_presentation
from salus.orders import services as orders
from salus.orders.models import MedicationStatement
from salus.orders.queries import alerts_for, proposed_of
from salus.orders.services import NeedsReason, Stopped
from salus.orders.tests.builders import a_medicine_item, a_patient, a_test_item, an_order
from salus.safety.models import Answer, Setting
from salus.safety.tests.builders import a_group, a_rule, an_interaction
from salus.terminology.models import Concept
from tests.cast import form_key


def _sign(cast, patient, *items, **more):
    return orders.place_orders(cast.act("doctor"), patient_id=patient.id, encounter_id=None, items=items, **more)


def test_two_medicines_that_must_not_meet(cast):
    patient = a_patient(cast)
    a_group("fever", "paracetamol")
    an_interaction("group:fever", "amoxicillin", severity="contraindicated")
    with pytest.raises(Stopped) as refusal:
        _sign(cast, patient, a_medicine_item(), a_medicine_item("amoxicillin"))
    (alert,) = refusal.value.alerts
    assert (alert.rule, alert.place, alert.source_words) == ("interaction:amoxicillin|group:fever", 1, "A book")
    _sign(cast, patient, a_medicine_item())
    with pytest.raises(Stopped):
        _sign(cast, patient, a_medicine_item("amoxicillin"))


@pytest.mark.guarantee("H6")
def test_an_answer_is_kept_and_not_asked_for_again(cast):
    patient = a_patient(cast)
    an_interaction()
    _sign(cast, patient, a_medicine_item())
    with pytest.raises(NeedsReason):
        _sign(cast, patient, a_medicine_item("amoxicillin"))
    (order,) = _sign(cast, patient, a_medicine_item("amoxicillin", override_reason="Watched daily"))
    answer = Answer.objects.get()
    assert (answer.reason, answer.order_id) == ("Watched daily", order.id)
    fact = Fact.objects.get(name="safety.AlertShown", data__outcome="overridden")
    assert fact.data["rule"] == "interaction:amoxicillin|paracetamol"
    assert "Watched" not in str(fact.data)
    # The same question at giving is told with its answer; another one would be asked.
    alerts = orders.check(cast.act("doctor"), [proposed_of(order, patient_id=patient.id)], "dispense")
    assert [(one.tier, "Watched daily" in one.answered) for one in alerts] == [("note", True)]


def test_whether_she_is_pregnant_is_asked_once_and_can_be_answered_at_the_screen(cast):
    """The alert says where the answer is written down, and it is heard: also of an order that is open already."""
    patient = a_patient(cast, gender="female", born_on=date(1990, 1, 1), birth_date="1990-01-01")
    a_rule(
        "reproduction",
        "paracetamol|pregnancy",
        ["paracetamol"],
        {"medicine": "paracetamol", "state": "pregnancy", "trimester": ""},
    )
    order = proposed_of(an_order(cast, patient=patient), patient_id=patient.id)
    nurse = cast.client("nurse")
    told = alerts_for(cast.act("doctor"), [order], "review")
    assert [(one.rule, "under Family and life" in one.instead) for one in told] == [("pregnancy.unknown", True)]
    address = reverse("chart:record_social_history", args=[patient.id])
    for said, rules in (("not-pregnant", []), ("pregnant", ["reproduction:paracetamol|pregnancy"])):
        assert nurse.post(address, form_key(patient_id=patient.id, pregnancy=said)).status_code == 303
        assert [one.rule for one in alerts_for(cast.act("doctor"), [order], "review")] == rules


@pytest.mark.guarantee("H5")
def test_a_problem_recorded_later_finds_the_order(cast):
    order = an_order(cast)
    says = {"medicine": "paracetamol", "conditions": ["K72"]}
    a_rule("contraindication", "p", ["paracetamol"], says)
    newer = "http://id.who.int/icd/release/11/mms"  # a diagnosis of ICD-11 is understood by its nearest of ICD-10
    Concept.objects.create(system=newer, code="DB91", display="Liver failure", maps_to="K72.0")
    said = {"code": "DB91", "display": "Liver failure", "code_system": newer}
    row = record_condition(cast.act("doctor"), patient_id=order.patient_id, **said)
    run_waiting()
    fact = Fact.objects.get(name="safety.AlertShown")
    assert (fact.data["outcome"], fact.data["order_id"]) == ("found", str(order.id))
    assert fact.data["source"] == f"chart.condition:{row.id}"
    task = Task.objects.get(source__startswith=f"orders.order:{order.id}#safety")
    assert (task.owner_id, task.priority, task.patient_id) == (order.requester_id, "urgent", order.patient_id)
    orders.stop_order(cast.act("doctor"), order_id=order.id, reason="The liver fails")
    run_waiting()
    task.refresh_from_db()
    assert task.status == "cancelled"


def test_the_hospital_decides_how_loudly_a_rule_speaks(cast):
    patient = a_patient(cast)
    rule = an_interaction()
    setting = Setting.objects.create(
        facility_id=patient.facility_id, rule=rule.code, tier="note", reason="So", decided_at=cast.act("doctor").at
    )
    items = (a_medicine_item(), a_medicine_item("amoxicillin"))
    assert len(_sign(cast, patient, *items)) == 2
    setting.is_retired = True
    setting.save()
    (order, _other) = _sign(cast, a_patient(cast), *items)
    assert orders.check(cast.act("doctor"), [proposed_of(order, patient_id=order.patient_id)], "dispense") == []


def test_a_medicine_taken_already_asks_why(cast):
    patient = a_patient(cast)
    _sign(cast, patient, a_medicine_item())
    with pytest.raises(NeedsReason) as refusal:
        _sign(cast, patient, a_medicine_item())
    assert [one.rule for one in refusal.value.alerts] == ["duplicate.ingredient"]
    why = {"override_reason": "One at home, one here"}
    (second,) = _sign(cast, patient, a_medicine_item(**why))
    with pytest.raises(NeedsReason):
        _sign(cast, patient, a_medicine_item())  # a third is another question
    alerts = orders.check(cast.act("doctor"), [proposed_of(second, patient_id=patient.id)], "dispense")
    assert [one.tier for one in alerts] == ["note"]


def test_a_high_alert_medicine_waits_for_its_second_signature(cast):
    a_presentation("hazard", medicine=a_medicine("hazard", is_high_alert=True))
    order = an_order(cast, "hazard")
    with pytest.raises(Stopped) as refusal:
        orders.check(cast.act("doctor"), [proposed_of(order, patient_id=order.patient_id)], "dispense")
    assert [one.rule for one in refusal.value.alerts] == ["high-alert.countersign"]
    orders.countersign_orders(cast.act("pharmacist"), order_ids=[order.id])
    order.refresh_from_db()
    assert orders.check(cast.act("doctor"), [proposed_of(order, patient_id=order.patient_id)], "dispense") == []


def test_a_test_ordered_twice_is_said(cast):
    patient = a_patient(cast)
    _sign(cast, patient, a_test_item())
    (order,) = _sign(cast, patient, a_test_item())
    alerts = orders.check(cast.act("doctor"), [proposed_of(order, patient_id=patient.id)], "order")
    assert [one.rule for one in alerts] == ["test.waiting"]


def test_a_medicine_from_outside_counts(cast):
    patient = a_patient(cast)
    an_interaction()
    MedicationStatement.objects.create(patient=patient, medicine=a_medicine(), display="paracetamol", status="active")
    with pytest.raises(NeedsReason) as refusal:
        _sign(cast, patient, a_medicine_item("amoxicillin"))
    assert [one.rule for one in refusal.value.alerts] == ["interaction:amoxicillin|paracetamol"]
