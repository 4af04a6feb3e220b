"""What was ordered is done once, or is not and why; a dose at the bedside is checked once more."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from salus.chart.services import record_allergy
from salus.chart.tests.builders import an_allergen
from salus.core.announce import run_waiting
from salus.core.errors import Invalid, NotAllowed
from salus.core.models import Fact
from salus.inbox.models import Task
from salus.inventory.tests.builders import a_medicine
from salus.orders import checks, due, queries
from salus.orders import services as orders
from salus.orders.models import Order, Performance
from salus.orders.services import ServiceItem
from salus.orders.tests.builders import a_medicine_item, a_patient, a_visit, an_order, sign
from salus.orders.tests.test_screens import an_orderable
from salus.patients.models import CareRelation
from tests.cast import form_key
from tests.statements import at_most


def nursing(cast, visit=None, kind="nursing", **changes):
    what = an_orderable(f"o-{kind}", kind=kind)
    return sign(cast, ServiceItem(orderable_id=what.id, kind=kind, **changes), visit=visit)[0]


def give(act, order, number=1, **changes):
    band = {"wristband": order.patient.mrn}
    return orders.administer_medication(act, order_id=order.id, number=number, **(band | changes))


def test_what_is_done_once_is_completed_by_it_and_a_round_comes_again(cast):
    visit, nurse = a_visit(cast), cast.act("nurse")
    once, often = nursing(cast, visit), nursing(cast, visit, frequency=4, period=Decimal(1), period_unit="d")
    diet = nursing(cast, visit, "diet")
    with pytest.raises(NotAllowed):
        orders.perform_order(cast.act("pharmacist"), order_id=once.id, number=1)
    for order in (once, often, diet):
        orders.perform_order(nurse, order_id=order.id, number=1)
    assert [Order.objects.get(id=one.id).status for one in (once, often, diet)] == ["completed", "active", "active"]
    rows = queries.orders_to_do(nurse).rows
    assert [(one.line.id, one.due_at - nurse.at, one.is_due) for one in rows] == [
        (often.id, timedelta(hours=6), False),
        (diet.id, timedelta(days=1), False),
    ]
    with pytest.raises(orders.WrittenDown, match=nurse.by_name):
        orders.perform_order(nurse, order_id=often.id, number=1)
    with pytest.raises(orders.NotDoable):
        orders.perform_order(nurse, order_id=once.id, number=2)
    orders.perform_order(nurse, order_id=diet.id, number=2, ends=True)
    assert Order.objects.get(id=diet.id).status == "completed"
    assert Fact.objects.filter(name="orders.OrderPerformed").count() == 4


def test_the_list_has_next_pages(cast, monkeypatch):
    visit, nurse = a_visit(cast), cast.act("nurse")
    two = {nursing(cast, visit).id, nursing(cast, visit, "procedure").id}
    monkeypatch.setattr("salus.orders.queries.performing.PAGE", 1)
    pages = [queries.orders_to_do(nurse, page=number) for number in (1, 2)]
    assert [(len(one.rows), one.has_next) for one in pages] == [(1, True), (1, False)]
    assert {one.rows[0].line.id for one in pages} == two
    elsewhere = queries.orders_to_do(nurse, department_id=cast.departments["pharmacy"].id)
    assert elsewhere.rows == []


def test_what_is_not_done_says_why_and_is_told_to_who_answers_for_it(cast):
    order, nurse = nursing(cast), cast.act("nurse")
    with pytest.raises(Invalid):
        orders.perform_order(nurse, order_id=order.id, number=1, status="not-done")
    orders.perform_order(nurse, order_id=order.id, number=1, status="not-done", reason_code="absent")
    assert Order.objects.get(id=order.id).status == "active"  # somebody comes again
    orders.perform_order(nurse, order_id=order.id, number=2, status="not-done", reason_code="refused", ends=True)
    ended = Order.objects.get(id=order.id)
    assert (ended.status, ended.stop_reason) == ("revoked", "The patient refused")
    run_waiting()
    told = Task.objects.filter(owner_id=order.responsible_id, source__endswith="#not-done")
    assert {one.note for one in told} == {"The patient was not there", "The patient refused"}


def test_what_was_written_in_error_is_voided_and_its_order_is_open_again(cast):
    order, nurse = nursing(cast), cast.act("nurse")
    row = orders.perform_order(nurse, order_id=order.id, number=1)
    for change in ({"note": "other"}, {"status": "not-done"}):
        with pytest.raises(IntegrityError, match="stays as it was"), transaction.atomic():
            Performance.objects.filter(id=row.id).update(**change)
    with pytest.raises(IntegrityError), transaction.atomic():  # nothing says that it was an error
        Order.objects.filter(id=order.id).update(status="active")
    orders.void_performance(nurse, performance_id=row.id, reason="Another patient's")
    assert Order.objects.get(id=order.id).status == "active"
    with pytest.raises(orders.NotToVoid):
        orders.void_performance(nurse, performance_id=row.id, reason="Again")
    orders.perform_order(nurse, order_id=order.id, number=2)
    assert Order.objects.get(id=order.id).status == "completed"


@pytest.mark.guarantee("H5")
def test_a_dose_is_given_to_whom_it_was_ordered_and_checked_once_more(cast):
    order, nurse = an_order(cast, "amoxicillin"), cast.act("nurse")
    other = a_patient(cast)
    with pytest.raises(orders.AnothersWristband):
        give(nurse, order, wristband=other.mrn)
    assert [type(one).__name__ for one in nurse.trace.insisted] == ["WrongWristband"]
    spaced = f" {order.patient.mrn[:3]} {order.patient.mrn[3:]} "
    row = give(nurse, order, wristband=spaced)
    assert (row.dose, row.dose_unit, row.number) == (Decimal(500), "mg", 1)
    with pytest.raises(orders.WrittenDown):
        give(nurse, order)
    with pytest.raises(orders.NeedsReason) as soon:  # three times a day: not twice at once
        give(nurse, order, number=2)
    assert [one.rule for one in soon.value.alerts] == ["orders.too-soon"]
    give(nurse, order, number=2, override_reason="The first was vomited")
    with pytest.raises(orders.NeedsReason) as much:  # ten times the dose, only at the bedside
        give(nurse, order, number=3, dose=Decimal(5_000))
    assert any(one.rule.startswith("magnitude.") for one in much.value.alerts)
    refused = give(nurse, order, number=3, status="not-done", reason_code="refused")
    assert (refused.dose, refused.status) == (None, "not-done")
    record_allergy(nurse, patient_id=order.patient_id, allergen_code=an_allergen().code)
    with pytest.raises(orders.Stopped) as alarm:
        give(nurse, order, number=4, override_reason="x")
    assert alarm.value.alerts[0].rule.startswith("allergy.")


@pytest.mark.guarantee("H5")
def test_what_waits_for_a_second_signature_or_is_on_hold_is_not_given(cast):
    a_medicine("heparin", is_high_alert=True)
    order, nurse = an_order(cast, "heparin"), cast.act("nurse")
    with pytest.raises(orders.Stopped):
        give(nurse, order)
    orders.countersign_orders(cast.act("pharmacist"), order_ids=[order.id])
    give(nurse, order)
    orders.hold_order(cast.act("doctor"), order_id=order.id, reason="Bleeding")
    with pytest.raises(orders.Stopped):
        give(nurse, order, number=2, override_reason="x")
    needed = an_order(cast, "ibuprofen", as_needed=True, most_per_day=2, quantity=Decimal(5), duration_days=None)
    give(nurse, needed)
    with pytest.raises(orders.NeedsReason) as soon:  # as needed, and yet not twice at once
        give(nurse, needed, number=2)
    give(nurse, needed, number=2, override_reason="The first was vomited")
    with pytest.raises(orders.NeedsReason) as most:
        give(nurse, needed, number=3)
    asked = [one.value.alerts[0].rule for one in (soon, most)]
    assert asked == ["orders.too-soon", "orders.most-per-day"]


def test_what_was_given_out_in_time_is_given_after_the_day_on_which_it_expires(cast):
    act, order = cast.act("nurse"), an_order(cast)
    late = replace(
        queries.proposed_of(order, patient_id=order.patient_id), expires_on=act.at.date() - timedelta(days=2)
    )
    assert len(checks.check_goes_on(act, [late], "dispense", None)) == 1
    assert checks.check_goes_on(act, [late], "administer", None) == []


def test_who_answers_for_an_order_keeps_sight_until_it_is_closed(cast):
    visit = a_visit(cast)
    first, second = nursing(cast, visit), nursing(cast, visit, "procedure")
    run_waiting()
    mine = CareRelation.objects.get(source__startswith="orders.responsible:", patient_id=visit.patient_id)
    assert mine.ended_at - first.authored_at > timedelta(days=365)
    for order, goes_on in ((first, True), (second, False)):
        orders.perform_order(cast.act("nurse"), order_id=order.id, number=1)
        run_waiting()
        mine.refresh_from_db()
        assert (mine.ended_at > cast.act("doctor").at) is goes_on


def test_a_course_is_counted_from_when_it_was_given_out(cast):
    order, act = an_order(cast, duration_days=5), cast.act("doctor")
    later = act.at + timedelta(days=6)
    system = act.caused_by(rights={"orders.complete_order"})
    orders.complete_order(system, order_id=order.id)
    assert queries.medicines_in_use(order.patient_id, later) == []
    orders.note_supply(system, order_id=order.id, at=act.at + timedelta(days=3))
    assert [one.id for one in queries.medicines_in_use(order.patient_id, later)] == [order.id]
    assert queries.medicines_in_use(order.patient_id, act.at + timedelta(days=9)) == []


def test_when_the_next_is_due_and_which_was_the_last():
    at, hour = datetime(2026, 11, 29, 8, tzinfo=UTC), timedelta(hours=1)
    every = due.interval("nursing", 1, Decimal(4), "h")
    assert every == 4 * hour
    assert due.interval("nursing", None, None, "") is None
    assert [due.is_last(every, at, 1, at + n * hour) for n in (16, 20)] == [False, True]
    assert due.is_last(None, at, None, at)
    assert [due.too_soon(at, every, at + n * hour) for n in (1, 2)] == [True, False]


def test_the_screens_of_doing(cast):
    visit, nurse = a_visit(cast), cast.client("nurse")
    order, medicine = nursing(cast, visit), sign(cast, a_medicine_item(), visit=visit)[0]
    page = nurse.get(reverse("orders:to_do"))
    assert order.display in page.content.decode()
    perform = reverse("orders:perform", args=[order.id])
    for at in (
        perform,
        reverse("orders:perform", args=[medicine.id]),
        reverse("orders:orders", args=[visit.patient_id]),
    ):
        nurse.get(at)
    nurse.get(reverse("orders:to_do"))
    with at_most(15):
        nurse.get(reverse("orders:to_do"))
    with at_most(15):
        assert nurse.get(reverse("orders:perform", args=[medicine.id])).status_code == 200
    told = {"display": "Paracetamol", "informant": "patient", "medicine_id": a_medicine().id}
    orders.record_statement(cast.act("doctor"), patient_id=visit.patient_id, **told)
    doctor = cast.client("doctor")
    for name in ("medicines", "orders"):
        at = reverse(f"orders:{name}", args=[visit.patient_id])
        doctor.get(at)
        with at_most(15):
            assert doctor.get(at).status_code == 200
    said = {"patient_id": str(visit.patient_id), "number": "1", "status": "completed"}
    once = said | form_key()
    assert [nurse.post(perform, once).status_code for _click in range(2)] == [303, 303]  # a double click is one
    assert Performance.objects.filter(order=order).count() == 1
    again = nurse.post(perform, said | form_key())
    assert again.status_code == 409
    give_at = reverse("orders:perform", args=[medicine.id])
    wrong = nurse.post(give_at, said | {"wristband": "000", "dose": "500", "dose_unit": "mg"} | form_key())
    assert wrong.status_code == 422
    assert Fact.objects.filter(name="orders.WrongWristband", patient_id=visit.patient_id).exists()
    right = {"wristband": visit.patient.mrn, "dose": "500", "dose_unit": "mg"}
    # she takes it from home as well, by a route that nobody told: that is said, and asks nothing
    assert nurse.post(give_at, said | right | form_key()).status_code == 303
    soon = nurse.post(give_at, said | right | {"number": "2"} | form_key())
    assert soon.status_code == 422
    assert "override_reason" in soon.content.decode()
    assert "Make sure that it is not the same dose again." in soon.content.decode()
    row = Performance.objects.get(order=medicine)
    void = reverse("orders:void_performance", args=[row.id])
    assert nurse.get(void).status_code == 200
    assert (
        nurse.post(void, {"patient_id": str(visit.patient_id), "reason": "Not given"} | form_key()).status_code == 303
    )
    assert Performance.objects.get(order=medicine).voided_at is not None
