"""Parts of resources, what others refer to (`_has`), includes of includes, and histories since an instant."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from salus.accounts.services import issue_token
from salus.chart.models import Observation
from salus.fhir.tests.builders import a_patient, a_transaction, an_observation, imported, write
from salus.fhir.tests.conftest import Program
from salus.patients.models import CareRelation, Patient
from tests.cast import Cast

PART = [{"system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue", "code": "SUBSETTED"}]


def part(resource: dict[str, Any]) -> tuple[set[str], bool]:
    """The elements that are there, and whether it says that it is a part."""
    tags = [{key: one[key] for key in ("system", "code")} for one in resource["meta"].get("tag", ())]
    return resource.keys() - {"resourceType", "id", "meta"}, tags == PART


def test_a_part_is_what_was_asked_for_and_says_so(program: Program, ann: Patient) -> None:
    """On a search and on a read; what must be there and what changes the meaning always is. No part is written back."""
    row = Observation.objects.filter(patient=ann)[0]
    whole, _ = part(program.get(f"Observation/{row.id}").body)
    expected: list[tuple[dict[str, str], set[str], bool]] = [
        ({"_elements": "value,subject"}, {"status", "code", "valueQuantity", "subject"}, True),
        ({"_elements": "id"}, {"status", "code"}, True),
        ({"_summary": "text"}, {"status", "code"}, True),
        ({"_summary": "true"}, whole - {"category"}, True),
        ({"_summary": "data"}, whole, False),
        ({"_summary": "false"}, whole, False),
    ]
    for asked, elements, is_part in expected:
        one = program.get(f"Observation/{row.id}", asked).body
        (found,) = program.get("Observation", asked | {"_id": str(row.id)}).resources
        assert part(one) == part(found) == (elements, is_part), asked
    cut = program.get(f"Observation/{row.id}", {"_elements": "value"})
    for answer in (program.put(f"Observation/{row.id}", cut.body), program.post("Observation", cut.body)):
        assert (answer.status, answer.body["issue"][0]["expression"]) == (422, ["Observation.meta.tag"])


def test_what_comes_beside_is_whole_where_elements_were_chosen(program: Program, ann: Patient) -> None:
    asked = [("_elements", "birthDate"), ("_revinclude", "Condition:patient")]
    person, problem = program.get("Patient", asked).resources
    assert (part(person)[1], part(problem)[1]) == (True, False)
    pages = program.get("Observation", {"_count": "1", "_elements": "code"})
    assert part(program.get(pages.link("next") or "").resources[0]) == ({"status", "code"}, True)


NO_PARTS: list[dict[str, str]] = [
    {"_elements": "nonsense"},
    {"_elements": "name.family"},
    {"_elements": ""},
    {"_elements": "name", "_summary": "true"},
    {"_summary": "text", "_revinclude": "Condition:patient"},
    {"_has": "x"},
    {"_has:Observation:patient": "x"},
    {"_has:Nonsense:patient:code": "x"},
    {"_has:Observation:code:code": "x"},
    {"_has:Observation:encounter:code": "x"},
    {"_has:Observation:patient:nonsense": "x"},
    {"_has:Observation:patient:_has:Provenance:target:recorded": "x"},
    {"_include:recurse": "Patient:general-practitioner"},
    {"_revinclude:iterate": "Observation:code"},
]


def test_what_is_not_served_is_told(program: Program, ann: Patient) -> None:
    for asked in NO_PARTS:
        answer = program.get("Patient", asked)
        assert (answer.status, answer.body["resourceType"]) == (400, "OperationOutcome"), asked
    lenient = program.get("Patient", {"_elements": "nonsense,birthDate"}, Prefer="handling=lenient")
    assert "_elements.nonsense" in lenient.resources[-1]["issue"][0]["diagnostics"]


def test_what_others_refer_to(program: Program, ann: Patient) -> None:
    """By the parameters of the other type, over references of rows and of what was received and stands in no room."""
    for asked, number in {
        "_has:Observation:patient:code=http://loinc.org|2339-0": 1,
        "_has:Observation:patient:code=0000-0": 0,
        "_has:Observation:patient:code:not=0000-0": 1,
        "_has:Observation:subject:patient.birthdate=1964-03": 1,
        "_has:Condition:patient:code=44054006&_has:Observation:patient:date=2019-03-04": 1,
        "_has:Condition:patient:code=44054006&_has:Observation:patient:date=2018": 0,
        "_has:Communication:patient:_lastUpdated=ge2000": 0,
    }.items():
        answer = program.get(f"Patient?{asked}")
        assert answer.body.get("total") == number, (asked, answer.body)
    row = Observation.objects.filter(patient=ann)[0]
    assert program.get("Encounter?_has:Observation:encounter:code=2339-0").body["total"] == 1
    member = an_observation(f"Patient/{ann.id}", hasMember=[{"reference": f"Observation/{row.id}"}])
    assert program.post("Observation", member).status == 201
    assert program.get("Observation?_has:Observation:has-member:status=final").ids == [str(row.id)]


@pytest.mark.guarantee("B3", "S11")
def test_has_tells_nothing_of_what_is_hidden(cast: Cast, tmp_path: Path) -> None:
    """Neither by an answer nor by a count: what may not be read counts for nobody, whatever is asked of it."""
    mood = {"coding": [{"system": "http://snomed.info/sct", "code": "366979004"}], "text": "CANARY"}
    problem = {"resourceType": "Condition", "id": "c", "subject": {"reference": "Patient/ann"}, "code": mood}
    problem["meta"] = {"security": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "PSY"}]}
    write(tmp_path, "all.json", a_transaction(a_patient(id="ann"), problem, kind="collection"))
    imported(cast.facility, tmp_path)
    patient, act = Patient.objects.get(), cast.act("doctor")
    CareRelation.objects.create(
        patient=patient, department_id=next(iter(act.places)), started_at=act.at, source="t", kind="encounter"
    )
    hers, wide = (Program(issue_token(cast.almighty(), user_id=cast.user(who).id)) for who in ("doctor", "integration"))
    for asked in ("_has:Condition:patient:code=366979004", "_has:Condition:subject:_lastUpdated=ge2000"):
        for more in ("", "&_summary=count", f"&_id={patient.id}"):
            assert wide.get(f"Patient?{asked}{more}").body["total"] == 1
            assert hers.get(f"Patient?{asked}{more}").body["total"] == 0, "the record is hers, the entry is hidden"
    assert hers.get(f"Patient?_id={patient.id}").body["total"] == 1


def test_includes_of_includes(program: Program, ann: Patient, django_assert_max_num_queries: Any) -> None:
    """What was included is looked into as well, three steps deep, and comes once."""
    asked = [("_id", str(Observation.objects.filter(patient=ann)[0].id))]
    plain = program.get("Observation", [*asked, ("_include", "Observation:encounter")])
    assert [one["resourceType"] for one in plain.resources] == ["Observation", "Encounter"]
    steps = [("_include", "Observation:encounter"), ("_include:iterate", "Encounter:subject")]
    with django_assert_max_num_queries(15):
        answer = program.get("Observation", [*asked, *steps, ("_revinclude:iterate", "Condition:patient")])
    assert [one["resourceType"] for one in answer.resources] == ["Observation", "Encounter", "Patient", "Condition"]
    assert len(set(answer.ids)) == 4
    assert program.get("Observation", [("_include:iterate", "Encounter:subject")] * 3).status == 400


def test_a_history_since_an_instant(program: Program, ann: Patient) -> None:
    row = Observation.objects.filter(patient=ann)[0]
    for status in ("amended", "corrected"):
        now = program.get(f"Observation/{row.id}").body
        assert program.put(f"Observation/{row.id}", now | {"status": status}).status == 200
    url = f"Observation/{row.id}/_history"
    whole = program.get(url).resources
    middle = whole[1]["meta"]["lastUpdated"]
    for asked, versions in {
        (("_since", middle),): ["3", "2"],
        (("_lastUpdated", f"lt{middle}"),): ["1"],
        (("_lastUpdated", f"ge{middle}"), ("_count", "1")): ["3"],
        (("_since", "2000"), ("_lastUpdated", "lt2001")): [],
    }.items():
        answer = program.get(url, asked)
        assert [one["meta"]["versionId"] for one in answer.resources] == versions, (asked, answer.body)
    paged = program.get(url, [("_since", middle), ("_count", "1")])
    assert paged.body["total"] == 2
    rest = program.get(paged.link("next") or "")
    assert ([one["meta"]["versionId"] for one in rest.resources], rest.link("next")) == (["2"], None)
    for asked in ({"_since": "nonsense"}, {"_since": "ge2000"}, {"_lastUpdated": "ap2000"}, {"_at": "2000"}):
        assert program.get(url, asked).status == 400
