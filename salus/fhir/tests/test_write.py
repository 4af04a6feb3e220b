"""Creating and changing patients and observations: through the rooms' acts, nothing lost, nobody overwritten."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from salus.accounts.models import Role
from salus.accounts.services import issue_token
from salus.chart.models import Observation
from salus.core.models import AccessEntry, Fact
from salus.fhir.mapping.observation import ABSENT
from salus.fhir.models import Source
from salus.fhir.tests.builders import a_patient, an_observation
from salus.fhir.tests.conftest import Answer, Program
from salus.fhir.written import decode, encode
from salus.patients.models import Identifier, Patient
from salus.patients.tests.builders import a_patient as a_person
from tests.cast import Cast

DEEP = b'{"resourceType":"Patient","extension":' + b'[{"url":"u","extension":' * 99 + b"[]" + b"}]" * 99 + b"}"


def test_a_patient_is_registered(program: Program, cast: Cast) -> None:
    sent = a_patient(
        extension=[{"url": "http://example.org/x", "valueDecimal": decode("1.50")}],
        contact=[{"name": {"family": "Nyström"}, "telecom": [{"system": "phone", "value": "1"}]}],
    )
    answer = program.post("Patient", sent)
    assert answer.status == 201, answer.body
    row = Patient.objects.get()
    assert answer.headers["Location"] == f"http://testserver/fhir/Patient/{row.id}"
    assert answer.headers["ETag"] == 'W/"1"'
    assert (row.family, row.given, str(row.birth_date), row.facility_id) == (
        "Nyström", "Ann Åsa", "1964-03", cast.facility.id,
    )  # fmt: skip
    assert Identifier.objects.get().kind == "national"
    assert Fact.objects.filter(name="patients.PatientRegistered", patient_id=row.id).count() == 1
    assert AccessEntry.objects.filter(patient_id=row.id, action="write").count() == 1
    again = program.get(f"Patient/{row.id}")
    assert encode(again.body["extension"][0]["valueDecimal"]) == b"1.50"
    assert again.body["contact"] == sent["contact"]
    assert again.body == answer.body


def test_an_observation_is_recorded(program: Program, ann: Patient) -> None:
    sent = an_observation(f"Patient/{ann.id}", "4.10", component=None, note=[{"text": "after a meal"}])
    answer = program.post("Observation", sent, content_type="application/json")
    assert answer.status == 201, answer.body
    row = Observation.objects.get(id=answer.body["id"])
    assert (str(row.number), row.unit_code, row.category, row.note) == ("4.10", "mmol/L", "laboratory", "after a meal")
    assert str(row.effective) == "2019-03-04T10:20:00+01:00"
    assert Fact.objects.filter(name="chart.ObservationRecorded", patient_id=ann.id).exists()
    assert program.get("Observation", {"value-quantity": "4.10"}).ids == [str(row.id)]


@pytest.mark.parametrize(
    "value",
    [
        {"valueCodeableConcept": {"coding": [{"system": "http://snomed.info/sct", "code": "373066001"}], "text": "Yes"}},
        {"valueString": "clear"},
        {"valueBoolean": True},
        {"valueInteger": 3},
        {"valueRange": {"low": {"value": decode("1.0")}, "high": {"value": decode("2.50")}}},
        {"valueRatio": {"numerator": {"value": 1}, "denominator": {"value": 128}}},
        {"valueSampledData": {"origin": {"value": 0}, "period": decode("10.0"), "dimensions": 1, "data": "1 2 3"}},
        {"valueTime": "10:20:00"},
        {"valueDateTime": "2019-03"},
        {"valuePeriod": {"start": "2019-03"}},
        {"valueQuantity": {"value": decode("1e2"), "unit": "x"}},
        {"dataAbsentReason": {"coding": [{"system": ABSENT, "code": "unknown"}]}},
        {"component": [{"code": {"text": "systolic"}, "valueQuantity": {"value": decode("120.0")}}]},
    ],
)  # fmt: skip
def test_every_type_of_value(program: Program, ann: Patient, value: dict[str, Any]) -> None:
    sent = an_observation(f"Patient/{ann.id}", **({"valueQuantity": None} | value))
    answer = program.post("Observation", sent)
    assert answer.status == 201, answer.body
    name = next(iter(value))
    assert encode(answer.body[name]) == encode(value[name])
    # and from the row alone
    Source.objects.filter(id=answer.body["id"]).update(row_version=0)
    assert encode(program.get(f"Observation/{answer.body['id']}").body[name]) == encode(value[name])


def _created(program: Program, ann: Patient) -> Answer:
    answer = program.post("Observation", an_observation(f"Patient/{ann.id}"))
    assert answer.status == 201
    return answer


def test_an_update_makes_a_new_version(program: Program, ann: Patient) -> None:
    first = _created(program, ann)
    changed = {**first.body, "status": "amended", "valueQuantity": {"value": decode("7.30"), "unit": "mmol/L"}}
    answer = program.put(f"Observation/{first.body['id']}", changed, **{"If-Match": first.headers["ETag"]})
    assert (answer.status, answer.headers["ETag"]) == (200, 'W/"2"')
    row = Observation.objects.get(id=first.body["id"])
    assert (row.version, row.status, str(row.number)) == (2, "amended", "7.30")
    assert program.get(f"Observation/{row.id}").body == answer.body


def test_a_change_of_what_no_room_models_is_a_new_version_too(program: Program, ann: Patient) -> None:
    for kind, body in (("Observation", an_observation(f"Patient/{ann.id}")), ("Patient", a_patient())):
        first = program.post(kind, body)
        changed = {**first.body, "extension": [{"url": "http://example.org/x", "valueCode": "y"}]}
        answer = program.put(f"{kind}/{first.body['id']}", changed)
        assert (answer.status, answer.headers["ETag"]) == (200, 'W/"2"')
        assert program.get(f"{kind}/{first.body['id']}").body["extension"] == changed["extension"]


def test_the_same_again_changes_nothing(program: Program, cast: Cast, ann: Patient) -> None:
    for kind, body in (("Observation", an_observation(f"Patient/{ann.id}")), ("Patient", a_patient())):
        first = program.post(kind, body)
        answer = program.put(f"{kind}/{first.body['id']}", first.body)
        assert (answer.status, answer.headers["ETag"]) == (200, 'W/"1"')
    now = program.get(f"Patient/{a_person(cast.almighty()).id}").body
    assert program.put(f"Patient/{now['id']}", now).body == now, "who was registered at a screen"
    other = program.put(f"Patient/{now['id']}", now | {"birthDate": "1964-03-05"})
    assert (other.status, other.body["meta"]["versionId"]) == (200, "2")


def test_a_patient_is_changed_and_stays_findable(program: Program, ann: Patient) -> None:
    body = program.get(f"Patient/{ann.id}").body
    body["name"] = [{"use": "official", "family": "Åkesson", "given": ["Ann"]}]
    body |= {"deceasedDateTime": "2024-05", "active": False}
    body["identifier"] = [*body["identifier"], {"system": "http://example.org/card", "value": "C-1"}]
    answer = program.put(f"Patient/{ann.id}", body, **{"If-Match": 'W/"1"'})
    assert answer.status == 200, answer.body
    row = Patient.objects.get(id=ann.id)
    assert (row.family, str(row.deceased), row.is_deceased, row.is_active) == ("Åkesson", "2024-05", True, False)
    assert program.get("Patient", {"family": "akesson"}).ids == [str(ann.id)]
    assert program.get("Patient", {"identifier": "C-1"}).ids == [str(ann.id)]
    assert [one["system"] for one in answer.body["identifier"]].count(f"urn:uuid:{ann.facility_id}") == 1


@pytest.mark.guarantee("B9")
@pytest.mark.parametrize("headers", [{"If-Match": 'W/"1"'}, {"If-Match": '"1"'}, {}])
def test_a_stale_update_is_refused(program: Program, ann: Patient, headers: dict[str, str]) -> None:
    first = _created(program, ann)
    path = f"Observation/{first.body['id']}"
    assert program.put(path, {**first.body, "status": "amended"}, **{"If-Match": 'W/"1"'}).status == 200
    answer = program.put(path, {**first.body, "status": "corrected"}, **headers)
    assert (answer.status, answer.body["resourceType"]) == (412, "OperationOutcome")
    assert Observation.objects.get(id=first.body["id"]).status == "amended"


@pytest.mark.guarantee("B9")
def test_who_says_no_version_could_overwrite_the_unseen(program: Program, ann: Patient) -> None:
    first = _created(program, ann)
    body = {key: value for key, value in first.body.items() if key != "meta"}
    assert program.put(f"Observation/{first.body['id']}", body).status == 428
    assert program.put(f"Observation/{first.body['id']}", body, **{"If-Match": "nonsense !"}).status == 400


@pytest.mark.guarantee("B10")
def test_a_double_sending_makes_one(program: Program, ann: Patient) -> None:
    key, sent = {"Idempotency-Key": str(uuid4())}, an_observation(f"Patient/{ann.id}", "1.11")
    first, second = program.post("Observation", sent, **key), program.post("Observation", sent, **key)
    assert (first.status, second.status, first.body) == (201, 201, second.body)
    assert second.headers["Idempotency-Replayed"] == "true"
    assert first.headers["Location"] == second.headers["Location"]
    assert program.post("Observation", an_observation(f"Patient/{ann.id}", "2"), **key).status == 422


def test_a_conditional_create_makes_what_is_missing(program: Program, ann: Patient) -> None:
    number = ann.identifiers.get().value
    condition = {"If-None-Exist": f"identifier=http://hl7.org/fhir/sid/us-ssn|{number}"}
    answer = program.post("Patient", a_patient(), **condition)
    assert (answer.status, answer.body["id"]) == (200, str(ann.id))
    assert program.post("Patient", a_patient(), **{"If-None-Exist": "identifier=none"}).status == 201
    assert program.post("Patient", a_patient(), **{"If-None-Exist": "gender=female"}).status == 412
    assert program.post("Patient", a_patient(), **{"If-None-Exist": "nonsense=1"}).status == 400


def test_less_is_sent_back_where_less_is_wanted(program: Program, db: Any) -> None:
    answer = program.post("Patient", a_patient(), Prefer="return=minimal")
    assert (answer.status, answer.body) == (201, None)
    assert answer.headers["Location"]


def test_what_was_imported_can_be_corrected(program: Program, ann: Patient) -> None:
    row = Observation.objects.get(number="7.20")
    body = program.get(f"Observation/{row.id}").body
    answer = program.put(f"Observation/{row.id}", {**body, "status": "corrected"})
    assert (answer.status, answer.headers["ETag"]) == (200, 'W/"2"')


def test_what_a_department_keeps_is_corrected_there(program: Program, ann: Patient) -> None:
    row = Observation.objects.create(
        patient=ann, status="final", code_system="http://loinc.org", code="1", display="x", source="lab.result:1"
    )
    body = program.get(f"Observation/{row.id}").body
    assert program.put(f"Observation/{row.id}", body).body == body, "nothing is corrected"
    answer = program.put(f"Observation/{row.id}", {**body, "status": "amended"})
    assert (answer.status, answer.body["issue"][0]["code"]) == (409, "conflict")


def test_an_observation_stays_with_its_patient(program: Program, ann: Patient) -> None:
    first = _created(program, ann)
    other = program.post("Patient", a_patient()).body["id"]
    body = {**first.body, "subject": {"reference": f"Patient/{other}"}}
    assert program.put(f"Observation/{first.body['id']}", body).status == 409


@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [
        ("Patient", b"", 400),
        ("Patient", b"{", 400),
        ("Patient", b"[]", 400),
        ("Patient", b"null", 400),
        ("Patient", b"[" * 100_000, 400),
        ("Patient", b'{"resourceType":"Patient","a":' * 20_000, 400),
        ("Patient", b'{"resourceType": "Patient", "gender": "male", "gender": "female"}', 400),
        ("Patient", b'{"resourceType": "Observation"}', 400),
        ("Patient", b'{"resourceType": "Patient", "gender": "many"}', 422),
        ("Patient", b'{"resourceType": "Patient", "name": []}', 422),
        ("Patient", b'{"resourceType": "Patient", "name": [{"given": [null]}]}', 422),
        ("Patient", b'{"resourceType": "Patient"}', 422),
        ("Patient", b'{"resourceType": "Patient", "name": [{"family": "A\\u0000"}]}', 422),
        ("Patient", b'{"resourceType": "Patient", "name": [{"family": "A"}], "birthDate": "2999-01-01"}', 422),
        ("Patient", b'{"resourceType": "Patient", "name": [{"family": "A"}], "birthDate": "0001"}', 422),
        ("Patient", DEEP, 422),
        ("Observation", b'{"resourceType": "Observation", "status": "final", "code": {"text": "x"}}', 422),
        ("Observation", encode(an_observation("Patient/unknown")), 422),
        ("Observation", encode(an_observation("Group/1")), 422),
        ("Observation", encode(an_observation("urn:uuid:0190b5c2-0000-7000-8000-000000000001")), 422),
        ("Observation", encode(an_observation("Patient?identifier=1")), 422),
        ("Condition", b'{"resourceType": "Condition"}', 422),
        ("Nonsense", b"{}", 404),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_told(program: Program, db: Any, kind: str, body: bytes, status: int) -> None:
    answer = program.post(kind, body)
    assert answer.status == status, answer.body
    assert answer.body["resourceType"] == "OperationOutcome"
    assert not Patient.objects.exists()


def test_types_that_are_only_read(program: Program, ann: Patient) -> None:
    other = {"resourceType": "Basic", "code": {"text": "x"}, "subject": {"reference": f"Patient/{ann.id}"}}
    assert program.post("Basic", other).status == 405


def test_a_body_that_is_too_large_is_told(program: Program, db: Any, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    answer = program.post("Patient", a_patient(text={"status": "generated", "div": "<div>" + "x" * 2000 + "</div>"}))
    assert (answer.status, answer.body["issue"][0]["code"]) == (413, "too-long")


def test_another_media_type_is_told(program: Program, db: Any) -> None:
    assert program.post("Patient", a_patient(), content_type="application/fhir+xml").status == 415


def test_it_needs_the_right_to_write(cast: Cast, ann: Patient) -> None:
    user = cast.user("integration")
    Role.objects.filter(code="integration").update(rights=["patients.open", "fhir.read"])
    program = Program(issue_token(cast.almighty(), user_id=user.id))
    assert program.post("Patient", a_patient()).status == 403
    assert (
        program.put(f"Patient/{ann.id}", {"resourceType": "Patient", "id": str(ann.id)}, **{"If-Match": "1"}).status
        == 403
    )
    assert AccessEntry.objects.filter(outcome="refused:fhir.write").count() == 2


def test_a_number_of_somebody_else_is_a_conflict(program: Program, ann: Patient) -> None:
    numbers = program.get(f"Patient/{ann.id}").body["identifier"]
    assert program.post("Patient", a_patient(identifier=numbers[:1])).status == 409
    assert program.post("Patient", a_patient(identifier=numbers[1:])).status == 422


def test_statements(program: Program, ann: Patient) -> None:
    with at_most(15):
        first = program.post("Observation", an_observation(f"Patient/{ann.id}"), **{"Idempotency-Key": "k"})
    with at_most(15):
        program.put(f"Observation/{first.body['id']}", {**first.body, "status": "amended"}, **{"Idempotency-Key": "l"})
    with at_most(15):
        patient = program.post("Patient", a_patient(), **{"Idempotency-Key": "m"})
    changed = {**patient.body, "name": [{"family": "Berg"}]}
    with at_most(15):
        assert program.put(f"Patient/{patient.body['id']}", changed, **{"Idempotency-Key": "n"}).status == 200


@contextmanager
def at_most(count: int) -> Iterator[None]:
    """No more statements than these; savepoints are not counted."""
    with CaptureQueriesContext(connection) as captured:
        yield
    told = [one["sql"] for one in captured if "SAVEPOINT" not in one["sql"]]
    assert len(told) <= count, "\n".join(told)


def test_words_as_a_value_are_words_in_the_record(program: Program, ann: Patient) -> None:
    answer = program.post("Observation", an_observation(f"Patient/{ann.id}", valueQuantity=None, valueString="clear"))
    row = Observation.objects.get(id=answer.body["id"])
    assert (row.value_type, row.text, row.value) == ("string", "clear", "")
