"""What the patient asks the care team: it stands in its inbox, is answered, and read by the patient and by nobody who may not."""

import pytest
from django.urls import reverse

from salus.core.announce import run_waiting
from salus.core.errors import NotAllowed, NotFound
from salus.encounters.tests.builders import a_patient, a_visit
from salus.inbox import services as inbox
from salus.inbox.models import Communication, Task, Thread
from salus.messaging.models import Content, Message
from salus.portal.tests.builders import a_proxy, act_of, an_account, own_client
from tests.cast import form_key
from tests.statements import at_most


@pytest.fixture
def ann(cast):
    return a_visit(cast, a_patient(cast, telecom='[{"system": "email", "value": "ann@example.org"}]')).patient


def asked(cast, patient, **changes):
    said = {"department_id": cast.departments["opd"].id, "subject": "My knee", "body": "May I run again?"}
    return form_key(patient_id=patient.id, **(said | changes))


def page(name, *args):
    return reverse(f"portal:{name}", args=args)


def test_a_question_is_answered_by_the_department_and_read_by_the_patient(cast, ann, settings):
    settings.SALUS_DEMONSTRATION = True  # there is a way out
    account = an_account(ann)
    own = own_client(account)
    assert b"General outpatients" in own.get(page("ask")).content
    assert own.post(page("ask"), asked(cast, ann, subject="")).status_code == 422
    foreign = asked(cast, ann, department_id=cast.departments["lab"].id)
    assert own.post(page("ask"), foreign).status_code == 422, "she was never there"
    double = asked(cast, ann)
    assert [own.post(page("ask"), double).status_code for _ in range(2)] == [303, 303]
    thread = Thread.objects.get()
    assert (thread.is_with_patient, Communication.objects.get().sender_name) == (True, "Ann Ashdown")
    task = Task.objects.get(kind="message")
    assert (task.department_id, task.status) == (cast.departments["opd"].id, "requested")
    doctor, where = cast.client("doctor"), reverse("inbox:thread", args=[thread.id])
    assert b"My knee" in doctor.get(reverse("inbox:list")).content
    shown = doctor.get(where).content
    assert b"May I run again?" in shown
    assert b"The patient reads this" in shown
    answer = reverse("inbox:answer", args=[Communication.objects.get().id])
    assert doctor.post(answer, form_key(patient_id=ann.id, body="From Monday on.")).status_code == 303
    task.refresh_from_db()
    assert task.status == "completed"
    run_waiting()
    message = Message.objects.get(template="news")
    assert message.recipient_id == ann.id
    assert "Monday" not in Content.objects.get(id=message.id).body, "nothing of it leaves the house"
    with at_most(12):
        assert b"Answered" in own.get(page("questions")).content
    with at_most(12):
        assert b"From Monday on." in own.get(page("question", thread.id)).content
    more = form_key(patient_id=ann.id, body="Thank you. And swim?")
    assert own.post(page("question", thread.id), more).status_code == 303
    assert Task.objects.filter(kind="message", status="requested").count() == 1
    assert b"And swim?" in doctor.get(where).content


def test_nobody_else_reads_it(cast, ann):
    account = an_account(ann)
    mine = act_of(account)
    sent = inbox.ask_team(
        mine, patient_id=ann.id, subject="My knee", body="?", department_id=cast.departments["opd"].id
    )
    ben = an_account(a_patient(cast, given="Ben"), "ben@example.org")
    assert own_client(ben).get(page("question", sent.thread_id)).status_code == 404
    with pytest.raises(NotFound):
        inbox.ask_team(act_of(ben), patient_id=ann.id, thread_id=sent.thread_id, body="x")
    a_proxy(ben, ann, ["record"])
    assert not Communication.objects.filter(body="x").exists()
    with pytest.raises(NotAllowed):
        Communication.objects.own(act_of(ben), ann.id)
    carer = an_account(None, "carer@example.org", facility=cast.facility)
    a_proxy(carer, ann, ["questions"])
    assert Communication.objects.own(act_of(carer), ann.id).count() == 1
    inbox.mark_thread(cast.act("doctor"), thread_id=sent.thread_id, labels=["PSY"])
    assert Communication.objects.own(act_of(carer), ann.id).count() == 0
    assert Communication.objects.own(mine, ann.id).count() == 1
    # What colleagues write to each other about her is none of hers.
    opd = [cast.departments["opd"].id]
    other = inbox.send_message(
        cast.act("doctor"), patient_id=ann.id, subject="Ann", body="Watch her", department_ids=opd
    )
    assert own_client(account).get(page("question", other.thread_id)).status_code == 404


def test_somebody_who_writes_all_day_is_asked_to_call(cast, ann):
    act = act_of(an_account(ann))
    said = {"patient_id": ann.id, "subject": "My knee", "body": "?", "department_id": cast.departments["opd"].id}
    for _ in range(10):
        inbox.ask_team(act, **said)
    with pytest.raises(inbox.TooManyQuestions):
        inbox.ask_team(act, **said)
