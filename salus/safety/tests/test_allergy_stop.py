"""A recorded allergy stops the order and the dispensing; that it did is written down."""

import threading
from dataclasses import replace

import pytest
from django.db import connection, transaction

from salus.chart.models import AllergyIntolerance
from salus.chart.services import record_allergy, refute_allergy
from salus.chart.services.allergies import Reaction
from salus.chart.services.conditions import record_condition
from salus.chart.tests.builders import an_allergen
from salus.core.announce import run_waiting
from salus.core.errors import NotAllowed
from salus.core.models import Fact
from salus.inventory.tests.builders import a_presentation
from salus.orders import services as orders
from salus.orders.models import Order, Performance
from salus.orders.queries import proposed_of
from salus.orders.tests.builders import a_medicine_item, a_patient, a_test_item, a_visit
from salus.safety import services as safety
from salus.safety.tests.builders import a_rule


def _allergic(cast, patient, **changes):
    values = {"allergen_code": an_allergen().code, "reaction": "anaphylaxis", "onset": "2014"} | changes
    return record_allergy(cast.act("nurse"), patient_id=patient.id, **values)


def _sign(act, patient, *items):
    return orders.place_orders(act, patient_id=patient.id, encounter_id=None, items=items)


@pytest.mark.guarantee("H5")
def test_stops_and_says_what_to_do_instead(cast):
    patient, act = a_patient(cast), cast.act("doctor")
    _allergic(cast, patient)
    with pytest.raises(orders.Stopped) as refusal:
        _sign(act, patient, a_test_item(), a_medicine_item("amoxicillin"))
    (alert,) = refusal.value.alerts
    assert (alert.place, alert.tier, alert.rule) == (1, "stop", "allergy.group")
    assert "anaphylaxis 2014" in alert.title
    assert "penicillins" in alert.instead
    assert "enicillin" not in str(refusal.value), "what may be logged names no allergy"
    assert not Order.objects.exists()
    (fact,) = act.trace.insisted
    assert (fact.rule, fact.outcome, fact.moment) == ("allergy.group", "stopped", "order")


def test_the_year_is_when_it_happened_never_when_it_was_written_down(cast):
    patient, act = a_patient(cast), cast.act("doctor")
    _allergic(cast, patient, onset="", reaction="", reactions=[Reaction("anaphylaxis", "severe", "1998-03")])
    with pytest.raises(orders.Stopped) as refusal:
        _sign(act, patient, a_medicine_item("amoxicillin"))
    assert refusal.value.alerts[0].title.endswith("anaphylaxis 1998")


def test_a_year_that_nobody_told_is_not_made_up(cast):
    patient, act = a_patient(cast), cast.act("doctor")
    _allergic(cast, patient, onset="")
    with pytest.raises(orders.Stopped) as refusal:
        _sign(act, patient, a_medicine_item("amoxicillin"))
    assert refusal.value.alerts[0].title.endswith(", anaphylaxis")


def test_lets_other_medicines_pass(cast):
    patient = a_patient(cast)
    _allergic(cast, patient)
    assert _sign(cast.act("doctor"), patient, a_medicine_item())


def test_an_allergy_that_was_refuted_stops_nothing(cast):
    patient = a_patient(cast)
    row = _allergic(cast, patient)
    refute_allergy(cast.act("nurse"), patient_id=patient.id, allergy_id=row.id, version=1, reason="Tested")
    assert _sign(cast.act("doctor"), patient, a_medicine_item("amoxicillin"))


@pytest.mark.parametrize("status", ["active", ""])
def test_an_imported_allergy_stops(cast, status):
    patient = a_patient(cast)
    AllergyIntolerance.objects.create(patient=patient, status=status, display="Allergy to penicillin (finding)")
    with pytest.raises(orders.Stopped):
        _sign(cast.act("doctor"), patient, a_medicine_item("amoxicillin"))


def test_does_not_depend_on_the_rights_of_the_doer(cast):
    patient = a_patient(cast)
    (order,) = _sign(cast.act("doctor"), patient, a_medicine_item("amoxicillin"))
    _allergic(cast, patient)
    act = cast.act("doctor", rights=frozenset({"orders.order_medicine"}))
    with pytest.raises(orders.Stopped):
        orders.check(act, [proposed_of(order, patient_id=patient.id)], "dispense")


@pytest.mark.guarantee("H5")
def test_an_allergy_recorded_later_finds_the_order(cast):
    patient = a_patient(cast)
    (order,) = _sign(cast.act("doctor"), patient, a_medicine_item("amoxicillin"))
    row = _allergic(cast, patient)
    fact = Fact.objects.get(name="safety.AlertShown")
    assert (fact.data["outcome"], fact.data["order_id"]) == ("found", str(order.id))
    assert fact.data["source"] == f"chart.allergyintolerance:{row.id}"


def test_looking_again_needs_the_right(cast):
    patient = a_patient(cast)
    with pytest.raises(NotAllowed):
        safety.recheck_orders(cast.act("doctor"), patient_id=patient.id, sources=("x",))


def _signs(cast):
    pack, doctor = a_presentation("amoxicillin"), cast.act("doctor")
    item = replace(a_medicine_item("amoxicillin"), presentation_id=pack.id)
    return lambda patient_id: _sign(doctor, type("Who", (), {"id": patient_id}), item)


def _give(cast):
    """The nurse gives the first dose of what is signed for a patient."""
    nurse = cast.act("nurse")

    def give(patient_id):
        order = Order.objects.select_related("patient").get(patient_id=patient_id)
        orders.administer_medication(nurse, order_id=order.id, number=1, wristband=order.patient.mrn)

    return give


def _at_once(cast, visits, warn, does=None):
    """Sign (or give) and warn at one moment for each visit; returns for whom it was stopped."""
    does, stopped = does or _signs(cast), []

    def sign(patient_id, barrier) -> None:
        barrier.wait()
        try:
            does(patient_id)
        except (orders.Stopped, orders.NeedsReason):
            stopped.append(patient_id)
        finally:
            connection.close()

    def record(patient_id, barrier) -> None:
        barrier.wait()
        try:
            with transaction.atomic():
                warn(patient_id)
        finally:
            connection.close()

    for visit in visits:
        barrier = threading.Barrier(2)
        pair = [threading.Thread(target=do, args=(visit.patient_id, barrier)) for do in (sign, record)]
        for one in pair:
            one.start()
        for one in pair:
            one.join()
    return set(stopped)


def _nobody_was_left_out(visits, stopped):
    signed = set(Order.objects.values_list("patient_id", flat=True))
    found = set(Fact.objects.filter(name="safety.AlertShown").values_list("patient_id", flat=True))
    assert signed == found
    assert signed | stopped == {visit.patient_id for visit in visits}


@pytest.mark.race
@pytest.mark.guarantee("H5")
def test_an_allergy_added_while_signing_is_never_silent(real_db, cast):
    """Twenty times at one moment: the signature fails, or the alert about it is on record."""
    an_allergen()
    nurse = cast.act("nurse")
    visits = [a_visit(cast, a_patient(cast)) for _one in range(20)]
    stopped = _at_once(cast, visits, lambda who: record_allergy(nurse, patient_id=who, allergen_code="penicillin"))
    _nobody_was_left_out(visits, stopped)

    # And while the nurse gives a dose of what was signed: the dose is stopped, or the alert finds the order it is of.
    given = [a_visit(cast, a_patient(cast)) for _one in range(10)]
    for visit in given:
        _sign(cast.act("doctor"), visit.patient, a_medicine_item("amoxicillin"))
    refused = _at_once(
        cast, given, lambda who: record_allergy(nurse, patient_id=who, allergen_code="penicillin"), _give(cast)
    )
    doses = set(Performance.objects.values_list("patient_id", flat=True))
    found = set(Fact.objects.filter(name="safety.AlertShown").values_list("patient_id", flat=True))
    everybody = {visit.patient_id for visit in given}
    assert (doses | refused, doses & refused, everybody - found) == (everybody, set(), set())


@pytest.mark.race
@pytest.mark.guarantee("H5")
def test_a_problem_added_while_signing_is_never_silent(real_db, cast):
    """The same of a disease that speaks against the medicine, which a job looks at right after the commit."""
    says = {"medicine": "amoxicillin", "conditions": ["K72"]}
    a_rule("contraindication", "race", ["amoxicillin"], says)
    doctor = cast.act("doctor")
    visits = [a_visit(cast, a_patient(cast)) for _one in range(10)]
    stopped = _at_once(
        cast, visits, lambda who: record_condition(doctor, patient_id=who, code="K72.00", display="Liver failure")
    )
    run_waiting()
    _nobody_was_left_out(visits, stopped)
