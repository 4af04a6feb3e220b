"""Treatments in sessions, plans with goals, procedures, the care team."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from salus.care import services as care
from salus.care.models import Session, TeamMember, Treatment
from salus.care.queries.plans import sessions_to_give, team_of, treatment_of
from salus.care.tests.builders import a_kind, a_visit
from salus.chart.models import CarePlan, Goal, Procedure
from salus.core.announce import run_waiting
from salus.core.errors import Conflict, Invalid, NotAllowed
from salus.orders import services as orders
from salus.orders.models import Order
from salus.orders.services import ServiceItem
from salus.patients.models import CareRelation
from tests.cast import form_key
from tests.statements import at_most


def today():
    return timezone.now().date()


def a_course(cast, visit, sessions=3, **changes):
    values = {
        "patient_id": visit.patient_id,
        "what": "Haemodialysis",
        "sessions": sessions,
        "first_on": today(),
        "every_days": 2,
        "department_id": cast.departments["opd"].id,
        "dose": Decimal("4.0"),
        "dose_unit": "h",
    } | changes
    return care.start_treatment(cast.act("doctor"), **values)


def test_a_course_is_given_session_by_session_against_its_plan(cast):
    visit, nurse = a_visit(cast), cast.act("nurse")
    course = a_course(cast, visit)
    first, second, third = course.sessions.order_by("number")
    assert [one.planned_on - today() for one in (first, second, third)] == [timedelta(days=n) for n in (0, 2, 4)]
    assert [one.id for one in sessions_to_give(nurse, today())] == [first.id]
    given = care.give_session(nurse, session_id=first.id)
    assert (given.dose, given.dose_unit, given.done_by_name) == (Decimal("4.0"), "h", nurse.by_name)
    with pytest.raises(care.AlreadyDone):
        care.give_session(nurse, session_id=first.id)
    with pytest.raises(Invalid):
        care.skip_session(nurse, session_id=second.id, reason=" ")
    care.skip_session(nurse, session_id=second.id, reason="Fever.", again_on=today() + timedelta(days=6))
    care.give_session(nurse, session_id=third.id, dose=Decimal("3.5"))
    assert (treatment_of(nurse, course.id).given, Treatment.objects.get(id=course.id).status) == (2, "active")
    care.give_session(nurse, session_id=course.sessions.get(number=4).id)
    assert Treatment.objects.get(id=course.id).status == "completed"
    for change in ({"status": "planned", "done_at": None}, {"note": "Other words"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Session.objects.filter(id=first.id).update(**change)


def test_a_stopped_course_is_given_no_longer(cast):
    course = a_course(cast, a_visit(cast))
    with pytest.raises(NotAllowed):
        care.stop_treatment(cast.act("nurse"), treatment_id=course.id, reason="x")
    care.stop_treatment(cast.act("doctor"), treatment_id=course.id, reason="Transplanted.")
    with pytest.raises(care.NotUnderWay):
        care.give_session(cast.act("nurse"), session_id=course.sessions.get(number=1).id)
    for wrong in ({"sessions": 0}, {"first_on": date.max}, {"dose_unit": ""}, {"dose_unit": "hours"}):
        with pytest.raises(Invalid):
            a_course(cast, a_visit(cast), **wrong)


def test_a_session_written_in_error_is_voided_and_the_course_goes_on(cast):
    course, nurse = a_course(cast, a_visit(cast), sessions=1), cast.act("nurse")
    only = course.sessions.get()
    with pytest.raises(care.NotToVoid):  # nothing was written down yet
        care.void_session(nurse, session_id=only.id, reason="x")
    care.give_session(nurse, session_id=only.id)
    page = cast.client("nurse").get(reverse("care:treatment", args=[course.id])).content.decode()
    assert reverse("care:void_session", args=[only.id]) in page
    said = {"reason": "Another patient's", "patient_id": str(course.patient_id)} | form_key()
    assert cast.client("nurse").post(reverse("care:void_session", args=[only.id]), said).status_code == 303
    with pytest.raises(care.NotToVoid):
        care.void_session(nurse, session_id=only.id, reason="again")
    again = treatment_of(nurse, course.id)
    assert (again.status, again.given, course.sessions.filter(status="planned").count()) == ("active", 0, 1)
    care.give_session(cast.act("nurse"), session_id=course.sessions.get(status="planned").id)
    assert Treatment.objects.get(id=course.id).status == "completed"
    with pytest.raises(IntegrityError), transaction.atomic():
        Treatment.objects.filter(id=course.id).update(status="active", ended_at=None)


def test_a_treatment_carries_out_an_order_and_waits_with_it(cast):
    visit, nurse, doctor = a_visit(cast), cast.act("nurse"), cast.act("doctor")
    what = a_kind("physio", kind="procedure", specialty="")
    item = ServiceItem(orderable_id=what.id, kind="procedure")
    (order,) = orders.place_orders(doctor, patient_id=visit.patient_id, encounter_id=visit.id, items=[item])
    run_waiting()
    browser, start = cast.client("doctor"), reverse("care:start_treatment", args=[visit.patient_id])
    assert f"{start}/for/{order.id}" in browser.get(reverse("orders:orders", args=[visit.patient_id])).content.decode()
    assert f'value="{order.id}" selected' in browser.get(f"{start}/for/{order.id}").content.decode()
    course = a_course(cast, visit, sessions=1, order_id=order.id)
    with pytest.raises(care.OrderTaken):
        a_course(cast, visit, order_id=order.id)
    orders.hold_order(doctor, order_id=order.id, reason="Fever")
    with pytest.raises(care.OnHold):
        care.give_session(nurse, session_id=course.sessions.get().id)
    orders.resume_order(doctor, order_id=order.id)
    care.give_session(nurse, session_id=course.sessions.get().id)
    assert Order.objects.get(id=order.id).status == "completed"
    with pytest.raises(IntegrityError), transaction.atomic():  # nothing says that it was an error
        Order.objects.filter(id=order.id).update(status="active")
    run_waiting()
    mine = CareRelation.objects.get(source__startswith="orders.responsible:", patient_id=visit.patient_id)
    assert mine.ended_at <= timezone.now()
    care.void_session(nurse, session_id=course.sessions.get().id, reason="Another patient's")
    run_waiting()
    mine.refresh_from_db()
    assert (Order.objects.get(id=order.id).status, mine.ended_at > timezone.now()) == ("active", True)
    care.give_session(nurse, session_id=course.sessions.get(status="planned").id)
    assert Order.objects.get(id=order.id).status == "completed"


def test_a_course_ends_when_nothing_is_left_to_give(cast):
    course = a_course(cast, a_visit(cast), sessions=2)
    first, last = course.sessions.order_by("number")
    care.give_session(cast.act("nurse"), session_id=first.id)
    care.skip_session(cast.act("nurse"), session_id=last.id, reason="Moved away.")
    course.refresh_from_db()
    assert (course.status, course.end_reason[:6]) == ("stopped", "1 of 2")
    gives = CareRelation.objects.get(source=f"care.treatment:{course.id}")
    assert gives.department_id == course.department_id
    assert gives.ended_at <= timezone.now()


def test_a_plan_is_made_revised_and_completed(cast):
    visit, doctor = a_visit(cast), cast.act("doctor")
    plan = care.draft_plan(doctor, patient_id=visit.patient_id, title="Diabetes")
    goal = care.add_goal(doctor, plan_id=plan.id, version=1, text="HbA1c", target=Decimal("7.0"), target_unit="%")
    care.add_activity(doctor, plan_id=plan.id, version=2, text="Walk every day")
    with pytest.raises(Conflict):  # read before
        care.add_activity(doctor, plan_id=plan.id, version=2, text="Run")
    with pytest.raises(care.NotThisStep):
        care.move_plan(doctor, plan_id=plan.id, version=3, status="completed")
    care.move_plan(doctor, plan_id=plan.id, version=3, status="active")
    care.set_activity(doctor, plan_id=plan.id, version=4, place=0, status="completed")
    care.note_achievement(doctor, goal_id=goal.id, version=2, achievement="achieved")
    care.move_plan(doctor, plan_id=plan.id, version=5, status="completed")
    plan, goal = CarePlan.objects.get(), Goal.objects.get()
    assert (plan.status, plan.activities[0]["detail"]["status"]) == ("completed", "completed")
    assert (goal.status, goal.achievement, goal.target_value) == ("completed", "achieved", Decimal("7.0"))
    with pytest.raises(IntegrityError), transaction.atomic():
        CarePlan.objects.update(status="active")


def test_what_was_done_and_who_cares(cast):
    visit, doctor = a_visit(cast), cast.act("doctor")
    of = {"patient_id": visit.patient_id}
    care.record_procedure(
        doctor, display="Biopsy", performed="2024-05", performer_id=doctor.practitioner_id, outcome="Benign", **of
    )
    for wrong in ({"performed": "2999-01-01"}, {"performed": "soon"}, {"display": " "}):
        with pytest.raises(Invalid):
            care.record_procedure(doctor, **({"display": "x", "performed": "2020"} | wrong), **of)
    assert Procedure.objects.get().performer_name == doctor.by_name
    member = care.add_member(doctor, role="responsible", practitioner_id=doctor.practitioner_id, **of)
    with pytest.raises(Invalid):
        care.add_member(doctor, role="responsible", practitioner_id=doctor.practitioner_id, **of)
    team = team_of(doctor, visit.patient_id)
    assert [one.display for one in team.members] == [doctor.by_name]
    assert visit.department_id in {one.department_id for one in team.relations}
    again = CareRelation.objects.filter(patient_id=visit.patient_id).first()
    again.pk, again.source = None, "orders.order:another"
    again.save(force_insert=True)
    assert team_of(doctor, visit.patient_id).relations == team.relations, (
        "who is there twice for one reason stands there once"
    )
    for _ in range(2):
        care.end_member(doctor, member_id=member.id, version=1)
    assert TeamMember.objects.get().ended_at


def test_a_walk_through_the_pages(cast):
    """Each page within its statements; forms come back with what is missing."""
    visit, client, nurse = a_visit(cast), cast.client("doctor"), cast.client("nurse")
    of = [visit.patient_id]
    told = {"patient_id": of[0]}
    opd = cast.departments["opd"].id
    course = {
        "what": "Dialysis",
        "sessions": "2",
        "first_on": today().isoformat(),
        "every_days": "3",
        "department": opd,
    }
    forms = {
        "start_treatment": course,
        "draft_plan": {"title": "Diabetes"},
        "record_procedure": {"procedure": "|ecg", "procedure_text": "Biopsy", "performed": "2024"},
        "add_member": {"name": "A neighbour", "role": "family"},
    }
    found = client.post(reverse("care:find_procedure"), {"q": "cardiogr"} | form_key()).content.decode()
    assert '"|ecg"' in found or "|ecg" in found, "a code of the catalogue"
    for name, said in forms.items():
        page = reverse(f"care:{name}", args=of)
        with at_most(15):
            assert client.get(page).status_code == 200, name
        assert client.post(page, form_key(**told)).status_code == 422, name
        answer = client.post(page, form_key(**told, **said))
        assert answer.status_code == 303, (name, answer.content.decode()[-1500:])
    assert Procedure.objects.get().code == "ecg"
    plan, session = CarePlan.objects.get(), Session.objects.get(number=1)
    posts = [
        ("add_goal", [plan.id], {"version": 1, "text": "HbA1c", "target": "7.0", "target_unit": "%"}),
        ("add_activity", [plan.id], {"version": 2, "text": "Walk"}),
        ("move_plan", [plan.id], {"version": 3, "status": "active"}),
        ("set_activity", [plan.id, 0], {"version": 4, "status": "completed"}),
        ("note_achievement", [Goal.objects.values_list("id", flat=True)], {"version": 2, "achievement": "achieved"}),
        ("end_member", [TeamMember.objects.get().id], {"version": 1}),
    ]
    for name, ids, said in posts:
        ids = [one if isinstance(one, int) or not hasattr(one, "model") else one.get() for one in ids]
        answer = client.post(reverse(f"care:{name}", args=ids), form_key(**told, **said))
        assert answer.status_code == 303, (name, answer.content.decode()[-1500:])
    give = reverse("care:give_session", args=[session.id])
    assert nurse.post(give, form_key(**told)).status_code == 303
    assert nurse.post(give, form_key(**told)).status_code == 409
    pages = [
        *("care:of_patient", "care:plan", "care:treatment", "care:sessions"),
    ]
    ids = {"care:of_patient": of, "care:plan": [plan.id], "care:treatment": [session.treatment_id], "care:sessions": []}
    for name in pages:
        with at_most(15):
            assert client.get(reverse(name, args=ids[name])).status_code == 200, name


@pytest.mark.race
@pytest.mark.guarantee("B8")
def test_fifty_nurses_at_once_give_one_session(real_db, cast):
    course, nurse = a_course(cast, a_visit(cast)), cast.act("nurse")
    session_id = course.sessions.get(number=1).id

    def give(_):
        try:
            care.give_session(nurse, session_id=session_id)
        except Conflict:
            return 0
        finally:
            connection.close()
        return 1

    with ThreadPoolExecutor(50) as pool:
        assert sum(pool.map(give, range(50))) == 1
