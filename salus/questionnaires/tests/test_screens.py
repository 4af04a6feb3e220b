"""The pages of forms: built, previewed, filled in, signed, read, printed; each within its statements."""

import re

import pytest
from django.urls import reverse

from salus.core.models import AccessEntry
from salus.questionnaires.models import Questionnaire, QuestionnaireResponse
from salus.questionnaires.tests.builders import (
    WEIGHT,
    a_form,
    a_question,
    a_visit,
    an_answer,
    options,
    sign,
    vital_signs,
    when,
)
from salus.terminology.models import Medicine
from tests.cast import form_key
from tests.statements import at_most

SMOKES = a_question("smokes", "boolean", required=True)
MANY = a_question("many", "integer", required=True, **when("smokes", answerBoolean=True))
PAIN = a_question("pain", "open-choice", answerOption=options("None", "Some"))


@pytest.fixture
def visit(cast):
    vital_signs()
    return a_visit(cast)


def posted(visit, **typed):
    return form_key(patient_id=visit.patient_id, visit=visit.id, version="", amends="", writer="w", **typed)


def test_a_form_is_filled_in_from_the_chart(cast, visit):
    """A walk: list, form, a draft by itself with what is asked now, a refusal that keeps what was typed, the signature."""
    form = a_form(cast, SMOKES, MANY, PAIN, WEIGHT, a_question("since", "dateTime"))
    of, client = [visit.patient_id, form.id], cast.client("doctor")
    with at_most(15):
        page = client.get(reverse("questionnaires:of_patient", args=[visit.patient_id]))
    assert form.title in page.content.decode()
    with at_most(15):
        page = client.get(reverse("questionnaires:fill", args=of)).content.decode()
    assert 'id="patient-banner"' in page
    assert 'name="a.smokes"' in page
    with at_most(15):
        state = client.post(reverse("questionnaires:save_form", args=of), posted(visit, **{"a.smokes": "true"}))
    assert 'data-shown="0 1 2 3 4"' in state.content.decode()
    said = posted(
        visit, **{"a.smokes": "true", "a.many": "1,5", "a.pain#own": "A little", "a.since": "3-Mar-2020 09:30"}
    )
    refused = client.post(reverse("questionnaires:sign_form", args=of), said)
    assert refused.status_code == 422
    assert all(words in refused.content.decode() for words in ("1,5", "A little", "and no comma anywhere"))
    page = client.post(reverse("questionnaires:sign_form", args=of), posted(visit)).content.decode()
    assert ">Question smokes: This question has to be answered.</a>" in page, "the list says of which"
    signed = client.post(reverse("questionnaires:sign_form", args=of), said | form_key() | {"a.many": "15"})
    made = QuestionnaireResponse.objects.get()
    assert signed.headers["Location"] == reverse("questionnaires:response", args=[visit.patient_id, made.id])
    for name in ("response", "print_response", "amend"):
        with at_most(15):
            page = client.get(reverse(f"questionnaires:{name}", args=[visit.patient_id, made.id]))
        assert "A little" in page.content.decode()
        assert ("03-Mar-2020 09:30" if name != "amend" else "2020-03-03 09:30") in page.content.decode()
    assert AccessEntry.objects.filter(patient_id=visit.patient_id, action="print").count() == 1


@pytest.mark.guarantee("H1")
def test_a_form_of_another_patients_page_is_refused(cast, visit):
    form, other = a_form(cast, SMOKES), a_visit(cast)
    of = [visit.patient_id, form.id]
    said = posted(other, **{"a.smokes": "true"})
    assert cast.client("doctor").post(reverse("questionnaires:sign_form", args=of), said).status_code == 409
    said = posted(visit, **{"a.smokes": "true"}) | {"visit": other.id}
    assert cast.client("doctor").post(reverse("questionnaires:sign_form", args=of), said).status_code == 404
    assert not QuestionnaireResponse.objects.exists()


@pytest.mark.guarantee("B9")
def test_what_another_window_saved_is_not_overwritten(cast, visit):
    form = a_form(cast, SMOKES)
    address, client = reverse("questionnaires:save_form", args=[visit.patient_id, form.id]), cast.client("doctor")
    assert client.post(address, posted(visit, **{"a.smokes": "true"})).status_code == 200
    other = client.post(address, posted(visit, **{"a.smokes": "false"}) | {"writer": "another"})
    assert other.status_code == 409
    assert "another window" in other.content.decode()


@pytest.mark.guarantee("B9")
def test_what_a_page_sends_after_it_was_left_is_too_late(cast, visit):
    """A save by itself that is overtaken by the button changes nothing under the page that comes next."""
    form, client = a_form(cast, SMOKES), cast.client("doctor")
    of = [visit.patient_id, form.id]
    assert (
        client.post(reverse("questionnaires:fill", args=of), posted(visit, **{"a.smokes": "true"})).status_code == 303
    )
    late = client.post(reverse("questionnaires:save_form", args=of), posted(visit, **{"a.smokes": "false"}))
    assert late.status_code == 409
    assert 'value="true" checked' in client.get(reverse("questionnaires:fill", args=of)).content.decode()


def test_a_form_is_built_on_pages_alone(cast, visit):
    """No JSON anywhere: a choice with points, a condition, a score with its meaning; previewed, put into use, exported."""
    client = cast.client("administrator")
    client.post(reverse("questionnaires:draft_form"), form_key(title="Pain"))
    row = Questionnaire.objects.get(title="Pain")

    def send(name, *place, version, **said):
        answer = client.post(
            reverse(f"questionnaires:{name}", args=[row.id, *place]), form_key(version=version, **said)
        )
        assert answer.status_code == 303, answer.content.decode()[-3000:]

    send("add_line", version=1, kind="choice", text="How bad?")
    send("line", 0, version=2, text="How bad?", options="None = 0\nBad = 3", records="", prefill="", code_system="")
    send("add_line", version=3, kind="string", text="Where?")
    when_bad = {"kind": "text", "when_question": "q1", "when_operator": "=", "when_answer": "Bad"}
    send("line", 1, version=4, text="Where?", **when_bad)
    send("add_line", version=5, kind="score", text="Total")
    send("line", 2, version=6, text="Total", adds="q1", bands="0 = none\n3 = bad")
    for name in ("form", "preview_form"):
        with at_most(12):
            assert client.get(reverse(f"questionnaires:{name}", args=[row.id])).status_code == 200
    part = client.get(reverse("questionnaires:form", args=[row.id]), headers={"HX-Request": "true"}).content.decode()
    assert 'id="lines"' in part
    assert "<html" not in part
    page = client.get(reverse("questionnaires:form", args=[row.id])).content.decode()
    assert "if “How bad?” is Bad" in page
    tried = client.post(
        reverse("questionnaires:preview_form", args=[row.id]),
        form_key(**{"a.q1": "a2"}),
        headers={"HX-Request": "true"},
    ).content.decode()
    assert 'data-shown="0 1 2"' in tried
    assert "bad" in tried
    send("activate_form", version=7)
    send("copy_form", version=8)
    exported = client.get(reverse("questionnaires:export_form", args=[row.id]))
    assert exported.json()["item"][1]["enableWhen"][0]["answerCoding"]["display"] == "Bad"
    assert client.get(reverse("questionnaires:forms")).content.decode().count("Pain") >= 2
    made = sign(cast, an_answer(Questionnaire.objects.get(id=row.id), visit, {"q1": "a2", "q2": "Back"}))
    assert [one["answer"][0].get("valueInteger") for one in made.items] == [None, None, 3]


def test_what_cannot_be_read_on_the_page_of_a_line_is_said_there(cast):
    client = cast.client("administrator")
    client.post(reverse("questionnaires:draft_form"), form_key(title="Pain"))
    row = Questionnaire.objects.get(title="Pain")
    client.post(reverse("questionnaires:add_line", args=[row.id]), form_key(version=1, kind="choice", text="How bad?"))
    bad = form_key(version=2, text="How bad?", options="None = zero")
    answer = client.post(reverse("questionnaires:line", args=[row.id, 0]), bad)
    assert answer.status_code == 422
    assert "as a number" in answer.content.decode()
    assert client.post(reverse("questionnaires:import_form"), form_key(pasted="{")).status_code == 422


def test_a_group_is_added_once_more_and_answers_are_looked_for_in_a_list(cast, visit):
    """A walk: another time of a group, a medicine of the list, words that a page makes up, the signed form, mended."""
    drug_name = Medicine.objects.get(code="paracetamol").name
    drug = a_question("drug", "choice", answerValueSet="salus:medicines")
    group = {
        "linkId": "taken",
        "type": "group",
        "text": "Medicine",
        "repeats": True,
        "item": [drug, a_question("since")],
    }
    form, client = a_form(cast, group), cast.client("doctor")
    of = [visit.patient_id, form.id]
    page = client.get(reverse("questionnaires:fill", args=of)).content.decode()
    assert all(words in page for words in ("combobox", 'name="again" value="taken"', 'name="a.taken" value="1"'))
    found = client.post(reverse("questionnaires:find_answer", args=["medicines"]), {"q": "paracet"})
    assert f"salus:medicine|paracetamol|{drug_name}" in found.content.decode()
    typed = {"a.taken": "1", "a.drug": "salus:medicine|paracetamol|Rat poison", "a.since": "2020"}
    more = client.post(reverse("questionnaires:fill", args=of), posted(visit, again="taken", **typed))
    page = client.get(more.headers["Location"]).content.decode()
    assert all(words in page for words in ('name="a.drug#2"', 'name="a.taken" value="2"', "2020"))
    draft = dict(posted(visit, **typed), version=re.search(r'name="version" value="(\d+)"', page)[1])
    more = {"a.taken": "2", "a.since#2": "2021"}
    address = reverse("questionnaires:sign_form", args=of)
    refused = client.post(address, draft | more | {"a.drug#2": "salus:medicine|nothing|Nothing"} | form_key())
    assert refused.status_code == 422
    assert client.post(address, draft | more | form_key()).status_code == 303
    made = QuestionnaireResponse.objects.get()
    assert [one["linkId"] for one in made.items] == ["taken", "taken"]
    assert made.items[0]["item"][0]["answer"][0]["valueCoding"]["display"] == drug_name, (
        "the list says what it is called"
    )
    for name in ("response", "amend"):
        page = client.get(reverse(f"questionnaires:{name}", args=[visit.patient_id, made.id])).content.decode()
        assert all(words in page for words in (drug_name, "2020", "2021", "Medicine 2")), name
