"""Templates of plans and treatments: kept, changed, begun from, out of use; nothing of a patient goes into one."""

import json
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from salus.care import services as care
from salus.care.models import PlanTemplate, Treatment
from salus.care.queries.days import today
from salus.care.queries.templates import offered_to, templates_of
from salus.care.tests.builders import a_visit
from salus.chart.models import CarePlan, Goal
from salus.chart.services import record_condition
from salus.core.errors import Invalid, NotAllowed, NotFound, Stale
from salus.terminology.models import Concept
from tests.cast import form_key
from tests.statements import at_most

SECRET = "as her sister Nadia wishes"
AIM = care.AimTemplate("HbA1c", Decimal("7.0"), "%", 90)


def a_template(act, **changes):
    values = {"title": "Type 2 diabetes", "problems": ["E11"], "goals": [AIM], "activities": ["Foot check", "Diet"]}
    return care.keep_template(act, kind="plan", written=care.Written(**(values | changes)))


def test_a_plan_is_kept_as_a_template_without_anything_of_the_patient(cast):
    doctor, visit = cast.act("doctor"), a_visit(cast)
    plan = care.draft_plan(
        doctor,
        patient_id=visit.patient_id,
        title="Diabetes " + SECRET,
        note=SECRET,
        goals=[care.Aim("HbA1c", today(doctor) + timedelta(days=90), Decimal("7.0"), "%"), care.Aim("Walk")],
        activities=["Foot check", "Diet"],
    )
    assert (plan.version, len(plan.goals), Goal.objects.filter(status="proposed").count()) == (1, 2, 2)
    care.set_activity(doctor, plan_id=plan.id, version=1, place=1, status="cancelled")
    first = Goal.objects.get(display="HbA1c")
    care.note_achievement(doctor, goal_id=first.id, version=1, achievement="worsening", note=SECRET)
    kept = care.keep_plan_as_template(doctor, plan_id=plan.id, title="Type 2 diabetes")
    assert kept.goals == [AIM.kept(), care.AimTemplate("Walk").kept()]
    assert kept.activities == ["Foot check"], "what was not needed is not kept"
    whole = json.dumps(PlanTemplate.objects.filter(id=kept.id).values().get(), default=str)
    assert SECRET not in whole
    assert str(visit.patient_id) not in whole
    course = care.start_treatment(
        doctor,
        patient_id=visit.patient_id,
        what="Dialysis",
        sessions=12,
        first_on=today(doctor),
        every_days=2,
        department_id=cast.departments["opd"].id,
        dose=Decimal("4.0"),
        dose_unit="h",
        note=SECRET,
    )
    of = care.keep_treatment_as_template(doctor, treatment_id=course.id, title="Dialysis")
    assert (of.sessions, of.every_days, of.dose, of.dose_unit, of.note) == (12, 2, Decimal("4.0"), "h", "")
    with pytest.raises(NotAllowed):  # a nurse orders no treatments
        care.keep_treatment_as_template(cast.act("nurse"), treatment_id=course.id, title="Mine")


def test_a_template_has_versions_and_is_never_deleted(cast):
    doctor, visit = cast.act("doctor"), a_visit(cast)
    kept = a_template(doctor)
    for wrong in ({"goals": [], "activities": []}, {"title": " "}, {"goals": [care.AimTemplate("x", Decimal(1), "?")]}):
        with pytest.raises(Invalid):
            a_template(doctor, **({"title": "Another"} | wrong))
    with pytest.raises(care.TitleTaken):
        a_template(doctor)
    for role in ("receptionist", "cashier"):
        with pytest.raises(NotAllowed):
            a_template(cast.act(role), title="Mine")
    written = care.Written(title="Type 2 diabetes", activities=["Foot check each year"])
    care.change_template(doctor, template_id=kept.id, version=1, written=written)
    with pytest.raises(Stale):  # another window, from before
        care.change_template(doctor, template_id=kept.id, version=1, written=written)
    # the page of somebody was drawn before: the plan says which version it was begun from
    begun = {"patient_id": visit.patient_id, "title": "x", "template_id": kept.id}
    plan = care.draft_plan(doctor, **begun, template_version=1)
    assert plan.instantiates == f"care.template:{kept.id}@1"
    with pytest.raises(NotFound):
        care.draft_plan(doctor, **begun, template_version=3)
    with connection.cursor() as cursor:
        cursor.execute("SELECT row->'goals' FROM care_plantemplate_history WHERE row_id = %s", [kept.id])
        assert json.loads(cursor.fetchone()[0]) == [AIM.kept()], "what the first version said"
    for _ in range(2):
        care.retire_template(doctor, template_id=kept.id)
    assert templates_of(doctor) == []
    with pytest.raises(NotFound):
        care.change_template(doctor, template_id=kept.id, version=3, written=written)
    a_template(doctor)  # its title is free again
    for wrong in (lambda: PlanTemplate.objects.filter(id=kept.id).delete(), lambda: a_row(kept, kind="treatment")):
        with pytest.raises(IntegrityError), transaction.atomic():
            wrong()


def a_row(like, **changes):
    PlanTemplate(facility_id=like.facility_id, title="Unlike", activities=["x"], **changes).save(force_insert=True)


def test_a_walk_from_a_template_to_a_plan(cast):
    """A template is typed, offered to whom it fits, changed in its form and begun; each page within its statements."""
    doctor, client, visit = cast.act("doctor"), cast.client("doctor"), a_visit(cast)
    of, told = [visit.patient_id], {"patient_id": visit.patient_id}
    diabetes = record_condition(doctor, **told, code="E11.9", display="Type 2 diabetes")
    record_condition(doctor, **told, code="J45.9", display="Asthma, unspecified")
    a_template(doctor, title="Cough", problems=["R05"])
    rows = {"goals-TOTAL_FORMS": "2", "goals-INITIAL_FORMS": "0"}
    new = reverse("care:new_template", args=["plan"])
    said = {"title": "Diabetes", "problems": "E11, E10", "activities": "Foot check\nDiet", **rows}
    goal = {"goals-0-text": "HbA1c", "goals-0-target": "7.0", "goals-0-target_unit": "%", "goals-0-days": "90"}
    wrong = client.post(new, form_key(**said, **{"goals-1-target": "3"}))
    assert wrong.status_code == 422
    assert "goals-1-text" in wrong.content.decode()
    assert client.post(new, form_key(**said, **goal)).status_code == 303
    assert client.post(new, form_key(**said, **goal)).status_code == 422, "the title is taken"
    course = {"title": "Dialysis", "sessions": "12", "every_days": "2", "dose": "4", "dose_unit": "h"}
    assert client.post(reverse("care:new_template", args=["treatment"]), form_key(**course)).status_code == 303
    assert client.get(reverse("care:new_template", args=["x"])).status_code == 404
    kept, dialysis = PlanTemplate.objects.get(title="Diabetes"), PlanTemplate.objects.get(title="Dialysis")
    assert [(one.template.title, one.fits) for one in offered_to(doctor, visit.patient_id, "plan")] == [
        ("Diabetes", True),
        ("Cough", False),
    ]
    newer, other = "http://id.who.int/icd/release/11/mms", a_visit(cast).patient_id
    Concept.objects.create(system=newer, code="5A11", display="Type 2 diabetes mellitus", maps_to="E11")
    record_condition(doctor, patient_id=other, code_system=newer, code="5A11", display="Type 2 diabetes mellitus")
    assert offered_to(doctor, other, "plan")[0].fits, "of ICD-11 the nearest category of ICD-10 counts"
    begin = reverse("care:begin_plan", args=[visit.patient_id, kept.id])
    from_course = reverse("care:start_treatment_from", args=[visit.patient_id, dialysis.id])
    pages = [begin, from_course, *(reverse(f"care:{name}", args=of) for name in ("draft_plan", "start_treatment"))]
    pages += [reverse("care:templates"), reverse("care:template", args=[kept.id]), new]
    shown = {}
    for page in pages:
        with at_most(15):
            answer = client.get(page)
        assert answer.status_code == 200, page
        shown[page] = answer.content.decode()
    assert begin in shown[reverse("care:draft_plan", args=of)]
    day = today(doctor) + timedelta(days=90)
    assert 'value="HbA1c"' in shown[begin]
    assert f'value="{diabetes.id}" checked' in shown[begin], "the problem for which it was offered"
    assert shown[begin].count(" checked") == 1, "and no other one"
    assert f"{day:%Y}" in shown[begin]
    assert "Foot check" in shown[begin]
    assert 'value="12"' in shown[from_course]
    assert str(dialysis.id) in shown[from_course]
    said = {"title": "Diabetes of Ann", "activities": "Foot check", "template_version": "1", **rows, **goal, **told}
    said |= {"goals-0-due_on": "2099-01-02", "goals-0-target": "7.5", "conditions": str(diabetes.id)}
    assert client.post(begin, form_key(**said, **{"goals-1-due_on": "2099-01-02"})).status_code == 422
    assert client.post(begin, form_key(**(said | {"patient_id": kept.id}))).status_code == 409
    assert client.post(begin, form_key(**said)).status_code == 303
    plan, aim = CarePlan.objects.get(), Goal.objects.get()
    assert (plan.display, plan.instantiates, plan.goals) == ("Diabetes of Ann", kept.source, [aim.id])
    assert (plan.conditions, aim.addresses) == ([diabetes.id], [diabetes.id])
    assert (aim.target_value, str(aim.due), plan.activities[0]["detail"]["description"]) == (
        Decimal("7.5"),
        "2099-01-02",
        "Foot check",
    )
    page = client.get(reverse("care:plan", args=[plan.id])).content.decode()
    assert "Diabetes, version 1" in page
    assert reverse("care:keep_plan", args=[plan.id]) in page
    start = {"what": "Dialysis", "sessions": "3", "first_on": today(doctor).isoformat(), "every_days": "2", **told}
    start |= {"department": cast.departments["opd"].id, "template": dialysis.id, "template_version": "1"}
    assert client.post(reverse("care:start_treatment", args=of), form_key(**start)).status_code == 303
    assert Treatment.objects.get().instantiates == dialysis.source
    for name, made in (("plan", plan), ("treatment", Treatment.objects.get())):
        keep = reverse(f"care:keep_{name}", args=[made.id])
        assert client.post(keep, form_key(title=f"Kept {name}", **told)).status_code == 303
        assert client.post(keep, form_key(title="x", patient_id=kept.id)).status_code == 409
        assert client.post(keep, form_key(title=f"Kept {name}", **told)).status_code == 409, "the title is taken"
    change = reverse("care:template", args=[kept.id])
    said = {"title": "Diabetes", "activities": "Diet", "version": "1", **rows}
    assert client.post(change, form_key(**said)).status_code == 303
    assert client.post(change, form_key(**said)).status_code == 409, "somebody changed it since"
    nurse = cast.client("nurse")
    assert nurse.get(reverse("care:template", args=[kept.id])).status_code == 200
    assert nurse.post(reverse("care:retire_template", args=[dialysis.id]), form_key()).status_code == 403
    assert nurse.post(reverse("care:retire_template", args=[kept.id]), form_key()).status_code == 303
    assert client.get(begin).status_code == 404
    for role in ("receptionist", "cashier"):
        assert cast.client(role).get(reverse("care:templates")).status_code == 403, role
