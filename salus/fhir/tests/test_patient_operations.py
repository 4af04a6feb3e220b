"""A patient's whole record in pages, its summary for other hospitals, and who made which version."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from salus.accounts.services import issue_token
from salus.chart import services as chart
from salus.chart.models import Condition
from salus.core.models import AccessEntry
from salus.fhir.checking import check
from salus.fhir.models import Source
from salus.fhir.serving.everything import references_in
from salus.fhir.serving.summary import SECTIONS
from salus.fhir.tests.conftest import Program
from salus.fhir.tests.test_valid_answers import assert_valid
from salus.fhir.tests.test_valid_answers import everything as everything  # noqa: PLC0414 - a fixture
from salus.fhir.written import encode
from salus.patients import services as patients
from salus.patients.models import Patient
from salus.questionnaires.tests.builders import a_patient, a_visit
from tests.cast import Cast, form_key
from tests.statements import at_most


def test_everything_comes_in_pages_once_each(program: Program, everything: Patient) -> None:
    """All pages together hold what the searches of each type hold, each resource once, the patient first; each asks little."""
    address = f"Patient/{everything.id}/$everything"
    Source.objects.filter(type__in=("Condition", "Observation", "Goal", "Coverage", "Composition")).update(
        row_version=0
    )
    seen = _all_pages(program, address, {"_count": "5"})
    whole = _all_pages(program, address, {})
    assert [one["id"] for one in whole] == [one["id"] for one in seen]
    assert encode(whole) == encode(seen)
    names = [f"{one['resourceType']}/{one['id']}" for one in seen]
    assert (names[0], len(names)) == (f"Patient/{everything.id}", len(set(names)))
    for kind in {one["resourceType"] for one in seen} - {"Patient"}:
        found = program.get(kind, {"patient": str(everything.id), "_count": "500"}).ids
        assert sorted(found) == sorted(one["id"] for one in seen if one["resourceType"] == kind), kind
    assert {"Encounter", "Condition", "Observation", "Immunization", "MedicationRequest", "CarePlan"} <= {
        one["resourceType"] for one in seen
    }


def _all_pages(program: Program, address: str, asked: dict[str, str]) -> list[dict[str, Any]]:
    seen: list[dict[str, Any]] = []
    onward: str | None = address
    while onward:
        with at_most(15):
            answer = program.get(onward, asked if onward == address else None)
        assert answer.status == 200, answer.body
        assert_valid(answer.body)
        found = [one["resource"] for one in answer.body["entry"] if one["search"]["mode"] == "match"]
        assert 0 < len(found) <= int(asked.get("_count", 50))
        seen += found
        onward = answer.link("next")
    return seen


def test_everything_of_some_types_since_a_time(program: Program, everything: Patient) -> None:
    address = f"Patient/{everything.id}/$everything"
    some = program.get(address, {"_type": "Condition,Observation"})
    assert {one["resourceType"] for one in some.resources} == {"Condition", "Observation"}
    assert program.get(address, {"_since": "2099-01-01T00:00:00Z"}).resources == []
    # of the time in which care was given; what has no date belongs to any
    early = {one["resourceType"] for one in _all_pages(program, address, {"end": "2019-02"})}
    late = {one["resourceType"] for one in _all_pages(program, address, {"start": "2019-03", "end": "2019-12-31"})}
    assert {"Patient", "CarePlan"} <= early
    assert {"Observation", "Procedure", "Encounter"}.isdisjoint(early)
    assert {"Patient", "Observation", "Procedure", "Encounter", "Condition"} <= late
    for wrong in ({"_type": "Nonsense"}, {"start": "yesterday"}, {"_count": "0"}, {"_since": "x"}, {"_page": "x"}):
        assert program.get(address, wrong).status == 400, wrong


@pytest.mark.guarantee("B20")
def test_a_page_of_everything_is_logged(program: Program, everything: Patient) -> None:
    with at_most(15):
        program.get(f"Patient/{everything.id}/$everything", {"_count": "200"})
    entry = AccessEntry.objects.filter(patient_id=everything.id).latest("id")
    assert (entry.action, entry.door, entry.outcome) == ("export", "fhir:everything", "ok")


@pytest.mark.guarantee("S1")
@pytest.mark.parametrize("operation", ["$everything", "$summary"])
def test_who_may_not_open_the_record_gets_nothing(cast: Cast, operation: str) -> None:
    """A doctor of another hospital, and one whom the patient refuses: as if there were none."""
    patient = a_patient(cast)
    signed = {"signed_by": "Ann", "signed_as": "patient", "signed_how": "paper"}
    patients.record_consent(cast.act("receptionist"), patient_id=patient.id, decision="deny", **signed)
    for who in (Cast("other"), cast):
        doctor = Program(issue_token(who.almighty(), user_id=who.user("doctor").id))
        assert doctor.get(f"Patient/{patient.id}/{operation}").status == 404
    cashier = Program(issue_token(cast.almighty(), user_id=cast.user("cashier").id))
    assert cashier.get(f"Patient/{patient.id}/{operation}").status == 403


def test_the_summary_is_a_document_with_every_section(program: Program, everything: Patient) -> None:
    """IPS: the composition first, each section with words and entries or the reason why none; what it names comes with it."""
    answer = program.get(f"Patient/{everything.id}/$summary")
    assert answer.status == 200, answer.body
    bundle = answer.body
    assert check(bundle).problems == []
    assert_valid(bundle)
    assert (bundle["type"], bundle["entry"][0]["resource"]["resourceType"]) == ("document", "Composition")
    composition = bundle["entry"][0]["resource"]
    here = {f"{one['resource']['resourceType']}/{one['resource']['id']}" for one in bundle["entry"]}
    assert set(references_in(composition)) <= here
    by_code = {one["code"]["coding"][0]["code"]: one for one in composition["section"]}
    assert by_code.keys() == {one.code for one in SECTIONS}
    for one in by_code.values():
        assert ("entry" in one) != ("emptyReason" in one)
        assert one["text"]["div"]
    assert {code for code, one in by_code.items() if "entry" not in one} == set()
    assert AccessEntry.objects.filter(patient_id=everything.id).latest("id").action == "export"


def test_a_summary_of_nothing_says_that_nothing_is_recorded(program: Program, cast: Cast) -> None:
    """And a patient without allergies is not one of whom none are recorded."""
    patient = a_patient(cast)
    bundle = program.get(f"Patient/{patient.id}/$summary").body
    assert check(bundle).problems == []
    assert all("emptyReason" in one for one in bundle["entry"][0]["resource"]["section"])
    chart.confirm_no_allergies(cast.almighty(), patient_id=patient.id)
    sections = program.get(f"Patient/{patient.id}/$summary").body["entry"][0]["resource"]["section"]
    (allergies,) = [one for one in sections if one["code"]["coding"][0]["code"] == "48765-2"]
    assert "entry" in allergies


@pytest.mark.guarantee("H9")
def test_each_version_says_who_made_it_and_when(program: Program, cast: Cast) -> None:
    """A problem that a doctor records and a colleague resolves at the screen: two versions, two people."""
    visit = a_visit(cast)
    client = cast.client("doctor")
    row = chart.record_condition(
        cast.act("nurse", rights=cast.act("doctor").rights), patient_id=visit.patient_id, code="", display="Cough"
    )
    _resolve(client, visit.patient_id, row)
    row.refresh_from_db()
    found = program.get("Provenance", {"target": f"Condition/{row.id}"})
    assert found.status == 200, found.body
    newest, oldest = found.resources
    assert [one["agent"][0]["who"]["display"] for one in (newest, oldest)] == ["Chidi Okoye", "Lin Tan"]
    assert newest["target"] == [{"reference": f"Condition/{row.id}/_history/{row.version}"}]
    assert [one["activity"]["coding"][0]["code"] for one in (newest, oldest)] == ["UPDATE", "CREATE"]
    assert program.get(f"Provenance/{newest['id']}").body == newest
    then = program.get(oldest["target"][0]["reference"])
    assert (then.status, then.headers["ETag"]) == (200, 'W/"1"'), then.body
    now = program.get(f"Condition/{row.id}").body
    statuses = [one["clinicalStatus"]["coding"][0]["code"] for one in (then.body, now)]
    assert statuses == ["active", "resolved"]
    assert program.get(newest["target"][0]["reference"]).body == now
    both = program.get(f"Condition/{row.id}/_history")
    assert (both.body["type"], both.body["total"], both.resources) == ("history", 2, [now, then.body])
    assert_valid(both.body)
    first = program.get(f"Condition/{row.id}/_history", {"_count": "1"})
    assert [one.resources for one in (first, program.get(first.link("next")))] == [[now], [then.body]]
    for wrong, status in (("/3", 404), ("/0", 404), ("/x", 404), ("?_at=2020", 400), ("?_count=many", 400)):
        assert program.get(f"Condition/{row.id}/_history{wrong}").status == status, wrong
    beside = [("_revinclude", "Provenance:target"), ("_include", "Condition:patient"), ("patient", str(row.patient_id))]
    with at_most(15):
        both = program.get("Condition", beside)
    assert [one["resourceType"] for one in both.resources] == ["Condition", "Patient", "Provenance", "Provenance"]
    assert both.resources[2:] == found.resources
    for one in found.resources:
        assert_valid(one)
        assert check(one).problems == []
    assert program.get(f"Provenance/{newest['id'][:-1]}7").status == 404
    stranger = Program(issue_token(cast.almighty(), user_id=Cast("other").user("doctor").id))
    assert stranger.get("Provenance", {"target": f"Condition/{row.id}"}).resources == []
    for hidden in (f"Provenance/{newest['id']}", oldest["target"][0]["reference"], f"Condition/{row.id}/_history"):
        assert stranger.get(hidden).status == 404
    last = (
        AccessEntry.objects.filter(patient_id=row.patient_id, outcome="ok")
        .order_by("-id")
        .values_list("action", flat=True)
    )
    seen = last.count()
    program.get(f"Condition/{row.id}/_history")
    program.get(oldest["target"][0]["reference"])
    assert list(last[: last.count() - seen]) == ["read", "read"], "whoever looks at what was is in the log"
    # filed in the wrong record and put into another: what it said there is told to no reader of this one
    Condition.objects.filter(id=row.id).update(patient_id=a_visit(cast).patient_id)
    moved = program.get(f"Condition/{row.id}/_history")
    assert [one["meta"]["versionId"] for one in moved.resources] == ["3"]
    assert program.get(f"Condition/{row.id}/_history/1").status == 404


def _resolve(client: Any, patient_id: Any, row: Condition) -> None:

    address = reverse("chart:change_condition", args=[patient_id, row.id])
    answer = client.post(address, form_key(patient_id=patient_id, version=1, status="resolved"))
    assert answer.status_code == 303
