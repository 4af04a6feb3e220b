"""The privacy officer's screens: who viewed this patient, what did this person do, a file of it, proofs."""

import csv
import io
import json
from datetime import timedelta

import pytest
from django.test import Client

from salus.accounts.models import Device
from salus.accounts.services import issue_token
from salus.audit.queries import entries
from salus.audit.queries.entries import SORTS, Asked
from salus.chart.models import Observation
from salus.core import access
from salus.core.csv_files import as_csv
from salus.core.models import AccessEntry
from salus.patients import services as patients
from tests.cast import Cast, form_key
from tests.statements import at_most
from tests.world import World, a_world


@pytest.fixture
def world(cast) -> World:
    return a_world(cast)


@pytest.fixture
def officer(cast):
    return cast.client("privacy-officer")


def text(answer) -> str:
    return answer.content.decode()


def test_who_viewed_this_patient(world, officer, cast):
    cast.client("nurse").get(f"/chart/{world.patient.id}/")
    with at_most(20):
        page = officer.get(f"/audit/patients/{world.patient.id}")
    assert page.status_code == 200
    assert "Lin Tan" in text(page)
    assert "Chidi Okoye" in text(page)
    assert "Who viewed ASHDOWN, Ann" in text(page)
    again = officer.get(f"/audit/patients/{world.patient.id}")
    assert "Sven Adler" in text(again), "whoever keeps watch is watched too"
    assert "Watching over access" in text(again), "and not for a treatment"
    purposes = dict(
        AccessEntry.objects.filter(patient_id=world.patient.id, door__contains=":").values_list("by_id", "purpose")
    )
    assert purposes[cast.user("nurse").id] == "TREAT"
    assert purposes[cast.user("privacy-officer").id] == "HCOMPL"


def test_what_this_person_did(world, officer, cast):
    page = text(officer.get(f"/audit/people/{cast.user('doctor').id}"))
    assert "ashdown" in page.lower()
    assert "The system" not in page
    assert "What Chidi Okoye did" in page


@pytest.mark.guarantee("B20")
def test_what_a_program_read_is_told(world, cast, officer):
    """Of which kind, and which: the address of FHIR holds both as text."""
    token = issue_token(cast.almighty(), user_id=cast.user("doctor").id)
    client, shown = Client(headers={"Authorization": f"Bearer {token}"}), world.ids["observation_id"]
    for address, told in ((f"Observation/{shown}", f"kind=Observation id={shown}"), ("Condition", "kind=Condition")):
        assert client.get(f"/fhir/{address}").status_code == 200
        assert AccessEntry.objects.filter(door__startswith="fhir:").latest("id").what == told
    assert client.get("/fhir/JaneAshdown").status_code == 404
    assert not AccessEntry.objects.filter(what__contains="Jane").exists(), "what is no type of ours may be anything"
    page = text(officer.get(f"/audit/patients/{world.patient.id}"))
    assert "A program read one entry of a record" in page
    assert ">Observation<" in page


def test_the_people_of_another_hospital_are_nobody_here(world, officer, cast):
    """Neither by id nor by name: what they are called is not told either."""
    other = Cast("other").user("doctor")
    assert officer.get(f"/audit/people/{other.id}").status_code == 404
    assert officer.get(f"/audit/patients/{world.patient.id}?person={other.id}").status_code == 404
    found = officer.post("/audit/", form_key(person=other.username))
    assert (found.status_code, "Nobody has this user name" in text(found)) == (422, True)


@pytest.mark.guarantee("B20")
def test_a_create_that_asks_whether_there_is_one_has_searched(world, cast):
    """If-None-Exist tells a program whether somebody is known: with several found it is refused, and is an entry all the same."""
    token = issue_token(cast.almighty(), user_id=cast.user("integration").id)
    sent = {"resourceType": "Patient", "name": [{"family": "Ashdown", "given": ["Ann"]}], "gender": "female"}
    headers = {"Authorization": f"Bearer {token}", "If-None-Exist": "gender=female"}
    mine = AccessEntry.objects.filter(by_id=cast.user("integration").id)
    eve = {"family": "Elm", "given": "Eve", "gender": "female", "birth_date": "1980-05-05"}
    patients.register_patient(cast.act("receptionist"), **eve)
    answer = Client().post("/fhir/Patient", sent, content_type="application/fhir+json", headers=headers)
    assert answer.status_code == 412, answer.content
    assert set(mine.values_list("action", flat=True)) == {"search"}
    assert mine.filter(patient_id=world.patient.id).exists()


def test_what_a_device_did_is_not_told_as_the_systems(world, officer, cast):
    """A kiosk has an act of its own, by its own id: nobody is signed in there."""
    kiosk = Device.objects.create(
        hash=b"k", kind="kiosk", name="Hall, left", recorded_by_id=cast.user("administrator").id
    )
    access.write_log(cast.act("nurse", by=kiosk.id, door="queues:kiosk"), {world.patient.id: "write"})
    page = text(officer.get(f"/audit/patients/{world.patient.id}"))
    assert "Hall, left" in page
    assert f"/audit/people/{kiosk.id}" not in page


def test_what_one_person_did_with_one_record(world, officer, cast):
    cast.client("nurse").get(f"/chart/{world.patient.id}/")
    address = f"/audit/patients/{world.patient.id}"
    page = text(officer.get(f"{address}?person={cast.user('nurse').id}"))
    assert "Lin Tan" in page
    assert "Chidi Okoye" not in page
    for nobody in ("x", str(world.patient.id)):
        assert officer.get(f"{address}?person={nobody}").status_code == 404


@pytest.mark.guarantee("B20")
def test_a_client_that_says_it_asks_by_itself_hides_nothing(world, cast):
    """A page that renews itself is not entered anew; whoever says so of another thing of the same patient has an entry of it."""
    doctor, quiet = cast.client("doctor"), {"X-Salus-Unattended": "1"}
    mine = AccessEntry.objects.filter(by_id=cast.user("doctor").id, outcome="ok")

    def entered(address):
        before = set(mine.values_list("id", flat=True))
        assert doctor.get(address, headers=quiet).status_code == 200
        return list(mine.exclude(id__in=before).values_list("action", "what"))

    two = Observation.objects.filter(patient=world.patient, voided_at=None, number__isnull=False)[:2]
    first, second = (f"/chart/{world.patient.id}/observations/{one.id}" for one in two)
    assert len(entered(first)) == 1
    assert entered(first) == []
    ((_action, what),) = entered(second)
    assert second.rpartition("/")[2] in what
    assert entered(second) == []


@pytest.mark.guarantee("B25")
def test_entries_are_sorted_by_any_of_their_columns(world, officer, cast):
    """Which come first is the matter of `audit/tests/test_entries.py`."""
    act = cast.act("privacy-officer")
    for sort in SORTS:
        for way in ("up", "down"):
            found, _more = entries.entries(act, Asked(sort=sort, backwards=way == "down"))
            assert len(found) >= 5
            assert officer.post("/audit/", {"order": f"{sort} {way}"}).status_code == 200


def test_a_search_is_by_patient_person_period_act_and_place(world, officer, cast):
    mrn = world.patient.mrn
    page = text(
        officer.post("/audit/", {"patient": mrn, "person": "doctor", "action": "read", "door": "chart:summary"})
    )
    assert "Chidi Okoye" in page
    assert "Lin Tan" not in page
    nothing = text(officer.post("/audit/", {"last": "2001-01-01"}))
    assert "No entry fits" in nothing
    wrong = officer.post("/audit/", {"patient": "0000", "person": "nobody", "first": "soon"})
    assert wrong.status_code == 422
    for words in ("No patient here has this record number", "Nobody has this user name"):
        assert words in text(wrong)


def test_another_hospital_s_entries_are_not_seen(world, officer, cast):
    other = type(cast)("other")
    theirs = a_world(other, given="Ben", family="Birchwood")
    assert officer.get(f"/audit/patients/{theirs.patient.id}").status_code == 404
    assert "Birchwood" not in text(officer.post("/audit/", {}))
    alarm = theirs.ids["alarm_id"]
    assert officer.get(f"/audit/alarms/{alarm}").status_code == 404
    assert officer.get(f"/audit/rights/{theirs.patient.id}").status_code == 404
    assert officer.post(f"/audit/entries/{theirs.ids['entry_id']}/proof").status_code == 404


@pytest.mark.guarantee("S13")
def test_nothing_is_taken_out_in_bulk_by_whoever_left_the_screen_open(world, cast):
    """The file of entries and both copies of a record wait for a proof; the page that asks sends the same form again."""
    browser = cast.client("privacy-officer", fresh=False)
    copy = form_key(patient_id=str(world.patient.id))
    for address, sent in (
        ("/audit/export", {"patient": world.patient.mrn}),
        (f"/audit/rights/{world.patient.id}/copy", copy),
        (f"/audit/rights/{world.patient.id}/copy.json", copy),
    ):
        asked = browser.post(address, sent)
        assert (asked.status_code, asked.headers["Content-Type"]) == (403, "text/html; charset=utf-8"), address
        assert f'action="{address}"' in asked.content.decode()


@pytest.mark.guarantee("I5")
def test_a_file_for_a_spreadsheet_holds_no_formula(world, officer, cast):
    act = cast.act("doctor", reason="=cmd|' /C calc'!A0", device="@SUM(1)", door="chart:summary")
    access.write_log(act, {world.patient.id: "read"}, address="+1", what="-2")
    answer = officer.post("/audit/export", {"patient": world.patient.mrn})
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert answer.headers["Content-Disposition"].endswith('filename="access.csv"')
    mine = next(row for row in rows if "cmd" in row["reason"])
    assert (mine["reason"][0], mine["device"][0], mine["address"], mine["what"]) == ("'", "'", "'+1", "'-2")
    assert not [cell for row in rows for cell in row.values() if cell[:1] in tuple("=+-@\t\r") and cell]
    logged = AccessEntry.objects.filter(door="audit:export", patient_id=world.patient.id)
    assert list(logged.values_list("action", flat=True)) == ["export"]


def test_a_cell_that_begins_like_a_formula_is_words():
    assert as_csv(["a"], [["=1"], ["\t=1"], [None], [3]]).decode("utf-8-sig").split() == [
        '"a"',
        '"\'=1"',
        "\"'",
        '=1"',
        '""',
        '"3"',
    ]


def test_the_screens_need_the_right(world, cast):
    for role in ("doctor", "administrator", "cashier"):
        browser = cast.client(role)
        for address in (
            "/audit/",
            "/audit/alarms",
            f"/audit/patients/{world.patient.id}",
            f"/audit/rights/{world.patient.id}",
        ):
            assert browser.get(address).status_code == 403, (role, address)


def test_programs_read_audit_events(world, cast, officer):
    token = issue_token(cast.almighty(), user_id=cast.user("privacy-officer").id)
    headers = {"Authorization": f"Bearer {token}"}
    found = officer.get(f"/audit/fhir/AuditEvent?patient={world.patient.id}&_count=5", headers=headers)
    assert found.status_code == 200, found.content
    bundle = json.loads(found.content)
    assert bundle["resourceType"] == "Bundle"
    first = bundle["entry"][0]["resource"]
    assert first["resourceType"] == "AuditEvent"
    assert first["entity"][0]["what"]["reference"] == f"Patient/{world.patient.id}"
    one = officer.get(f"/audit/fhir/AuditEvent/{first['id']}", headers=headers)
    assert json.loads(one.content)["id"] == first["id"]
    assert officer.get("/audit/fhir/AuditEvent/999999999", headers=headers).status_code == 404
    assert officer.get("/audit/fhir/AuditEvent?nonsense=1", headers=headers).status_code == 400
    doctor = issue_token(cast.almighty(), user_id=cast.user("doctor").id)
    assert officer.get("/audit/fhir/AuditEvent", headers={"Authorization": f"Bearer {doctor}"}).status_code == 403


def test_a_period_is_of_the_facility_s_days(world, cast):
    act = cast.act("privacy-officer")
    found, _more = entries.entries(act, Asked(since=act.at + timedelta(hours=1)))
    assert found == []


@pytest.mark.guarantee("B20")
def test_an_answer_that_is_given_again_is_an_entry_again(world, cast):
    """A program that sends twice gets the patient's data twice; the effect is one."""
    token = issue_token(cast.almighty(), user_id=cast.user("integration").id)
    observation = {
        "resourceType": "Observation",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "8867-4"}], "text": "Heart rate"},
        "subject": {"reference": f"Patient/{world.patient.id}"},
        "effectiveDateTime": "2026-03-01T08:00:00Z",
        "valueQuantity": {"value": 72, "unit": "/min", "system": "http://unitsofmeasure.org", "code": "/min"},
    }
    mine = AccessEntry.objects.filter(patient_id=world.patient.id, door="fhir:type")
    before = mine.count()
    for _ in range(2):
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "once"}
        answer = Client().post(
            "/fhir/Observation", json.dumps(observation), content_type="application/fhir+json", headers=headers
        )
        assert answer.status_code == 201, answer.content
    assert answer.headers["Idempotency-Replayed"] == "true"
    assert list(mine.order_by("id").values_list("action", flat=True))[before:] == ["write", "read"]
