"""The matrix: every page and every search that exists, for every role, on a record of every situation; nothing is listed by hand.

What is expected follows from the door's declared policy, the role's rights and the one rule of who may open a record
(`expectations.py`). A new route is in it by itself; one for which no object can be made fails
`test_every_door_has_an_object`. Requests are rolled back, so that each meets the same hospital.
"""

import pytest
from django.urls import reverse

from salus.core.access import write_log
from salus.core.door import PUBLIC
from salus.fhir.mapping import served
from salus.patients.access.decision import Decision
from tests.cast import form_key
from tests.sweep import situations
from tests.sweep.conftest import PEOPLE, ROUTES
from tests.sweep.expectations import (
    expected,
    forbidden,
    is_of_a_record,
    is_offered,
    leads_to_glass,
    leaks,
    lets_in,
    pages,
    text_of,
)
from tests.sweep.sender import Sender, cells_of, shape

pytestmark = pytest.mark.usefixtures("papers")


def test_every_door_has_an_object(records):
    """A door that wants an id of which no situation has one would be left out: teach tests/world to make one."""
    for one in records.values():
        unknown = {name for route in ROUTES for name in route.wants} - one.world.ids.keys()
        assert not unknown, f"tests/world makes no {', '.join(sorted(unknown))}"
        missing = {mapping.type for mapping in served()} - one.fhir.keys()
        assert not missing, f"tests/sweep/situations.py makes no {', '.join(sorted(missing))}"


@pytest.mark.guarantee("B1", "B3", "S1", "S2")
@pytest.mark.parametrize("role", PEOPLE)
def test_what_a_role_sees_is_what_the_rule_says(records, browsers, sender, role):
    """Every page and paper of every record: shown where role and rule allow it, else 403 or 404; no word of a hidden
    record anywhere, in lists, counts and worklists neither."""
    act = situations.act_of(records["own"].world.cast, role)
    for route in pages():
        of_whom = records.values() if is_of_a_record(route) and lets_in(route, act) else [records["own"]]
        for one in of_whom:
            address, where = route.address(one.world.ids), f"{role} {route.pattern}"
            answer = sender.send(browsers[role], "GET", address, note=f"{role} {one.name}")
            wanted = expected(route, act, one)
            if answer.status_code not in wanted:
                sender.complain(f"{answer.status_code} instead of {wanted[0]} for {one.name}", where)
            if leads_to_glass(answer) and not (
                is_offered(act, one) and str(one.patient_id) in answer.headers["Location"]
            ):
                sender.complain(f"emergency access is offered for {one.name}", where)
            for hidden in leaks(answer, act, records.values()):
                sender.complain(f"words of a record of {hidden}", where)


@pytest.mark.guarantee("B1", "B3", "S11")
@pytest.mark.parametrize("role", ["receptionist", "cashier", "laboratory-technician", "administrator"])
def test_roles_that_open_no_record_are_shown_no_word_of_one(records, role):
    """The rule itself, seen from outside: otherwise the matrix would trust a rule that opens everything."""
    act = situations.act_of(records["own"].world.cast, role)
    assert not [one.name for one in records.values() if situations.may_open(act, one)]


def test_the_situations_differ(records):
    """Own and voided are open to the doctor, the others are hidden; the pathologist broke the glass; nobody passes a facility."""
    cast = records["own"].world.cast
    opened = {
        role: {one.name for one in records.values() if situations.may_open(situations.act_of(cast, role), one)}
        for role in ("doctor", "nurse", "pharmacist", "pathologist", "integration")
    }
    assert opened["doctor"] == opened["nurse"] == {"own", "voided"}
    assert opened["pharmacist"] == {"own", "unrelated", "voided"}, "the one pharmacy has an order of theirs"
    assert opened["pathologist"] == {"own", "unrelated", "VIP", "refusing", "voided"}, "through broken glass"
    assert opened["integration"] == {"own", "unrelated", "VIP", "voided"}


@pytest.mark.guarantee("B3", "S11")
@pytest.mark.parametrize("role", PEOPLE)
def test_nothing_is_found_that_is_hidden(records, browsers, sender, role):
    """Searches, pickers, duplicate checks, the find box: asked for a hidden patient by name, number and birth date."""
    act = situations.act_of(records["own"].world.cast, role)
    own, names = records["own"].world.ids, asked_by_post()
    searches = [one for one in ROUTES if "POST" in one.methods and not (one.changes or one.api or one.policy == PUBLIC)]
    for hidden in (one for one in records.values() if forbidden(act, one)):
        person = hidden.world.patient
        for route in (one for one in searches if lets_in(one, act)):
            for text in (person.family, person.mrn, str(person.birth_date)):
                data = dict.fromkeys(names, text) | {"patient_id": str(own["patient_id"])}
                answer = sender.send(browsers[role], "POST", route.address(own), data=data | form_key(), note=role)
                for found in leaks(answer, act, records.values(), sent=text):
                    sender.complain(f"a search found a record of {found}", f"{role} {route.pattern}")


def test_a_merged_record_is_found_by_nobody_and_opens_as_before(records, browsers, sender):
    """Whoever looks for the person finds the record that it was merged into; what was written there is not lost."""
    merged = records["voided"].world.patient
    merged.refresh_from_db()
    assert merged.merged_into_id == records["own"].patient_id
    for role in ("receptionist", "doctor"):
        for text in (merged.family, merged.mrn):
            answer = sender.send(browsers[role], "POST", reverse("patients:search"), data={"q": text} | form_key())
            assert answer.status_code == 200
            assert str(merged.id) not in answer.content.decode(), role
    assert sender.send(browsers["doctor"], "GET", f"/chart/{merged.id}/").status_code == 200
    assert (
        sender.send(browsers["pharmacist"], "GET", f"/chart/{records['other facility'].patient_id}/").status_code == 404
    )


def asked_by_post() -> list[str]:
    """The names under which searches read what was typed."""
    return ["q", "text", "what", "what_text", "family", "given", "birth_date", "phone", "payer_text", "allergen_text",
            "condition_text", "diagnosis_text", "item_text", "coverage-payer_text", "patient"]  # fmt: skip


def test_papers_are_read_too(records, browsers, sender):
    """Of a printed page the matrix reads what was handed to the printer: there is one, and the patient stands on it."""
    own = records["own"]
    papers = 0
    for route in (one for one in pages() if one.pattern.endswith(("paper", "label", "label.pdf"))):
        answer = sender.send(browsers[route.roles()[0]], "GET", route.address(own.world.ids))
        papers += answer.headers["Content-Type"] == "application/pdf"
        assert own.world.patient.family.casefold() in text_of(answer).casefold(), route.pattern
    assert papers >= 3


@pytest.mark.guarantee("I5")
def test_every_file_for_a_spreadsheet_holds_words_only(records, browsers, sender):
    """Every door that may give a file, asked for a patient whose name, and of whom a reason, begins like a formula."""
    world = records["voided"].world
    asked = {"patient": world.patient.mrn}
    write_log(world.cast.act("doctor", reason="=cmd|' /C calc'!A0"), {world.patient.id: "read"})
    may_give = [one for one in ROUTES if "POST" in one.methods and not (one.changes or one.api or one.policy == PUBLIC)]
    cells: list[str] = []
    for route in may_give:
        for role in route.roles():
            answer = sender.send(browsers[role], "POST", route.address(world.ids), data=asked | form_key())
            cells += cells_of(answer)
    # that no cell begins like a formula is judged of every answer, by the sender
    assert "'=cmd|' /C calc'!A0" in cells, "no file says the reason: nothing was judged"


def test_the_matrix_would_find_a_door_that_forgot_to_ask(records, browsers, witness, monkeypatch):
    """A planted hole: the rule lets everybody find every patient, of other hospitals too. The matrix must complain of it."""
    sender, hidden = Sender(witness), records["other facility"]
    act = situations.act_of(records["own"].world.cast, "receptionist")
    address = f"/patients/{hidden.patient_id}/"
    assert not leaks(sender.send(browsers["receptionist"], "GET", address), act, records.values())
    plant(monkeypatch)
    answer = sender.send(browsers["receptionist"], "GET", address)
    assert answer.status_code == 200, shape(address)
    assert leaks(answer, act, records.values()) == ["other facility"]


def plant(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("salus.patients.models.PatientQuerySet.visible_to", lambda rows, act: rows)
    monkeypatch.setattr("salus.patients.access.reading.decide", lambda *_args: Decision("allow", ("planted",)))
