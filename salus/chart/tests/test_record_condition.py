"""Problems and diagnoses."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from salus.chart import services as chart
from salus.chart.models import Condition
from salus.chart.services.conditions import AlreadyListed, CannotChange
from salus.chart.tests.builders import a_patient
from salus.core.errors import Invalid, NotAllowed, Stale
from salus.core.models import Fact

HYPERTENSION = {"code": "I10", "display": "Essential (primary) hypertension"}


def list_problem(cast, patient, role="doctor", **changes):
    return chart.record_condition(cast.act(role), patient_id=patient.id, **(HYPERTENSION | changes))


def test_a_problem_is_listed_with_its_date_as_known(cast):
    row = list_problem(cast, a_patient(cast), onset="2008", note="Since pregnancy")
    row.refresh_from_db()
    assert (row.code, row.status, row.verification, str(row.onset)) == ("I10", "active", "confirmed", "2008")
    assert (row.onset_at.year, row.category) == (2008, "problem-list-item")


def test_one_code_stands_once_while_it_is_active(cast):
    ann, doctor = a_patient(cast), cast.act("doctor")
    row = list_problem(cast, ann)
    with pytest.raises(AlreadyListed):
        list_problem(cast, ann)
    chart.change_condition(doctor, patient_id=ann.id, condition_id=row.id, version=1, status="resolved")
    list_problem(cast, ann)
    list_problem(cast, ann, code="", display="Sad about the weather")
    list_problem(cast, ann, code="", display="Sad about the food")


def test_a_problem_comes_and_goes(cast):
    ann, doctor = a_patient(cast), cast.act("doctor")
    row = list_problem(cast, ann)
    whose = {"patient_id": ann.id, "condition_id": row.id}
    chart.change_condition(doctor, **whose, version=1, status="resolved", abatement="2020-05")
    row.refresh_from_db()
    assert (row.status, str(row.abatement)) == ("resolved", "2020-05")
    chart.change_condition(doctor, **whose, version=2, status="active")
    row.refresh_from_db()
    assert (row.status, row.abatement) == ("active", None)
    with pytest.raises(CannotChange):
        chart.change_condition(doctor, **whose, version=3, status="active")


def test_what_was_wrong_stays_with_its_reason(cast):
    ann = a_patient(cast)
    row = list_problem(cast, ann)
    whose = {"patient_id": ann.id, "condition_id": row.id, "version": 1}
    with pytest.raises(Invalid):
        chart.void_condition(cast.act("doctor"), **whose, reason="")
    chart.void_condition(cast.act("doctor"), **whose, reason="Wrong patient")
    row.refresh_from_db()
    assert (row.verification, row.void_reason, row.status) == ("entered-in-error", "Wrong patient", "active")


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"display": " "}, "condition"), ({"onset": "soon"}, "onset"), ({"onset": "2999"}, "onset")],
)
def test_refuses_nonsense_beside_its_field(cast, changes, field):
    with pytest.raises(Invalid) as refused:
        list_problem(cast, a_patient(cast), **changes)
    assert list(refused.value.fields) == [field]


def test_needs_the_right(cast):
    with pytest.raises(NotAllowed):
        list_problem(cast, a_patient(cast), role="nurse")


def test_the_second_of_two_is_told_and_another_patient_is_never_touched(cast):
    ann, ben, doctor = a_patient(cast), a_patient(cast), cast.act("doctor")
    row = list_problem(cast, ann)
    chart.change_condition(doctor, patient_id=ann.id, condition_id=row.id, version=1, status="inactive")
    with pytest.raises(Stale):
        chart.change_condition(doctor, patient_id=ann.id, condition_id=row.id, version=1, status="resolved")
    with pytest.raises(Condition.DoesNotExist):
        chart.change_condition(doctor, patient_id=ben.id, condition_id=row.id, version=2, status="resolved")


def test_tells_what_happened(cast):
    row = list_problem(cast, a_patient(cast))
    fact = Fact.objects.get()
    assert (fact.name, fact.data["condition_ids"]) == ("chart.ConditionRecorded", [str(row.id)])


@pytest.mark.guarantee("H10")
@pytest.mark.race
def test_of_fifty_changes_one_goes_in(cast, real_db):
    ann, act = a_patient(cast), cast.act("doctor")
    row = list_problem(cast, ann)

    def change(_):
        try:
            chart.change_condition(act, patient_id=ann.id, condition_id=row.id, version=1, status="resolved")
            return True
        except Stale:
            return False
        finally:
            connection.close()

    with ThreadPoolExecutor(16) as pool:
        assert sum(pool.map(change, range(50))) == 1
