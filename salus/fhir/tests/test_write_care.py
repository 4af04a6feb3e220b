"""Plans, goals, procedures, the care team, flags, notes and assessments through the interface: found, changed, found wrong."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from salus.accounts.services import issue_token
from salus.care import services as care
from salus.care.models import TeamMember
from salus.chart import services as chart
from salus.chart.models import CarePlan, Document, Goal, Note, Procedure
from salus.chart.tests.builders import a_visit
from salus.fhir.checking import check
from salus.fhir.models import Source
from salus.fhir.tests.conftest import Answer, Program
from salus.fhir.tests.test_valid_answers import assert_valid
from salus.inbox.models import Flag
from salus.inbox.tests.builders import practitioner_of
from salus.patients.access.labels import SYSTEM
from salus.patients.models import CareRelation, Patient
from tests.cast import Cast

DIV = {"status": "generated", "div": '<div xmlns="http://www.w3.org/1999/xhtml"><p>Fever &amp; cough.</p></div>'}


def a_resource(kind: str, patient: Patient, **changes: Any) -> dict[str, Any]:
    """A resource of a type about a patient, as little as is needed."""
    words = {"text": "Wound care"}
    known: dict[str, dict[str, Any]] = {
        "CarePlan": {"status": "active", "intent": "plan", "title": "Diabetes"},
        "Goal": {"lifecycleStatus": "active", "description": {"text": "HbA1c"}},
        "Procedure": {"status": "completed", "code": words, "performedDateTime": "2020-03"},
        "CareTeam": {},
        "Flag": {"status": "active", "code": {"text": "Falls"}},
        "Composition": {"status": "final", "type": words, "date": "2020-03-04T10:00:00Z", "title": "Letter",
                        "author": [{"display": "Dr Elsewhere"}], "section": [{"title": "Course", "text": DIV}]},
        "ClinicalImpression": {"status": "completed", "summary": "Gets better", "date": "2020-03-04",
                               "finding": [{"itemCodeableConcept": {"text": "Cough"}}]},
    }  # fmt: skip
    subject = {"subject": {"reference": f"Patient/{patient.id}"}}
    return {"resourceType": kind, **subject, **known[kind], **changes}


def made(program: Program, kind: str, patient: Patient, **changes: Any) -> Answer:
    """It, created: valid, found by its patient, read again as it was answered."""
    answer = program.post(kind, a_resource(kind, patient, **changes))
    assert answer.status == 201, answer.body
    assert_valid(answer.body)
    assert not check(answer.body).problems
    assert answer.body["id"] in program.get(kind, {"patient": str(patient.id)}).ids
    assert program.get(f"{kind}/{answer.body['id']}").body == answer.body
    return answer


def put(program: Program, now: Answer, **changes: Any) -> Answer:
    body = {key: value for key, value in (now.body | changes).items() if value is not None}
    answer = program.put(f"{body['resourceType']}/{body['id']}", body, **{"If-Match": now.headers["ETag"]})
    if answer.status == 200:
        assert_valid(answer.body)
    return answer


def test_a_plan_with_its_goal_is_told_carried_on_and_found_wrong(program: Program, cast: Cast, ann: Patient) -> None:
    problem = chart.record_condition(cast.act("integration", rights=cast.almighty().rights), patient_id=ann.id, code="",
                                     display="Diabetes")  # fmt: skip
    about = [{"reference": f"Condition/{problem.id}"}]
    value = {"value": 7, "unit": "%", "system": "http://unitsofmeasure.org", "code": "%"}
    target = {"measure": {"text": "HbA1c"}, "detailQuantity": value, "dueDate": "2030-01-01"}
    goal = made(program, "Goal", ann, target=[target], addresses=about, expressedBy={"display": "Ann"})
    row = Goal.objects.get(id=goal.body["id"])
    assert (row.target_value, row.target_unit, str(row.due), row.addresses) == (7, "%", "2030-01-01", [problem.id])
    below = target | {"detailQuantity": value | {"comparator": "<"}}
    assert program.post("Goal", a_resource("Goal", ann, target=[below])).status == 422, "below 7 is not 7"
    assert program.post("Goal", a_resource("Goal", ann, lifecycleStatus="completed")).status == 422
    not_that = {"status": "not-started", "description": "Fasting", "doNotPerform": True}
    plan = made(program, "CarePlan", ann, goal=[{"reference": f"Goal/{goal.body['id']}"}], addresses=about,
                activity=[{"detail": not_that}], period={"start": "2020-01"})  # fmt: skip
    kept = CarePlan.objects.get(id=plan.body["id"])
    assert (kept.display, kept.goals, kept.activities[0]["detail"]["doNotPerform"]) == ("Diabetes", [row.id], True)
    for wrong in ({"intent": "order"}, {"status": "completed"}, {"goal": [{"reference": f"Goal/{problem.id}"}]}):
        assert program.post("CarePlan", a_resource("CarePlan", ann, **wrong)).status == 422, wrong
    assert put(program, plan, status="draft").status == 409
    done = put(program, plan, status="completed", period={"start": "2020-01", "end": "2021"})
    assert (done.status, done.body["period"]["end"]) == (200, "2021")
    assert put(program, plan, status="active").status == 412
    assert put(program, done, title="Another").status == 409, "it is over"
    reached = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/goal-achievement", "code": "achieved"}]}
    achieved = put(program, goal, lifecycleStatus="completed", achievementStatus=reached)
    row.refresh_from_db()
    assert (achieved.status, row.status, row.achievement) == (200, "completed", "achieved")
    assert put(program, achieved, lifecycleStatus="active").status == 409
    assert put(program, achieved, lifecycleStatus="entered-in-error").status == 200
    assert program.get(f"Goal/{row.id}").status == 410


def test_a_plan_of_a_screen_says_which_problems_it_is_for(program: Program, cast: Cast, ann: Patient) -> None:
    """Out, found by problem, changed by a program, in the summary; without the row that says otherwise nothing is guessed."""
    act = cast.act("integration", rights=cast.almighty().rights)
    kept, over = (
        chart.record_condition(act, patient_id=ann.id, code=code, display=words, status=status)
        for code, words, status in (("E11.9", "Diabetes", "active"), ("B05.9", "Measles", "resolved"))
    )
    aim = [care.Aim("HbA1c")]
    plan = care.draft_plan(act, patient_id=ann.id, title="Sugar", conditions=[kept.id, over.id], goals=aim)
    other = care.draft_plan(act, patient_id=ann.id, title="Walk")
    about = [{"reference": f"Condition/{one.id}"} for one in (kept, over)]
    read = program.get(f"CarePlan/{plan.id}")
    assert (read.body["addresses"], read.body["title"], "category" in read.body) == (about, "Sugar", False)
    assert program.get(f"Goal/{plan.goals[0]}").body["addresses"] == about
    for asked, found in (
        ({"condition": str(kept.id)}, [plan]),
        ({"condition": f"Condition/{over.id}"}, [plan]),
        ({"condition": str(plan.id)}, []),
        ({"condition:missing": "true"}, [other]),
        ({"condition.code": "E11.9"}, [plan]),
        ({"condition:Condition.code": "http://hl7.org/fhir/sid/icd-10-cm|B05.9"}, [plan]),
        ({"condition.code": "J45"}, []),
        ({"goal.lifecycle-status": "proposed"}, [plan]),
    ):
        asked = asked | {"patient": str(ann.id)}
        assert program.get("CarePlan", asked).ids == [str(one.id) for one in found], asked
    both = program.get("CarePlan", [("_id", str(plan.id)), ("_include", "CarePlan:condition")])
    assert {one["id"] for one in both.resources} == {str(plan.id), str(kept.id), str(over.id)}
    back = program.get("Condition", [("_id", str(kept.id)), ("_revinclude", "CarePlan:condition")])
    assert {one["id"] for one in back.resources} == {str(plan.id), str(kept.id)}
    assert program.get("Condition", {"_has:CarePlan:condition:status": "draft", "code": "E11.9"}).ids == [str(kept.id)]
    coded = [{"coding": [{"system": "http://snomed.info/sct", "code": "735985000", "display": "Diabetes care plan"}]}]
    fewer = put(program, read, addresses=about[:1], category=coded)
    assert fewer.status == 200, fewer.body
    plan.refresh_from_db()
    assert (plan.conditions, plan.display, plan.code) == ([kept.id], "Sugar", "735985000")
    care.address_problems(act, plan_id=plan.id, version=plan.version, conditions=[over.id])
    plan.refresh_from_db()
    spoken = program.get(f"CarePlan/{plan.id}").body
    assert (spoken["addresses"], spoken["category"], spoken["title"]) == (about[1:], coded, "Sugar")
    codes = [one["code"]["coding"][0]["code"] for one in _sections(program, ann)]
    assert "18776-5" not in codes, "a draft is no plan yet"
    plan = care.move_plan(act, plan_id=plan.id, version=plan.version, status="active")
    (section,) = [one for one in _sections(program, ann) if one["code"]["coding"][0]["code"] == "18776-5"]
    assert section["entry"] == [{"reference": f"CarePlan/{plan.id}"}]
    assert "Sugar" in section["text"]["div"]
    summary = program.get(f"Patient/{ann.id}/$summary").body
    here = [f"{one['resource']['resourceType']}/{one['resource']['id']}" for one in summary["entry"]]
    assert {f"Condition/{over.id}", f"Goal/{plan.goals[0]}"} <= set(here), "also a problem that is over"
    assert len(here) == len(set(here))
    assert_valid(summary)


def _sections(program: Program, patient: Patient) -> list[dict[str, Any]]:
    sections: list[dict[str, Any]] = program.get(f"Patient/{patient.id}/$summary").body["entry"][0]["resource"][
        "section"
    ]
    return sections


def test_a_procedure_is_told_changed_and_found_wrong(program: Program, cast: Cast, ann: Patient) -> None:
    doctor = {"actor": {"reference": f"Practitioner/{practitioner_of(cast, 'doctor')}"}}
    under_way = {"performedDateTime": None, "performedPeriod": {"start": "2020-03-04"}, "status": "in-progress"}
    sent = {key: value for key, value in a_resource("Procedure", ann, **under_way, performer=[doctor]).items() if value}
    begun = program.post("Procedure", sent)
    assert begun.status == 201, begun.body
    done = put(program, begun, status="completed", performedPeriod={"start": "2020-03-04", "end": "2020-03-05"},
               outcome={"text": "Healed"}, bodySite=[{"text": "Hand"}])  # fmt: skip
    row = Procedure.objects.get(id=begun.body["id"])
    assert (row.status, str(row.performed_until), row.outcome) == ("completed", "2020-03-05", "Healed")
    assert done.body["bodySite"] == [{"text": "Hand"}]
    found = program.get("Procedure", {"performer": doctor["actor"]["reference"], "date": "2020-03"}).ids
    assert found == [str(row.id)]
    assert put(program, done, status="in-progress").status == 409
    assert put(program, done, code={"coding": [{"code": "other"}]}).status == 409
    made(program, "Procedure", ann, status="not-done", statusReason={"text": "Refused"})
    for wrong in (
        {"status": "preparation"},
        {"performedDateTime": "2999"},
        {"code": {}},
        {"status": "entered-in-error"},
    ):
        assert program.post("Procedure", a_resource("Procedure", ann, **wrong)).status == 422, wrong
    assert put(program, done, status="entered-in-error").status == 200
    assert program.get(f"Procedure/{row.id}").status == 410


def test_the_care_team_is_one_of_each_patient(program: Program, cast: Cast, ann: Patient) -> None:
    """Named on a screen or by a program: read, searched, changed, and nobody is lost who is not taken out."""
    assert program.get("CareTeam", {"patient": str(ann.id)}).ids == []
    doctor, almighty = practitioner_of(cast, "doctor"), cast.almighty()

    def member(role: str, **who: str) -> dict[str, Any]:
        return {"role": [{"coding": [{"system": "urn:salus:care-team-role", "code": role}]}], "member": who}

    team = made(program, "CareTeam", ann, participant=[member("responsible", reference=f"Practitioner/{doctor}")])
    assert team.body["id"] == str(ann.id)
    assert (
        program.post("CareTeam", a_resource("CareTeam", ann, participant=[member("nurse", display="N")])).status == 409
    )
    care.add_member(almighty, patient_id=ann.id, role="family", name="Her son")
    assert put(program, team, participant=None).status == 412, "somebody came to it meanwhile"
    now = program.get(f"CareTeam/{ann.id}")
    by_name = {one["member"]["display"]: one for one in now.body["participant"]}
    assert by_name.keys() == {"Chidi Okoye", "Her son"}
    changed = put(program, now, participant=[by_name["Her son"], member("nurse", display="Nurse Elsewhere")])
    assert changed.status == 200, changed.body
    assert [one["member"]["display"] for one in changed.body["participant"]] == ["Her son", "Nurse Elsewhere"]
    assert TeamMember.objects.get(practitioner_id=doctor).ended_at is not None
    for asked, count in (
        ({"participant": f"Practitioner/{doctor}"}, 0),
        ({"_lastUpdated": "ge2020"}, 1),
        ({"_id": str(ann.id)}, 1),
    ):
        assert len(program.get("CareTeam", asked).ids) == count, asked
    both = program.get("Patient", [("_id", str(ann.id)), ("_revinclude", "CareTeam:patient")])
    assert [one["resourceType"] for one in both.resources] == ["Patient", "CareTeam"]
    both = program.get("CareTeam", {"_include": "CareTeam:patient"})
    assert [one["resourceType"] for one in both.resources] == ["CareTeam", "Patient"]
    whole = program.get(f"Patient/{ann.id}/$everything").resources
    assert [one["resourceType"] for one in whole].count("CareTeam") == 1
    told = program.get("Provenance", {"target": f"CareTeam/{ann.id}"}).resources
    assert {one["target"][0]["reference"] for one in told} == {f"CareTeam/{ann.id}"}
    assert Counter(one["activity"]["coding"][0]["code"] for one in told) == {"CREATE": 3, "UPDATE": 1}
    assert all(one["agent"][0]["who"]["display"] for one in told)
    assert_valid(told[0])
    assert program.get(f"Provenance/{told[0]['id']}").body == told[0]
    beside = program.get("CareTeam", [("_id", str(ann.id)), ("_revinclude", "Provenance:target")])
    assert [one["resourceType"] for one in beside.resources] == ["CareTeam", *["Provenance"] * 4]
    for wrong in (
        [member("king", display="K")],
        [member("nurse")],
        [member("nurse", display="N") | {"onBehalfOf": {"display": "x"}}],
    ):
        assert put(program, changed, participant=wrong).status == 422, wrong
    assert put(program, changed, reasonCode=[{"text": "lost"}]).status == 422


def test_a_flag_is_raised_and_ended(program: Program, ann: Patient) -> None:
    category = [{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/flag-category", "code": "safety"}]}]
    flag = made(program, "Flag", ann, category=category)
    row = Flag.objects.get(id=flag.body["id"])
    assert (row.category, row.words) == ("safety", "Falls")
    assert program.post("Flag", a_resource("Flag", ann, category=category)).status == 409
    for wrong in ({"status": "inactive"}, {"code": {"text": "x" * 200}}, {"period": {"end": "2030"}}):
        assert program.post("Flag", a_resource("Flag", ann, **wrong)).status == 422, wrong
    assert put(program, flag, code={"text": "Other"}).status == 409
    ended = put(program, flag, status="inactive")
    assert ended.status == 200, ended.body
    row.refresh_from_db()
    assert row.ended_at is not None
    assert put(program, ended, status="active").status == 409


@pytest.mark.guarantee("H5")
def test_no_program_signs_a_note_for_anybody_here(program: Program, cast: Cast, ann: Patient) -> None:
    """A letter from elsewhere is read, amended and taken back as such; what was signed here is nobody's to write."""
    letter = made(program, "Composition", ann)
    note = Note.objects.get(id=letter.body["id"])
    assert (note.sections, note.author_name, note.author_id) == ({"s0": "Fever & cough."}, "Dr Elsewhere", None)
    doctor = {"reference": f"Practitioner/{practitioner_of(cast, 'doctor')}"}
    for wrong in (
        {"author": [doctor]},
        {"author": [{"display": "x"}, doctor]},
        {"attester": [{"mode": "legal", "party": doctor}]},
        {"status": "preliminary"},
    ):
        assert program.post("Composition", a_resource("Composition", ann, **wrong)).status == 422, wrong
        assert put(program, letter, **wrong).status == 422, wrong
    amended = put(
        program,
        letter,
        status="amended",
        section=[{"title": "Course", "text": DIV | {"div": DIV["div"].replace("Fever", "No fever")}}],
    )
    assert amended.status == 200, amended.body
    note.refresh_from_db()
    assert note.sections == {"s0": "No fever & cough."}
    visit = a_visit(cast)
    of = {"patient_id": visit.patient_id, "encounter_id": visit.id, "version": ""}
    ours = chart.sign_note(cast.act("doctor"), **of, sections={"history": "Cough"}, note_type="ward-round")
    signed = program.get(f"Composition/{ours.id}")
    for changes in (
        {"title": "Other"},
        {"status": "entered-in-error"},
        {"author": [{"display": "x"}], "attester": None},
    ):
        assert put(program, signed, **changes).status in (409, 422), changes
    assert Note.objects.get(id=ours.id).version == ours.version
    assert put(program, amended, status="entered-in-error").status == 200
    assert program.get(f"Composition/{note.id}").status == 410


def test_an_assessment_is_kept_whole_beside_our_own(program: Program, ann: Patient) -> None:
    sent = made(program, "ClinicalImpression", ann)
    paper = Document.objects.get(id=sent.body["id"])
    assert (paper.title, paper.kind, Note.objects.count()) == ("Gets better", "fhir:ClinicalImpression", 0)
    assert put(program, sent).headers["ETag"] == sent.headers["ETag"], "the same again changes nothing"
    changed = put(program, sent, summary="Is well")
    assert (changed.status, changed.body["summary"]) == (200, "Is well"), changed.body
    assert put(program, sent, summary="Stale").status == 412
    versions = program.get(f"ClinicalImpression/{paper.id}/_history").resources
    assert versions == [changed.body, sent.body]
    wrong = put(program, changed, status="entered-in-error")
    assert wrong.status == 200
    paper.refresh_from_db()
    assert paper.voided_at is not None
    assert Source.objects.get(id=paper.id).type == "ClinicalImpression"


@pytest.mark.parametrize("kind", ["CarePlan", "Goal", "Procedure", "Flag", "Composition"])
def test_what_turns_the_meaning_is_refused(program: Program, ann: Patient, kind: str) -> None:
    """Also deep inside: nothing is dropped silently that says "not"."""
    modifier = {"modifierExtension": [{"url": "http://example.org/not", "valueBoolean": True}]}
    deep = {"contained": [{"resourceType": "Basic", "id": "b", "code": {"text": "x"}, **modifier}]}
    for wrong in (modifier, deep, {"implicitRules": "http://example.org/rules"}):
        answer = program.post(kind, a_resource(kind, ann, **wrong))
        assert answer.status == 422, (wrong, answer.body)
        assert answer.body["issue"][0]["expression"] == [f"{kind}.modifierExtension"]


@pytest.mark.guarantee("S11")
@pytest.mark.parametrize("kind", ["CarePlan", "Goal", "Procedure", "Composition", "ClinicalImpression"])
def test_what_comes_marked_is_marked(program: Program, cast: Cast, ann: Patient, kind: str) -> None:
    """Who may not read what is so marked finds it neither by its id nor by a search."""
    act = cast.act("doctor")
    since = {"started_at": act.at, "source": "t", "kind": "encounter"}
    CareRelation.objects.create(patient=ann, department_id=next(iter(act.places)), **since)
    marked = {"security": [{"system": SYSTEM, "code": "PSY"}]}
    sent = made(program, kind, ann, meta=marked)
    assert sent.body["meta"]["security"][0]["code"] == "PSY"
    doctor = Program(issue_token(cast.almighty(), user_id=cast.user("doctor").id))
    assert doctor.get(f"Patient/{ann.id}").status == 200, "the record is open to the place where he works"
    assert doctor.get(f"{kind}/{sent.body['id']}").status == 404
    assert doctor.get(kind, {"patient": str(ann.id)}).ids == []


def test_what_everybody_is_to_know_is_never_hidden(program: Program, ann: Patient) -> None:
    """Nor what others have to carry out: a label that would mean nothing is refused, not dropped."""
    marked = {"meta": {"security": [{"system": SYSTEM, "code": "PSY"}]}}
    whose, words = {"subject": {"reference": f"Patient/{ann.id}"}}, {"text": "x"}
    wanted: dict[str, Any] = {"status": "active", "intent": "order", **whose}
    for one in (
        *(a_resource(kind, ann) for kind in ("CareTeam", "Flag")),
        {"resourceType": "Patient", "name": [{"family": "Marked"}]},
        {"resourceType": "AllergyIntolerance", "patient": whose["subject"], "code": words},
        {"resourceType": "ServiceRequest", "code": words, **wanted},
        {"resourceType": "MedicationRequest", "medicationCodeableConcept": words, **wanted},
        {"resourceType": "MedicationStatement", "medicationCodeableConcept": words, "status": "active", **whose},
    ):
        answer = program.post(one["resourceType"], one | marked)
        assert (answer.status, answer.body["issue"][0]["expression"]) == (422, [f"{one['resourceType']}.meta.security"])
