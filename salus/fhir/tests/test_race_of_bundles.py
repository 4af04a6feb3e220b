"""Transactions that touch the same rows in opposite order: what may succeed does, without an error, nothing half written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from salus.accounts.services import issue_token
from salus.fhir.models import Source
from salus.fhir.serving.slots import slot_id
from salus.fhir.tests.builders import a_patient as an_imported_patient
from salus.fhir.tests.conftest import Answer, Program
from salus.fhir.tests.test_appointments import asked
from salus.fhir.tests.test_bundles import an_entry, posted
from salus.fhir.views import bundles as views
from salus.patients.models import Patient
from salus.patients.tests.builders import a_patient
from salus.scheduling.models import Appointment
from salus.scheduling.tests.builders import a_schedule, when
from tests.cast import Cast
from tests.races import at_once

PEOPLE = 12
#: what each bundle changes: of every type one that stands alone, and one that names others
KINDS: dict[str, dict[str, Any]] = {
    "Condition": {"code": {"text": "Cough"}},
    "Observation": {"status": "final", "code": {"text": "Smokes"}, "valueString": "never"},
    "Procedure": {"status": "completed", "code": {"text": "Wound care"}, "performedDateTime": "2020-03"},
    "Immunization": {"status": "completed", "vaccineCode": {"text": "Tetanus"}, "occurrenceDateTime": "2020-03"},
    "AllergyIntolerance": {"code": {"text": "Latex"}},
    "Goal": {"lifecycleStatus": "active", "description": {"text": "Walk"}},
    "CarePlan": {"status": "active", "intent": "plan", "title": "Feet"},
}
#: what tells the patient by another element
NAMED = {"AllergyIntolerance": "patient", "Immunization": "patient"}


def all_at_once(*runs: Callable[[], None]) -> None:
    """All of them begin together; what one raises is raised here."""
    for said in at_once(*runs):
        if isinstance(said, BaseException):
            raise said


def programs(cast: Cast) -> list[Program]:
    """Each with a token of its own."""
    user = cast.user("integration")
    return [Program(issue_token(cast.almighty(), user_id=user.id)) for _one in range(PEOPLE)]


def made(program: Program, patients: list[Any]) -> list[str]:
    """The addresses of one resource of each type for each patient."""
    found = []
    for one in patients:
        for kind, says in KINDS.items():
            subject = {NAMED.get(kind, "subject"): {"reference": f"Patient/{one.id}"}}
            answer = program.post(kind, {"resourceType": kind, **subject, **says})
            assert answer.status == 201, answer.body
            found.append(f"{kind}/{answer.body['id']}")
    return found


def read(program: Program, addresses: list[str]) -> list[dict[str, Any]]:
    """What stands there now, read in one bundle."""
    answer = posted(program, "batch", *(an_entry("GET", one) for one in addresses))
    return [one["resource"] for one in answer.body["entry"]]


def told(resource: dict[str, Any]) -> str:
    return str(resource["note"][0]["text"]) if resource.get("note") else ""


def changed(program: Program, rows: list[dict[str, Any]], words: str) -> Answer:
    """One transaction that writes the same words into all of them."""
    entries = [
        an_entry("PUT", f"{one['resourceType']}/{one['id']}", one | {"note": [{"text": words}]},
                 ifMatch=f'W/"{one["meta"]["versionId"]}"')
        for one in rows
    ]  # fmt: skip
    return posted(program, "transaction", *entries)


def history(program: Program, address: str) -> list[str]:
    """What each version of it said, the oldest first."""
    answer = program.get(f"{address}/_history", {"_count": "100"})
    return [told(one) for one in reversed(answer.resources)]


@pytest.mark.race
@pytest.mark.guarantee("B8")
def test_bundles_in_opposite_order_are_done_one_after_another_and_whole(real_db: Any, cast: Cast) -> None:
    """Each reads, changes everything, and begins anew where somebody was quicker. Every row tells the same story."""
    clients, act = programs(cast), cast.almighty()
    ann, ben = a_patient(act), a_patient(act, family="Ben")
    addresses = made(clients[0], [ann, ben])
    seen: Counter[int] = Counter()

    def work(number: int) -> Callable[[], None]:
        mine = addresses if number % 2 else addresses[::-1]

        def run() -> None:
            for _try in range(200):
                answer = changed(clients[number], read(clients[number], mine), f"by {number}")
                seen[answer.status] += 1
                assert answer.status in (200, 412), answer.body
                if answer.status == 200:
                    return
            pytest.fail("somebody is never let in")

        return run

    all_at_once(*(work(number) for number in range(PEOPLE)))
    assert seen[200] == PEOPLE
    stories = {tuple(history(clients[0], one)) for one in addresses}
    assert len(stories) == 1, "one transaction lies wholly before or after another"
    (story,) = stories
    assert sorted(story[1:]) == sorted(f"by {number}" for number in range(PEOPLE))
    assert story[0] == ""
    assert set(map(told, read(clients[0], addresses))) == {story[-1]}


@pytest.mark.race
@pytest.mark.guarantee("B8")
def test_of_bundles_that_read_the_same_one_is_done(real_db: Any, cast: Cast) -> None:
    """All from the same versions, also beside requests that change one row alone: the others write nothing, nor what is new."""
    clients, act = programs(cast), cast.almighty()
    ann, ben = a_patient(act), a_patient(act, family="Ben")
    addresses = made(clients[0], [ann, ben])
    for turn in range(4):
        rows, sources = read(clients[0], addresses), Source.objects.count()
        answers: list[tuple[int, int]] = []

        def bundle(number: int, rows: list[Any] = rows, answers: Any = answers, turn: int = turn) -> None:
            mine = rows if number % 2 else rows[::-1]
            fresh = {"resourceType": "Condition", "code": {"text": f"{turn}-{number}"}}
            subject = {"subject": {"reference": f"Patient/{(ann if number % 2 else ben).id}"}}
            entries = [an_entry("POST", "Condition", fresh | subject, f"urn:uuid:00000000-0000-4000-8000-{number:012}")]
            entries += [
                an_entry("PUT", f"{one['resourceType']}/{one['id']}", one | {"note": [{"text": f"{turn}-{number}"}]},
                         ifMatch=f'W/"{one["meta"]["versionId"]}"')
                for one in mine
            ]  # fmt: skip
            answers.append((number, posted(clients[number], "transaction", *entries).status))

        def alone(number: int, rows: list[Any] = rows, answers: Any = answers) -> None:
            one = rows[number]
            address = f"{one['resourceType']}/{one['id']}"
            answer = clients[number].put(
                address, one | {"note": [{"text": "alone"}]}, **{"If-Match": f'W/"{one["meta"]["versionId"]}"'}
            )
            answers.append((-1, answer.status))

        lone = 3 if turn % 2 else 0
        runs = [partial(alone if number < lone else bundle, number) for number in range(PEOPLE)]
        all_at_once(*runs)
        assert {status for _number, status in answers} <= {200, 412}, answers
        done = [number for number, status in answers if status == 200 and number >= 0]
        assert len(done) == (1 if lone == 0 else len(done)) <= 1
        now = read(clients[0], addresses)
        if done:
            assert {told(one) for one in now} == {f"{turn}-{done[0]}"}
        else:
            assert {told(one) for one in now} <= {"alone", told(rows[-1])}
            assert sum(told(one) == "alone" for one in now) == sum(status == 200 for _number, status in answers)
        assert Source.objects.count() == sources + len(done), "what is refused leaves nothing new"


@pytest.mark.race
@pytest.mark.guarantee("B8")
def test_bundles_that_only_add_are_all_done(real_db: Any, cast: Cast) -> None:
    """New rows of the same two patients in opposite order: nobody stands in another's way, and an allergy is recorded once."""
    clients, act = programs(cast), cast.almighty()
    people = [a_patient(act), a_patient(act, family="Ben")]
    fresh = {kind: says for kind, says in KINDS.items() if kind not in ("AllergyIntolerance", "Immunization")}

    def add(kinds: dict[str, dict[str, Any]], number: int) -> None:
        entries = [
            an_entry("POST", kind, {"resourceType": kind, NAMED.get(kind, "subject"): {"reference": f"Patient/{one.id}"}}
                     | says)
            for one in people
            for kind, says in kinds.items()
        ]  # fmt: skip
        statuses[posted(clients[number], "transaction", *(entries if number % 2 else entries[::-1])).status] += 1

    statuses: Counter[int] = Counter()
    all_at_once(*(partial(add, fresh, number) for number in range(PEOPLE)))
    assert statuses == {200: PEOPLE}
    statuses.clear()
    all_at_once(*(partial(add, KINDS, number) for number in range(PEOPLE)))
    assert statuses == {200: 1, 409: PEOPLE - 1}
    for kind in KINDS:
        for one in people:
            found = clients[0].get(kind, {"patient": str(one.id), "_summary": "count"}).body["total"]
            assert found == (PEOPLE + 1 if kind in fresh else 1), kind


@pytest.mark.race
@pytest.mark.guarantee("B8", "H11")
@pytest.mark.parametrize("kind", ["transaction", "batch"])
def test_bundles_that_book_the_same_times_in_opposite_order(real_db: Any, cast: Cast, kind: str) -> None:
    """Of different patients, whose records keep nobody waiting: one transaction has both times, of a batch each goes to one."""
    clients, act = programs(cast), cast.almighty()
    plans = [a_schedule(cast), a_schedule(cast, role="pathologist")]
    for hour in (9, 10, 11):
        patients = [[a_patient(act), a_patient(act)] for _one in range(PEOPLE)]
        there, statuses = Appointment.objects.count(), Counter[str]()

        def book(number: int, hour: int = hour, patients: Any = patients, statuses: Any = statuses) -> None:
            entries = [
                an_entry("POST", "Appointment", asked(patient, slot_id(plan.id, when(hour))))
                for plan, patient in zip(plans, patients[number], strict=True)
            ]
            answer = posted(clients[number], kind, *(entries if number % 2 else entries[::-1]))
            said = [one["response"]["status"] for one in answer.body["entry"]] if answer.status == 200 else []
            statuses.update([one[:3] for one in said] or [str(answer.status)])

        all_at_once(*(partial(book, number) for number in range(PEOPLE)))
        refused = PEOPLE - 1 if kind == "transaction" else 2 * (PEOPLE - 1)
        assert statuses == {"201": 2, "409": refused}
        assert Appointment.objects.count() == there + 2


@pytest.mark.race
@pytest.mark.guarantee("B8")
def test_bundles_that_register_the_same_people_in_opposite_order(real_db: Any, cast: Cast) -> None:
    """Numbers that one person has: of twelve bundles with the same two people one registers both, and no other anybody."""
    clients, there = programs(cast), Patient.objects.count()
    people = [an_imported_patient(name=[{"family": name, "given": ["A"]}]) for name in ("Alpha", "Beta")]
    statuses: Counter[int] = Counter()

    def register(number: int) -> None:
        entries = [an_entry("POST", "Patient", one) for one in people]
        statuses[posted(clients[number], "transaction", *(entries if number % 2 else entries[::-1])).status] += 1

    all_at_once(*(partial(register, number) for number in range(PEOPLE)))
    assert statuses == {200: 1, 409: PEOPLE - 1}
    assert Patient.objects.count() == there + 2


@pytest.mark.race
@pytest.mark.guarantee("B8")
def test_what_nobody_foresaw_is_done_again_alone(real_db: Any, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing is known to be wanted by many, two bundles wait for each other: the database finds it, and it ends well."""
    monkeypatch.setattr(views, "_SCARCE", frozenset())
    clients, act = programs(cast)[:2], cast.almighty()
    plans = [a_schedule(cast), a_schedule(cast, role="pathologist")]
    patients = [[a_patient(act), a_patient(act)] for _one in clients]
    statuses: Counter[int] = Counter()

    def book(number: int) -> None:
        entries = [
            an_entry("POST", "Appointment", asked(patient, slot_id(plan.id, when(9))))
            for plan, patient in zip(plans, patients[number], strict=True)
        ]
        statuses[posted(clients[number], "transaction", *(entries if number % 2 else entries[::-1])).status] += 1

    all_at_once(*(partial(book, number) for number in range(2)))
    assert statuses == {200: 1, 409: 1}
    assert Appointment.objects.count() == 2
