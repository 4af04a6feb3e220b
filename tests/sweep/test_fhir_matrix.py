"""The matrix for programs: every type of the CapabilityStatement and every other door of theirs, for every role and situation."""

from collections.abc import Iterator
from typing import Any

import pytest

from salus.core.door import PUBLIC
from salus.fhir.mapping import Mapping, served
from salus.fhir.written import encode
from salus.workflows.roles import ROLES
from tests.peers import profiles
from tests.sweep import situations
from tests.sweep.conftest import ROUTES
from tests.sweep.expectations import forbidden, leaks
from tests.sweep.sender import shape
from tests.sweep.situations import Situation, fingerprint

RIGHT = "fhir.read"
#: searched for as what schedules leave free: no stored resource is found, and nobody stands in it
RECKONED = {"Slot"}
#: of so many references to a patient one is followed backwards for each situation
HAVING = 8
#: what a batch asks for of each record that is hidden
IN_A_BATCH = ("Patient", "Observation", "Condition", "DocumentReference", "Communication", "Claim")
SPEAKING = [role for role, (_name, rights) in ROLES.items() if RIGHT in rights]


@pytest.mark.guarantee("B1")
@pytest.mark.parametrize("role", [role for role in ROLES if role not in SPEAKING])
def test_who_has_no_right_to_fhir_gets_nothing(records, programs, sender, role):
    """Every type, read and searched, by a token of somebody without the right."""
    for kind, identity in records["own"].fhir.items():
        for address in (f"/fhir/{kind}/{identity}", f"/fhir/{kind}"):
            if sender.send(programs[role], "GET", address, note=role).status_code != 403:
                sender.complain("an answer without the right", f"{role} {shape(address)}")


@pytest.mark.guarantee("B1", "S1")
@pytest.mark.parametrize("role", SPEAKING)
def test_fhir_reads_what_the_rule_says(records, programs, sender, role):
    """Every type on a record of every situation, as it is and as it was."""
    act = situations.act_of(records["own"].world.cast, role)
    for mapping in served():
        for one in records.values():
            for more in ("", "/_history"):
                address = f"/fhir/{mapping.type}/{one.fhir[mapping.type]}{more}"
                answer = sender.send(programs[role], "GET", address, note=role)
                wanted = (404,) if more and mapping.is_composed else expected(act, mapping, one)
                where = f"{role} {mapping.type}{more}"
                if answer.status_code not in wanted:
                    sender.complain(f"{answer.status_code} instead of {wanted[0]} for {one.name}", where)
                for hidden in leaks(answer, act, records.values()):
                    sender.complain(f"words of a record of {hidden}", where)


def expected(act: Any, mapping: Mapping, one: Situation) -> tuple[int, ...]:
    """The statuses that reading one resource may answer with."""
    if not is_of_a_patient(mapping):
        return (200,)  # who works in any of the hospitals on one system is known to all of them
    if not situations.may_open(act, one):
        return (404,)
    return (200, 404, 410) if one.is_voided else (200,)


def is_of_a_patient(mapping: Mapping) -> bool:
    return bool(mapping.patient_column)


@pytest.mark.guarantee("B3", "S1", "S11")
@pytest.mark.parametrize("role", SPEAKING)
def test_fhir_finds_what_the_rule_says(records, programs, sender, role):
    """Every type, searched for whatever there is, and for a hidden patient in every way; with all that can be included."""
    act = situations.act_of(records["own"].world.cast, role)
    hidden = [one for one in records.values() if forbidden(act, one)]
    for mapping in served():
        for query in [*everything(mapping), *(query for one in hidden for query in asking_for(mapping, one))]:
            answer = sender.send(programs[role], "GET", f"/fhir/{mapping.type}", query_params=query, note=str(query))
            if answer.status_code >= 400:
                sender.complain(f"{answer.status_code}", f"{role} {mapping.type} {list(query)}")
            for found in leaks(answer, act, hidden, sent=str(query)):
                sender.complain(f"words of a record of {found}", f"{role} {mapping.type} {list(query)}")


def everything(mapping: Mapping) -> Iterator[dict[str, str]]:
    """All of a type, with everything that hangs on it."""
    yield {"_count": "200"}
    for param in mapping.searchable.values():
        if param.kind == "reference":
            yield {"_include": f"{mapping.type}:{param.name}", "_count": "200"}
    for other in served() if mapping.type == "Patient" else ():
        for param in other.params:
            if "Patient" in getattr(param, "targets", ()):
                yield {"_revinclude": f"{other.type}:{param.name}", "_count": "200"}


def asking_for(mapping: Mapping, hidden: Situation) -> Iterator[dict[str, str]]:
    """Searches that would find a hidden patient if anything let them."""
    names = {param.name for param in mapping.searchable.values()}
    yield {"_id": str(hidden.fhir[mapping.type])}
    for name in names & {"patient", "subject", "beneficiary"}:
        yield {name: f"Patient/{hidden.patient_id}"}
    for name in names & {"name", "family", "given"}:
        yield {name: hidden.world.patient.family}
    if "identifier" in names:
        yield {"identifier": hidden.world.patient.mrn}
    if mapping.type == "Patient":
        # whatever stands in the record leads to whose it is; each situation asks for a part of the types
        referring = [
            (one, param) for one in served() for param in one.params if "Patient" in getattr(param, "targets", ())
        ]
        for one, param in referring[len(hidden.name) % HAVING :: HAVING]:
            yield {f"_has:{one.type}:{param.name}:_id": str(hidden.fhir[one.type]), "_elements": "name,text"}


@pytest.mark.guarantee("B3")
@pytest.mark.parametrize("role", SPEAKING)
def test_fhir_counts_only_what_it_would_show(records, programs, sender, role):
    """A number says as much as a name: a hidden patient's resources are counted as none."""
    act = situations.act_of(records["own"].world.cast, role)
    for hidden in (one for one in records.values() if not situations.may_open(act, one)):
        for mapping in (one for one in served() if is_of_a_patient(one) and one.type not in RECKONED):
            for query in asking_for(mapping, hidden):
                counted = query | {"_summary": "count"}
                answer = sender.send(programs[role], "GET", f"/fhir/{mapping.type}", query_params=counted, note=role)
                if answer.status_code != 200 or answer.json()["total"] != 0:
                    sender.complain(f"a resource of {hidden.name} is counted", f"{mapping.type} {list(query)}")


@pytest.mark.guarantee("B1", "B3")
@pytest.mark.parametrize("role", SPEAKING)
@pytest.mark.parametrize("kind", ["batch", "transaction"])
def test_many_requests_at_once_show_no_more_than_one(records, programs, sender, role, kind):
    """What is hidden stays hidden where it is asked for in a bundle, read, searched for and written to."""
    act = situations.act_of(records["own"].world.cast, role)
    hidden = [one for one in records.values() if not situations.may_open(act, one)]
    for one in hidden:
        before = fingerprint(one.patient_id)
        asked = [{"method": "GET", "url": f"{kind}/{one.fhir[kind]}"} for kind in IN_A_BATCH]
        asked += [{"method": "GET", "url": f"Patient?_id={one.patient_id}"}]
        entries = [{"request": request} for request in asked]
        body = an_observation_of(one.patient_id)
        entries.append({"request": {"method": "POST", "url": "Observation"}, "resource": body})
        answer = sender.send(
            programs[role], "POST", "/fhir", data=encode({"resourceType": "Bundle", "type": kind, "entry": entries}),
            content_type="application/fhir+json", note=role, watch=lambda one=one: fingerprint(one.patient_id),
        )  # fmt: skip
        if kind == "batch":
            assert answer.status_code == 200, answer.content
            told = [entry["response"]["status"][:3] for entry in answer.json()["entry"]]
            if (
                told[:-2] != ["404"] * len(IN_A_BATCH)
                or answer.json()["entry"][-2]["resource"]["total"]
                or told[-1] < "400"
            ):
                sender.complain(f"{told} for {one.name}", f"{role} {kind}")
        elif answer.status_code < 400:
            sender.complain(f"{answer.status_code} for {one.name}", f"{role} {kind}")
        if sender.watched != before:
            sender.complain(f"an effect on {one.name}", f"{role} {kind}")
        for found in leaks(answer, act, hidden, sent=str(entries)):
            sender.complain(f"words of a record of {found}", f"{role} {kind}")


@pytest.mark.guarantee("B1")
def test_other_doors_of_programs_say_nothing_of_other_hospitals(records, programs, sender):
    """What programs may ask beside FHIR resources: of a record of another hospital there is nothing there."""
    foreign, cast = records["other facility"], records["own"].world.cast
    others = [route for route in ROUTES if route.api and route.policy != PUBLIC and "kind" not in route.wants]
    for route in (one for one in others if "GET" in one.methods):
        for role in route.roles():
            answer = sender.send(programs[role], "GET", route.address(foreign.world.ids), note=role)
            if route.wants and answer.status_code != 404:
                sender.complain(f"{answer.status_code} for what is another hospital's", f"{role} {route.pattern}")
            if leaks(answer, situations.act_of(cast, role), [foreign]):
                sender.complain("words of another hospital's record", f"{role} {route.pattern}")
    assert others


@pytest.mark.long
@pytest.mark.skipif(
    not profiles.PACKAGE.exists(), reason="HL7's profiles are not there: `make .cache/peers/fhir` (needs Node)"
)
def test_what_is_served_of_this_world_holds_to_the_definitions_of_hl7(records, programs, sender):
    """Every type by its definition in R4, with its invariants, and the summary by the profiles of IPS, by another's validator."""
    asked, own = [], records["own"]
    for mapping in served():
        found = sender.send(
            programs["integration"], "GET", f"/fhir/{mapping.type}", query_params={"_count": "200"}
        ).json()
        # what the situations put here as received holds no more than the canary
        kept = {str(one.fhir[mapping.type]) for one in records.values()} if not mapping.has_room else set()
        asked += [("", one["resource"]) for one in found.get("entry", ()) if one["resource"]["id"] not in kept]
    for more in ("$everything", "_history"):
        found = sender.send(programs["integration"], "GET", f"/fhir/Patient/{own.patient_id}/{more}").json()
        asked += [("", one["resource"]) for one in found["entry"]]
    asked += profiles.of_summary(
        sender.send(programs["integration"], "GET", f"/fhir/Patient/{own.patient_id}/$summary").json()
    )
    asked.append(("", programs["integration"].get("/fhir/metadata").json()))
    assert len({one["resourceType"] for _profile, one in asked}) > 25
    assert profiles.faults(asked) == []


@pytest.mark.guarantee("B4")
@pytest.mark.parametrize("whose", ["unrelated", "other facility"])
def test_fhir_writes_nothing_for_a_hidden_patient(records, programs, sender, whose):
    """A new observation for a hidden patient, and the own record put in the place of theirs."""
    hidden, own, doctor = records[whose], records["own"], programs["doctor"]
    before = fingerprint(hidden.patient_id)
    for method, address, content in misplaced(own, hidden, doctor):
        answer = sender.send(
            doctor, method, address, data=encode(content), content_type="application/fhir+json",
            headers={"If-Match": 'W/"1"'}, watch=lambda: fingerprint(hidden.patient_id),
        )  # fmt: skip
        if answer.status_code < 400 or sender.watched != before:
            sender.complain(f"{answer.status_code} for a write into a hidden record", f"{method} {shape(address)}")


def an_observation_of(patient_id: Any) -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "status": "final",
        "code": {"text": "Weight"},
        "subject": {"reference": f"Patient/{patient_id}"},
        "valueQuantity": {"value": 70, "unit": "kg"},
    }


def misplaced(own: Situation, hidden: Situation, doctor: Any) -> Iterator[tuple[str, str, dict[str, Any]]]:
    body = an_observation_of(hidden.patient_id)
    yield "POST", "/fhir/Observation", body
    yield "PUT", f"/fhir/Observation/{own.fhir['Observation']}", body | {"id": str(own.fhir["Observation"])}
    mine = {"reference": f"Patient/{own.patient_id}"}
    visit = {"reference": f"Encounter/{hidden.fhir['Encounter']}"}
    yield "POST", "/fhir/Observation", body | {"subject": mine, "encounter": visit}
    for kind in ("Patient", "Observation"):
        whole = doctor.get(f"/fhir/{kind}/{own.fhir[kind]}").json()
        theirs, ours = f"/fhir/{kind}/{hidden.fhir[kind]}", f"/fhir/{kind}/{own.fhir[kind]}"
        yield "PUT", theirs, whole | {"id": str(hidden.fhir[kind])}
        yield "PUT", theirs, whole
        yield "PUT", ours, whole | {"id": str(hidden.fhir[kind])}
