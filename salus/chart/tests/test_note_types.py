"""Types of notes: the hospital's own sections and rules, second signatures, what was copied forward."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st

from salus.accounts.models import Grant, Role
from salus.chart import copying, drafts
from salus.chart import services as chart
from salus.chart.models import Note, NoteTemplate
from salus.chart.note_types import BUILT_IN
from salus.chart.queries.notes import note_of, parts_of
from salus.chart.tests.builders import a_patient, a_visit
from salus.core.errors import Invalid, NotAllowed, NotFound, Stale
from salus.core.models import Fact
from tests.cast import form_key
from tests.statements import at_most

SECTIONS = [
    {"name": "history", "label": "What the mother says"},
    {"name": "s1", "label": "Ears", "default": "Both dry."},
]


def a_template(cast, code="first-visit", **changes):
    """A type of note that the hospital has changed."""
    values = {"kind": "first-visit", "title": "Child's first visit", "sections": SECTIONS} | changes
    return NoteTemplate.objects.create(facility=cast.facility, code=code, **values)


def whose(visit):
    return {"patient_id": visit.patient_id, "encounter_id": visit.id}


def sign(cast, visit, role="doctor", **changes):
    words = {"history": "Fever since two days", "s1": "Red"}
    return chart.sign_note(cast.act(role), **whose(visit), **({"version": "", "sections": words} | changes))


def test_a_hospitals_own_type_and_an_old_note_by_the_old_one(cast):
    visit, row = a_visit(cast), a_template(cast)
    old = sign(cast, visit, note_type="first-visit")
    row.sections, row.title = [{"name": "s1", "label": "Hearing"}], "Other"
    row.save(update_fields=["sections", "title"])
    new = sign(cast, visit, note_type="first-visit")
    labels = [
        [part.label for part in note_of(cast.act("doctor"), visit.patient_id, one.id).parts] for one in (old, new)
    ]
    assert labels == [["What the mother says", "Ears"], ["Hearing"]]
    kept = Note.objects.get(id=old.id)
    assert (kept.title, kept.template, kept.template_version) == ("Child's first visit", "first-visit", 1)
    assert Note.objects.get(id=new.id).template_version == 2


def test_every_type_that_salus_brings_is_written_by_whom_it_should(cast):
    visit = a_visit(cast)
    for code, one in BUILT_IN.items():
        words = dict.fromkeys(one.names, "Said")
        if code != "nursing":
            with pytest.raises(NotAllowed):
                sign(cast, visit, "nurse", note_type=code, sections=words)
        note = sign(cast, visit, "nurse" if code == "nursing" else "doctor", note_type=code, sections=words)
        assert [part.text for part in parts_of(note)] == ["Said"] * len(one.names)
    with pytest.raises(NotFound):
        sign(cast, visit, note_type="no-such")


def test_only_the_roles_of_a_type_write_it(cast):
    visit = a_visit(cast)
    row = a_template(cast, writers=["ear-doctor"])
    with pytest.raises(NotAllowed):
        sign(cast, visit, note_type="first-visit")
    role = Role.objects.create(code="ear-doctor", name="Ear doctor", rights=[])
    Grant.objects.create(user=cast.user("doctor"), role=role, facility_id=cast.facility.id)
    assert sign(cast, visit, note_type="first-visit").template == row.code


def test_a_students_note_waits_for_a_second_signature(cast):
    visit = a_visit(cast)
    a_template(cast, cosigned=["doctor"])
    note = sign(cast, visit, note_type="first-visit")
    assert Note.objects.get(id=note.id).waits_for_cosign
    assert Fact.objects.get(name="chart.CosignAsked").data["note_id"] == str(note.id)
    of = {"patient_id": visit.patient_id, "note_id": note.id, "version": 1}
    with pytest.raises(NotAllowed, match="nobody signs"):
        chart.cosign_note(cast.act("doctor"), **of)
    senior = cast.act("doctor", by=_another_doctor(cast).user_id, by_name="Old Hand")
    chart.cosign_note(senior, **of)
    with pytest.raises(Stale):
        chart.cosign_note(senior, **of)
    with pytest.raises(chart.NotWaiting):
        chart.cosign_note(senior, **(of | {"version": 2}))
    row = Note.objects.get(id=note.id)
    assert (row.cosigned_by_name, row.waits_for_cosign) == ("Old Hand", False)
    for values in ({"cosigned_by_name": "Other"}, {"title": "Other"}):
        with pytest.raises(IntegrityError, match="signed note"), transaction.atomic():
            Note.objects.filter(id=note.id).update(**values)


def test_nobody_signs_twice_whatever_the_application_does(cast):
    note = sign(cast, a_visit(cast))
    twice = {"needs_cosign": True, "cosigned_at": note.signed_at, "cosigned_by_id": note.recorded_by_id}
    with pytest.raises(IntegrityError, match="two_signatures"):
        Note.objects.filter(id=note.id).update(**twice)


def test_a_second_signature_is_asked_of_somebody_who_may_give_it(cast):
    visit, senior = a_visit(cast), _another_doctor(cast)
    note = sign(cast, visit, asked=chart.Asked(cosigner_id=senior.practitioner_id))
    assert Fact.objects.get(name="chart.CosignAsked").data["practitioner_id"] == str(senior.practitioner_id)
    assert note.needs_cosign
    for nobody in (cast.act("nurse").practitioner_id, cast.act("doctor").practitioner_id):
        with pytest.raises(Invalid) as refused:
            sign(cast, visit, asked=chart.Asked(cosigner_id=nobody))
        assert list(refused.value.fields) == ["cosigner"]


def _another_doctor(cast):
    from tests.cast import Cast  # noqa: PLC0415 - a second doctor of the same facility

    other = Cast("second")
    other.__dict__ |= {"facility": cast.facility, "departments": cast.departments}
    return other.user("doctor").staff_member


def test_what_is_copied_forward_is_marked_in_the_text_and_on_the_page(cast):
    visit = a_visit(cast)
    first = sign(cast, visit, sections={"history": "Fever since two days. Coughs.", "plan": "Rest."})
    chart.copy_note(cast.act("doctor"), **whose(visit), note_id=first.id, note_type="consultation")
    draft = drafts.draft_of(cast.act("doctor"), visit.patient_id, visit.id)
    assert draft.sections["history"] == "Fever since two days. Coughs."
    # the page does not say again that it was copied: the draft knows
    words = {"history": "Fever since three days. Coughs.", "plan": "Antibiotics tomorrow", "examination": "Clear"}
    note = Note.objects.get(id=sign(cast, visit, version=draft.version, sections=words).id)
    assert note.sections["history"].startswith("[copied from the note of ")
    assert note.sections["history"].endswith("Chidi Okoye]\nFever since three days. Coughs.")
    assert (note.sections["plan"], note.sections["examination"]) == ("Antibiotics tomorrow", "Clear")
    assert list(note.copied) == ["history"]
    assert [piece for piece in note.copied["history"]["pieces"] if piece[0] != "same"] == [
        ["cut", "two "],
        ["new", "three "],
    ]
    page = cast.client("doctor").get(reverse("chart:note", args=[visit.patient_id, note.id])).content.decode()
    assert "Copied from the note of" in page
    assert "<del>two </del><ins>three </ins>" in page
    assert str(first.id) in page


def test_nothing_is_copied_from_another_patient(cast):
    visit, other = a_visit(cast), sign(cast, a_visit(cast, a_patient(cast)))
    with pytest.raises(Note.DoesNotExist):
        chart.copy_note(cast.act("doctor"), **whose(visit), note_id=other.id, note_type="consultation")
    for wrong in (str(other.id), "nonsense"):
        with pytest.raises(NotFound):
            sign(cast, visit, copied={"history": wrong})


_TEXT = st.text(alphabet="ab .,\n", max_size=60)


@settings(max_examples=60, deadline=None)
@given(_TEXT, _TEXT)
def test_the_pieces_say_both_texts_and_nothing_else(before, now):
    pieces = copying.told_apart(before, now)
    assert "".join(words for kind, words in pieces if kind != "cut") == now
    assert "".join(words for kind, words in pieces if kind != "new") == before
    assert copying.unmarked(copying.marked(now, "1-Jan-2026", "A ]\n[copied")) == now


def test_the_longest_notes_are_told_apart_at_once():
    began = time.monotonic()
    for before, now in (
        ("a b " * 12_000, "b a " * 12_000),
        ("x\n" * 25_000, "y x\n" * 12_000),
        ("w " * 25_000, "w " * 24_000),
    ):
        pieces = copying.told_apart(before, now)
        assert "".join(words for kind, words in pieces if kind != "cut") == now
        assert "".join(words for kind, words in pieces if kind != "new") == before
    assert time.monotonic() - began < 5


def test_a_draft_of_a_type_that_is_no_longer_used_can_be_finished(cast):
    visit, row = a_visit(cast), a_template(cast)
    chart.write_note(cast.act("doctor"), **whose(visit), version="", sections={"s1": "Red"}, note_type="first-visit")
    row.is_active = False
    row.save(update_fields=["is_active"])
    page = cast.client("doctor").get(reverse("chart:write_note", args=[visit.patient_id])).content.decode()
    assert "Red" in page
    row.writers = ["nobody"]
    row.save(update_fields=["writers"])
    page = cast.client("doctor").get(reverse("chart:write_note", args=[visit.patient_id])).content.decode()
    assert "Examination" in page, "who may not write it any longer begins another"


@pytest.mark.guarantee("B8", "H10")
@pytest.mark.race
def test_fifty_editors_of_one_note_make_one_signature_and_lose_no_text(cast, real_db):
    """Fifty windows save and sign at once: one note, with the words of the window that signed; who did not is told, and what
    was saved last before is in the note that was signed or still in the draft."""
    visit, act = a_visit(cast), cast.act("doctor")
    first = chart.write_note(act, **whose(visit), version="", sections={"plan": "start"}, note_type="ward-round")

    def edit(place):
        try:
            said = {"sections": {"plan": f"words of {place}"}, "note_type": "ward-round", "writer": f"page-{place}"}
            if place % 2:
                return "saved", place, chart.write_note(act, **whose(visit), version=first.version, **said).version
            return "signed", place, chart.sign_note(act, **whose(visit), version=first.version, **said)
        except Stale:
            return "told", place, None
        finally:
            connection.close()

    with ThreadPoolExecutor(16) as pool:
        done = list(pool.map(edit, range(50)))
    signed = [one for one in done if one[0] == "signed"]
    saved = [one for one in done if one[0] == "saved"]
    notes, draft = list(Note.objects.all()), drafts.draft_of(act, visit.patient_id, visit.id, "ward-round")
    assert (len(notes), len(signed) + len(saved)) == (len(signed), 1), "one window was first, all others are told"
    if signed:
        assert notes[0].sections["plan"] == f"words of {signed[0][1]}"
        assert not draft.version
    else:
        assert draft.sections["plan"] == f"words of {saved[0][1]}"
        chart.sign_note(act, **whose(visit), version=draft.version, sections=draft.sections, note_type="ward-round")
    assert Note.objects.count() == 1


def test_the_pages_of_a_note(cast):
    """One walk: a nurse writes hers, a doctor chooses a type, is asked for the second name, copies, is told what was wrong."""
    visit, nurse, doctor = a_visit(cast), cast.client("nurse"), cast.client("doctor")
    page = nurse.get(reverse("chart:write_note", args=[visit.patient_id])).content.decode()
    assert "To be handed over" in page
    assert "Add a diagnosis" not in page
    with at_most(15):
        page = doctor.get(reverse("chart:write_typed_note", args=[visit.patient_id, "ward-round"])).content.decode()
    assert "Since the last round" in page
    senior = _another_doctor(cast)
    found = doctor.post(reverse("chart:find_cosigner"), {"q": senior.practitioner.family}).content.decode()
    assert str(senior.practitioner_id) in found
    fields = {"patient_id": visit.patient_id, "visit": visit.id, "version": "", "note_type": "ward-round"}
    send = lambda route, *args, **more: doctor.post(  # noqa: E731
        reverse(f"chart:{route}", args=[visit.patient_id, *args]), form_key(**fields | more)
    )
    wrong = send("sign_note", history="Slept well", cosigner=str(cast.act("nurse").practitioner_id))
    assert (wrong.status_code, "Slept well" in wrong.content.decode()) == (422, True)
    with at_most(16):
        answer = send("sign_note", history="Slept well", cosigner=str(senior.practitioner_id))
    assert answer.status_code == 303
    note = Note.objects.get()
    with at_most(15):
        page = doctor.get(reverse("chart:note", args=[visit.patient_id, note.id])).content.decode()
    assert "Waits for the second signature" in page
    assert "Ward round" in page
    assert send("copy_note", note.id)["Location"].endswith("/note/as/ward-round")
    page = doctor.get(reverse("chart:write_note", args=[visit.patient_id])).content.decode()
    assert ("Slept well" in page, f"history:{note.id}" in page) == (True, True)
    assert send("ask_cosign", note.id, version=1, cosigner="").status_code == 422
    assert send("ask_cosign", note.id, version=1, cosigner=str(senior.practitioner_id)).status_code == 303
    assert doctor.get(reverse("chart:write_typed_note", args=[visit.patient_id, "no-such"])).status_code == 404
