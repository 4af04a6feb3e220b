"""What was received and stands in no room is found beside what was made here: together, in pages, counted, by who may."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from salus.accounts.services import issue_token
from salus.fhir.mapping import MADE_HERE, kept_of
from salus.fhir.models import Source
from salus.fhir.tests.builders import a_patient, a_transaction, imported, write
from salus.fhir.tests.conftest import Program
from salus.fhir.written import encode
from salus.inbox import services as inbox
from salus.inbox.tests.builders import practitioner_of
from salus.patients import services as patients
from salus.patients.models import Patient
from salus.patients.tests.builders import a_consent
from tests.cast import Cast
from tests.statements import at_most

WHO = {"reference": "Practitioner/who"}
TASK = {"resourceType": "Task", "status": "requested", "intent": "order", "for": {"reference": "Patient/ann"}}


def _sent() -> list[dict[str, Any]]:
    """What another hospital sent: one of each type that is made here, and more tasks."""
    subject = {"subject": {"reference": "Patient/ann"}}
    tasks = [
        TASK
        | {"id": f"t{n}", "priority": "urgent", "authoredOn": f"2019-0{n}-01", "owner": WHO, "code": {"text": "call"}}
        for n in (1, 2, 3)
    ]
    return [
        a_patient(id="ann"),
        {"resourceType": "Practitioner", "id": "who", "name": [{"family": "Elsewhere"}]},
        *tasks,
        {"resourceType": "Communication", "id": "c", "status": "completed", "sent": "2019-03-04T10:00:00Z",
         "recipient": [WHO], "sender": WHO, "payload": [{"contentString": "Words"}], **subject},
        {"resourceType": "Flag", "id": "f", "status": "active", "code": {"text": "Falls"}, "author": WHO,
         "period": {"start": "2019-01", "end": "2019-12"}, **subject},
        {"resourceType": "Questionnaire", "id": "q", "status": "active", "url": "http://elsewhere.org/q", "title": "Élan",
         "version": "kept-2", "code": [{"system": "http://x.org", "code": "z"}]},
        {"resourceType": "QuestionnaireResponse", "id": "r", "status": "completed", "authored": "2019-03-04",
         "questionnaire": "http://elsewhere.org/q|kept-2", "author": WHO, **subject},
        {"resourceType": "ClinicalImpression", "id": "i", "status": "completed", "date": "2019-03-04", "assessor": WHO,
         "problem": [{"reference": "Condition/p"}], **subject},
        {"resourceType": "Provenance", "id": "v", "recorded": "2019-03-04T10:00:00Z", "agent": [{"who": WHO}],
         "target": [{"reference": "Condition/p"}]},
        {"resourceType": "Condition", "id": "p", "code": {"text": "Cough"}, **subject},
        {"resourceType": "MedicationRequest", "id": "m", "status": "active", "intent": "proposal", "priority": "routine",
         "medicationCodeableConcept": {"coding": [{"system": "http://x.org", "code": "a"}]}, **subject},
    ]  # fmt: skip


@pytest.fixture
def ann(cast: Cast, tmp_path: Path) -> Patient:
    """A patient of whom another hospital told."""
    report = imported(cast.facility, write(tmp_path, "sent.json", a_transaction(*_sent(), kind="collection")))
    assert not report.refusals
    return Patient.objects.get()


def test_it_is_found_by_what_it_says(program: Program, ann: Patient) -> None:
    """Each parameter of each type looks into the received resource as it looks into a row."""
    who, problem = (str(Source.objects.get(type=one).id) for one in ("Practitioner", "Condition"))
    for kind, params in (
        ("Task", {"owner": f"Practitioner/{who}", "priority": "urgent", "authored-on": "2019-02", "patient": str(ann.id)}),
        ("Communication", {"recipient": who, "sender": f"Practitioner/{who}", "sent": "ge2019", "subject": f"Patient/{ann.id}"}),
        ("Flag", {"date": "2019", "author": who, "patient.birthdate": "1964-03"}),
        ("Questionnaire", {"url": "http://elsewhere.org/q", "version": "kept-2", "title": "elan", "code": "http://x.org|z"}),
        ("QuestionnaireResponse", {"questionnaire": "http://elsewhere.org/q", "authored": "le2020", "status:not": "amended"}),
        ("ClinicalImpression", {"problem": f"Condition/{problem}", "date": "2019-03-04", "assessor.family": "elsewhere"}),
        ("MedicationRequest", {"code": "http://x.org|a", "intent": "proposal", "authoredon:missing": "true"}),
    ):  # fmt: skip
        for asked in (params, *({name: value} for name, value in params.items())):
            many = kind == "Task" and "authored-on" not in asked
            assert len(program.get(kind, asked).ids) == (3 if many else 1), (kind, asked)
        assert program.get(kind, params | {"_summary": "count"}).body["total"] == 1
        assert program.get(kind, params | {"_lastUpdated": "lt2000"}).ids == []
    assert program.get("Flag", {"date": "2020"}).ids == []
    told = program.get("Provenance", {"target": f"Condition/{problem}"}).resources
    assert [one["agent"][0]["who"].get("reference") for one in told] == [None, f"Practitioner/{who}"], (
        "ours, and theirs"
    )
    assert program.get("QuestionnaireResponse", {"questionnaire": "http://elsewhere.org/q|3"}).ids == []
    for kind in MADE_HERE.values():
        kept = kept_of(kind)
        assert kept is not None
        assert not [one.name for one in kept.params if one.said == "nowhere"], kind.type


def test_together_with_what_was_made_here_in_pages(program: Program, cast: Cast, ann: Patient) -> None:
    """Both in one order, each once, the count of both; what comes with them and what refers to them too."""
    doctor = Program(issue_token(cast.almighty(), user_id=cast.user("doctor").id))
    a_consent(ann)
    nurse = practitioner_of(cast, "nurse")
    for n in range(3):
        inbox.give_task(cast.act("doctor"), subject=f"Weigh {n}", owner_id=nurse, patient_id=ann.id)
    for sort in ("", "authored-on", "-authored-on", "status,-_lastUpdated", "-priority"):
        asked = {"patient": str(ann.id), "_count": "2"} | ({"_sort": sort} if sort else {})
        whole = doctor.get("Task", asked | {"_count": "50"})
        answer = doctor.get("Task", asked)
        found = list(answer.ids)
        while answer.link("next"):
            assert answer.body["total"] == 6
            answer = doctor.get(answer.link("next"))
            found += answer.ids
        assert (found, len(set(found)), whole.body["total"]) == (whole.ids, 6, 6), sort
    with at_most(15):
        both = doctor.get("Task", [("_include", "Task:owner"), ("_include", "Task:patient"), ("_count", "6")])
    kinds = [one["resourceType"] for one in both.resources]
    assert (kinds.count("Task"), kinds.count("Practitioner"), kinds.count("Patient")) == (6, 2, 1)
    referring = [
        ("_revinclude", f"{one}:patient") for one in ("Task", "Flag", "Communication", "QuestionnaireResponse")
    ]
    with at_most(15):
        beside = doctor.get("Patient", [("_id", str(ann.id)), *referring])
    kinds = [one["resourceType"] for one in beside.resources]
    assert [kinds.count(one) for one in ("Task", "Flag", "Communication", "QuestionnaireResponse")] == [6, 1, 1, 1]
    answers = program.get("QuestionnaireResponse", {"_include": "QuestionnaireResponse:subject"})
    assert [one["resourceType"] for one in answers.resources] == ["QuestionnaireResponse", "Patient"]


@pytest.mark.guarantee("S1", "B3")
def test_who_may_not_open_the_record_finds_none_of_it(program: Program, cast: Cast, ann: Patient) -> None:
    """Neither what was received of a patient who refuses, nor a task of two others by the copy that a program sent."""
    doctor = Program(issue_token(cast.almighty(), user_id=cast.user("doctor").id))
    between = {"resourceType": "Task", "status": "requested", "intent": "order", "description": "Weigh her"}
    owner = {"owner": {"reference": f"Practitioner/{practitioner_of(cast, 'nurse')}"}}
    made = doctor.post("Task", between | owner)
    assert made.status == 201, made.body
    assert program.get(f"Task/{made.body['id']}").status == 404
    assert program.get("Task", {"status": "requested"}).body["total"] == 3
    signed = {"signed_by": "Ann", "signed_as": "patient", "signed_how": "paper"}
    patients.record_consent(cast.act("receptionist"), patient_id=ann.id, decision="deny", **signed)
    for kind in ("Task", "Communication", "Flag", "QuestionnaireResponse", "ClinicalImpression", "MedicationRequest"):
        whose = {"subject" if kind == "Communication" else "patient": str(ann.id)}
        for asked in (whose, {}):
            answer = program.get(kind, asked)
            assert (answer.ids, answer.body["total"]) == ([], 0), kind
    assert b"Elsewhere" not in encode(program.get("Patient", {"_revinclude": "Task:patient"}).body)
