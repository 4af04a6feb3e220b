"""Problems and diagnoses."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from django.contrib.postgres.search import SearchVector
from django.db import connection
from django.db.models import Value
from django.urls import reverse
from django.utils import timezone

from salus.chart import services as chart
from salus.chart.models import Condition
from salus.chart.queries import lists
from salus.chart.queries.diagnoses import ICD, ICD11
from salus.chart.queries.favourites import favourite_conditions
from salus.chart.queries.versions import versions_of
from salus.chart.services.conditions import AlreadyListed, CannotChange
from salus.chart.tests.builders import a_code, a_patient
from salus.chart.versions import changes_of
from salus.core.errors import Invalid, NotAllowed, Stale
from salus.core.models import Fact
from salus.terminology.models import Concept
from tests.cast import form_key
from tests.statements import at_most

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


@pytest.mark.parametrize(("zone", "hour", "day"), [("Asia/Kolkata", 20, 11), ("America/Lima", 2, 9)])
def test_a_day_is_the_hospitals_and_not_utcs(cast, zone, hour, day):
    """At two in the morning in Kolkata it is yesterday in UTC: what was given and found today is not to come; and at nine in
    the evening in Lima it is tomorrow in UTC."""
    ann, at = a_patient(cast), datetime(2031, 3, 10, hour, 30, tzinfo=UTC)
    doctor = cast.act("doctor", at=at)
    with timezone.override(zone):
        row = chart.record_condition(doctor, patient_id=ann.id, **HYPERTENSION, onset=f"2031-03-{day:02d}")
        chart.record_immunization(
            doctor, patient_id=ann.id, code="", display="Vaccine", on=f"2031-03-{day:02d}", given=chart.Given()
        )
        with pytest.raises(Invalid):
            chart.record_condition(doctor, patient_id=ann.id, code="", display="x", onset=f"2031-03-{day + 1:02d}")
        chart.change_condition(doctor, patient_id=ann.id, condition_id=row.id, version=1, status="resolved")
    assert str(Condition.objects.get(id=row.id).abatement) == f"2031-03-{day:02d}"


@pytest.mark.race
@pytest.mark.guarantee("B7")
def test_twenty_list_one_problem_and_it_stands_once(cast, real_db):
    ann, acts = a_patient(cast), [cast.act("doctor") for _n in range(20)]

    def tell(act):
        try:
            chart.record_condition(act, patient_id=ann.id, **HYPERTENSION)
        except AlreadyListed:
            return 0
        finally:
            connection.close()
        return 1

    with ThreadPoolExecutor(10) as pool:
        assert sum(pool.map(tell, acts)) == 1


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


def test_a_problem_is_said_more_exactly_and_one_is_the_principal(cast):
    ann, doctor = a_patient(cast), cast.act("doctor")
    first = list_problem(cast, ann, is_principal=True, course="chronic")
    second = list_problem(cast, ann, code="J45.909", display="Asthma", is_principal=True)
    first.refresh_from_db()
    assert (first.is_principal, first.course) == (False, "chronic")
    of = {"patient_id": ann.id, "condition_id": first.id}
    chart.amend_condition(
        doctor, **of, version=2, is_principal=True, onset="2008-03", severity="24484000", note="Worse"
    )
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.is_principal, second.is_principal, str(first.onset), first.note) == (True, False, "2008-03", "Worse")
    with pytest.raises(Stale):
        chart.amend_condition(doctor, **of, version=2, note="Late")
    with pytest.raises(Invalid):
        chart.amend_condition(doctor, **of, version=3, course="sudden")
    _row, versions = versions_of(doctor, ann.id, "problem", first.id)
    assert [one.number for one in versions] == [3, 2, 1]
    newest = changes_of("problem", versions)[0]
    assert ("Remark", "Worse", "") in newest.lines
    for status in ("remission", "active"):  # what is over is the principal one no more, and does not become it again
        chart.change_condition(doctor, **of, version=first.version, status=status)
        first.refresh_from_db()
        assert not first.is_principal
    chart.change_condition(doctor, **of, version=first.version, status="resolved")
    first.refresh_from_db()
    with pytest.raises(Invalid) as refused:
        chart.amend_condition(doctor, **of, version=first.version, is_principal=True)
    assert list(refused.value.fields) == ["is_principal"]
    assert newest.by


def test_problems_stand_in_the_order_that_somebody_gave_them(cast):
    ann, doctor = a_patient(cast), cast.act("doctor")
    rows = [list_problem(cast, ann, code="", display=name) for name in ("Zoster", "Anaemia", "Migraine")]
    wanted = [rows[1].id, rows[2].id, rows[0].id]
    chart.order_conditions(doctor, patient_id=ann.id, condition_ids=wanted)
    assert [row.id for row in lists.problems_of(doctor, ann.id)] == wanted
    assert [row.display for row in lists.problems_of(doctor, ann.id, "name")] == ["Anaemia", "Migraine", "Zoster"]
    ben = list_problem(cast, a_patient(cast, family="Berg"))
    with pytest.raises(Stale):
        chart.order_conditions(doctor, patient_id=ann.id, condition_ids=[ben.id])
    with pytest.raises(NotAllowed):
        chart.order_conditions(cast.act("receptionist"), patient_id=ann.id, condition_ids=wanted)


def test_favourites_are_ones_own_and_the_departments(cast):
    a_code()
    doctor = cast.act("doctor")
    here = next(iter(doctor.places), None)
    mine = chart.add_favourite(doctor, code_system=ICD, code="I10")
    assert chart.add_favourite(doctor, code_system=ICD, code="I10").id == mine.id
    with pytest.raises(Invalid):
        chart.add_favourite(doctor, code_system=ICD, code="nonsense")
    with pytest.raises(NotAllowed):
        chart.add_favourite(doctor, code_system=ICD, code="I10", department_id=cast.departments["lab"].id)
    if here is not None:
        chart.add_favourite(doctor, code_system=ICD, code="I10", department_id=here)
    assert [one.owner_id is None for one in favourite_conditions(doctor)][0] is False
    chart.remove_favourite(doctor, favourite_id=mine.id)
    assert all(one.id != mine.id for one in favourite_conditions(doctor))


def test_a_problem_is_found_in_icd_11_too_where_the_hospital_loaded_it(cast):
    client, ann, find = cast.client("doctor"), a_patient(cast), reverse("chart:find_problem")
    a_code("E11.9", "Type 2 diabetes mellitus without complications")
    Concept.objects.create(system=ICD11, code="5A11", display="Type 2 diabetes mellitus", rank=1)
    words = SearchVector(Value("type 2 diabetes mellitus"), weight="A", config="simple")
    Concept.objects.filter(system=ICD11).update(words=words)
    offered = client.post(find, {"q": "diab typ"} | form_key()).content.decode()
    assert offered.index("Type 2") < offered.index("ICD-11 5A11")
    assert "icd11:5A11" in client.post(find, {"q": "5a1"} | form_key()).content.decode()
    sent = {"condition": "icd11:5A11", "patient_id": ann.id}
    assert client.post(reverse("chart:record_condition", args=[ann.id]), sent | form_key()).status_code == 303
    row = Condition.objects.get(patient=ann)
    assert (row.code_system, row.code, row.display) == (ICD11, "5A11", "Type 2 diabetes mellitus")
    assert "ICD-11 5A11" in client.get(reverse("chart:problems", args=[ann.id])).content.decode()
    sent = {"condition": "icd11:5A12", "patient_id": ann.id}
    assert client.post(reverse("chart:record_condition", args=[ann.id]), sent | form_key()).status_code == 422


def test_the_pages_of_a_problem(cast):
    a_code()
    client, ann = cast.client("doctor"), a_patient(cast)
    chart.add_favourite(cast.act("doctor"), code_system=ICD, code="I10")
    with at_most(12):
        page = client.get(reverse("chart:record_condition", args=[ann.id])).content.decode()
    assert "At hand" in page
    sent = {"condition": "I10", "course": "chronic", "severity": "6736007", "is_principal": "1", "patient_id": ann.id}
    assert client.post(reverse("chart:record_condition", args=[ann.id]), sent | form_key()).status_code == 303
    row = Condition.objects.get(patient=ann)
    assert (row.course, row.is_principal, row.severity) == ("chronic", True, "6736007")
    text = client.get(reverse("chart:problems", args=[ann.id]) + "?sort=name").content.decode()
    assert "Principal" in text
    assert "Moderate" in text
    edit = reverse("chart:amend_condition", args=[ann.id, row.id])
    said = {"course": "acute", "onset": "soon", "patient_id": ann.id, "version": "1"}
    assert client.post(edit, said | form_key()).status_code == 422
    assert client.post(edit, said | {"onset": "2020"} | form_key()).status_code == 303
    assert client.post(edit, said | {"onset": "2021"} | form_key()).status_code == 409
    past = client.get(reverse("chart:versions", args=[ann.id, "problem", row.id])).content.decode()
    assert "<del>Chronic</del>" in past
