"""dispense_medication: from the right lot, never too much, never against an allergy, once."""

import threading
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from salus.chart.services.allergies import record_allergy
from salus.core.errors import Invalid, NotAllowed, Stale
from salus.core.models import Fact
from salus.inventory.models import Lot
from salus.inventory.services import OutOfStock
from salus.orders import services as orders
from salus.pharmacy import services as pharmacy
from salus.pharmacy.models import Dispense, DispenseLine, Prescription
from salus.pharmacy.tests.builders import a_lot, a_patient, a_prescription, a_presentation, an_item
from tests.statements import at_most


def _dispense(cast, prescription, quantity=15, *, role="pharmacist", **changes):
    item = an_item(prescription.order.presentation)
    values = {"prescription_id": prescription.id, "item_id": item.id, "quantity": Decimal(quantity)} | changes
    return pharmacy.dispense_medication(cast.act(role), **values)


def test_gives_all_of_it_and_tells(cast):
    row = a_prescription(cast)
    lot = a_lot(cast)
    given = _dispense(cast, row)
    assert Prescription.objects.get().status == "complete"
    assert Lot.objects.get().on_hand == 85
    assert DispenseLine.objects.get().lot_id == lot.id
    assert given.instructions == "500\u00a0mg, oral, three times a day, for 5 days"
    assert given.number > 100000
    told = Fact.objects.get(name="pharmacy.MedicationDispensed")
    assert told.data["service_code"] == "med:t-paracetamol-500-mg-tablet"
    assert (told.data["quantity"], told.data["is_complete"]) == ("15", True)
    assert told.data["department_id"] == str(cast.departments["pharmacy"].id)


def test_gives_a_part_now_and_the_rest_later(cast):
    row = a_prescription(cast)
    a_lot(cast)
    _dispense(cast, row, 10)
    assert Prescription.objects.get().status == "partial"
    with pytest.raises(Invalid) as refusal:
        _dispense(cast, row, 6)
    assert "5" in refusal.value.fields["quantity"]
    _dispense(cast, row, 5)
    assert Prescription.objects.get().status == "complete"
    assert Dispense.objects.count() == 2


def test_first_expiry_first(cast):
    row = a_prescription(cast)
    late, soon = a_lot(cast, days=90), a_lot(cast, quantity=5, days=9)
    _dispense(cast, row)
    lines = DispenseLine.objects.order_by("lot__expires_on").values_list("lot_id", "quantity")
    assert list(lines) == [(soon.id, 5), (late.id, 10)]


def test_needs_the_right(cast):
    row = a_prescription(cast)
    with pytest.raises(NotAllowed):
        _dispense(cast, row, role="doctor")


def test_what_is_complete_or_stopped_is_not_given(cast):
    row, stopped = a_prescription(cast), a_prescription(cast, "ibuprofen")
    a_lot(cast)
    _dispense(cast, row)
    with pytest.raises(pharmacy.NotDispensable):
        _dispense(cast, row)
    orders.stop_order(cast.act("doctor"), order_id=stopped.order_id, reason="Rash")
    with pytest.raises(pharmacy.NotDispensable):
        _dispense(cast, stopped)
    with pytest.raises(pharmacy.AlreadyGiven):
        orders.stop_order(cast.act("doctor"), order_id=row.order_id, reason="Rash")


def test_another_medicine_is_not_given(cast):
    row, other = a_prescription(cast), an_item(a_presentation("ibuprofen"))
    with pytest.raises(Invalid):
        _dispense(cast, row, item_id=other.id)


@pytest.mark.parametrize("quantity", ["0", "-1", "1.5", "16"])
def test_an_amount_that_cannot_be(cast, quantity):
    row = a_prescription(cast)
    a_lot(cast)
    with pytest.raises(Invalid):
        _dispense(cast, row, quantity)


def test_who_saw_an_older_version_is_told(cast):
    row = a_prescription(cast)
    a_lot(cast)
    _dispense(cast, row, 1, version=row.version)
    with pytest.raises(Stale):
        _dispense(cast, row, 1, version=row.version)


def test_out_of_stock_changes_nothing(cast):
    row = a_prescription(cast)
    a_lot(cast, quantity=3)
    with pytest.raises(OutOfStock) as refusal:
        _dispense(cast, row)
    assert refusal.value.available == 3
    assert Prescription.objects.get().dispensed == 0
    assert not Dispense.objects.exists()


@pytest.mark.guarantee("H5")
def test_an_allergy_since_the_signature_stops_it(cast):
    row = a_prescription(cast, "amoxicillin")
    a_lot(cast, an_item(a_presentation("amoxicillin")))
    record_allergy(cast.act("nurse"), patient_id=row.patient_id, display="Penicillin V")
    act = cast.act("pharmacist")
    item = an_item(row.order.presentation)
    with pytest.raises(orders.Stopped):
        pharmacy.dispense_medication(act, prescription_id=row.id, item_id=item.id, quantity=Decimal(1))
    assert [fact.moment for fact in act.trace.insisted] == ["dispense"]
    assert not Dispense.objects.exists()


@pytest.mark.guarantee("H13")
def test_the_database_refuses_more_than_ordered(cast):
    row = a_prescription(cast)
    with pytest.raises(IntegrityError, match="never_more_than_ordered"), transaction.atomic():
        Prescription.objects.filter(id=row.id).update(dispensed=16)


def test_few_statements(cast):
    row = a_prescription(cast)
    a_lot(cast)
    item, act = an_item(row.order.presentation), cast.act("pharmacist")
    with at_most(9):  # the door adds five
        pharmacy.dispense_medication(act, prescription_id=row.id, item_id=item.id, quantity=Decimal(2))


@pytest.mark.race
@pytest.mark.guarantee("H13")
def test_fifty_pharmacists_and_two_tablets(real_db, cast):
    patient = a_patient(cast)
    rows = [a_prescription(cast, f"pill{n}", patient=patient) for n in range(1)]
    a_lot(cast, an_item(rows[0].order.presentation), quantity=2)
    item, act = an_item(rows[0].order.presentation), cast.act("pharmacist")
    given, refused, barrier = [], [], threading.Barrier(50)

    def give() -> None:
        try:
            barrier.wait()
            given.append(
                pharmacy.dispense_medication(act, prescription_id=rows[0].id, item_id=item.id, quantity=Decimal(1))
            )
        except OutOfStock as error:
            refused.append(error)
        finally:
            connection.close()

    people = [threading.Thread(target=give) for _one in range(50)]
    for one in people:
        one.start()
    for one in people:
        one.join()
    assert (len(given), len(refused)) == (2, 48)
    assert Prescription.objects.get().dispensed == 2
