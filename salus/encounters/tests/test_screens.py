"""The worklist, the desk, one visit, the visits of a patient."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from salus.core.ids import uuid7
from salus.core.models import AccessEntry
from salus.encounters import services as encounters
from salus.encounters.models import Encounter
from salus.encounters.tests.builders import a_consultation, a_patient, a_visit
from tests.cast import form_key
from tests.statements import at_most


def start(cast, patient, client=None, **changes):
    values = {
        "department": cast.departments["opd"].id,
        "service": changes["service"] if "service" in changes else a_consultation().code,
        "reason": "Cough",
        "patient_id": patient.id,
    }
    client = client or cast.client("receptionist")
    return client.post(reverse("encounters:start", args=[patient.id]), form_key(**(values | changes)))


def test_reception_checks_a_patient_in(cast):
    ann = a_patient(cast)
    service = a_consultation().code
    client = cast.client("receptionist")
    with at_most(15):
        page = client.get(reverse("encounters:start", args=[ann.id]))
    assert b"ASHDOWN" in page.content
    assert b'name="patient_id"' in page.content
    with at_most(15):
        answer = start(cast, ann, client, service=service)
    assert answer.status_code == 303
    # an upper room may show a number first; where the department gives none it leads here
    assert client.get(answer["Location"])["Location"] == reverse("encounters:queue")
    assert Encounter.objects.get().reason == "Cough"
    assert b"Visit number" in client.get(reverse("encounters:queue")).content


def test_a_form_with_mistakes_comes_back_with_what_was_typed(cast):
    ann = a_patient(cast)
    answer = start(cast, ann, service="", reason="Knee pain")
    assert answer.status_code == 422
    assert b"Knee pain" in answer.content
    assert b"id_service_error" in answer.content
    assert not Encounter.objects.exists()


def test_whoever_is_here_already_is_shown(cast):
    visit = a_visit(cast)
    answer = start(cast, visit.patient)
    assert answer.status_code == 422
    assert reverse("encounters:show", args=[visit.id]) in answer.content.decode()
    assert Encounter.objects.count() == 1


@pytest.mark.guarantee("H1")
def test_a_form_of_another_patient_writes_nothing(cast):
    ann, ben = a_patient(cast), a_patient(cast, given="Ben")
    assert start(cast, ann, patient_id=ben.id).status_code == 409
    visit = a_visit(cast, ann)
    values = form_key(status="in-progress", version=1, patient_id=ben.id)
    assert cast.client("doctor").post(reverse("encounters:move", args=[visit.id]), values).status_code == 409
    visit.refresh_from_db()
    assert visit.status == "arrived"


def test_the_same_form_twice_makes_one_visit(cast):
    ann = a_patient(cast)
    client, key = cast.client("receptionist"), str(uuid7())
    assert [start(cast, ann, client, _key=key).status_code for _ in range(2)] == [303, 303]
    assert Encounter.objects.count() == 1


@pytest.mark.parametrize(("role", "status"), [("nurse", 403), ("cashier", 403)])
def test_only_reception_checks_in(cast, role, status):
    assert cast.client(role).get(reverse("encounters:start", args=[a_patient(cast).id])).status_code == status


def test_the_worklist_shows_two_identifiers_and_logs_whom_it_shows(cast):
    for given in ("Harpreet", "Harpreet", "Amaka"):
        a_visit(cast, a_patient(cast, family="Singh" if given[0] == "H" else "Okafor", given=given))
    client = cast.client("receptionist")
    with at_most(8):
        page = client.get(reverse("encounters:queue"))
    text = page.content.decode()
    patient = Encounter.objects.first().patient
    assert patient.mrn[-3:] in text
    assert text.count("Similar name on this list") == 4  # two patients, a title and a word for the screen reader each
    assert AccessEntry.objects.filter(action="read").count() == 3


def test_the_counts_are_filters(cast):
    first, second = a_visit(cast), a_visit(cast)
    encounters.move_encounter(cast.act("nurse"), encounter_id=second.id, status="triaged", version=1)
    page = cast.client("nurse").get(reverse("encounters:queue"), {"show": "triaged"}).content.decode()
    assert f"visit-{second.id}" in page
    assert f"visit-{first.id}" not in page


def test_yesterdays_open_visit_is_still_on_the_list_and_a_finished_one_is_not(cast):
    left, done = a_visit(cast), a_visit(cast)
    Encounter.objects.filter(id=left.id).update(arrived_at=timezone.now() - timedelta(days=2))
    Encounter.objects.filter(id=done.id).update(arrived_at=timezone.now() - timedelta(days=2), status="finished")
    page = cast.client("receptionist").get(reverse("encounters:queue")).content.decode()
    assert f"visit-{left.id}" in page
    assert f"visit-{done.id}" not in page


def test_a_nurse_of_another_department_does_not_see_the_visit_among_hers(cast):
    visit = a_visit(cast, department_id=cast.departments["lab"].id)
    client = cast.client("nurse")
    assert f"visit-{visit.id}" not in client.get(reverse("encounters:queue")).content.decode()
    everywhere = client.get(reverse("encounters:queue"), {"scope": "all", "show": "all"}).content.decode()
    assert f"visit-{visit.id}" in everywhere


def test_nonsense_in_the_address_shows_the_ordinary_list(cast):
    page = cast.client("nurse").get(reverse("encounters:queue"), {"day": "x", "show": "y", "scope": "z"})
    assert page.status_code == 200


def test_one_visit_and_its_moves(cast):
    visit = a_visit(cast)
    nurse = cast.client("nurse")
    address = reverse("encounters:show", args=[visit.id])
    with at_most(8):
        assert b"Call in" in nurse.get(address).content
    assert b"Call in" not in cast.client("receptionist").get(address).content
    values = form_key(status="cancelled", version=1, patient_id=visit.patient_id)
    reception = cast.client("receptionist")
    with at_most(15):
        answer = reception.post(reverse("encounters:move", args=[visit.id]), values)
    assert answer.status_code == 303
    came = reception.get(address).content.decode().partition("How it came there")[2]
    assert came.count("by Ruth Mwangi") == 2  # checked in, and cancelled
    again = form_key(status="triaged", version=1, patient_id=visit.patient_id)
    assert nurse.post(reverse("encounters:move", args=[visit.id]), again).status_code == 409


def test_home_shows_the_worklist_of_the_role(cast):
    a_visit(cast)
    for role in ("receptionist", "nurse", "doctor"):
        assert b'id="queue"' in cast.client(role).get("/").content, role
    assert b'id="queue"' not in cast.client("cashier").get("/").content


def test_the_visits_of_a_patient(cast):
    visit = a_visit(cast, reason="Cough")
    page = cast.client("doctor").get(reverse("encounters:visits", args=[visit.patient_id]))
    assert b"Cough" in page.content
    assert cast.client("receptionist").get(reverse("encounters:visits", args=[visit.patient_id])).status_code == 403
