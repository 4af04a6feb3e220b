"""A plan of care says which problems it is for: chosen, changed, as sensitive as they are, and never another patient's."""

import pytest
from django.urls import reverse

from salus.care import services as care
from salus.care.queries.templates import offered_to
from salus.care.tests.builders import a_visit
from salus.chart.models import CarePlan, Goal
from salus.chart.services import record_condition
from salus.chart.services.labels import set_labels
from salus.core.errors import NotFound, Stale
from tests.cast import form_key
from tests.statements import at_most


def a_problem(cast, visit, display="Diabetes", **changes):
    values = {"patient_id": visit.patient_id, "code": "", "display": display} | changes
    return record_condition(cast.act("doctor"), **values)


def test_a_plan_and_its_goals_are_for_the_problems_that_are_chosen(cast):
    doctor, visit = cast.act("doctor"), a_visit(cast)
    one, two, other = (a_problem(cast, visit, name) for name in ("Diabetes", "Ulcer of the foot", "Cough"))
    plan = care.draft_plan(
        doctor,
        patient_id=visit.patient_id,
        title="Feet",
        conditions=[one.id, one.id],
        goals=[care.Aim("No ulcer"), care.Aim("HbA1c")],
    )
    alone = Goal.objects.get(display="HbA1c")
    Goal.objects.filter(id=alone.id).update(addresses=[other.id])
    assert plan.conditions == [one.id]
    plan = care.address_problems(doctor, plan_id=plan.id, version=plan.version, conditions=[two.id, one.id])
    assert plan.conditions == [one.id, two.id], "what it was for first stays first"
    assert Goal.objects.get(display="No ulcer").addresses == [one.id, two.id]
    assert Goal.objects.get(display="HbA1c").addresses == [other.id], "a goal of its own stays"
    with pytest.raises(Stale):
        care.address_problems(doctor, plan_id=plan.id, version=1, conditions=[])
    now = CarePlan.objects.get(id=plan.id).version
    plan = care.address_problems(doctor, plan_id=plan.id, version=now, conditions=[])
    assert plan.conditions == []


def test_no_plan_is_for_a_problem_of_somebody_else_or_that_one_may_not_read(cast):
    doctor, nurse, visit = cast.act("doctor"), cast.act("nurse"), a_visit(cast)
    strange, hidden = a_problem(cast, a_visit(cast)), a_problem(cast, visit, "HIV disease", code="B20")
    own = a_problem(cast, visit)
    hidden.refresh_from_db()
    assert hidden.labels == ["HIV"]
    of = {"patient_id": visit.patient_id, "title": "Plan"}
    for wrong, by in ((strange, doctor), (hidden, nurse)):
        with pytest.raises(NotFound):
            care.draft_plan(by, **of, conditions=[wrong.id])
    told = {"patient_id": visit.patient_id, "encounter_id": None}
    with pytest.raises(NotFound):
        care.tell_plan(doctor, **told, told=care.ToldPlan(status="draft", display="x", conditions=[strange.id]))
    plan = care.draft_plan(nurse, **of, conditions=[own.id])
    CarePlan.objects.filter(id=plan.id).update(conditions=[own.id, hidden.id])
    now = CarePlan.objects.get(id=plan.id).version
    care.address_problems(nurse, plan_id=plan.id, version=now, conditions=[])
    assert CarePlan.objects.get(id=plan.id).conditions == [hidden.id], "what one does not see one does not take away"


def test_a_plan_is_as_sensitive_as_the_problems_that_it_is_for(cast):
    """Begun, changed or told by a program: who may not read the problem reads neither plan nor goals."""
    doctor, nurse, visit = cast.act("doctor"), cast.act("nurse"), a_visit(cast)
    cough, hidden = a_problem(cast, visit, "Cough"), a_problem(cast, visit, "HIV disease", code="B20")
    of, aim = {"patient_id": visit.patient_id}, [care.Aim("No virus to be found")]
    begun = care.draft_plan(doctor, **of, title="Begun", conditions=[hidden.id], goals=aim)
    changed = care.draft_plan(doctor, **of, title="Changed", conditions=[cough.id], goals=aim)
    assert CarePlan.objects.of_patient(nurse, visit.patient_id).count() == 1
    care.address_problems(doctor, plan_id=changed.id, version=changed.version, conditions=[hidden.id])
    told = care.ToldPlan(status="active", display="Told", conditions=[hidden.id])
    by_program = care.tell_plan(doctor, **of, encounter_id=None, told=told)
    care.tell_goal(doctor, **of, told=care.ToldGoal(status="active", display="Told", addresses=[hidden.id]))
    assert {tuple(one.labels) for one in CarePlan.objects.all()} == {("HIV",)}
    assert {tuple(one.labels) for one in Goal.objects.all()} == {("HIV",)}
    for model in (CarePlan, Goal):
        assert model.objects.of_patient(cast.act("nurse"), visit.patient_id).count() == 0
    set_labels(
        doctor, **of, kind="plan", entry_id=by_program.id, version=by_program.version, labels=[]
    )  # by hand, it is another matter
    now = CarePlan.objects.get(id=by_program.id).version
    care.retell_plan(doctor, plan_id=by_program.id, version=now, told=told)
    assert CarePlan.objects.get(id=by_program.id).labels == [], "nothing new that it is for: what was unmarked stays so"
    assert begun.labels == ["HIV"]


def test_a_template_of_a_plan_is_meant_for_the_same_kind_of_problem(cast):
    """The category and no more: offered to the next one who has it. What is sensitive stays out."""
    doctor, visit, other = cast.act("doctor"), a_visit(cast), a_visit(cast)
    problems = [
        a_problem(cast, visit, "Diabetes", code="E11.65"),
        a_problem(cast, visit, "Ulcer", code="95345008", code_system="http://snomed.info/sct"),
        a_problem(cast, visit, "HIV disease", code="B20"),
        a_problem(cast, visit, "In his own words"),
    ]
    of = {"patient_id": visit.patient_id, "goals": [care.Aim("Walk")]}
    plan = care.draft_plan(doctor, title="Feet", conditions=[one.id for one in problems], **of)
    kept = care.keep_plan_as_template(doctor, plan_id=plan.id, title="Feet")
    assert kept.problems == ["95345008", "E11"]
    a_problem(cast, other, "Diabetes", code="E11.9")
    (offered,) = offered_to(doctor, other.patient_id, "plan")
    assert (offered.template, offered.fits) == (kept, True)


def test_the_problems_of_a_plan_on_the_screen(cast):
    """Chosen where it is begun, shown and changed on its page; what is over is not offered, what is hidden not shown."""
    doctor, visit = cast.client("doctor"), a_visit(cast)
    one, two = a_problem(cast, visit), a_problem(cast, visit, "Ulcer of the foot")
    over = a_problem(cast, visit, "Measles", status="resolved")
    hidden = a_problem(cast, visit, "HIV disease", code="B20")
    begin, told = reverse("care:draft_plan", args=[visit.patient_id]), {"patient_id": visit.patient_id}
    with at_most(15):
        page = doctor.get(begin).content.decode()
    assert str(one.id) in page
    assert str(over.id) not in page
    assert doctor.post(begin, form_key(title="x", conditions=str(over.id), **told)).status_code == 422
    assert doctor.post(begin, form_key(title="Feet", conditions=[one.id], **told)).status_code == 303
    plan = CarePlan.objects.get()
    assert plan.conditions == [one.id]
    at, change = reverse("care:plan", args=[plan.id]), reverse("care:address_problems", args=[plan.id])
    with at_most(15):
        page = doctor.get(at).content.decode()
    assert "Diabetes" in page
    assert f'value="{one.id}" checked' in page
    both = form_key(version=plan.version, conditions=[one.id, two.id], **told)
    assert doctor.post(change, both | {"patient_id": two.id}).status_code == 409
    assert doctor.post(change, both).status_code == 303
    assert doctor.post(change, form_key(version=plan.version, **told)).status_code == 409, "somebody changed it since"
    assert CarePlan.objects.get().conditions == [one.id, two.id]
    CarePlan.objects.update(conditions=[one.id, hidden.id])
    assert "HIV" not in cast.client("nurse").get(at).content.decode()
    assert "HIV" in doctor.get(at).content.decode()
