"""The forms of the record: what works, what comes back with what was typed, what belongs to another patient."""

import re
from decimal import Decimal

import pytest
from django.urls import reverse

from salus.chart import drafts
from salus.chart import services as chart
from salus.chart.models import AllergyIntolerance, Condition, Note, Observation
from salus.chart.tests.builders import a_code, a_patient, a_visit, an_allergen, vital_signs
from salus.core.ids import uuid7
from salus.core.models import Draft
from salus.encounters.models import Encounter
from salus.queues.models import Token
from salus.queues.tests.builders import a_queue, a_token
from tests.cast import form_key
from tests.statements import at_most


@pytest.fixture
def visit(cast):
    vital_signs()
    a_code()
    an_allergen()
    return a_visit(cast, reason="Cough")


def send(client, route, patient_id, /, *args, **fields):
    """Post a form of the record as its page would."""
    address = reverse(f"chart:{route}", args=[patient_id, *args])
    return client.post(address, form_key(**({"patient_id": patient_id} | fields)))


def text(answer):
    return answer.content.decode()


# ---------------------------------------------------------------- vital signs


def test_vital_signs_are_taken(cast, visit):
    nurse = cast.client("nurse")
    with at_most(15):
        page = nurse.get(reverse("chart:record_vitals", args=[visit.patient_id]))
    assert "Systolic blood pressure" in text(page)
    with at_most(15):
        answer = send(nurse, "record_vitals", visit.patient_id, systolic="118", diastolic="76", temperature="37.0")
    assert (answer.status_code, answer["Location"]) == (303, reverse("encounters:queue"))
    assert str(Observation.objects.get(code="8310-5").number) == "37.0"
    visit.refresh_from_db()
    assert visit.status == "triaged"
    page = text(nurse.get(reverse("chart:record_vitals", args=[visit.patient_id])))
    assert re.search(r"last 118/76, (\d\d-\w+ )?\d\d:\d\d", page), (
        "who measures again today sees when it was measured before"
    )


def test_where_people_are_triaged_first_vital_signs_send_them_on_to_the_doctor(cast):
    triage, doctor = a_queue(cast, "triage", "T"), a_queue(cast)
    token = a_token(cast)
    nurse = cast.client("nurse")
    with at_most(15):
        send(nurse, "record_vitals", token.patient_id, pulse="70")
    assert [one.queue_id for one in Token.objects.order_by("issued_at", "id")] == [triage.id, doctor.id]
    Encounter.objects.update(labels=["PSY"])  # a visit that is marked is looked for by the rule
    assert send(nurse, "record_vitals", token.patient_id, pulse="71").status_code == 303
    found = Observation.objects.filter(code="8867-4").order_by("id").values_list("encounter_id", flat=True)
    assert list(found) == [token.encounter_id, None]


@pytest.mark.guarantee("H15")
@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"temperature": "37,2"}, "with a point"),
        ({"temperature": "37.25"}, "At most 1 decimals"),
        ({"pulse": "72.5"}, "whole numbers"),
        ({"pulse": "about 70"}, "one number"),
        ({"pulse": "720"}, "Cannot be right"),
        ({"diastolic": "80"}, "the upper value"),
        ({"systolic": "80", "diastolic": "120"}, "below the upper"),
        ({}, "at least one sign"),
        ({"pulse": "70", "taken": "25:00"}, "valid time"),
    ],
)
def test_mistakes_come_back_beside_the_field_with_what_was_typed(cast, visit, fields, words):
    answer = send(
        cast.client("nurse"), "record_vitals", visit.patient_id, **({"weight": "71.4"} | fields if fields else {})
    )
    assert answer.status_code == 422
    assert words in text(answer)
    for typed in fields.values():
        assert f'value="{typed}"' in text(answer)
    assert not Observation.objects.exists()


def test_what_is_hard_to_believe_is_asked_about_once(cast, visit):
    nurse = cast.client("nurse")
    answer = send(nurse, "record_vitals", visit.patient_id, pulse="220")
    assert answer.status_code == 422
    assert "far from usual" in text(answer)
    assert send(nurse, "record_vitals", visit.patient_id, pulse="221", sure="pulse=220").status_code == 422
    assert send(nurse, "record_vitals", visit.patient_id, pulse="220", sure="pulse=220").status_code == 303
    assert Observation.objects.get().flag == "H"


def test_a_weight_far_from_the_last_is_asked_about(cast, visit):
    chart.record_vitals(cast.act("nurse"), patient_id=visit.patient_id, values={"weight": Decimal(70)})
    answer = send(cast.client("nurse"), "record_vitals", visit.patient_id, weight="154")
    assert "far from the last, 70 kg" in text(answer)


# ---------------------------------------------------------------- problems


def test_a_problem_is_added_from_the_list(cast, visit):
    doctor = cast.client("doctor")
    found = doctor.post(reverse("chart:find_condition"), {"q": "i10"})
    assert 'data-value="I10"' in text(found)
    with at_most(15):
        answer = send(doctor, "record_condition", visit.patient_id, condition="I10", onset="Mar-2008")
    assert answer.status_code == 303
    row = Condition.objects.get()
    assert (row.display, str(row.onset)) == ("Essential (primary) hypertension", "2008-03")
    again = send(doctor, "record_condition", visit.patient_id, condition="I10")
    assert (again.status_code, "already on" in text(again)) == (422, True)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"condition_text": "hypertension"}, "Choose a problem"),
        ({"condition": "NO.SUCH"}, "Choose a problem"),
        ({"condition": "I10", "onset": "31-Feb-2008"}, "no such day"),
        ({"condition": "I10", "onset": "2999"}, "not come yet"),
    ],
)
def test_a_problem_with_mistakes_comes_back(cast, visit, fields, words):
    answer = send(cast.client("doctor"), "record_condition", visit.patient_id, note="Since the flood", **fields)
    assert answer.status_code == 422
    assert words in text(answer)
    assert "Since the flood" in text(answer)


def test_a_problem_in_words_of_ones_own(cast, visit):
    fields = {"condition_text": "Sad about the weather", "in_words": "1"}
    assert send(cast.client("doctor"), "record_condition", visit.patient_id, **fields).status_code == 303
    assert (Condition.objects.get().code, Condition.objects.get().code_system) == ("", "")


def test_a_problem_is_resolved_and_a_wrong_one_voided(cast, visit):
    doctor, act = cast.client("doctor"), cast.act("doctor")
    row = chart.record_condition(act, patient_id=visit.patient_id, code="I10", display="Hypertension")
    assert send(doctor, "change_condition", visit.patient_id, row.id, version=1, status="resolved").status_code == 303
    stale = send(doctor, "change_condition", visit.patient_id, row.id, version=1, status="active")
    assert stale.status_code == 409
    assert "Somebody changed this" in text(stale)
    lost = send(doctor, "void_condition", visit.patient_id, row.id, version=1, reason="Wrong patient, I think")
    assert (lost.status_code, "Wrong patient, I think" in text(lost)) == (409, True)
    assert send(doctor, "void_condition", visit.patient_id, row.id, version=2, reason="").status_code == 422
    assert send(doctor, "void_condition", visit.patient_id, row.id, version=2, reason="Wrong").status_code == 303
    row.refresh_from_db()
    assert row.void_reason == "Wrong"


# ---------------------------------------------------------------- allergies


def test_an_allergy_is_added_changed_and_refuted(cast, visit):
    nurse = cast.client("nurse")
    assert 'data-value="class-penicillins"' in text(nurse.post(reverse("chart:find_allergen"), {"q": "penic"}))
    fields = {"allergen": "penicillin", "kind": "allergy", "verification": "confirmed", "reaction": "rash"}
    with at_most(15):
        answer = send(nurse, "record_allergy", visit.patient_id, **fields)
    assert answer.status_code == 303
    row = AllergyIntolerance.objects.get()
    assert "rash" in text(nurse.get(reverse("chart:allergies", args=[visit.patient_id])))
    change = {"version": 1, "verification": "confirmed", "reaction": "anaphylaxis", "severity": "severe"}
    assert send(nurse, "change_allergy", visit.patient_id, row.id, **change).status_code == 303
    lost = send(nurse, "change_allergy", visit.patient_id, row.id, **(change | {"reaction": "swollen tongue"}))
    assert lost.status_code == 409
    assert "swollen tongue" in text(lost)
    assert "anaphylaxis" in text(lost)
    assert send(nurse, "refute_allergy", visit.patient_id, row.id, version=2, reason="").status_code == 422
    assert send(nurse, "refute_allergy", visit.patient_id, row.id, version=2, reason="Skin test").status_code == 303
    assert AllergyIntolerance.objects.get().verification == "refuted"


def test_none_known_is_confirmed_on_one_click_and_refused_beside_an_allergy(cast, visit):
    nurse = cast.client("nurse")
    assert send(nurse, "confirm_no_allergies", visit.patient_id).status_code == 303
    page = text(nurse.get(reverse("chart:allergies", args=[visit.patient_id])))
    assert 'data-allergies="none_known"' in page
    chart.record_allergy(cast.act("doctor"), patient_id=visit.patient_id, display="Latex")
    assert send(nurse, "confirm_no_allergies", visit.patient_id).status_code == 409


def test_an_allergy_with_mistakes_comes_back(cast, visit):
    answer = send(cast.client("nurse"), "record_allergy", visit.patient_id, allergen_text="Latex", reaction="hives")
    assert answer.status_code == 422
    assert "Choose a substance" in text(answer)
    assert 'value="hives"' in text(answer)
    assert 'value="Latex"' in text(answer)


# ---------------------------------------------------------------- notes

SAID = {"history": "Cough", "assessment": "Bronchitis"}


def test_a_note_is_typed_saved_by_itself_and_signed(cast, visit):
    doctor = cast.client("doctor")
    with at_most(15):
        page = doctor.get(reverse("chart:write_note", args=[visit.patient_id]))
    assert "Signing for" in text(page)
    writer = {"visit": visit.id, "writer": "page-1"}
    with at_most(15):
        saved = send(doctor, "save_draft", visit.patient_id, **writer, version="", history="Cou")
    assert "Draft saved" in text(saved)
    send(doctor, "save_draft", visit.patient_id, **writer, version="", history="Cough")
    assert drafts.draft_of(cast.act("doctor"), visit.patient_id, visit.id).sections["history"] == "Cough"
    assert "Cough" in text(doctor.get(reverse("chart:write_note", args=[visit.patient_id])))
    signed = {**writer, "version": "", **SAID, "diagnoses": "I10", "finish": "1"}
    with at_most(15):
        answer = send(doctor, "sign_note", visit.patient_id, **signed)
    assert (answer.status_code, answer["Location"]) == (303, reverse("encounters:queue"))
    note = Note.objects.get()
    assert (note.sections["history"], note.diagnoses) == ("Cough", [Condition.objects.get().id])
    visit.refresh_from_db()
    assert visit.status == "finished"
    assert not Draft.objects.exists()


def test_diagnoses_are_gathered_before_signing(cast, visit):
    a_code("J20.9", "Acute bronchitis, unspecified")
    doctor = cast.client("doctor")
    found = send(doctor, "note_diagnoses", visit.patient_id, diagnoses="J20.9", diagnosis="I10")
    assert text(found).index("Acute bronchitis") < text(found).index("Essential")
    fewer = send(doctor, "note_diagnoses", visit.patient_id, diagnoses=["J20.9", "I10"], remove="J20.9")
    assert "Acute bronchitis" not in text(fewer)
    without_script = send(doctor, "write_note", visit.patient_id, visit=visit.id, diagnosis="I10", add="1", **SAID)
    assert (without_script.status_code, "Essential" in text(without_script)) == (200, True)
    assert not Draft.objects.exists()


@pytest.mark.guarantee("B9")
@pytest.mark.guarantee("H10")
@pytest.mark.parametrize("route", ["write_note", "sign_note"])
def test_the_second_window_is_told_and_keeps_its_text(cast, visit, route):
    doctor = cast.client("doctor")
    first = {"visit": visit.id, "writer": "window-1", "version": "", "plan": "Rest"}
    assert send(doctor, "write_note", visit.patient_id, **first).status_code == 303
    second = {"visit": visit.id, "writer": "window-2", "version": "", "plan": "Antibiotics"}
    assert send(doctor, "save_draft", visit.patient_id, **second).status_code == 409
    # sent by the page that was left with the button: it changes nothing under the next one
    late = first | {"plan": "Re"}
    assert send(doctor, "save_draft", visit.patient_id, **late).status_code == 409
    told = send(doctor, route, visit.patient_id, **second)
    assert told.status_code == 409
    assert "Rest" in text(told)
    assert "Antibiotics" in text(told)
    kept = drafts.draft_of(cast.act("doctor"), visit.patient_id, visit.id)
    assert kept.sections["plan"] == "Rest"
    assert not Note.objects.exists()
    # whoever has seen both may decide
    assert f'value="{kept.version}"' in text(told)
    assert send(doctor, route, visit.patient_id, **(second | {"version": kept.version})).status_code == 303


def test_an_empty_note_is_not_signed(cast, visit):
    answer = send(cast.client("doctor"), "sign_note", visit.patient_id, visit=visit.id, diagnoses="I10")
    assert (answer.status_code, "before you sign" in text(answer)) == (422, True)


def test_a_signed_note_is_read_added_to_and_marked_as_wrong(cast, visit):
    doctor = cast.client("doctor")
    note = chart.sign_note(
        cast.act("doctor"), patient_id=visit.patient_id, encounter_id=visit.id, version="", sections=SAID
    )
    with at_most(15):
        page = text(doctor.get(reverse("chart:note", args=[visit.patient_id, note.id])))
    assert "Bronchitis" in page
    assert send(doctor, "add_addendum", visit.patient_id, note.id, text=" ").status_code == 422
    assert send(doctor, "add_addendum", visit.patient_id, note.id, text="Smoker").status_code == 303
    assert "Smoker" in text(doctor.get(reverse("chart:notes", args=[visit.patient_id])))
    addendum = Note.objects.get(kind="addendum")
    assert "Bronchitis" in text(doctor.get(reverse("chart:note", args=[visit.patient_id, addendum.id])))
    assert send(doctor, "void_note", visit.patient_id, note.id, version=1, reason="Wrong patient").status_code == 303
    assert "<del>" in text(doctor.get(reverse("chart:note", args=[visit.patient_id, note.id])))


def test_a_draft_is_thrown_away_and_waits_on_the_home_page_until_then(cast, visit):
    draft = chart.write_note(
        cast.act("doctor"), patient_id=visit.patient_id, encounter_id=visit.id, version="", sections=SAID
    )
    doctor = cast.client("doctor")
    assert "Notes to sign" in text(doctor.get("/"))
    assert "unsigned draft" in text(doctor.get(reverse("chart:notes", args=[visit.patient_id])))
    answer = send(doctor, "discard_draft", visit.patient_id, visit=visit.id, version=draft.version)
    assert answer.status_code == 303
    assert not Draft.objects.exists()
    assert "Notes to sign" not in text(doctor.get("/"))


# ---------------------------------------------------------------- told history


def test_what_the_patient_tells(cast, visit):
    reception = cast.client("receptionist")
    with at_most(15):
        page = reception.get(reverse("chart:record_told_history", args=[visit.patient_id]))
    assert page.status_code == 200
    fields = {"base": "", "past_illnesses": "Asthma", "smoking": "former"}
    with at_most(15):
        assert send(reception, "record_told_history", visit.patient_id, **fields).status_code == 303
    lost = send(reception, "record_told_history", visit.patient_id, **(fields | {"past_illnesses": "Measles"}))
    assert lost.status_code == 409
    assert "Measles" in text(lost)
    assert "Asthma" in text(lost)
    assert send(reception, "record_told_history", visit.patient_id, base="").status_code in (409, 422)


# ---------------------------------------------------------------- safety of every form

FORMS = [
    ("nurse", "record_vitals", {"pulse": "70"}),
    ("doctor", "record_condition", {"condition": "I10"}),
    ("doctor", "record_allergy", {"allergen": "penicillin", "kind": "allergy", "verification": "confirmed"}),
    ("nurse", "confirm_no_allergies", {}),
    ("doctor", "write_note", SAID),
    ("doctor", "save_draft", SAID),
    ("doctor", "sign_note", SAID),
    ("doctor", "discard_draft", {}),
    ("receptionist", "record_told_history", {"past_illnesses": "Asthma"}),
]


def everything_written():
    return [model.objects.count() for model in (Observation, Condition, AllergyIntolerance, Note, Draft)]


@pytest.mark.guarantee("H1")
@pytest.mark.parametrize(("role", "route", "fields"), FORMS)
@pytest.mark.parametrize("sent", ["another", "none", "nonsense"])
def test_a_form_of_another_patient_writes_nothing(cast, visit, role, route, fields, sent):
    """Open A, switch to B in a second tab, send the first: saved to A or refused, never B."""
    ben = a_patient(cast, given="Ben")
    claimed = {"another": visit.patient_id, "none": "", "nonsense": "x"}[sent]
    answer = send(cast.client(role), route, ben.id, **(fields | {"patient_id": claimed}))
    assert answer.status_code == 409
    assert everything_written() == [0, 0, 0, 0, 0]


@pytest.mark.guarantee("H1")
def test_a_row_of_another_patient_is_not_reached_through_ones_own(cast, visit):
    """Every id in every address is looked for among the rows of the patient in the address."""
    ann, ben, doctor = visit.patient_id, a_patient(cast, given="Ben").id, cast.client("doctor")
    act = cast.act("doctor")
    condition = chart.record_condition(act, patient_id=ann, code="I10", display="Hypertension")
    allergy = chart.record_allergy(act, patient_id=ann, display="Latex")
    note = chart.sign_note(act, patient_id=ann, encounter_id=visit.id, version="", sections=SAID)
    said = {"version": 1, "reason": "Wrong", "status": "resolved", "text": "More", "verification": "confirmed"}
    for route, row in (
        ("change_condition", condition),
        ("void_condition", condition),
        ("change_allergy", allergy),
        ("refute_allergy", allergy),
        ("void_allergy", allergy),
        ("add_addendum", note),
        ("void_note", note),
    ):
        assert send(doctor, route, ben, row.id, **said).status_code == 404, route
    assert doctor.get(reverse("chart:note", args=[ben, note.id])).status_code == 404
    of_ann = {"visit": visit.id, "version": ""} | SAID
    assert send(doctor, "sign_note", ben, **of_ann).status_code == 404
    for row in (condition, allergy):
        row.refresh_from_db()
        assert (row.status, row.voided_at) == ("active", None)


@pytest.mark.parametrize(("role", "route", "fields"), FORMS)
def test_needs_the_right(cast, visit, role, route, fields):
    assert send(cast.client("cashier"), route, visit.patient_id, **fields).status_code == 403
    assert everything_written() == [0, 0, 0, 0, 0]


@pytest.mark.parametrize(
    ("role", "route", "fields"), [one for one in FORMS if one[1] not in ("save_draft", "discard_draft")]
)
@pytest.mark.guarantee("B10")
def test_a_form_sent_twice_has_one_effect(cast, visit, role, route, fields):
    client, key = cast.client(role), str(uuid7())
    first = send(client, route, visit.patient_id, **fields, _key=key)
    before = everything_written()
    again = send(client, route, visit.patient_id, **fields, _key=key)
    assert (first.status_code, again.status_code) == (303, 303)
    assert everything_written() == before
