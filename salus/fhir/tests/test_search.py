"""Searching: what finds what, pages that stay, includes, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, transaction

from salus.accounts.services import issue_token
from salus.chart.models import Observation
from salus.core.models import AccessEntry
from salus.encounters.models import Encounter
from salus.fhir.serving import searching
from salus.fhir.tests.builders import a_patient, a_transaction, a_visit, an_observation, imported, write
from salus.fhir.tests.conftest import Program
from salus.patients.models import Patient
from tests.cast import Cast


def searched(program: Program, kind: str, **params: Any) -> list[str]:
    answer = program.get(kind, {name.replace("__", ":").replace("_0", "."): value for name, value in params.items()})
    assert answer.status == 200, answer.body
    return answer.ids


@pytest.fixture
def people(cast: Cast, tmp_path: Path) -> dict[str, Patient]:
    """Three patients, one of them with a name in another script."""

    def named(family: str, *given: str) -> list[dict[str, Any]]:
        return [{"use": "official", "family": family, "given": list(given)}]

    write(tmp_path, "people.json", a_transaction(
        a_patient(name=[*named("Nyström", "Ann", "Åsa"), {"use": "maiden", "family": "Berg"}], birthDate="1964-03"),
        a_patient(name=named("Okoye", "Chidi"), birthDate="1981-12-31", gender="male"),
        a_patient(name=named("Юлия", "Анна"), birthDate="1981", active=False),
    ))  # fmt: skip
    imported(cast.facility, tmp_path)
    return {one.family: one for one in Patient.objects.all()}


#: what is asked of three patients, and who is found
OF_PEOPLE: list[tuple[dict[str, Any], list[str]]] = [
    ({"name": "nys"}, ["Nyström"]),
    ({"name": "NYSTRÖM"}, ["Nyström"]),
    ({"name": "asa"}, ["Nyström"]),
    ({"name": "ann nystrom"}, ["Nyström"]),
    ({"name": "berg"}, ["Nyström"]),
    ({"name": "yuliya"}, ["Юлия"]),
    ({"family": "nys"}, ["Nyström"]),
    ({"family": "ann"}, []),
    ({"family": "ber"}, ["Nyström"]),
    ({"given": "åsa"}, ["Nyström"]),
    ({"given": "nystrom"}, []),
    ({"family__exact": "Nyström"}, ["Nyström"]),
    ({"family__exact": "nyström"}, []),
    ({"name": "nobody"}, []),
    ({"name": "okoye,nystrom"}, ["Nyström", "Okoye"]),
    ({"birthdate": "1981"}, ["Okoye", "Юлия"]),
    ({"birthdate": "1981-12-31"}, ["Okoye"]),
    ({"birthdate": "lt1970"}, ["Nyström"]),
    ({"birthdate": "1964-03"}, ["Nyström"]),
    ({"birthdate": "1964-03-07"}, []),
    ({"birthdate": "ge1964-03-07"}, ["Nyström", "Okoye", "Юлия"]),
    ({"gender": "male"}, ["Okoye"]),
    ({"gender": "female,male"}, ["Nyström", "Okoye", "Юлия"]),
    ({"gender__not": "male"}, ["Nyström", "Юлия"]),
    ({"active": "false"}, ["Юлия"]),
    ({"birthdate__missing": "true"}, []),
    ({"_id": "nonsense"}, []),
]


def test_patients_are_found(program: Program, people: Any) -> None:
    names = {str(one.id): name for name, one in people.items()}
    found = [
        (params, sorted(names[one] for one in searched(program, "Patient", **params))) for params, _names in OF_PEOPLE
    ]
    assert found == OF_PEOPLE


def test_patients_are_found_by_their_numbers(program: Program, people: Any) -> None:
    ann = people["Nyström"]
    number = ann.identifiers.get().value
    for value in (number, f"http://hl7.org/fhir/sid/us-ssn|{number}", ann.mrn, f"urn:uuid:{ann.facility_id}|{ann.mrn}"):
        assert searched(program, "Patient", identifier=value) == [str(ann.id)]
    for value in (f"http://elsewhere|{number}", "0", f"http://hl7.org/fhir/sid/us-ssn|{ann.mrn}", "|"):
        assert searched(program, "Patient", identifier=value) == []


def test_by_post_too(program: Program, people: Any) -> None:
    answer = program.search("Patient", "name=okoye&_count=5")
    assert answer.ids == [str(people["Okoye"].id)]


@pytest.fixture
def readings(cast: Cast, tmp_path: Path) -> Patient:
    """A patient with observations of different days, codes and values."""
    identity = str(uuid4())
    at = f"urn:uuid:{identity}"
    vital = [
        {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "vital-signs"}]}
    ]
    two = {
        "coding": [
            {"system": "http://loinc.org", "code": "29463-7"},
            {"system": "http://snomed.info/sct", "code": "27113001"},
        ]
    }
    write(tmp_path, "readings.json", a_transaction(
        a_patient(id=identity),
        an_observation(at, "5.4", effectiveDateTime="2019-03-04T10:20:00+01:00"),
        an_observation(at, "5.40", effectiveDateTime="2019-03"),
        an_observation(at, "6", effectiveDateTime="2020", status="preliminary"),
        an_observation(at, "70", category=vital, code=two, effectiveDateTime="2020-05-01"),
        an_observation(at, category=vital, valueQuantity=None, effectiveDateTime=None, valueCodeableConcept={"text": "yes"}),
    ))  # fmt: skip
    imported(cast.facility, tmp_path)
    return Patient.objects.get()


#: what is asked of five observations, and how many are found
OF_READINGS: list[tuple[dict[str, Any], int]] = [
    ({}, 5),
    ({"code": "2339-0"}, 4),
    ({"code": "http://loinc.org|2339-0"}, 4),
    ({"code": "http://snomed.info/sct|2339-0"}, 0),
    ({"code": "http://snomed.info/sct|27113001"}, 1),
    ({"code": "27113001,2339-0"}, 5),
    ({"code": "http://loinc.org|"}, 5),
    ({"category": "vital-signs"}, 2),
    ({"category": "http://terminology.hl7.org/CodeSystem/observation-category|laboratory"}, 3),
    ({"category": "http://elsewhere|laboratory"}, 0),
    ({"status": "final"}, 4),
    ({"status__not": "final"}, 1),
    ({"date": "2019-03-04"}, 1),
    ({"date": "2019-03"}, 2),
    ({"date": "2019"}, 2),
    ({"date": "2019-03-04T09:20:00Z"}, 1),
    ({"date": "2019-03-04T10:20:00+01:00"}, 1),
    ({"date": "2019-03-04T09:20"}, 1),
    ({"date": "ne2019-03-04"}, 3),
    ({"date": "gt2019-03-04"}, 3),
    ({"date": "sa2019-03-04"}, 2),
    ({"date": "ge2020"}, 2),
    ({"date": "le2019"}, 2),
    ({"date": "lt2019-03-04"}, 1),
    ({"date": "eb2020"}, 2),
    ({"date": "ap2019"}, 4),
    ({"date": ["ge2019-03-01", "lt2020"]}, 2),
    ({"date__missing": "true"}, 1),
    ({"value-quantity": "5.4"}, 2),
    ({"value-quantity": "5.41"}, 0),
    ({"value-quantity": "gt5.4"}, 2),
    ({"value-quantity": "6|http://unitsofmeasure.org|mmol/L"}, 1),
    ({"value-quantity": "6||kg"}, 0),
    ({"_lastUpdated": "ge2000"}, 5),
    ({"_lastUpdated": "lt2000"}, 0),
    ({"patient_0birthdate": "1964-03"}, 5),
    ({"subject_0name": "nobody"}, 0),
    ({"subject__Patient_0family": "Nyström"}, 5),
]


def test_observations_are_found(program: Program, readings: Patient) -> None:
    found = [(params, len(searched(program, "Observation", **params))) for params, _count in OF_READINGS]
    assert found == OF_READINGS
    for params, count in OF_READINGS:
        asked = {name.replace("__", ":").replace("_0", "."): value for name, value in params.items()}
        answer = program.get("Observation", asked | {"_summary": "count"})
        assert (answer.body["total"], "entry" in answer.body) == (count, False), params


def test_by_the_patient_in_each_way_of_saying_it(program: Program, readings: Patient) -> None:
    for value in (str(readings.id), f"Patient/{readings.id}", f"http://testserver/fhir/Patient/{readings.id}"):
        assert len(searched(program, "Observation", patient=value)) == 5
        assert len(searched(program, "Observation", subject=value)) == 5
    assert searched(program, "Observation", patient=str(uuid4())) == []
    assert searched(program, "Observation", patient="Group/1") == []


def test_sorted(program: Program, readings: Patient) -> None:
    dates = [one.get("effectiveDateTime") for one in program.get("Observation", {"_sort": "-date"}).resources]
    assert dates == ["2020-05-01", "2020", "2019-03-04T10:20:00+01:00", "2019-03", None]
    up = [one.get("effectiveDateTime") for one in program.get("Observation", {"_sort": "date"}).resources]
    assert up == dates[::-1]
    statuses = [one["status"] for one in program.get("Observation", {"_sort": "-status,_lastUpdated"}).resources]
    assert statuses[0] == "preliminary"


def test_pages_show_each_row_once(program: Program, readings: Patient) -> None:
    for sort in ("", "date", "-date", "_lastUpdated", "-_lastUpdated", "status,-date"):
        _pages_show_each_row_once(program, sort)


def _pages_show_each_row_once(program: Program, sort: str) -> None:
    whole = program.get("Observation", {"_sort": sort} if sort else {}).ids
    answer = program.get("Observation", {"_count": "2", "code": "2339-0,29463-7"} | ({"_sort": sort} if sort else {}))
    found = answer.ids
    assert answer.body["total"] == 5
    while answer.link("next"):
        answer = program.get(answer.link("next"))
        assert answer.status == 200
        assert answer.body["total"] == 5
        found += answer.ids
    assert found == whole


@pytest.mark.guarantee("B57")
def test_links_hold_nothing_to_read_and_are_for_one_user(program: Program, cast: Cast, readings: Patient) -> None:

    answer = program.get("Patient", {"name": "Nyström,Okoye", "_count": "0"})
    assert answer.body["total"] == 1
    link = program.get("Observation", {"patient": str(readings.id), "_count": "1"}).link("next")
    assert link is not None
    assert str(readings.id) not in link
    doctor = Program(issue_token(cast.almighty(), user_id=cast.user("doctor").id))
    assert doctor.get(link).status == 400
    assert program.get(link[:-3] + "AAA").status == 400
    assert program.get(link.replace("Observation", "Condition")).status == 400


def test_included(program: Program, ann: Patient) -> None:
    answer = program.get("Observation", [("_include", "Observation:patient"), ("_include", "Observation:encounter")])
    modes = [(entry["search"]["mode"], entry["resource"]["resourceType"]) for entry in answer.body["entry"]]
    assert modes == [("match", "Observation")] * 2 + [("include", "Patient"), ("include", "Encounter")]
    assert answer.body["total"] == 2
    answer = program.get("Patient", [("_revinclude", "Observation:patient"), ("_revinclude", "Condition:subject")])
    assert sorted(one["resourceType"] for one in answer.resources) == [
        "Condition",
        "Observation",
        "Observation",
        "Patient",
    ]


@pytest.mark.guarantee("B20")
def test_what_is_shown_is_logged_once_for_each_patient(program: Program, people: Any) -> None:
    before = AccessEntry.objects.count()
    program.get("Patient", {"gender": "female"})
    program.get("Patient", {"name": "nobody"})
    entries = list(AccessEntry.objects.order_by("id").values_list("patient_id", "action"))[before:]
    assert sorted(entries, key=str) == sorted(
        [(people["Nyström"].id, "search"), (people["Юлия"].id, "search"), (None, "search")], key=str
    )


NONSENSE: list[tuple[str, dict[str, str]]] = [
    ("Patient", {"nonsense": "1"}),
    ("Patient", {"name:contains": "x"}),
    ("Patient", {"name:text": "x"}),
    ("Patient", {"name": ""}),
    ("Patient", {"birthdate": "1981-13"}),
    ("Patient", {"birthdate": "1981-02-30"}),
    ("Patient", {"birthdate": "yesterday"}),
    ("Patient", {"birthdate": "xx1981"}),
    ("Patient", {"active": "perhaps"}),
    ("Patient", {"_count": "many"}),
    ("Patient", {"_count": "-1"}),
    ("Patient", {"_sort": "nonsense"}),
    ("Patient", {"_sort": "identifier"}),
    ("Patient", {"_summary": "short"}),
    ("Patient", {"_total": "perhaps"}),
    ("Patient", {"_include": "Patient"}),
    ("Patient", {"_include": "Observation:patient"}),
    ("Patient", {"_include": "Patient:name"}),
    ("Patient", {"_include:iterate": "Patient:link"}),
    ("Patient", {"_revinclude": "Nonsense:patient"}),
    ("Patient", {"_revinclude": "Observation:encounter"}),
    ("Patient", {"_page": "nonsense"}),
    ("Patient", {"name": "a\0b"}),
    ("Patient", {"a" * 200: "x"}),
    ("Patient", {"name": "x" * 5000}),
    ("Patient", {"birthdate:missing": "perhaps"}),
    ("Patient", {"general-practitioner.name": "x"}),
    ("Observation", {"value-quantity": "much"}),
    ("Observation", {"value-quantity": "1|2|3|4"}),
    ("Observation", {"patient.nonsense": "1"}),
    ("Observation", {"has-member.nonsense": "1"}),
]


def test_what_cannot_be_understood_is_told(program: Program) -> None:
    for kind, params in NONSENSE:
        answer = program.get(kind, params)
        assert answer.status == 400, (params, answer.body)
        assert answer.body["resourceType"] == "OperationOutcome"
        assert answer.body["issue"][0]["diagnostics"]


def test_lenient_handling_ignores_what_nobody_knows_and_says_so(program: Program, people: Any) -> None:
    answer = program.get("Patient", {"nonsense": "1", "gender": "male"}, Prefer="handling=lenient")
    assert answer.status == 200
    assert answer.body["total"] == 1
    assert "nonsense" in answer.resources[-1]["issue"][0]["diagnostics"]
    assert answer.body["entry"][-1]["search"]["mode"] == "outcome"


def test_periods_go_on_where_they_have_no_end(program: Program, cast: Cast, tmp_path: Path) -> None:
    bundle = a_visit()
    bundle["entry"][1]["resource"] |= {"period": {"start": "2019-03-04"}, "status": "in-progress"}
    write(tmp_path, "a.json", bundle)
    imported(cast.facility, tmp_path)
    assert Encounter.objects.count() == 1
    for value, count in {
        "ge2020": 1,
        "2019": 0,
        "sa2018": 1,
        "lt2019": 0,
        "eb2020": 0,
        "le2019-03-04": 0,
        "ap2024": 1,
    }.items():
        assert len(searched(program, "Encounter", date=value)) == count, value
    assert len(searched(program, "Encounter", type="http://snomed.info/sct|1")) == 0
    assert len(searched(program, "Encounter", **{"class": "AMB"})) == 1


def test_statements(program: Program, ann: Patient, django_assert_max_num_queries: Any) -> None:
    includes = [("_include", f"Observation:{name}") for name in ("patient", "encounter", "performer", "has-member")]
    Observation.objects.update(note="changed here")
    with django_assert_max_num_queries(15):
        assert program.get("Observation", [*includes, ("_count", "1")]).status == 200
    referring = [
        ("_revinclude", f"{kind}:patient") for kind in ("Observation", "Condition", "Encounter", "Procedure", "Flag")
    ]
    with django_assert_max_num_queries(15):
        assert program.get("Patient", referring).status == 200
    with django_assert_max_num_queries(8):
        assert program.get(f"Patient/{ann.id}").status == 200


def test_a_search_through_too_much_is_told_so(program: Program, ann: Patient, monkeypatch: pytest.MonkeyPatch) -> None:
    """Protects the database: an answer that says "try again" would have the same search run for ever."""

    def stopped(*_args: Any, **_more: Any) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = 20")
            cursor.execute("SELECT pg_sleep(5)")

    monkeypatch.setattr(searching, "search", stopped)
    answer = program.get("Observation", {"_sort": "-date"})
    assert answer.status == 400
    assert answer.body["issue"][0]["code"] == "too-costly"
