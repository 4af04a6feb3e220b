"""Forms through FHIR: created, found and read; answers held against the form like a person's; the shared examples and cases."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from salus.accounts.models import Role
from salus.accounts.services import issue_token
from salus.fhir.tests.conftest import Program
from salus.fhir.tests.test_valid_answers import assert_valid
from salus.fhir.written import decode, encode
from salus.patients.access.labels import SYSTEM
from salus.questionnaires.models import Questionnaire, QuestionnaireResponse
from salus.questionnaires.rules.checks import faults_of
from salus.questionnaires.rules.items import form_of
from salus.questionnaires.rules.shape import Misshapen, questionnaire_in
from salus.questionnaires.tests.builders import a_question, a_visit, content, options, when
from tests.cast import Cast

CORPUS = Path(os.environ.get("SALUS_CORPUS", Path(__file__).resolve().parents[4] / "shared" / "data"))
EXAMPLES = sorted(CORPUS.glob("fhir-r4-examples/*/Questionnaire-*.json"))
#: why a form of the examples cannot be filled in as it comes; the other five can
KNOWN = {
    "Questionnaire-3141": {"no_options", "no_text", "options_elsewhere"},
    "Questionnaire-f201": {"no_title"},
    "Questionnaire-gcs": {"no_text"},
    "Questionnaire-phq-9-questionnaire": {"options_elsewhere"},
}
FORM = content(
    a_question("smokes", "boolean", required=True),
    a_question("many", "integer", required=True, **when("smokes", answerBoolean=True)),
    a_question("mood", "choice", answerOption=options("Good", "Bad", weights=(0, 1))),
    url="https://example.org/smoking",
    version="2.0",
    status="active",
)


@pytest.fixture
def builder(cast: Cast) -> Program:
    """A program of a hospital that lets it bring forms."""
    user = cast.user("integration")
    role = Role.objects.get(code="integration")
    role.rights = [*role.rights, "questionnaires.manage_forms"]
    role.save()
    return Program(issue_token(cast.almighty(), user_id=user.id))


def answers(visit: Any, *items: dict[str, Any], **more: Any) -> dict[str, Any]:
    said = {
        "resourceType": "QuestionnaireResponse",
        "questionnaire": "https://example.org/smoking|2.0",
        "status": "completed",
    }
    of = {"subject": {"reference": f"Patient/{visit.patient_id}"}, "encounter": {"reference": f"Encounter/{visit.id}"}}
    return said | of | {"item": list(items)} | more


def test_a_form_is_created_found_and_read(builder: Program, program: Program) -> None:
    made = builder.post("Questionnaire", FORM)
    assert made.status == 201, made.body
    for query in ({"url": FORM["url"]}, {"title": "A form"}, {"status": "active", "version": "2.0"}):
        assert made.body["id"] in program.get("Questionnaire", query).ids
    Questionnaire.objects.get(id=made.body["id"]).save()  # served from the row, not as it was received
    again = program.get(f"Questionnaire/{made.body['id']}").body
    assert {name: again[name] for name in FORM} == decode(encode(FORM))
    assert_valid(again)
    assert builder.post("Questionnaire", FORM).status == 409
    assert (
        builder.put(f"Questionnaire/{made.body['id']}", again, **{"If-Match": again["meta"]["versionId"]}).status == 405
    )


def test_who_builds_no_forms_creates_none_and_a_form_with_faults_is_told(builder: Program, cast: Cast) -> None:
    doctor = Program(issue_token(cast.almighty(), user_id=cast.user("doctor").id))
    assert doctor.post("Questionnaire", FORM).status == 403
    refused = builder.post("Questionnaire", content(a_question("a", "choice"), status="active"))
    assert refused.status == 422
    assert not Questionnaire.objects.filter(facility__isnull=False).exists()


@pytest.mark.guarantee("H4")
def test_answers_are_held_against_the_form(builder: Program, program: Program, cast: Cast) -> None:
    visit = a_visit(cast)
    assert builder.post("Questionnaire", FORM).status == 201
    yes = {"linkId": "smokes", "answer": [{"valueBoolean": True}]}
    no = {"linkId": "smokes", "answer": [{"valueBoolean": False}]}
    many = {"linkId": "many", "answer": [{"valueInteger": 13}]}
    for wrong in (
        answers(visit, yes),  # what is asked is missing
        answers(visit, no, many),  # what is not asked is answered
        answers(visit, yes, {"linkId": "many", "answer": [{"valueString": "a few"}]}),
        answers(visit, yes, many, {"linkId": "other", "answer": [{"valueString": "?"}]}),
        answers(visit, no, status="in-progress"),
        answers(visit, no, questionnaire="https://example.org/smoking|9"),
        answers(visit, no, subject={"reference": f"Patient/{cast.facility.id}"}),
        answers(visit, no, encounter={"reference": f"Encounter/{a_visit(cast).id}"}),
    ):
        assert program.post("QuestionnaireResponse", wrong).status in (404, 422), wrong
    assert not QuestionnaireResponse.objects.exists()
    marked = {"security": [{"system": SYSTEM, "code": "PSY"}]}
    made = program.post("QuestionnaireResponse", answers(visit, yes, many, meta=marked))
    assert (made.status, made.body["meta"]["security"]) == (201, marked["security"]), made.body
    assert QuestionnaireResponse.objects.get().labels == ["PSY"]
    QuestionnaireResponse.objects.get().save()
    again = program.get(f"QuestionnaireResponse/{made.body['id']}").body
    assert [one["answer"] for one in again["item"]] == [yes["answer"], many["answer"]]
    assert again["questionnaire"] == "https://example.org/smoking|2.0"
    assert_valid(again)
    for query in (
        {"patient": str(visit.patient_id)},
        {"questionnaire": "https://example.org/smoking"},
        {"encounter": str(visit.id)},
    ):
        assert program.get("QuestionnaireResponse", query).ids == [made.body["id"]]


@pytest.mark.corpus
@pytest.mark.skipif(not EXAMPLES, reason=f"the FHIR examples are not here ({CORPUS})")
@pytest.mark.parametrize("path", EXAMPLES, ids=lambda one: one.stem)
def test_the_examples_come_in_and_go_out_the_same(builder: Program, program: Program, path: Path) -> None:
    """Every Questionnaire of the examples of FHIR R4 and US Core: nothing of it is lost, and what cannot be filled in is told."""
    given = decode(path.read_bytes()) | {"status": "draft"}
    made = builder.post("Questionnaire", given)
    assert made.status == 201, made.body
    row = Questionnaire.objects.get(id=made.body["id"])
    row.save()
    out = program.get(f"Questionnaire/{row.id}").body
    lost = {
        name for name, value in given.items() if name not in ("id", "meta", "text", "status") and out.get(name) != value
    }
    assert lost == set()
    assert {one.code for one in faults_of(form_of(row.resource))} == KNOWN.get(path.stem, set())


@pytest.mark.corpus
@pytest.mark.skipif(not EXAMPLES, reason=f"the FHIR examples are not here ({CORPUS})")
def test_the_example_of_an_answer_fits_the_example_of_its_form(builder: Program, program: Program, cast: Cast) -> None:
    """US Core's hunger vital sign: the form is put into use, its answers are filed and come out the same."""
    folder, visit = CORPUS / "fhir-r4-examples" / "us-core", a_visit(cast)
    form = decode((folder / "Questionnaire-hunger-vital-sign-example.json").read_bytes())
    assert builder.post("Questionnaire", form).status == 201
    said = decode((folder / "QuestionnaireResponse-hunger-vital-sign-example.json").read_bytes())
    said = {name: value for name, value in said.items() if name not in ("author", "encounter", "text")}
    made = program.post("QuestionnaireResponse", said | {"subject": {"reference": f"Patient/{visit.patient_id}"}})
    assert made.status == 201, made.body
    QuestionnaireResponse.objects.get().save()
    assert program.get(f"QuestionnaireResponse/{made.body['id']}").body["item"] == said["item"]


@pytest.mark.corpus
@pytest.mark.skipif(not EXAMPLES, reason=f"the FHIR cases are not here ({CORPUS})")
def test_no_case_of_the_validator_breaks_the_reading_of_forms() -> None:
    """Every JSON of the validation cases, read as a form: refused in words, or read with its faults listed."""
    read = 0
    for path in sorted((CORPUS / "fhir-validation-cases" / "input").glob("*.json")):
        try:
            form = form_of(questionnaire_in(path.read_bytes()))
        except Misshapen:
            continue
        faults_of(form)
        read += 1
    assert read >= 3


def test_a_form_with_everything_is_valid_fhir() -> None:
    """What the builder writes holds by the measure of another."""
    for path in (Path(__file__).parents[2] / "questionnaires" / "data").glob("*.json"):
        assert_valid(json.loads(path.read_text()))
