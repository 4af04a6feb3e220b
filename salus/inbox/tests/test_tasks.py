"""Tasks: put once, given, accepted, handed on, done; never lost, never ended twice."""

import re
from datetime import timedelta
from functools import partial

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from salus.accounts.models import User
from salus.core.announce import run_waiting
from salus.core.errors import Barred, Conflict, Invalid, NotAllowed, NotFound, Stale
from salus.core.models import Fact
from salus.inbox import jobs, services
from salus.inbox.models import Step, Task
from salus.inbox.queries import listing
from salus.inbox.tests.builders import a_colleague, a_result, a_task, practitioner_of, put_act
from salus.messaging.models import Message
from salus.patients.models import Consent
from tests.races import at_once
from tests.statements import at_most


def waits_for(cast, role):
    return [row.task.id for row in listing.inbox(cast.act(role)).rows]


def test_a_source_puts_one_task_and_ends_it_once(cast):
    one, again = a_result(cast, source="x:1"), a_result(cast, source="x:1")
    assert one.id == again.id
    assert (one.priority, one.status, waits_for(cast, "doctor")) == ("stat", "requested", [one.id])
    for _n in range(2):
        services.complete_task(put_act(cast), source="x:1")
    assert waits_for(cast, "doctor") == []
    assert Fact.objects.filter(name="inbox.TaskCompleted").count() == 1
    with pytest.raises(NotAllowed):
        services.put_task(
            cast.act("doctor"), source="y", kind="task", patient_id=None, owner_id=None, department_id=None,
            subject="x", route="", route_args={},
        )  # fmt: skip


def test_a_giver_sees_what_was_given_on_until_it_is_done(cast):
    """Delegation: to a colleague, who gives it on to a department, of which one takes it."""
    cast.user("pathologist"), cast.user("laboratory-technician")
    task = a_task(cast)
    other = a_colleague(cast, "nurse")
    services.delegate_task(cast.act("nurse"), task_id=task.id, owner_id=other, words="I am in theatre")
    assert waits_for(cast, "nurse") == []
    assert waits_for(cast, "nurse:Second") == [task.id]
    assert [row.task.id for row in listing.inbox(cast.act("nurse"), "given").rows] == [task.id]
    assert [row.task.id for row in listing.inbox(cast.act("doctor"), "given").rows] == [task.id]
    services.delegate_task(cast.act("nurse:Second"), task_id=task.id, department_id=cast.departments["lab"].id)
    with pytest.raises(NotAllowed):
        services.accept_task(cast.act("nurse"), task_id=task.id)
    services.accept_task(cast.act("pathologist"), task_id=task.id)
    assert waits_for(cast, "laboratory-technician") == []
    services.finish_task(cast.act("pathologist"), task_id=task.id, comment="62 kg")
    for role, seen in (("doctor", [task.id]), ("nurse", []), ("pathologist", [task.id])):
        assert [row.task.id for row in listing.inbox(cast.act(role), "done").rows] == seen, role
    kinds = list(Step.objects.filter(task=task).order_by("id").values_list("kind", flat=True))
    assert kinds == ["put", "delegated", "delegated", "accepted", "completed"]


def test_a_task_ends_by_being_done_or_with_a_reason_and_stays_so(cast):
    task = a_task(cast)
    with pytest.raises(Invalid):
        services.cancel_task(cast.act("doctor"), task_id=task.id, reason=" ")
    with pytest.raises(Stale):
        services.cancel_task(cast.act("doctor"), task_id=task.id, reason="x", version=task.version + 1)
    services.cancel_task(cast.act("doctor"), task_id=task.id, reason="Weighed already")
    with pytest.raises(services.Ended):
        services.finish_task(cast.act("nurse"), task_id=task.id)
    for change in ({"status": "requested", "ended_at": None}, {"end_reason": ""}, {"subject": "x"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Task.objects.filter(id=task.id).update(**change)


@pytest.mark.parametrize(
    "change",
    [
        {"status": "cancelled", "ended_at": timezone.now()},
        {"status": "completed"},
        {"holders": []},
        {"owner": None, "department": None},
        {"subject": ""},
        {"patient": None},
    ],
)
def test_the_database_lets_nothing_disappear(cast, change):
    """Neither ended without saying how, nor in nobody's inbox, nor become another one, nor deleted."""
    task = a_result(cast)
    with pytest.raises(IntegrityError), transaction.atomic():
        Task.objects.filter(id=task.id).update(**change)
    with pytest.raises(IntegrityError), transaction.atomic():
        Task.objects.filter(id=task.id).delete()


def test_results_are_acknowledged_together_with_a_comment_and_what_comes_next(cast):
    tasks = [a_result(cast, source=f"x:{n}", mark="") for n in range(3)]
    act = cast.act("doctor")
    with pytest.raises(NotAllowed):
        services.acknowledge_tasks(cast.act("nurse"), task_ids=[tasks[0].id])
    services.finish_task(act, task_id=tasks[0].id)
    next_one = services.FollowUp("Repeat the potassium", owner_id=practitioner_of(cast, "nurse"))
    ended = services.acknowledge_tasks(act, task_ids=[one.id for one in tasks], comment="Seen", follow_up=next_one)
    assert {one.id for one in ended} == {one.id for one in tasks[1:]}
    assert set(Step.objects.filter(kind="completed").values_list("words", flat=True)) == {"", "Seen"}
    follow_ups = Task.objects.filter(kind="follow-up")
    assert {one.follows_id for one in follow_ups} == {one.id for one in tasks[1:]}
    assert len(waits_for(cast, "nurse")) == 2
    with pytest.raises(services.Ended):
        services.acknowledge_tasks(act, task_ids=[one.id for one in tasks])


def test_to_acknowledge_fifty_costs_what_one_does(cast):
    ids = [a_result(cast, source=f"x:{n}").id for n in range(50)]
    act = cast.act("doctor")
    with at_most(15):
        assert len(services.acknowledge_tasks(act, task_ids=ids)) == 50


def test_the_inbox_reads_nothing_of_what_was_over_long_ago(cast):
    """Protects every look into an inbox, and the bell of every page, from years of what was done."""
    task = a_result(cast)
    services.finish_task(cast.act("doctor"), task_id=task.id)
    columns = [one.column for one in Task._meta.local_fields if one.column not in ("id", "source", "ended_at")]
    listed = ", ".join(columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO inbox_task (id, source, ended_at, {listed}) "
            f"SELECT gen_random_uuid(), 'old:' || n, now() - interval '400 days', {listed} "
            "FROM inbox_task, generate_series(1, 3000) n"
        )
        cursor.execute("ANALYZE inbox_task")
    with CaptureQueriesContext(connection) as asked:
        found = listing.inbox(cast.act("doctor"))
        listing.count_of(cast.act("doctor"))
    assert found.counts["done"] == 1
    for sql in (one["sql"] for one in asked if "inbox_task" in one["sql"]):
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN (ANALYZE, TIMING OFF) {sql}")
            plan = "\n".join(row[0] for row in cursor.fetchall())
        assert max(float(rows) for rows in re.findall(r"actual rows=([\d.]+)", plan)) < 100, plan
        assert not re.search(r"Rows Removed by Filter: \d{3}", plan), plan


def test_what_ends_with_a_signature_is_not_ticked_off(cast):
    task = a_result(cast, kind="cosign", mark="")
    with pytest.raises(services.EndsElsewhere):
        services.finish_task(cast.act("doctor"), task_id=task.id)
    with pytest.raises(services.EndsElsewhere):
        services.cancel_task(cast.act("doctor"), task_id=task.id, reason="No time")


def test_a_referral_with_a_page_is_answered_there(cast):
    """One that a colleague wrote in his own words is done in the inbox; one of a room by that room alone."""
    of_a_room = a_result(cast, kind="referral", mark="", source="x:1")
    with pytest.raises(services.EndsElsewhere):
        services.finish_task(cast.act("doctor"), task_id=of_a_room.id)
    with pytest.raises(services.EndsElsewhere):
        services.cancel_task(cast.act("doctor"), task_id=of_a_room.id, reason="x")
    by_hand = a_task(cast, kind="referral", owner_id=practitioner_of(cast, "doctor"), by="nurse")
    services.finish_task(cast.act("doctor"), task_id=by_hand.id)


def test_only_who_may_open_the_record_reads_what_waits(cast):
    """A patient refuses the doctor: it stands in the inbox without its words, and can only be given on."""
    task = a_result(cast)
    Consent.objects.create(
        patient_id=task.patient_id, decision="deny", practitioner_id=practitioner_of(cast, "doctor"),
        starts_at=timezone.now() - timedelta(1), signed_by="A", signed_as="patient", signed_how="paper",
        signed_at=timezone.now(),
    )  # fmt: skip
    (row,) = listing.inbox(cast.act("doctor")).rows
    assert (row.is_readable, row.task.subject, row.task.note, row.task.mark) == (False, "", "", "")
    with pytest.raises(Barred):
        services.finish_task(cast.act("doctor"), task_id=task.id)
    page = cast.client("doctor").get(f"/inbox/tasks/{task.id}").content.decode()
    assert "mmol" not in page
    assert "Potassium" not in page
    other = a_colleague(cast)
    services.delegate_task(cast.act("doctor"), task_id=task.id, owner_id=other)
    assert [one.is_readable for one in listing.inbox(cast.act("doctor:Second")).rows] == [True]
    with pytest.raises(Task.DoesNotExist):
        services.finish_task(cast.act("cashier"), task_id=task.id)


def test_a_task_is_given_only_to_who_looks_into_an_inbox(cast):
    act = cast.act("doctor")
    for changes, field in (({"owner_id": None}, "owner"), ({"subject": " "}, "subject"), ({"kind": "result"}, "kind")):
        values = {"subject": "x", "owner_id": practitioner_of(cast, "nurse")} | changes
        with pytest.raises(Invalid) as told:
            services.give_task(act, **values)
        assert field in told.value.fields
    User.objects.filter(id=cast.user("nurse").id).update(is_active=False)
    with pytest.raises(Invalid):
        a_task(cast)
    with pytest.raises(NotFound):
        a_task(cast, owner_id=practitioner_of(cast, "pathologist"), patient_id=act.id)


# ---------------------------------------------------------------- by the clock


def climbed(task):
    task.refresh_from_db()
    return list(Step.objects.filter(task=task, kind="escalated").order_by("id").values_list("words", flat=True))


@pytest.mark.guarantee("H7")
def test_a_critical_result_climbs_the_ladder_within_the_hour(cast):
    """The clock is moved: the deputy after 15 minutes, the head after 30, the whole department after 45."""
    deputy, head = a_colleague(cast, family="Deputy"), a_colleague(cast, family="Head")
    services.name_deputy(cast.act("doctor"), deputy_id=deputy)
    services.name_head(cast.act("administrator"), department_id=cast.departments["opd"].id, practitioner_id=head)
    task = a_result(cast)
    start = task.put_at
    expected = [(14, []), (15, ["deputy"]), (29, ["deputy"]), (30, ["deputy", "head"])]
    for minutes, rungs in [*expected, (45, ["deputy", "head", "department"]), (600, ["deputy", "head", "department"])]:
        for _twice in range(2):
            jobs.escalate(at=start + timedelta(minutes=minutes))
        assert climbed(task) == rungs, minutes
    assert task.holders == [practitioner_of(cast, "doctor"), deputy, head, cast.departments["opd"].id]
    assert waits_for(cast, "nurse") == [task.id]
    services.acknowledge_tasks(cast.act("doctor:Deputy"), task_ids=[task.id])
    assert waits_for(cast, "doctor") == []


def test_whoever_is_called_for_a_critical_result_is_told_outside(cast, settings):
    settings.SALUS_DEMONSTRATION = True
    deputy = a_colleague(cast, family="Deputy")
    services.name_deputy(cast.act("doctor"), deputy_id=deputy)
    task = a_result(cast)
    jobs.escalate(at=task.put_at + timedelta(minutes=16))
    run_waiting()
    message = Message.objects.get(template="staff-urgent")
    assert message.recipient_id == cast.user("doctor:Deputy").id


def test_what_is_acknowledged_or_accepted_climbs_no_further(cast):
    done, taken = a_result(cast, source="x:1"), a_result(cast, source="x:2")
    services.finish_task(cast.act("doctor"), task_id=done.id)
    services.accept_task(cast.act("doctor", at=taken.put_at + timedelta(minutes=10)), task_id=taken.id)
    jobs.escalate(at=taken.put_at + timedelta(minutes=20))
    assert (climbed(done), climbed(taken)) == ([], [])
    jobs.escalate(at=taken.put_at + timedelta(minutes=60))  # accepted, and then forgotten
    assert (climbed(done), climbed(taken)) == ([], ["department"])


def test_the_administrator_says_how_long(cast):
    act = cast.act("administrator")
    services.change_ladder(act, kind="result", mark="critical", due=5, deputy=None, head=None, department=5)
    task = a_result(cast)
    jobs.escalate(at=task.put_at + timedelta(minutes=9))
    assert climbed(task) == []
    jobs.escalate(at=task.put_at + timedelta(minutes=10))
    assert climbed(task) == ["department"]
    with pytest.raises(Invalid):  # a critical result never waits for a day
        services.change_ladder(act, kind="result", mark="critical", due=1440, deputy=0, head=0, department=0)
    with pytest.raises(NotAllowed):
        services.change_ladder(cast.act("doctor"), kind="task", mark="", due=5, deputy=0, head=0, department=0)


# ---------------------------------------------------------------- fifty at once


@pytest.mark.guarantee("B10")
@pytest.mark.race
def test_fifty_acknowledge_one_task_and_one_does(cast, real_db):
    task = a_task(cast, department_id=cast.departments["opd"].id)
    acts = [cast.act("nurse") for _n in range(25)] + [cast.act("doctor") for _n in range(25)]
    said = at_once(*[partial(services.finish_task, act, task_id=task.id) for act in acts])
    refused = [one for one in said if isinstance(one, BaseException)]
    assert all(isinstance(one, Conflict) for one in refused), refused
    assert len(said) - len(refused) == 1
    assert len(said) == 50
    assert Step.objects.filter(task=task, kind="completed").count() == 1
    assert Fact.objects.filter(name="inbox.TaskCompleted").count() == 1
