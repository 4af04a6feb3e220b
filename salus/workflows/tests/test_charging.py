"""What is owed for having come, and that who left unseen owes nothing, in whatever order it is told."""

from decimal import Decimal

from salus.billing import services as billing
from salus.billing.models import Charge
from salus.billing.tests.builders import a_price
from salus.core.announce import run_consequence, run_waiting
from salus.core.models import Fact
from salus.encounters import services as encounters
from salus.encounters.models import Encounter
from salus.encounters.tests.builders import a_consultation, a_visit
from salus.queues.tests.test_follow_visit import serve, state_of_booked, two_appointments


def a_paid_visit(cast):
    service = a_consultation()
    a_price(cast, service, "25.00")
    return a_visit(cast, service_code=service.code)


def leave(cast, visit):
    row = Encounter.objects.get(id=visit.id)
    encounters.move_encounter(cast.act("receptionist"), encounter_id=row.id, status="cancelled", version=row.version)


def owed(visit):
    return Charge.objects.filter(encounter_id=visit.id, voided_at__isnull=True).count()


def test_who_left_unseen_owes_nothing(cast):
    visit = a_paid_visit(cast)
    run_waiting()
    assert owed(visit) == 1
    leave(cast, visit)
    run_waiting()
    assert owed(visit) == 0
    assert Charge.objects.get().void_reason == "The visit did not take place."
    assert Fact.objects.filter(name="billing.ChargesDropped").count() == 1


def test_a_charge_that_is_told_late_does_not_come_back(cast):
    visit = a_paid_visit(cast)
    leave(cast, visit)
    run_waiting()
    run_consequence(Fact.objects.get(name="encounters.EncounterStarted").id, "charging.charge_for_visit")
    assert owed(visit) == 0


def test_what_is_on_an_invoice_stays_there(cast):
    visit = a_paid_visit(cast)
    run_waiting()
    invoice = billing.issue_invoice(cast.act("cashier"), patient_id=visit.patient_id)
    leave(cast, visit)
    run_waiting()
    assert (owed(visit), invoice.total) == (1, Decimal(25))


def test_whom_the_second_doctor_never_saw_is_awaited_again_and_owes_one_visit(cast):
    """The first doctor signs, and the visit is over: that must not say that the second one has seen the patient."""
    first, second, token = two_appointments(cast)
    run_waiting()
    owed = Charge.objects.filter(encounter_id=token.encounter_id, voided_at=None)
    assert owed.count() == 2
    serve(cast, "doctor", token)
    encounters.finish_encounter(cast.act("doctor"), encounter_id=token.encounter_id)
    run_waiting()
    assert (state_of_booked(first), state_of_booked(second)) == ("fulfilled", "booked")
    assert owed.get().source == f"encounters.encounter:{token.encounter_id}"
