"""Calling, seeing and finishing visits."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from salus.core.errors import NotAllowed, NotFound, Stale
from salus.core.models import Fact
from salus.encounters import services as encounters
from salus.encounters.models import Encounter
from salus.encounters.services import CannotMove
from salus.encounters.tests.builders import a_visit
from salus.places.models import Facility


def test_a_visit_goes_its_way(cast):
    visit = a_visit(cast)
    visit = encounters.move_encounter(cast.act("nurse"), encounter_id=visit.id, status="triaged", version=1)
    doctor = cast.act("doctor", practitioner_id=cast.user("doctor").staff_member.practitioner_id)
    visit = encounters.move_encounter(doctor, encounter_id=visit.id, status="in-progress", version=visit.version)
    visit = encounters.move_encounter(doctor, encounter_id=visit.id, status="finished", version=visit.version)
    kept = Encounter.objects.get(id=visit.id)
    assert kept.version == visit.version == 4
    assert kept.practitioner_id == doctor.practitioner_id
    assert kept.arrived_at <= kept.triaged_at <= kept.seen_at <= kept.ended_at
    assert kept.ends.start == kept.ended_at.replace(microsecond=0)


def test_needs_the_right(cast):
    visit = a_visit(cast)
    for role in ("receptionist", "cashier"):
        with pytest.raises((NotAllowed, NotFound)):
            encounters.move_encounter(cast.act(role), encounter_id=visit.id, status="triaged", version=1)


def test_reception_cancels_what_nobody_has_begun(cast):
    visit, other = a_visit(cast), a_visit(cast)
    assert encounters.move_encounter(
        cast.act("receptionist"), encounter_id=visit.id, status="cancelled", version=1
    ).ended_at
    encounters.move_encounter(cast.act("nurse"), encounter_id=other.id, status="triaged", version=1)
    with pytest.raises(NotAllowed):
        encounters.move_encounter(cast.act("receptionist"), encounter_id=other.id, status="cancelled", version=2)


@pytest.mark.parametrize("status", ["finished", "planned", "nonsense", "arrived"])
def test_refuses_a_state_that_cannot_follow(cast, status):
    with pytest.raises(CannotMove):
        encounters.move_encounter(cast.act("doctor"), encounter_id=a_visit(cast).id, status=status, version=1)


def test_the_second_of_two_is_told(cast):
    visit = a_visit(cast)
    encounters.move_encounter(cast.act("nurse"), encounter_id=visit.id, status="triaged", version=1)
    with pytest.raises(Stale):
        encounters.move_encounter(cast.act("doctor"), encounter_id=visit.id, status="in-progress", version=1)


def test_another_facilitys_visit_is_not_found(cast):
    visit = a_visit(cast)
    other = Facility.objects.create(organization=cast.facility.organization, code="other", name="Other")
    with pytest.raises(Encounter.DoesNotExist):
        encounters.move_encounter(
            cast.act("doctor", facility_id=other.id), encounter_id=visit.id, status="triaged", version=1
        )


def test_tells_what_happened(cast):
    visit = a_visit(cast)
    for version, status in enumerate(("in-progress", "finished"), start=1):
        encounters.move_encounter(cast.act("doctor"), encounter_id=visit.id, status=status, version=version)
    told = list(Fact.objects.order_by("id").values_list("name", flat=True))
    moved = [name for name in told if name.startswith("encounters.")]
    assert moved[1:] == ["encounters.EncounterMoved", "encounters.EncounterFinished"]


def test_triage_moves_only_who_waits_for_it(cast):
    visit, act = a_visit(cast), cast.act("nurse")
    assert encounters.triage_encounter(act, encounter_id=visit.id) is True
    assert encounters.triage_encounter(act, encounter_id=visit.id) is False
    assert Encounter.objects.get(id=visit.id).status == "triaged"


@pytest.mark.parametrize("status", ["arrived", "triaged", "in-progress"])
def test_a_signature_ends_the_visit_from_wherever_it_is(cast, status):
    visit, doctor = a_visit(cast), cast.act("doctor")
    Encounter.objects.filter(id=visit.id).update(status=status)
    encounters.finish_encounter(doctor, encounter_id=visit.id)
    visit.refresh_from_db()
    assert (visit.status, visit.ended_at) == ("finished", doctor.at)
    with pytest.raises(CannotMove):
        encounters.finish_encounter(doctor, encounter_id=visit.id)


@pytest.mark.race
def test_fifty_call_one_patient_and_one_gets_the_patient(cast, real_db):
    visit, act = a_visit(cast), cast.act("doctor")

    def call(_):
        try:
            encounters.move_encounter(act, encounter_id=visit.id, status="in-progress", version=1)
            return True
        except Stale:
            return False
        finally:
            connection.close()

    with ThreadPoolExecutor(16) as pool:
        assert sum(pool.map(call, range(50))) == 1
