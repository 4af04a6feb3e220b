"""The matrix: every door that exists, for every role, on a record of every situation; nothing is listed by hand.

What is expected follows from the door's declared policy, the role's rights and the one rule of who may open a record
(`situations.may_open`). A new route, form or type of FHIR resource is in it by itself; one for which no object can be made
fails `test_every_door_has_an_object`. Requests are rolled back, so that each meets the same hospital.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from salus.core.door import PUBLIC, SIGNED_IN
from salus.fhir.mapping import served
from salus.patients.screens import IDENTITY
from salus.workflows.roles import ROLES
from tests.cast import form_key
from tests.sweep import situations
from tests.sweep.conftest import ROUTES
from tests.sweep.routes import Route
from tests.sweep.sender import Sender, shape
from tests.sweep.situations import Situation
from tests.sweep.test_doors import SHARED

#: doors whose own check comes after the declared one -> the rights of which one is needed too
INNER = {
    "orders/<patient_id>/new": {"orders.order_medicine", "orders.order_test"},
    "patients/<patient_id>/photo": set(IDENTITY),
}
#: of the house, and of no patient
PLACES = {
    "department_id", "location_id", "staff_id", "lot_id",
    "user_id", "session_id", "passkey_id", "recovery_id", "link_id",
}  # fmt: skip
#: doors that lead somewhere else where there is nothing to do for this object
_SEEN = (200, 204, 302, 303, 304)
#: roles that may speak FHIR are found out; no other is let in
FHIR_RIGHT = "fhir.read"


@pytest.fixture(scope="module")
def records(world: Any, foreign: Any) -> dict[str, Situation]:
    """Every situation, in the hospital of the cast."""
    found = [
        Situation("own", world),
        situations.unrelated(world.cast),
        situations.vip(world.cast),
        Situation("other facility", foreign, is_foreign=True),
        situations.voided(world.cast),
    ]
    return {one.name: situations.one_of_each(one) for one in found}


def test_every_door_has_an_object(records):
    """A door that wants an id of which no situation has one would be left out: teach tests/world.py to make one."""
    for one in records.values():
        unknown = {name for route in ROUTES for name in route.wants} - one.world.ids.keys()
        assert not unknown, f"tests/world.py makes no {', '.join(sorted(unknown))}"
        missing = {mapping.type for mapping in served()} - one.fhir.keys()
        assert not missing, f"tests/sweep/situations.py makes no {', '.join(sorted(missing))}"


@pytest.mark.guarantee("B1", "S1", "S2")
@pytest.mark.parametrize("role", ROLES)
def test_what_a_role_sees_is_what_the_rule_says(records, browsers, sender, role):
    """Every page of every record: shown where role and rule allow it, else 403 or 404; no word of a hidden record anywhere."""
    rights, act = set(ROLES[role][1]), situations.act_of(records["own"].world.cast, role)
    for route in pages():
        for one in records.values() if is_of_a_record(route) else [records["own"]]:
            address = route.address(one.world.ids)
            answer = sender.send(browsers[role], "GET", address, note=f"{role} {one.name}")
            wanted = expected(route, rights, act, one)
            if answer.status_code not in wanted:
                sender.complain(
                    f"{answer.status_code} instead of {wanted[0]} for {one.name}", f"{role} {route.pattern}"
                )
            for hidden in records.values():
                if leaks(answer, act, hidden):
                    sender.complain(f"words of a record of {hidden.name}", f"{role} {shape(address)}")


def pages() -> Iterator[Route]:
    return (route for route in ROUTES if "GET" in route.methods and route.policy != PUBLIC and not route.api)


def is_of_a_record(route: Route) -> bool:
    return not set(route.wants) <= SHARED | PLACES


def expected(route: Route, rights: set[str], act: Any, one: Situation) -> tuple[int, ...]:
    """The statuses that a page may answer with."""
    inner = INNER.get(route.pattern)
    if route.policy != SIGNED_IN and route.policy not in rights:
        return (403,)
    if inner and not inner & rights:
        return (403,)
    if is_of_a_record(route) and not situations.may_find(act, one):
        return (404,)
    barred = is_of_a_record(route) and not situations.may_open(act, one)
    if barred and (route.policy == "patients.open" or route.policy.startswith("chart.")):
        # who may read records at all is told of none; who may never open one (a desk that writes down what it is told) stays out
        return (404, 403) if act.may("patients.open") else (404, 403, *_SEEN)
    return (*_SEEN, 404, 409) if one.is_voided or barred else _SEEN


def leaks(answer: Any, act: Any, hidden: Situation, *, sent: str = "") -> bool:
    """Whether an answer says more of a patient than the rule allows: who he is, or a word of his record."""
    if getattr(answer, "streaming", False) or forbidden(act, hidden) == ():
        return False
    words = answer.content.decode("utf-8", "replace").casefold()
    return any(word in words and word not in sent.casefold() for word in forbidden(act, hidden))


def forbidden(act: Any, hidden: Situation) -> tuple[str, ...]:
    """The words of this patient that this act may not see."""
    if not situations.may_find(act, hidden):
        return (*hidden.who, hidden.secret)
    return () if situations.may_open(act, hidden) else (hidden.secret,)


@pytest.mark.guarantee("B3", "S11")
@pytest.mark.parametrize("role", ROLES)
def test_nothing_is_found_that_is_hidden(records, browsers, sender, role):
    """Searches, pickers, duplicate checks, the find box: asked for a hidden patient by name, number and birth date."""
    act = situations.act_of(records["own"].world.cast, role)
    own, names = records["own"].world.ids, asked_by_post()
    for hidden in (one for one in records.values() if forbidden(act, one)):
        person = hidden.world.patient
        for route in (route for route in ROUTES if "POST" in route.methods and not route.changes and not route.api):
            for text in (person.family, person.mrn, str(person.birth_date)):
                data = dict.fromkeys(names, text) | {"patient_id": str(own["patient_id"])}
                answer = sender.send(browsers[role], "POST", route.address(own), data=data | form_key(), note=role)
                if answer.status_code < 400 and leaks(answer, act, hidden, sent=text):
                    sender.complain(f"a search found a record of {hidden.name}", f"{role} {route.pattern}")


def asked_by_post() -> list[str]:
    """The names under which searches read what was typed."""
    return ["q", "text", "what", "what_text", "family", "given", "birth_date", "phone", "payer_text", "allergen_text",
            "condition_text", "diagnosis_text", "item_text", "coverage-payer_text"]  # fmt: skip


# ---------------------------------------------------------------- ids in the wrong place


@pytest.mark.guarantee("B4")
def test_an_id_of_another_patient_in_an_address_reads_and_writes_nothing(records, browsers, sender):
    """Where an address names two things, each is swapped alone for the other patient's: there is no such pair."""
    own = records["own"].world.ids
    tried = 0
    for other in (records["unrelated"], records["other facility"]):
        before = situations.fingerprint(other.patient_id)
        for route in (route for route in ROUTES if len(set(route.wants) - SHARED) > 1):
            for name in set(route.wants) - SHARED:
                address = route.address(own | {name: other.world.ids[name]})
                for method in {"GET", "POST"} & set(route.methods):
                    for role in route.roles():
                        data = {"data": form_key(version="1", patient_id=str(own["patient_id"]), reason="x", text="x")}
                        answer = sender.send(browsers[role], method, address, **(data if method == "POST" else {}))
                        tried += 1
                        act = situations.act_of(records["own"].world.cast, role)
                        if answer.status_code < 400 or leaks(answer, act, other):
                            sender.complain(
                                f"{answer.status_code} for a pair that is none", f"{role} {route.pattern} {name}"
                            )
        assert situations.fingerprint(other.patient_id) == before
    assert tried > 50, tried


@pytest.mark.guarantee("H1")
def test_every_form_about_a_patient_says_which(records, forms, sender):
    """A form whose address names something of a patient carries the patient, so that the door can compare the two."""
    own = {str(value) for name, value in records["own"].world.ids.items() if name not in SHARED | PLACES}
    changing = {shape(route.address(records["own"].world.ids)): route for route in ROUTES if route.changes}
    for role, form in forms:
        if (
            shape(form.action) in changing
            and any(one in form.action for one in own)
            and "patient_id" not in form.fields
        ):
            sender.complain("a form about a patient does not say which", f"{role} {shape(form.action)}")


@pytest.mark.guarantee("B4", "H1")
@pytest.mark.parametrize("whose", ["unrelated", "other facility"])
def test_a_form_sent_for_another_patient_writes_nothing(records, forms, browsers, sender, whose):
    """Each real form of the house with each id in its address or its fields swapped alone for another patient's."""
    own, other = records["own"].world.ids, records[whose]
    theirs = {str(mine): str(other.world.ids[name]) for name, mine in own.items() if name not in SHARED}
    swapped = 0
    for role, form in forms:
        for action, fields, note in swaps(form, theirs):
            before = written(other)
            with_key = fields | form_key()
            answer = sender.send(browsers[role], "POST", action, data=with_key, note=note, watch=lambda: written(other))
            swapped += 1
            if sender.watched != before:
                sender.complain("a write to another patient", f"{role} {shape(action)} {note}")
            act = situations.act_of(records["own"].world.cast, role)
            if answer.status_code < 400 and leaks(answer, act, other, sent=repr(with_key) + action):
                sender.complain("another patient was shown", f"{role} {shape(action)} {note}")
    assert swapped > 60, swapped


def swaps(form: Any, theirs: dict[str, str]) -> Iterator[tuple[str, dict[str, Any], str]]:
    """The form with one id after the other swapped: in its address, and in each field."""
    for mine, other in theirs.items():
        if mine in form.action and len(form.names) > 0:
            yield form.action.replace(mine, other), form.fields, "address"
    for name, values in form.fields.items():
        for mine in {value for value in values if value in theirs}:
            yield form.action, form.fields | {name: [theirs[mine] if one == mine else one for one in values]}, name


def written(other: Situation) -> list[Any]:
    return situations.fingerprint(other.patient_id)


# ---------------------------------------------------------------- FHIR


@pytest.mark.guarantee("B1", "B3", "S1")
@pytest.mark.parametrize("role", ROLES)
def test_fhir_gives_what_the_rule_says(records, programs, sender, role):
    """Every type of the CapabilityStatement: read, searched, counted and included, on a record of every situation."""
    act, program = situations.act_of(records["own"].world.cast, role), programs[role]
    for mapping in served():
        for one in records.values() if act.may(FHIR_RIGHT) else [records["own"]]:
            answer = sender.send(program, "GET", f"/fhir/{mapping.type}/{one.fhir[mapping.type]}", note=role)
            wanted = fhir_expected(act, mapping, one)
            if answer.status_code not in wanted:
                sender.complain(f"{answer.status_code} instead of {wanted[0]} for {one.name}", f"{role} {mapping.type}")
        if not act.may(FHIR_RIGHT):
            if sender.send(program, "GET", f"/fhir/{mapping.type}", note=role).status_code != 403:
                sender.complain("a search without the right", f"{role} {mapping.type}")
            continue
        for hidden in (one for one in records.values() if forbidden(act, one)):
            for query in fhir_queries(mapping, hidden):
                answer = sender.send(program, "GET", f"/fhir/{mapping.type}", query_params=query, note=str(query))
                if answer.status_code >= 400 or leaks(answer, act, hidden, sent=str(query)):
                    sender.complain(
                        f"{answer.status_code}, or a record of {hidden.name}", f"{role} {mapping.type} {list(query)}"
                    )


def fhir_expected(act: Any, mapping: Any, one: Situation) -> tuple[int, ...]:
    """The statuses that reading one resource may answer with."""
    if not act.may(FHIR_RIGHT):
        return (403,)
    if one.is_foreign and (mapping.read is None or is_of_a_patient(mapping)):
        return (404,)
    if not situations.may_open(act, one) and is_of_a_patient(mapping):
        return (200, 404) if mapping.type == "Patient" else (404,)
    return (200, 404, 410) if one.is_voided else (200,)


def is_of_a_patient(mapping: Any) -> bool:
    return mapping.type not in ("Organization", "Practitioner")


def fhir_queries(mapping: Any, hidden: Situation) -> Iterator[dict[str, str]]:
    """Searches that would show a hidden record if anything let it through."""
    names = {param.name for param in mapping.searchable.values()}
    yield {"_count": "200"}
    yield {"_id": str(hidden.fhir[mapping.type])}
    for name in names & {"patient", "subject", "beneficiary"}:
        yield {name: f"Patient/{hidden.patient_id}"}
    for name in names & {"name", "family", "given"}:
        yield {name: hidden.world.patient.family}
    if "identifier" in names:
        yield {"identifier": hidden.world.patient.mrn}
    own = [f"{mapping.type}:{param.name}" for param in mapping.searchable.values() if param.kind == "reference"]
    for include in own:
        yield {"_include": include, "_count": "200"}
    if mapping.type == "Patient":
        for other in served():
            for param in other.params:
                if "Patient" in getattr(param, "targets", ()):
                    yield {"_revinclude": f"{other.type}:{param.name}", "_count": "200"}


@pytest.mark.guarantee("B3")
def test_fhir_counts_only_what_it_would_show(records, programs, sender):
    """A number says as much as a name: every type is counted, and a hidden patient's resources are counted as none."""
    for hidden in (records["other facility"],):
        for mapping in served():
            for name in {"patient", "_id"} & {param.name for param in mapping.searchable.values()}:
                value = str(hidden.fhir[mapping.type]) if name == "_id" else f"Patient/{hidden.patient_id}"
                if name == "_id" and not is_of_a_patient(mapping):
                    continue
                query = {name: value, "_summary": "count"}
                answer = sender.send(programs["doctor"], "GET", f"/fhir/{mapping.type}", query_params=query, note=name)
                if answer.status_code != 200 or answer.json()["total"] != 0:
                    sender.complain("a hidden resource is counted", f"{mapping.type} {name}")


@pytest.mark.guarantee("B4")
def test_fhir_writes_nothing_for_a_hidden_patient(records, programs, sender):
    """A new observation for another hospital's patient, and the own record put in the place of theirs."""
    hidden, own = records["other facility"], records["own"]
    body = {
        "resourceType": "Observation",
        "status": "final",
        "code": {"text": "Weight"},
        "subject": {"reference": f"Patient/{hidden.patient_id}"},
        "valueQuantity": {"value": 70, "unit": "kg"},
    }
    before = written(hidden)
    tries = [("POST", "/fhir/Observation", body)]
    for kind in ("Patient", "Observation"):
        mine = programs["doctor"].get(f"/fhir/{kind}/{own.fhir[kind]}").json()
        tries += [
            ("PUT", f"/fhir/{kind}/{hidden.fhir[kind]}", mine | {"id": str(hidden.fhir[kind])}),
            ("PUT", f"/fhir/{kind}/{hidden.fhir[kind]}", mine),
            ("PUT", f"/fhir/{kind}/{own.fhir[kind]}", mine | {"id": str(hidden.fhir[kind])}),
        ]
    tries.append(("PUT", f"/fhir/Observation/{own.fhir['Observation']}", body | {"id": str(own.fhir["Observation"])}))
    for method, address, content in tries:
        answer = sender.send(
            programs["doctor"], method, address, data=content, content_type="application/fhir+json",
            headers={"If-Match": 'W/"1"'}, watch=lambda: written(hidden),
        )  # fmt: skip
        if answer.status_code < 400 or sender.watched != before:
            sender.complain(f"{answer.status_code} for a write into a hidden record", f"{method} {shape(address)}")


# ---------------------------------------------------------------- the matrix can fail


def test_the_matrix_would_find_a_door_that_forgot_to_ask(records, browsers, witness, monkeypatch):
    """A planted hole: patients are found whatever their hospital. The matrix must complain of it."""
    plant(monkeypatch)
    sender, hidden = Sender(witness), records["other facility"]
    answer = sender.send(browsers["receptionist"], "GET", f"/patients/{hidden.patient_id}/")
    assert answer.status_code == 200
    assert leaks(answer, situations.act_of(records["own"].world.cast, "receptionist"), hidden)


def plant(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("salus.patients.models.PatientQuerySet.visible_to", lambda rows, act: rows)
