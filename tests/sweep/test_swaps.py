"""An id in the wrong place: in an address, a question, a field another patient's for the own. Nothing is read or written."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from tests.cast import form_key
from tests.sweep import situations
from tests.sweep.conftest import ROUTES
from tests.sweep.expectations import PLACES, is_offered, leads_to_glass, leaks, pages
from tests.sweep.routes import Form
from tests.sweep.sender import shape
from tests.sweep.situations import fingerprint
from tests.sweep.test_doors import SHARED

pytestmark = pytest.mark.usefixtures("papers")

#: a verdict about what a member of staff did changes no record; moving all at once is one act about many patients
VERDICTS = {"glass_id", "alarm_id", "act_id"}
#: a template is every patient's of its hospital: no other hospital's
OF_THE_HOUSE = {"plan_template_id", "treatment_template_id"}


@pytest.mark.guarantee("B4")
@pytest.mark.parametrize("whose", ["unrelated", "other facility"])
def test_an_id_of_another_patient_in_an_address_reads_and_writes_nothing(records, browsers, sender, whose):
    """Where an address names two things, each is swapped alone for the other patient's: there is no such pair."""
    own, other, tried = records["own"].world.ids, records[whose], 0
    before = fingerprint(other.patient_id)
    for route in (route for route in ROUTES if len(set(route.wants) - SHARED) > 1):
        for name in set(route.wants) - SHARED - (OF_THE_HOUSE if whose == "unrelated" else set()):
            address = route.address(own | {name: other.world.ids[name]})
            for method in {"GET", "POST"} & set(route.methods):
                for role in route.roles():
                    act = situations.act_of(records["own"].world.cast, role)
                    named = other if name == "patient_id" else records["own"]
                    data = {"data": form_key(version="1", patient_id=str(named.patient_id), **SIGNED)}
                    answer = sender.send(
                        browsers[role], method, address, watch=lambda: fingerprint(other.patient_id),
                        **(data if method == "POST" else {}),
                    )  # fmt: skip
                    tried += 1
                    is_offer = leads_to_glass(answer) and is_offered(act, named)
                    if (answer.status_code < 400 and not is_offer) or leaks(answer, act, [other]):
                        sender.complain(
                            f"{answer.status_code} for a pair that is none", f"{role} {method} {route.pattern} {name}"
                        )
                    if sender.watched != before:
                        sender.complain("a write to another patient", f"{role} {route.pattern} {name}")
    assert tried > 30, tried


#: what forms with two ids in their address ask for besides: all that is missing is the right pair
SIGNED = {
    "reason": "x", "text": "x", "signed_by": "A", "signed_as": "patient", "signed_how": "paper", "clinical_status": "resolved",
    "labels": "", "outcome": "accepted", "answer": "x",
}  # fmt: skip


@pytest.mark.guarantee("H1")
def test_every_form_about_a_patient_says_which(records, forms, sender):
    """A form whose address names something of a patient carries the patient, so that the door can compare the two."""
    ids = records["own"].world.ids
    own = {str(value) for name, value in ids.items() if name not in SHARED | PLACES | VERDICTS}
    changing = {shape(route.address(ids)) for route in ROUTES if route.changes}
    for role, form in forms:
        is_of_a_patient = shape(form.action) in changing and any(one in form.action for one in own)
        if is_of_a_patient and "patient_id" not in form.fields:
            sender.complain("a form about a patient does not say which", f"{role} {shape(form.action)}")


@pytest.mark.guarantee("B4", "H1")
@pytest.mark.parametrize("whose", ["unrelated", "other facility"])
def test_a_form_sent_for_another_patient_writes_nothing(records, forms, browsers, sender, whose):
    """Each real form of the house with each id in its address or its fields swapped alone for another patient's."""
    other, swapped = records[whose], 0
    theirs, before = situations.counterparts(records["own"], other), fingerprint(other.patient_id)
    for role, form in forms:
        act = situations.act_of(records["own"].world.cast, role)
        for action, fields, note in swaps(form, theirs):
            with_key = fields | form_key()
            answer = sender.send(
                browsers[role], "POST", action, data=with_key, note=note, watch=lambda: fingerprint(other.patient_id)
            )
            swapped += 1
            if sender.watched != before:
                sender.complain("a write to another patient", f"{role} {shape(action)} {note}")
            if leaks(answer, act, [other], sent=repr(with_key) + action):
                sender.complain("another patient was shown", f"{role} {shape(action)} {note}")
    assert swapped > 100, swapped


def swaps(form: Form, theirs: dict[str, str]) -> Iterator[tuple[str, dict[str, Any], str]]:
    """The form with one id after the other swapped: in its address, and in each field."""
    for mine, other in theirs.items():
        if mine in form.action:
            yield form.action.replace(mine, other), form.fields, "address"
    for name, values in form.fields.items():
        for mine in {value for value in values if value in theirs}:
            yield form.action, form.fields | {name: [theirs[mine] if one == mine else one for one in values]}, name


@pytest.mark.guarantee("B4")
@pytest.mark.parametrize("whose", ["unrelated", "other facility"])
@pytest.mark.parametrize("share", [1, pytest.param(1000, marks=pytest.mark.long, id="all")])
def test_a_question_with_another_patients_id_is_answered_with_nothing_of_him(
    records, crawled, browsers, sender, whose, share
):
    """Every page, asked by every name that a link or a route knows for one of the other patient's ids: by one of the roles
    that it opens for, by turns, in `make test`, and by all in `make sweep`."""
    other, own = records[whose], records["own"].world
    asked = {name for _role, link in crawled.links.values() for name in parse_qs(urlsplit(link).query)}
    assert asked > {"state", "show", "page"}, "no page has a link that asks: this test would look at nothing"
    question = urlencode(dict.fromkeys(asked, str(other.patient_id)) | other.world.ids)
    for place, route in enumerate(pages()):
        roles = list(route.roles())
        for role in [role for n, role in enumerate(roles) if (n + place) % len(roles) < share]:
            answer = sender.send(
                browsers[role], "GET", f"{route.address(own.ids)}?{question}", note="asked for another"
            )
            if leaks(answer, situations.act_of(own.cast, role), [other], sent=question):
                sender.complain("another patient was shown", f"{role} {route.pattern}")


@pytest.mark.guarantee("S16")
def test_no_link_names_a_patient_after_a_question_mark(records, crawled):
    """Addresses end up in histories and logs: what is asked of a patient is sent in a form (decision 13)."""
    mine = situations.counterparts(records["own"], records["unrelated"])
    assert [link for _role, link in crawled.links.values() for one in mine if one in link.partition("?")[2]] == []
