"""What waits for whom after a fact: results, signatures; and nothing is lost when somebody is away or gone."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from salus.accounts import services as accounts
from salus.accounts.models import User
from salus.chart import services as chart
from salus.chart.facts import CosignAsked, NoteCosigned
from salus.chart.models import Note
from salus.core.announce import announce, run_waiting
from salus.encounters import services as encounters
from salus.encounters.facts import EncounterStarted
from salus.encounters.models import Encounter
from salus.encounters.tests.builders import a_visit
from salus.inbox import screens, services
from salus.inbox.models import Task
from salus.inbox.queries import listing
from salus.inbox.tests.builders import a_colleague, a_result, clock, practitioner_of
from salus.lab import services as lab
from salus.lab.models import Result
from salus.lab.tests.builders import a_request, entered
from salus.orders.facts import CountersignAsked, OrderCountersigned, OrderStopped
from salus.orders.models import Order
from salus.patients.models import CareRelation
from salus.patients.tests import builders as patients
from salus.scheduling.models import Absence, Schedule
from salus.staff.models import StaffMember


@pytest.mark.guarantee("H7")
def test_nothing_is_lost_when_its_owner_is_on_leave_or_gone(cast):
    """On leave (as the plans know it, or as he said himself), the account closed before or after: somebody has it at once."""
    cast.user("nurse")
    doctor, opd = practitioner_of(cast, "doctor"), cast.departments["opd"]
    deputy, now = a_colleague(cast, family="Deputy"), timezone.now()
    schedule = Schedule.objects.create(
        facility=cast.facility, department=opd, kind="practitioner", practitioner_id=doctor, name="Dr Okoye"
    )
    leave = Absence.objects.create(
        schedule=schedule, period=(now - timedelta(1), now + timedelta(days=9)), reason="leave"
    )
    first = a_result(cast, source="x:1", mark="")
    assert first.holders == [doctor, opd.id]  # nobody is named: the department
    services.name_deputy(cast.act("doctor"), deputy_id=deputy)
    second = a_result(cast, source="x:2", mark="")
    assert second.holders == [doctor, deputy]
    Absence.objects.filter(id=leave.id).update(withdrawn_at=now)
    third = a_result(cast, source="x:3", mark="")
    assert third.holders == [doctor]
    accounts.set_active(cast.act("administrator"), user_id=cast.user("doctor").id, active=False)
    run_waiting()
    third.refresh_from_db()
    assert third.holders == [doctor, deputy]
    User.objects.filter(username="doctor-deputy").update(is_active=False)  # behind the back of any fact
    services.escalate_tasks(clock(cast, timezone.now()))
    third.refresh_from_db()
    assert opd.id in third.holders
    assert a_result(cast, source="x:4", owner_id=None, department_id=None).holders


@pytest.mark.guarantee("H7")
def test_each_verified_result_goes_to_who_ordered_it_and_a_corrected_one_comes_again(cast):
    doctor = practitioner_of(cast, "doctor")
    request = a_request(cast)
    Order.objects.filter(id=request.order_id).update(requester=doctor)
    request = entered(cast, request, "6.8")
    lab.verify_results(cast.act("pathologist"), request_id=request.id, version=request.version)
    run_waiting()
    task = Task.objects.get(kind="result")
    assert (task.owner_id, task.mark, task.priority, task.note) == (doctor, "critical", "stat", "6.8 mmol/L HH")
    services.finish_task(cast.act("doctor"), task_id=task.id)
    for value in ("4.1", "5.9"):
        result = Result.objects.get(request=request)
        lab.correct_result(
            cast.act("pathologist"), result_id=result.id, version=result.version, value=value, reason="Haemolysed"
        )
        run_waiting()
    # what was corrected again before anybody saw it is waited for by nobody
    again = list(Task.objects.filter(kind="result", is_corrected=True).order_by("put_at"))
    assert [(one.note, one.status) for one in again] == [("4.1 mmol/L", "cancelled"), ("5.9 mmol/L H", "requested")]


@pytest.mark.guarantee("H7")
def test_who_was_not_asked_about_allergies_is_asked_once_a_visit(cast):
    """It waits for the people of the department, until allergies or that there are none are recorded; never ticked off."""
    patient = patients.a_patient(cast.almighty())
    opd, doctor = cast.departments["opd"], cast.act("doctor")

    def come():
        visit = a_visit(cast, patient)
        run_waiting()
        return visit

    def states():
        return list(Task.objects.filter(kind="missing").order_by("put_at").values_list("status", flat=True))

    visit = come()
    again = EncounterStarted(patient_id=patient.id, encounter_id=visit.id, department_id=opd.id)
    with transaction.atomic():
        announce(cast.act("receptionist"), again)  # a job that runs twice
    run_waiting()
    (task,) = Task.objects.filter(kind="missing")
    assert (task.holders, task.status, screens.line_of(doctor, listing.row_of(doctor, task.id)).href) == (
        [opd.id], "requested", reverse("chart:allergies", args=[patient.id]),
    )  # fmt: skip
    with pytest.raises(services.EndsElsewhere):
        services.finish_task(doctor, task_id=task.id)
    encounters.finish_encounter(doctor, encounter_id=visit.id)
    run_waiting()
    assert states() == ["cancelled"], "who has left cannot be asked"
    come()
    chart.confirm_no_allergies(cast.act("nurse"), patient_id=patient.id)
    run_waiting()
    assert states() == ["cancelled", "completed"]
    Encounter.objects.filter(patient=patient).update(status="finished", ended_at=timezone.now())
    come()
    assert states() == ["cancelled", "completed"], "it is known now"


def test_a_second_signature_waits_until_it_is_given_or_no_longer_needed(cast):
    patient = a_request(cast).patient
    values = {"patient": patient, "kind": "medicine", "status": "active", "countersign": "high-alert"}
    values |= {"requester_id": practitioner_of(cast, "doctor"), "requester_name": "Chidi Okoye"}
    signed, stopped = (Order.objects.create(display=name, **values) for name in ("Heparin", "Insulin"))
    ids = (signed.id, stopped.id)
    act, of = cast.act("doctor"), {"patient_id": patient.id}

    def tell(fact):
        with transaction.atomic():
            announce(act, fact)
        run_waiting()

    tell(CountersignAsked(order_ids=ids, countersign="high-alert", department_id=cast.departments["opd"].id, **of))
    assert set(Task.objects.filter(kind="countersign").values_list("subject", "status")) == {
        ("Heparin", "requested"),
        ("Insulin", "requested"),
    }
    rows = listing.inbox(cast.act("doctor"), "countersign").rows
    assert {screens.address_of(one) for one in rows} == {"/orders/open?show=countersign"}
    assert {screens.line_of(act, one).next_act for one in rows} == {""}, "who ordered it is not asked to sign it twice"
    assert {one.task.note for one in rows} == {"High-alert medicine, ordered by Chidi Okoye: somebody else signs too"}
    Task.objects.filter(kind="countersign").update(route_args={"ordered_by": str(practitioner_of(cast, "nurse"))})
    rows = listing.inbox(act, "countersign").rows
    assert {screens.line_of(act, one).next_act for one in rows} == {"open"}
    tell(OrderCountersigned(order_ids=(signed.id,), **of))
    tell(OrderStopped(order_id=stopped.id, kind="medicine", **of))
    assert set(Task.objects.filter(kind="countersign").values_list("subject", "status", "end_reason")) == {
        ("Heparin", "completed", ""),
        ("Insulin", "cancelled", "The order was stopped."),
    }


def test_a_note_waits_for_whom_it_was_asked_of_last_until_it_is_signed(cast):
    """Asked of one, of another, and of the first again: it stands in one inbox, and ends with the signature."""
    doctor, pathologist = practitioner_of(cast, "doctor"), practitioner_of(cast, "pathologist")
    patient = a_request(cast).patient
    values = {"patient": patient, "title": "Ward round", "status": "signed", "needs_cosign": True}
    note = Note.objects.create(written_at=timezone.now(), signed_at=timezone.now(), **values)

    def tell(fact):
        with transaction.atomic():
            announce(cast.act("doctor"), fact)
        run_waiting()

    for who in (doctor, pathologist, doctor):
        Note.objects.filter(id=note.id).update(cosigner=who)
        tell(CosignAsked(note_id=note.id, practitioner_id=who, patient_id=patient.id))
        assert Task.objects.get(kind="cosign", status="requested").owner_id == who
    tell(NoteCosigned(note_id=note.id, patient_id=patient.id))
    ended = sorted(Task.objects.filter(kind="cosign").values_list("status", flat=True))
    assert ended == ["cancelled", "cancelled", "completed"]


@pytest.mark.guarantee("H7")
def test_whoever_is_called_can_read_what_waits(cast):
    """A deputy of another clinic, to whom the record was shut: not for what the patient refuses, and not for good."""
    patient = patients.a_patient(cast.almighty(), is_open=False)
    cast.user("doctor")
    deputy = a_colleague(cast, family="Deputy")
    StaffMember.objects.filter(practitioner_id=deputy).update(department_ids=[cast.departments["lab"].id])
    services.name_deputy(cast.act("doctor"), deputy_id=deputy)
    task = a_result(cast, patient=patient)
    assert [one.is_readable for one in listing.inbox(cast.act("doctor:Deputy")).rows] == []
    services.escalate_tasks(clock(cast, task.put_at + timedelta(minutes=16)))
    later = task.put_at + timedelta(minutes=17)
    (row,) = listing.inbox(cast.act("doctor:Deputy", at=later)).rows
    assert (row.is_readable, row.task.note) == (True, "6.8 mmol/L HH")
    services.acknowledge_tasks(cast.act("doctor:Deputy", at=later), task_ids=[task.id])
    assert CareRelation.objects.get(source=f"inbox.task:{task.id}").ended_at is not None
