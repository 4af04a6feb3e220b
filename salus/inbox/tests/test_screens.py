"""The doors: one list with one next act a row, a task's page, messages with who has read them, the rules."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from salus.core.models import AccessEntry
from salus.inbox import services
from salus.inbox.models import Communication, Deputy, Flag, Head, Ladder, Receipt, Task
from salus.inbox.tests.builders import a_colleague, a_patient, a_result, a_task, practitioner_of
from salus.patients.models import CareRelation
from tests.cast import form_key
from tests.statements import at_most


def lines_of(page: str) -> list[str]:
    return re.findall(r'id="task-([0-9a-f-]{36})"', page)


def test_the_inbox_shows_what_waits_overdue_first_and_each_row_has_its_next_act(cast):
    now = timezone.now()
    soon, late = (
        a_task(cast, by="nurse", owner_id=practitioner_of(cast, "doctor")),
        a_result(cast, source="x:1", mark=""),
    )
    critical = a_result(cast, source="x:2")
    overdue = a_result(cast, source="x:3", mark="", at=now - timedelta(days=9))
    doctor = cast.client("doctor")
    with at_most(8):  # of the door: who it is, the facility's time; of the page: counts, rows, the log
        page = doctor.get(reverse("inbox:list")).content.decode()
    assert lines_of(page) == [str(one.id) for one in (overdue, critical, soon, late)]
    assert page.count(">Acknowledge<") == 3
    assert page.count(">Accept<") == 1
    assert "1 overdue" in page
    assert AccessEntry.objects.filter(patient_id=critical.patient_id, door__contains="inbox").exists()
    for show, many in (("result", 3), ("task", 1), ("cosign", 0), ("given", 0), ("nonsense", 4)):
        assert len(lines_of(doctor.get(f"{reverse('inbox:rows')}?show={show}").content.decode())) == many, show
    with at_most(4):
        bell = doctor.get(reverse("inbox:bell")).content.decode()
    assert ">4</span>" in bell
    with at_most(15):
        home = doctor.get("/").content.decode()
    assert lines_of(home)[:2] == [str(overdue.id), str(critical.id)]
    chosen = form_key(task=[str(critical.id), str(overdue.id)], comment="Seen", show="result")
    answers = [doctor.post(reverse("inbox:acknowledge"), chosen) for _twice in range(2)]
    assert [(one.status_code, one["Location"]) for one in answers] == [(303, "/inbox/?show=result")] * 2
    assert Task.objects.filter(status="completed").count() == 2
    assert doctor.post(reverse("inbox:acknowledge"), form_key(task="x")).status_code == 422
    assert doctor.post(reverse("inbox:acknowledge"), form_key(task=str(critical.id))).status_code == 409


def test_who_stands_in_the_list_twice_is_not_like_himself(cast):
    ann = a_patient(cast, family="Quillfeather", given="Ann")
    for source in ("x:1", "x:2"):
        a_result(cast, source=source, patient=ann)
    doctor = cast.client("doctor")
    assert "Similar name" not in doctor.get(reverse("inbox:list")).content.decode()
    a_result(cast, source="x:3", patient=a_patient(cast, family="Quillfeather", given="Anne"))
    assert doctor.get(reverse("inbox:list")).content.decode().count('title="Similar name') == 3


def test_a_page_does_not_wait_for_the_bell(cast):
    """The count is asked for by a fragment: no page of the house has a statement more for it."""
    page = cast.client("doctor").get("/security").content.decode()
    assert f'hx-get="{reverse("inbox:bell")}"' in page
    assert "bell-count" not in page
    gone = cast.client("doctor")
    gone.logout()
    answer = gone.get(reverse("inbox:bell"), headers={"HX-Request": "true", "X-Salus-Quiet": "1"})
    assert (answer.status_code, answer.headers.get("HX-Redirect")) == (
        204,
        None,
    )  # nobody is led away from what he types


def test_a_task_goes_its_way_through_the_screens(cast):
    patient = a_patient(cast)
    cast.user("nurse")
    doctor, nurse = cast.client("doctor"), cast.client("nurse")
    address = reverse("inbox:give_about", args=[patient.id])
    with at_most(15):
        assert b"New task" in doctor.get(address).content
    said = {
        "subject": "Weigh her",
        "whom": f"p:{practitioner_of(cast, 'nurse')}",
        "kind": "task",
        "patient_id": patient.id,
    }
    for wrong in (
        {"whom": ""},
        {"whom": "x"},
        {"subject": ""},
        {"on": "1-Jan-2001"},
        {"at": "25:00"},
        {"kind": "result"},
    ):
        assert doctor.post(address, form_key(**(said | wrong))).status_code == 422, wrong
    assert doctor.post(address, form_key(**said | {"patient_id": a_patient(cast).id})).status_code == 409
    assert doctor.post(address, form_key(**said)).status_code == 303
    task = Task.objects.get()
    page = reverse("inbox:show", args=[task.id])
    with at_most(15):
        assert b"Accept" in nurse.get(page).content
    of = {"patient_id": patient.id}

    def post(act, **fields):
        return nurse.post(reverse(f"inbox:{act}", args=[task.id]), form_key(**(of | fields)))

    assert post("comment", words=" ").status_code == 422
    assert post("comment", words="She is asleep").status_code == 303
    assert [post(act).status_code for act in ("accept", "accept", "start")] == [303, 409, 303]
    version = Task.objects.get().version
    assert post("delegate", version=version, whom="").status_code == 422
    other = a_colleague(cast, "nurse")
    assert post("delegate", version=version - 1, whom=f"p:{other}").status_code == 409
    assert post("delegate", version=version, whom=f"p:{other}", words="I go home").status_code == 303
    assert post("finish").status_code == 403
    colleague = cast.client("nurse:Second")
    follow_up = {"follow_up": "Weigh her again", "on": f"{timezone.localdate() + timedelta(days=3):%d-%b-%Y}"}
    finish = reverse("inbox:finish", args=[task.id])
    assert colleague.post(finish, form_key(comment="62 kg", **follow_up, **of)).status_code == 303
    assert Task.objects.get(kind="follow-up").owner_id == other
    shown = doctor.get(page).content.decode()
    for words in ("62 kg", "I go home", "She is asleep", "Given on: Sam Second"):
        assert words in shown
    cancel = reverse("inbox:cancel", args=[Task.objects.get(kind="follow-up").id])
    assert colleague.post(cancel, form_key(version=1, reason=" ", **of)).status_code == 422
    assert colleague.post(cancel, form_key(version=1, reason="Went home", **of)).status_code == 303
    with at_most(15):
        about = doctor.get(reverse("inbox:of_patient", args=[patient.id])).content.decode()
    assert set(lines_of(about)) == {str(one.id) for one in Task.objects.all()}


@pytest.mark.guarantee("B4")
def test_messages_about_a_patient_are_read_by_who_may_open_the_record(cast):
    """A thread with an answer that was asked for: who has read and acknowledged it stands beside it."""
    patient = a_patient(cast)
    doctor, nurse, clerk = cast.client("doctor"), cast.client("nurse"), cast.client("receptionist")
    of = {"patient_id": patient.id}
    said = {"whom": f"d:{cast.departments['opd'].id}", "subject": "Her weight", "body": "Does she take her tablets?"}
    write = reverse("inbox:write", args=[patient.id])
    tomorrow = {"on": f"{timezone.localdate() + timedelta(days=1):%d-%b-%Y}", "at": "09:30"}
    assert doctor.post(write, form_key(**said | {"whom": ""}, **of)).status_code == 422
    sent = doctor.post(write, form_key(**said, **tomorrow, **of))
    assert sent.status_code == 303
    asked = Communication.objects.get()
    assert CareRelation.objects.filter(source=f"inbox.thread:{asked.thread_id}").count() == 1
    thread = sent["Location"]
    with at_most(15):
        page = nurse.get(thread).content.decode()
    assert "Does she take her tablets?" in page
    assert "Answer wanted by" in page
    assert clerk.get(thread).status_code == 403
    assert b"tablets" not in clerk.get(reverse("inbox:of_patient", args=[patient.id])).content
    assert nurse.post(reverse("inbox:mark_read", args=[asked.thread_id]), form_key(**of)).status_code == 204
    assert "read by Lin Tan" in doctor.get(thread).content.decode()
    task = Task.objects.get(kind="message")
    finish = nurse.post(reverse("inbox:finish", args=[task.id]), form_key(**of))
    assert finish.status_code == 409  # an answer was asked for
    answer = reverse("inbox:answer", args=[asked.id])
    assert nurse.post(answer, form_key(body=" ", **of)).status_code == 422
    assert nurse.post(answer, form_key(body="Yes, daily", **of)).status_code == 303
    task.refresh_from_db()
    asked.refresh_from_db()
    assert (task.status, bool(asked.answered_at)) == ("completed", True)
    assert set(Receipt.objects.values_list("kind", flat=True)) == {"read", "acknowledged"}
    back = Task.objects.get(kind="message", status="requested")
    assert back.owner_id == practitioner_of(cast, "doctor")
    assert b"Yes, daily" in doctor.get(thread).content
    services.finish_task(cast.act("doctor"), task_id=back.id)
    mark = reverse("inbox:mark_thread", args=[asked.thread_id])
    assert doctor.post(mark, form_key(labels="?", **of)).status_code == 422
    assert clerk.post(mark, form_key(labels="PSY", **of)).status_code == 403
    assert doctor.post(mark, form_key(labels="PSY", **of)).status_code == 303
    page = nurse.get(thread).content.decode()
    assert ("Does she take" in page, "Yes, daily" in page) == (False, True)  # what she wrote herself is hers to read
    assert doctor.post(write, form_key(**said, labels="HIV", **of)).status_code == 303
    assert Communication.objects.latest("id").labels == ["HIV"]


def test_the_administrator_sets_the_rules_and_everybody_a_deputy(cast):
    admin, doctor = cast.client("administrator"), cast.client("doctor")
    nurse = practitioner_of(cast, "nurse")
    with at_most(15):
        assert b"Heads of departments" in admin.get(reverse("inbox:rules")).content
    ladder = reverse("inbox:change_ladder", args=["result-critical"])
    assert admin.post(ladder, form_key(due=5, deputy="", head=5, department=10)).status_code == 303
    assert admin.post(ladder, form_key(due=500, deputy="", head=5, department=10)).status_code == 422
    assert (
        admin.post(reverse("inbox:change_ladder", args=["nothing"]), form_key(due=5, department=10)).status_code == 404
    )
    assert (Ladder.objects.get().due, Ladder.objects.get().deputy) == (5, None)
    head = reverse("inbox:name_head", args=[cast.departments["opd"].id])
    assert [admin.post(head, form_key(whom=whom)).status_code for whom in (f"p:{nurse}", "")] == [303, 303]
    assert Head.objects.get().practitioner_id is None
    cover = reverse("inbox:cover")
    for wrong in ({"whom": ""}, {"whom": f"p:{practitioner_of(cast, 'doctor')}"}, {"away_from": "1-Jan-2031"}):
        assert doctor.post(cover, form_key(**({"whom": f"p:{nurse}"} | wrong))).status_code == 422
    away = {"away_from": "1-Jan-2031", "away_until": "9-Jan-2031"}
    assert doctor.post(cover, form_key(whom=f"p:{nurse}", **away)).status_code == 303
    row = Deputy.objects.get()
    assert cast.client("nurse").post(reverse("inbox:end_deputy", args=[row.id]), form_key()).status_code == 404
    assert doctor.post(reverse("inbox:end_deputy", args=[row.id]), form_key()).status_code == 303
    found = doctor.post(reverse("inbox:find_colleague"), {"q": "ta"}).content.decode()
    assert "Lin Tan" in found
    assert f"p:{nurse}" in found


def test_what_everybody_has_to_know_stands_in_the_banner_and_costs_no_statement(cast):
    patient = a_patient(cast)
    doctor, nurse, desk = cast.client("doctor"), cast.client("nurse"), cast.client("receptionist")
    of = {"patient_id": patient.id}
    address, about = reverse("inbox:raise_flag", args=[patient.id]), reverse("inbox:of_patient", args=[patient.id])
    nurse.get(about)
    with CaptureQueriesContext(connection) as before:
        nurse.get(about)
    assert nurse.post(address, form_key(category="safety", words=" ", **of)).status_code == 422
    assert nurse.post(address, form_key(category="dog", words="x", **of)).status_code == 422
    for _twice in range(2):
        assert nurse.post(address, form_key(category="safety", words="Falls at night", **of)).status_code == 303
    flag = Flag.objects.get()
    with CaptureQueriesContext(connection) as after:
        page = doctor.get(about).content.decode()
    assert len(after) == len(before)
    assert page.count("Falls at night") == 2  # in the banner and on the list
    assert "Falls at night" not in desk.get(about).content.decode()
    assert desk.post(address, form_key(category="safety", words="x", **of)).status_code == 403
    end = reverse("inbox:end_flag", args=[flag.id])
    assert [doctor.post(end, form_key(**of)).status_code for _twice in range(2)] == [303, 409]
    assert "Falls at night" not in doctor.get(about).content.decode()
