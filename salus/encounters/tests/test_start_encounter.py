"""Checking a patient in."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from salus.core.errors import Conflict, Invalid, NotAllowed, NotFound
from salus.core.ids import uuid7
from salus.core.models import Fact
from salus.encounters import services as encounters
from salus.encounters.models import Encounter
from salus.encounters.queries import open_encounter
from salus.encounters.services import AlreadyHere
from salus.encounters.tests.builders import a_consultation, a_patient, a_visit
from salus.patients.screens import patient_page
from salus.places.models import Department


def test_the_patient_has_arrived(cast):
    ann = a_patient(cast)
    doctor = cast.user("doctor").staff_member.practitioner_id
    visit = a_visit(cast, ann, practitioner_id=doctor, service_code=a_consultation().code, reason="Cough")
    kept = Encounter.objects.get(id=visit.id)
    assert (kept.status, kept.reason, kept.class_code, kept.practitioner_id) == ("arrived", "Cough", "AMB", doctor)
    assert kept.number.isdigit()
    assert kept.arrived_at == kept.started_at
    assert kept.starts.start == kept.started_at.replace(microsecond=0)
    assert open_encounter(cast.act("nurse"), ann.id) == kept
    assert patient_page(cast.act("nurse"), ann.id)["banner"].location == "General outpatients"


def test_needs_the_right(cast):
    with pytest.raises(NotAllowed):
        encounters.start_encounter(
            cast.act("nurse"), patient_id=a_patient(cast).id, department_id=cast.departments["opd"].id
        )


def test_a_second_open_visit_at_one_department_is_refused_and_named(cast):
    ann = a_patient(cast)
    visit = a_visit(cast, ann)
    with pytest.raises(AlreadyHere) as refused:
        a_visit(cast, ann)
    assert refused.value.encounter_id == visit.id
    a_visit(cast, ann, department_id=cast.departments["lab"].id)
    assert Encounter.objects.count() == 2


@pytest.mark.parametrize(("kind", "class_code"), [("ward", "IMP"), ("emergency", "EMER")])
def test_a_stay_is_of_its_own_class_and_open_once(cast, kind, class_code):
    ann, place = a_patient(cast), Department.objects.create(facility=cast.facility, code=kind, name=kind, kind=kind)
    assert a_visit(cast, ann, department_id=place.id).class_code == class_code
    with pytest.raises(AlreadyHere):
        a_visit(cast, ann, department_id=place.id)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"department_id": uuid7()}, "department"),
        ({"practitioner_id": uuid7()}, "practitioner"),
        ({"service_code": "no such service"}, "service"),
    ],
)
def test_what_is_not_there_is_refused_beside_its_field(cast, changes, field):
    with pytest.raises(Invalid) as refused:
        a_visit(cast, **changes)
    assert list(refused.value.fields) == [field]


def test_a_foreign_or_missing_patient_is_not_found(cast):
    with pytest.raises(NotFound):
        encounters.start_encounter(
            cast.act("receptionist"), patient_id=uuid7(), department_id=cast.departments["opd"].id
        )


@pytest.mark.parametrize("state", ["deceased", "merged"])
def test_a_dead_or_joined_record_is_refused(cast, state):
    changes = {"is_deceased": True} if state == "deceased" else {"merged_into": a_patient(cast)}
    with pytest.raises(Conflict):
        a_visit(cast, a_patient(cast, **changes))


def test_tells_what_happened(cast):
    visit = a_visit(cast, service_code=a_consultation().code)
    fact = Fact.objects.get(name="encounters.EncounterStarted")
    assert fact.patient_id == visit.patient_id
    assert fact.data["encounter_id"] == str(visit.id)
    assert fact.data["service_code"] == "consult:general"


@pytest.mark.guarantee("B8")
@pytest.mark.race
def test_fifty_clicks_make_one_visit_and_numbers_never_repeat(cast, real_db):
    ann, others = a_patient(cast), [a_patient(cast) for _ in range(10)]
    act, opd = cast.act("receptionist"), cast.departments["opd"].id

    def check_in(patient_id):
        try:
            return encounters.start_encounter(act, patient_id=patient_id, department_id=opd).id
        except AlreadyHere as refusal:
            return refusal.encounter_id
        finally:
            connection.close()

    patients = [ann.id] * 40 + [p.id for p in others]
    with ThreadPoolExecutor(16) as pool:
        visits = list(pool.map(check_in, patients))
    assert len(set(visits[:40])) == 1
    numbers = list(Encounter.objects.values_list("number", flat=True))
    assert len(numbers) == len(set(numbers)) == 11
