"""Many requests at once: a batch, in which each entry stands for itself, and a transaction, which is done whole or not at all."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from salus.accounts.services import issue_token
from salus.chart.models import Observation
from salus.core.models import AccessEntry
from salus.fhir.serving.bundles import MOST, patients_named, read
from salus.fhir.tests.builders import a_patient, an_observation
from salus.fhir.tests.conftest import Answer, Program
from salus.fhir.written import encode
from salus.patients.models import Patient
from tests.cast import Cast


def an_entry(method: str, url: str, resource: Any = None, name: str = "", **request: str) -> dict[str, Any]:
    entry: dict[str, Any] = {"request": {"method": method, "url": url, **request}}
    return entry | ({"resource": resource} if resource else {}) | ({"fullUrl": name} if name else {})


def posted(program: Program, kind: str, *entries: Any, **headers: str) -> Answer:
    return program.post("", {"resourceType": "Bundle", "type": kind, "entry": list(entries)}, **headers)


def statuses(answer: Answer) -> list[str]:
    assert answer.status == 200, answer.body
    return [one["response"]["status"].partition(" ")[0] for one in answer.body["entry"]]


def logged(before: int) -> list[tuple[Any, str, str]]:
    rows = AccessEntry.objects.order_by("id").values_list("patient_id", "action", "outcome")
    return list(rows)[before:]


@pytest.mark.guarantee("B20")
def test_each_entry_of_a_batch_stands_for_itself(program: Program, ann: Patient) -> None:
    """The same doors, each with its own answer in its place, its own effect and its own entry in the log."""
    row = Observation.objects.filter(patient=ann)[0]
    before, there = AccessEntry.objects.count(), Observation.objects.count()
    answer = posted(
        program, "batch",
        an_entry("POST", "Observation", an_observation(f"Patient/{ann.id}", "8.10")),
        an_entry("POST", "Observation", an_observation(f"Patient/{ann.id}", status="nonsense")),
        an_entry("PUT", f"Observation/{row.id}", an_observation(f"Patient/{ann.id}", id=str(row.id))),
        an_entry("PUT", f"Observation/{row.id}", an_observation(f"Patient/{ann.id}", id=str(row.id)), ifMatch='W/"99"'),
        an_entry("GET", f"Observation/{row.id}"),
        an_entry("GET", f"Observation?patient={ann.id}&_summary=count"),
        an_entry("GET", f"Observation/{uuid4()}"),
        an_entry("GET", f"Observation/{row.id}", ifNoneMatch='W/"1"'),
        an_entry("DELETE", f"Observation/{row.id}"),
        an_entry("GET", "Nonsense/1"),
        an_entry("POST", "", {"resourceType": "Bundle", "type": "batch"}),
        an_entry("POST", "Observation/_search", an_observation(f"Patient/{ann.id}")),
        {"resource": {}},
        17,
    )  # fmt: skip
    assert statuses(answer) == [
        "201",
        "422",
        "428",
        "412",
        "200",
        "200",
        "404",
        "304",
        "400",
        "404",
        "400",
        "405",
        "400",
        "400",
    ]
    assert answer.body["type"] == "batch-response"
    made, wrong, *_ = answer.body["entry"]
    assert made["resource"]["valueQuantity"]["value"] == an_observation("x", "8.10")["valueQuantity"]["value"]
    assert made["response"]["location"].endswith(f"Observation/{made['resource']['id']}")
    assert (made["response"]["etag"], made["response"]["lastModified"]) == (
        'W/"1"',
        made["resource"]["meta"]["lastUpdated"],
    )
    assert wrong["response"]["outcome"]["issue"][0]["expression"] == ["Observation.status"]
    assert Observation.objects.count() == there + 1
    entries = logged(before)
    assert entries.count((ann.id, "write", "ok")) == 1
    assert entries.count((ann.id, "read", "ok")) == 2, "read, and found unchanged"
    assert {outcome for _who, _action, outcome in entries} == {"ok"}, "nobody was named where it failed"


@pytest.mark.guarantee("B15")
def test_nonsense_in_an_entry_is_told_there(program: Program, ann: Patient) -> None:
    """Never a 500, and never an answer for the whole: the good entry at the end is answered."""
    urls = ("", "/", "//", "http://", "http://elsewhere/Patient/1", "Patient/%00", "Patient/\0", "?", "Patient?", "Patient/a b",
            "é/ü", "Patient/" + "x" * 5000, "Patient?" + "a=1&" * 900, "Patient?_page=x", "../metadata",
            "Patient/$match")  # fmt: skip
    nonsense: list[Any] = [
        an_entry(method, url, {"resourceType": "Patient"}) for url in urls for method in ("GET", "POST", "PUT")
    ]
    nonsense += [
        None, [], "x", {"request": []}, {"request": {"method": 1, "url": 2}}, an_entry("get", "Patient/1"),
        an_entry("GET", f"Patient/{ann.id}", ifNoneMatch="é"), an_entry("GET", f"Patient/{ann.id}", ifNoneMatch="a\r\nb"),
        an_entry("PUT", f"Patient/{ann.id}", {"resourceType": "Patient", "id": 1}, ifMatch="*"),
        an_entry("POST", "Patient", [a_patient()]),
        an_entry("POST", "Observation", a_patient()), an_entry("POST", "Patient", a_patient(), ifNoneExist="&&&=%%%"),
        an_entry("POST", "Patient", {"resourceType": "Patient", "name": [{"family": "a\0b"}]}),
    ]  # fmt: skip
    told = posted(program, "batch", *nonsense, an_entry("GET", f"Patient/{ann.id}"))
    assert [one for one in statuses(told) if one >= "500"] == []
    assert statuses(told)[-1] == "200"
    for one in [*nonsense[:-13:6], *nonsense[-13:]]:
        assert posted(program, "transaction", an_entry("POST", "Patient", a_patient()), one).status < 500, one


def test_a_batch_gives_nobody_more_than_one_request(program: Program, cast: Cast, ann: Patient) -> None:
    """Whoever may not see the patient gets what a request by itself gives, and the log says who asked."""
    doctor = Program(issue_token(cast.almighty(), user_id=cast.user("doctor").id))
    before = AccessEntry.objects.count()
    answer = posted(
        doctor, "batch",
        an_entry("GET", f"Patient/{ann.id}"),
        an_entry("GET", f"Observation?patient={ann.id}"),
        an_entry("POST", "Observation", an_observation(f"Patient/{ann.id}")),
    )  # fmt: skip
    assert statuses(answer)[0] == "404"
    assert answer.body["entry"][1]["resource"]["total"] == 0
    assert int(statuses(answer)[2]) >= 400
    assert "Nystr" not in str(answer.body)
    assert (ann.id, "read", "failed:404") in logged(before)
    assert posted(Program(""), "batch").status == 401


def test_a_transaction_resolves_what_its_entries_call_one_another(program: Program) -> None:
    """In whatever order they stand; what is read is read last, and sees the rest."""
    ann, first = f"urn:uuid:{uuid4()}", f"urn:uuid:{uuid4()}"
    problem = {"resourceType": "Condition", "code": {"text": "Asthma"}, "subject": {"reference": ann}}
    problem["clinicalStatus"] = {
        "coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": "active"}]
    }
    answer = posted(
        program, "transaction",
        an_entry("GET", "Observation?_has:Observation:has-member:status=final"),
        an_entry("POST", "Observation", an_observation(ann, hasMember=[{"reference": first}])),
        an_entry("POST", "Observation", an_observation(ann, "3.3"), first),
        an_entry("POST", "Condition", problem),
        an_entry("POST", "Patient", a_patient(), ann),
    )  # fmt: skip
    assert statuses(answer) == ["200", "201", "201", "201", "201"]
    assert answer.body["type"] == "transaction-response"
    found, panel, member, asthma, person = (one["resource"] for one in answer.body["entry"])
    assert panel["hasMember"] == [{"reference": f"Observation/{member['id']}"}]
    assert {one["subject"]["reference"] for one in (panel, member, asthma)} == {f"Patient/{person['id']}"}
    assert [one["resource"]["id"] for one in found["entry"]] == [member["id"]]


@pytest.mark.guarantee("B20")
def test_a_transaction_is_done_whole_or_not_at_all(program: Program, ann: Patient) -> None:
    """The first mistake is told with its place; nothing stays but the entry in the log that somebody tried."""
    there, people, before = Observation.objects.count(), Patient.objects.count(), AccessEntry.objects.count()
    good = an_entry("POST", "Observation", an_observation(f"Patient/{ann.id}"))
    bad = an_observation(f"Patient/{ann.id}", status="nonsense")
    whole = an_entry("PUT", f"Patient/{ann.id}", a_patient(id=str(ann.id)), ifMatch='W/"77"')
    for entry, status, place in (
        (an_entry("POST", "Observation", bad), 422, "Bundle.entry[2].resource.status"),
        (an_entry("POST", "Observation", an_observation(f"urn:uuid:{uuid4()}")), 422, "Bundle.entry[2]"),
        (an_entry("GET", f"Observation/{uuid4()}"), 404, "Bundle.entry[2]"),
        (whole, 412, "Bundle.entry[2]"),
        (an_entry("DELETE", f"Patient/{ann.id}"), 400, "Bundle.entry[2].request.method"),
        (an_entry("PUT", "Patient?name=Ann", a_patient()), 405, "Bundle.entry[2]"),
    ):
        answer = posted(program, "transaction", an_entry("POST", "Patient", a_patient()), good, entry)
        assert (answer.status, answer.body["issue"][0]["expression"]) == (status, [place]), answer.body
    assert (Observation.objects.count(), Patient.objects.count()) == (there, people)
    assert {outcome for who, _action, outcome in logged(before) if who == ann.id} >= {"failed:422", "failed:404"}


def test_what_makes_no_transaction(program: Program, ann: Patient) -> None:
    one, two = f"urn:uuid:{uuid4()}", f"urn:uuid:{uuid4()}"
    ring = [
        an_entry("POST", "Observation", an_observation(f"Patient/{ann.id}", hasMember=[{"reference": other}]), name)
        for name, other in ((one, two), (two, one))
    ]
    twice = [an_entry("POST", "Observation", an_observation(f"Patient/{ann.id}"), one)] * 2
    searched = an_observation(f"Patient/{ann.id}", performer=[{"reference": "Practitioner?identifier=http://x|1"}])
    unknown = an_observation("Patient?identifier=http://x|1")
    for entries, status in (
        (ring, 422),
        (twice, 422),
        ([an_entry("POST", "Observation", searched)], 412),
        ([an_entry("POST", "Observation", unknown)], 422),
        ([an_entry("GET", "metadata")] * (MOST + 1), 413),
    ):
        answer = posted(program, "transaction", *entries)
        assert (answer.status, answer.body["resourceType"]) == (status, "OperationOutcome"), answer.body
    for body in (a_patient(), {"resourceType": "Bundle", "type": "collection"}, {"resourceType": "Bundle"}, [], b"{"):
        assert program.post("", body).status == 400
    assert program.post("", {"resourceType": "Bundle", "type": "batch", "entry": {}}).status == 400
    assert program.get("").status == 405


def test_a_conditional_create_in_a_transaction_doubles_nobody(program: Program) -> None:
    """By `ifNoneExist`; what refers to the entry then refers to the one that was here."""
    whole = a_patient(identifier=[{"system": "http://hospital.example/nr", "value": "4711"}])
    name = f"urn:uuid:{uuid4()}"
    entries = (
        an_entry("POST", "Observation", an_observation(name)),
        an_entry("POST", "Patient", whole, name, ifNoneExist="identifier=http://hospital.example/nr|4711"),
    )
    first, again = (posted(program, "transaction", *entries) for _ in range(2))
    assert (statuses(first), statuses(again)) == (["201", "201"], ["201", "200"])
    assert Patient.objects.count() == 1
    assert len({one.body["entry"][0]["resource"]["subject"]["reference"] for one in (first, again)}) == 1


def test_records_are_locked_in_one_order(program: Program) -> None:
    """By their ids and before anything is done: two bundles that name the same patients never wait for each other in a ring."""
    people = [program.post("Patient", a_patient()).body["id"] for _ in range(3)]
    entries = [an_entry("POST", "Observation", an_observation(f"Patient/{one}")) for one in people[::-1]]
    assert patients_named(read(encode({"resourceType": "Bundle", "type": "batch", "entry": entries}), "")[1]) == sorted(
        map(UUID, people)
    )
    with CaptureQueriesContext(connection) as asked:
        assert statuses(posted(program, "batch", *entries)) == ["201"] * 3
    told = [one["sql"] for one in asked]
    locks = next(place for place, sql in enumerate(told) if '"patients_patient"' in sql and "FOR NO KEY UPDATE" in sql)
    assert re.search(r'SELECT "patients_patient"."id".* ORDER BY 1 ASC FOR NO KEY UPDATE', told[locks])
    assert not any(sql.startswith(("INSERT", "UPDATE")) for sql in told[:locks])


@pytest.mark.guarantee("B10", "B20")
def test_a_bundle_sent_again_has_one_effect(program: Program, ann: Patient) -> None:
    """By its key: the same answer, which is shown once more and so is logged once more."""
    entry = an_entry("POST", "Observation", an_observation(f"Patient/{ann.id}"))
    for kind in ("batch", "transaction"):
        key = {"Idempotency-Key": f"a-key-{kind}"}
        first = posted(program, kind, entry, **key)
        there, before = Observation.objects.count(), AccessEntry.objects.count()
        again = posted(program, kind, entry, **key)
        assert (again.body, Observation.objects.count()) == (first.body, there)
        assert [(who, outcome) for who, _action, outcome in logged(before)] == [(ann.id, "ok")]
        assert posted(program, kind, entry, entry, **key).status == 422
