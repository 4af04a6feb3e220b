"""What waits in an inbox is as sensitive as what it is about, now and later: every kind of task, however an entry is marked."""

import random
import threading
from datetime import timedelta
from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.utils import timezone

from salus.care.tests.builders import a_referral
from salus.chart.facts import CosignAsked
from salus.chart.models import Condition, Note
from salus.chart.models.entries import Entry
from salus.chart.tests.builders import a_visit
from salus.core.announce import announce, run_waiting
from salus.inbox import services as inbox
from salus.inbox.models import Communication, Task, Thread
from salus.inbox.sockets import labelled
from salus.inbox.tests.builders import practitioner_of, put_act
from salus.lab import services as lab
from salus.lab.models import Result
from salus.lab.tests.builders import a_request, entered
from salus.orders.facts import CountersignAsked, OrderHandedOver, OrderPerformed
from salus.orders.models import MedicationStatement, Order, Performance
from salus.patients.access.labels import CODES, known
from salus.safety.facts import AlertShown

#: entries of which no task tells: what everybody has to know or carry out, what has its own page alone
UNTOLD = {
    "chart.AllergyIntolerance": "is never hidden",
    "chart.Certificate": "is marked with its document",
    "care.FollowUp": "stands on its own list, and in no inbox",
    "care.TeamMember": "names who cares, and nothing else",
    "care.Treatment": "stands on its own list, and in no inbox",
    "questionnaires.QuestionnaireResponse": "hands what it says over to the record, where it is marked too",
}


def tell(cast, *facts):
    with transaction.atomic():
        for fact in facts:
            announce(cast.act("doctor"), fact)
    run_waiting()


def a_world(cast):
    """Every kind of task that there is, each about some entry."""
    doctor, opd, patient = practitioner_of(cast, "doctor"), cast.departments["opd"].id, a_request(cast).patient
    whose, of = {"patient": patient}, {"patient_id": patient.id}
    request = a_request(cast)
    Order.objects.filter(id=request.order_id).update(requester=doctor)
    request = entered(cast, request, "6.8")
    lab.verify_results(cast.act("pathologist"), request_id=request.id, version=request.version)
    run_waiting()
    result = Result.objects.get(request=request)
    lab.correct_result(
        cast.act("pathologist"), result_id=result.id, version=result.version, value="4.1", reason="Haemolysed"
    )
    orders = [
        Order.objects.create(**whose, kind="medicine", status="active", display=f"Medicine {n}") for n in range(4)
    ]
    signed, handed, not_done, unsafe = (one.id for one in orders)
    statement = MedicationStatement.objects.create(**whose, status="active", display="From outside")
    done = Performance.objects.create(
        **whose,
        order_id=not_done,
        status="not-done",
        reason_code="other",
        reason="Refused",
        at=timezone.now(),
    )
    note = Note.objects.create(**whose, status="signed", needs_cosign=True, written_at=timezone.now(),
                               signed_at=timezone.now(), cosigner_id=doctor)  # fmt: skip
    alert = {"outcome": "found", "tier": "interrupt", "rule": "x", "subject": "x", "practitioner_id": doctor, **of}
    tell(
        cast,
        CosignAsked(note_id=note.id, practitioner_id=doctor, **of),
        CountersignAsked(order_ids=(signed,), countersign="verbal", practitioner_id=doctor, department_id=opd, **of),
        OrderHandedOver(order_ids=(handed,), practitioner_id=doctor, **of),
        OrderPerformed(order_id=not_done, performance_id=done.id, kind="medicine", status="not-done", **of),
        AlertShown(order_id=unsafe, source="chart.allergy:1", **alert),
        AlertShown(statement_id=statement.id, source="chart.allergy:2", **alert),
    )
    a_referral(cast, a_visit(cast))
    run_waiting()
    problem = Condition.objects.create(**whose, display="Problem", status="active")
    about = {"about": f"chart.problem:{problem.id}", "subject": "Look", "department_id": opd}
    given = inbox.give_task(cast.act("doctor"), **of, **about, labels=["SDV"])
    inbox.give_task(cast.act("doctor"), **of, subject="And then", department_id=opd, about=f"inbox.task:{given.id}")
    said = {"subject": "Look", "body": "At this", "department_ids": [opd]}
    asked = inbox.send_message(cast.act("doctor"), **of, **said, about=about["about"])
    inbox.answer_message(cast.act("doctor"), communication_id=asked.id, body="I did")
    inbox.send_message(cast.act("doctor"), **of, **said, about=f"inbox.task:{given.id}", labels=["ETH"])
    follow_up = inbox.FollowUp(subject="Again", due_at=timezone.now() + timedelta(days=1))
    for task in Task.objects.filter(kind="result").exclude(status="cancelled"):
        inbox.finish_task(cast.act("doctor"), task_id=task.id, follow_up=follow_up)


def labels_by(task, now, seen=()):
    """What a task has to be marked with, reckoned from the entries themselves."""
    assert task.id not in seen
    found = set(task.own_labels)
    for source in task.marks:
        kind, _colon, identity = source.partition(":")
        if kind == "inbox.task":
            found |= labels_by(now[Task][identity], now, (*seen, task.id))
        elif kind == "inbox.communication":
            found |= labels_of_message(now[Communication][identity], now)
        else:
            found |= set(labelled[kind].objects.get(id=identity).labels)
    return found


def labels_of_message(sent, now):
    thread = Thread.objects.get(id=sent.thread_id)
    kind, _colon, identity = thread.about.partition(":")
    if kind == "inbox.task":
        return set(thread.labels) | labels_by(now[Task][identity], now)
    return set(thread.labels) | (set(labelled[kind].objects.get(id=identity).labels) if kind else set())


def assert_as_sensitive(cast):
    now = {model: {str(one.id): one for one in model.objects.all()} for model in (Task, Communication)}
    for task in now[Task].values():
        assert set(task.labels) == labels_by(task, now), (task.kind, task.source)
    for sent in now[Communication].values():
        assert set(sent.labels) == labels_of_message(sent, now)
    bare = {one.id for one in now[Task].values() if not one.labels}
    assert set(Task.objects.readable_by(cast.act("nurse")).values_list("id", flat=True)) <= bare
    hidden = [one.id for one in now[Communication].values() if one.labels]
    assert not Communication.objects.visible_to(cast.act("nurse")).filter(id__in=hidden).exists()


@pytest.mark.guarantee("S11")
def test_every_kind_of_task_follows_what_it_is_about(cast):
    """Marks that come and go, of any entry, by a bare UPDATE: no service, no fact, no form has to think of it."""
    a_world(cast)
    kinds = set(Task.objects.values_list("kind", flat=True))
    assert kinds == {kind for kind, _words in Task.KIND_WORDS}
    about_entries = Task.objects.exclude(kind="missing")  # that nobody asked about allergies tells of no entry
    assert not about_entries.filter(marks={}), "each is about something"
    entries = sorted(
        {source for task in Task.objects.all() for source in task.marks if not source.startswith("inbox.")}
    )
    assert {one.partition(":")[0] for one in entries} == {
        *("orders.order", "orders.performance", "orders.statement", "care.referral"),
        *("chart.note", "chart.observation", "chart.problem"),
    }
    dice = random.Random(0)
    assert_as_sensitive(cast)
    for source in (*entries, *dice.choices(entries, k=20)):
        kind, _colon, identity = source.partition(":")
        labelled[kind].objects.filter(id=identity).update(labels=known(dice.sample(CODES, dice.choice([0, 1, 1, 2]))))
        assert_as_sensitive(cast)
    for source in entries:
        kind, _colon, identity = source.partition(":")
        labelled[kind].objects.filter(id=identity).update(labels=["HIV"])
    assert {one.kind for one in Task.objects.readable_by(cast.act("nurse"))} == {"missing"}
    assert not about_entries.exclude(labels__contains=["HIV"]).exists(), "also what is over"
    for source in entries:
        kind, _colon, identity = source.partition(":")
        labelled[kind].objects.filter(id=identity).update(labels=[])
    assert set(Task.objects.exclude(labels=[]).values_list("kind", flat=True)) == {"task", "message"}, (
        "what was by hand"
    )


def test_what_waited_before_the_migration_follows_as_well(cast):
    """Of what stood there the entry is known by its source, but for results; no label changes by it."""
    a_world(cast)
    Condition.objects.filter(display="Problem").update(labels=["PSY"])
    now = {one.id: (one.marks, one.labels) for one in Task.objects.all()}
    Task.objects.update(marks={})
    with connection.cursor() as cursor:
        cursor.execute(import_module("salus.inbox.migrations.0009_labels_follow").KNOWN)
    for task in Task.objects.all():
        marks, labels = now[task.id]
        assert task.labels == labels
        assert all(marks.get(entry) == said for entry, said in task.marks.items()), (task.kind, task.marks, marks)
        assert bool(task.marks) == (task.kind not in ("result", "missing")), task.source


def test_a_code_that_comes_later_marks_what_waits(cast):
    """A problem is coded after somebody was asked to look at it: the hospital's table marks it, and what was asked."""
    visit = a_visit(cast)
    problem = Condition.objects.create(patient_id=visit.patient_id, display="Infection", status="active")
    task = inbox.give_task(
        cast.act("doctor"),
        patient_id=visit.patient_id,
        subject="Look",
        department_id=cast.departments["opd"].id,
        about=f"chart.problem:{problem.id}",
    )
    problem.code_system, problem.code = "http://hl7.org/fhir/sid/icd-10-cm", "B20"
    problem.save(update_fields=["code_system", "code"])
    task.refresh_from_db()
    assert task.labels == ["HIV"]


def test_whatever_can_be_marked_is_followed(db):
    """A new kind of entry is either told of in inboxes, with the trigger on its table, or said here not to be."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgrelid::regclass::text, convert_from(substring(tgargs FOR octet_length(tgargs) - 1), 'UTF8')"
            " FROM pg_trigger WHERE tgname = 'carry_labels'"
        )
        carried = dict(cursor.fetchall())
    assert carried == {model._meta.db_table: kind for kind, model in labelled.items()}
    entries = {model for model in apps.get_models() if issubclass(model, Entry)}
    untold = {model._meta.label for model in entries - set(labelled.values())}
    assert untold == UNTOLD.keys()


@pytest.mark.race
def test_whoever_puts_a_task_and_whoever_marks_wait_for_each_other(cast, real_db):
    """Neither is too late: of ten pairs at once none leaves a task that says what its entry hides."""
    visit = a_visit(cast)
    problems = [
        Condition.objects.create(patient_id=visit.patient_id, display=f"Problem {n}", status="active")
        for n in range(10)
    ]
    act, start, failed = put_act(cast), threading.Barrier(20), []

    def put(row):
        inbox.put_task(
            act, source=f"x:{row.id}", kind="task", patient_id=row.patient_id, owner_id=None, subject="Look",
            department_id=cast.departments["opd"].id, route="inbox:list", route_args={}, about=[f"chart.problem:{row.id}"],
        )  # fmt: skip

    def mark(row):
        Condition.objects.filter(id=row.id).update(labels=["HIV"])

    def at_once(do, row):
        try:
            start.wait(60)
            do(row)
        except Exception as error:  # noqa: BLE001 - whatever it was, the test tells it
            failed.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=at_once, args=(do, row)) for row in problems for do in (put, mark)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert failed == []
    assert set(map(tuple, Task.objects.values_list("labels", flat=True))) == {("HIV",)}
    assert Task.objects.count() == 10
