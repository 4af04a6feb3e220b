"""Notes: drafted, signed, locked, added to."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import IntegrityError, connection
from django.urls import reverse

from salus.chart import drafts
from salus.chart import services as chart
from salus.chart.models import Condition, Document, Note
from salus.chart.note_types import BUILT_IN
from salus.chart.phrases import filled
from salus.chart.queries.notes import note_of
from salus.chart.services.labels import set_labels
from salus.chart.tests.builders import a_code, a_patient, a_visit
from salus.core.errors import Invalid, NotAllowed, NotFound, Stale
from salus.core.models import Draft, Fact

SAID = {"history": "Cough for a week", "examination": "Clear", "assessment": "Bronchitis", "plan": "Rest"}


def whose(visit):
    return {"patient_id": visit.patient_id, "encounter_id": visit.id}


def write(cast, visit, version="", role="doctor", **changes):
    return chart.write_note(cast.act(role), **whose(visit), **({"version": version, "sections": SAID} | changes))


def sign(cast, visit, version="", role="doctor", **changes):
    return chart.sign_note(cast.act(role), **whose(visit), **({"version": version, "sections": SAID} | changes))


@pytest.mark.guarantee("B56")
def test_a_draft_is_kept_for_its_author_alone_and_sealed(cast):
    visit = a_visit(cast)
    draft = write(cast, visit, diagnoses=["I10"])
    again = drafts.draft_of(cast.act("doctor"), visit.patient_id, visit.id)
    assert (again.sections, again.diagnoses, again.version) == (SAID, ("I10",), draft.version)
    assert b"Cough" not in bytes(Draft.objects.get().content)
    assert not Note.objects.exists()
    assert drafts.drafts_of(cast.act("nurse"), visit.patient_id) == []
    assert [d.encounter_id for d in drafts.drafts_of(cast.act("doctor"))] == [visit.id]


def test_a_signed_note_is_in_the_record_and_its_draft_is_gone(cast):
    visit = a_visit(cast)
    a_code()
    draft = write(cast, visit)
    note = sign(cast, visit, draft.version, diagnoses=["I10"])
    kept = Note.objects.get(id=note.id)
    assert (kept.status, kept.sections, kept.author_name) == ("signed", SAID, "Chidi Okoye")
    condition = Condition.objects.get()
    assert kept.diagnoses == [condition.id]
    assert (condition.category, condition.encounter_id, condition.code) == ("encounter-diagnosis", visit.id, "I10")
    assert not Draft.objects.exists()


def test_a_problem_that_is_active_is_the_same_problem_seen_again(cast):
    visit = a_visit(cast)
    a_code()
    old = chart.record_condition(
        cast.act("doctor"), patient_id=visit.patient_id, code="I10", display="Essential (primary) hypertension"
    )
    assert sign(cast, visit, diagnoses=["I10"]).diagnoses == [old.id]
    assert Condition.objects.count() == 1
    of = {"patient_id": visit.patient_id, "condition_id": old.id, "version": 1}
    chart.amend_condition(cast.act("doctor"), **of, verification="refuted")
    assert filled(cast.act("doctor"), visit.patient_id, None, BUILT_IN["letter-gp"])["letter"] == ""
    again = sign(cast, visit, diagnoses=["I10"])  # it is so after all: what was refuted does not stand for it
    assert again.diagnoses != [old.id]
    assert "Essential" in filled(cast.act("doctor"), visit.patient_id, None, BUILT_IN["letter-gp"])["letter"]
    new = {"patient_id": visit.patient_id, "condition_id": again.diagnoses[0], "version": 1}
    chart.void_condition(cast.act("doctor"), **new, reason="Misread")
    page = cast.client("doctor").get(reverse("chart:note", args=[visit.patient_id, again.id])).content.decode()
    assert "<del>Essential (primary) hypertension</del>" in page


@pytest.mark.guarantee("H9")
def test_a_signed_note_is_locked_by_the_database_itself(cast):
    note = sign(cast, a_visit(cast))
    note.sections = {"history": "Something else"}
    with pytest.raises(IntegrityError, match="signed note"):
        note.save(update_fields=["sections"])


def test_an_addendum_is_added_and_the_note_stays(cast):
    visit = a_visit(cast)
    note = sign(cast, visit)
    added = chart.add_addendum(
        cast.act("doctor"), patient_id=visit.patient_id, note_id=note.id, text="Allergic to cats"
    )
    assert (added.kind, added.addendum_to_id, added.encounter_id) == ("addendum", note.id, visit.id)
    more = chart.add_addendum(cast.act("doctor"), patient_id=visit.patient_id, note_id=note.id, text="And to dogs")
    for address in (note.id, more.id):  # a note with several addenda is one note
        view = note_of(cast.act("doctor"), visit.patient_id, address)
        assert (view.note.id, [one.id for one in view.addenda]) == (note.id, [added.id, more.id])
    with pytest.raises(Invalid):
        chart.add_addendum(cast.act("doctor"), patient_id=visit.patient_id, note_id=note.id, text=" ")
    with pytest.raises(Note.DoesNotExist):
        chart.add_addendum(cast.act("doctor"), patient_id=a_patient(cast).id, note_id=note.id, text="Oh")


def test_what_comes_of_a_sensitive_note_is_as_sensitive(cast):
    """What is added to it, what is copied from it (and what was cut of the copy), and the paper that is kept of it."""
    visit, act = a_visit(cast), cast.act("doctor")
    note = sign(cast, visit, note_type="visit-summary", sections={"found": "A cold and a sorrow.", "plan": "Rest."})
    before = chart.add_addendum(act, patient_id=visit.patient_id, note_id=note.id, text="More of it")
    paper = chart.file_letter(cast.almighty(), patient_id=visit.patient_id, note_id=note.id)
    said = {"patient_id": visit.patient_id, "kind": "note", "entry_id": note.id}
    set_labels(
        cast.act("administrator", rights=act.rights | {"patients.set_labels"}), **said, version=1, labels=["PSY"]
    )
    after = chart.add_addendum(act, patient_id=visit.patient_id, note_id=note.id, text="Still more")
    copied = sign(cast, visit, note_type="visit-summary", sections={"found": "A cold."}, copied={"found": str(note.id)})
    assert "sorrow" in str(copied.copied)
    assert {one.id: one.labels for one in Note.objects.all()} == dict.fromkeys(
        (note.id, before.id, after.id, copied.id), ["PSY"]
    )
    assert Document.objects.get(id=paper.id).labels == ["PSY"]
    told = {
        str(one["entry_id"]) for one in Fact.objects.filter(name="chart.EntryLabelled").values_list("data", flat=True)
    }
    assert told == {str(note.id), str(before.id), str(paper.id)}, "what was written about each of them is marked too"


def test_a_note_of_the_wrong_patient_takes_its_diagnoses_with_it(cast):
    """But none that was there before, that another note names, or that somebody has said more of since."""
    visit, act = a_visit(cast), cast.act("doctor")
    for code in ("I10", "E11.9", "J20.9", "J45.909"):
        a_code(code, f"Words of {code}")
    chart.record_condition(act, patient_id=visit.patient_id, code="I10", display="Words of I10")
    note = sign(cast, visit, diagnoses=["I10", "E11.9", "J20.9", "J45.909"])
    added = chart.add_addendum(act, patient_id=visit.patient_id, note_id=note.id, text="More of the wrong one")
    sign(cast, visit, diagnoses=["J20.9"])
    taken = Condition.objects.get(code="J45.909")
    another = cast.act("doctor", by=cast.user("pathologist").id)
    of = {"patient_id": visit.patient_id, "condition_id": taken.id, "version": 1}
    chart.amend_condition(another, **of, course="chronic")
    chart.void_note(act, patient_id=visit.patient_id, note_id=note.id, version=1, reason="Wrong patient")
    assert set(Condition.objects.valid().values_list("code", flat=True)) == {"I10", "J20.9", "J45.909"}
    gone = Condition.objects.get(code="E11.9")
    assert (gone.verification, gone.void_reason) == ("entered-in-error", "Wrong patient")
    assert Note.objects.get(id=added.id).void_reason == "Wrong patient"


def test_only_the_author_marks_a_note_as_written_in_error(cast):
    visit = a_visit(cast)
    note = sign(cast, visit)
    wrong = {"patient_id": visit.patient_id, "note_id": note.id, "version": 1}
    another = cast.act("doctor", by=cast.user("pathologist").id)
    with pytest.raises(NotAllowed):
        chart.void_note(another, **wrong, reason="Wrong patient")
    with pytest.raises(Invalid):
        chart.void_note(cast.act("doctor"), **wrong, reason="")
    chart.void_note(cast.act("doctor"), **wrong, reason="Wrong patient")
    note.refresh_from_db()
    assert (note.void_reason, note.sections) == ("Wrong patient", SAID)


def test_needs_the_right(cast):
    visit = a_visit(cast)
    for act in (write, sign):
        with pytest.raises(NotAllowed):
            act(cast, visit, role="nurse")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"sections": {"history": "  "}}, "history"),
        ({"sections": {"plan": "x" * 50_001}}, "plan"),
        ({"diagnoses": ["NO.SUCH"]}, "diagnosis"),
    ],
)
def test_refuses_nonsense_beside_its_field(cast, changes, field):
    with pytest.raises(Invalid) as refused:
        sign(cast, a_visit(cast), **changes)
    assert list(refused.value.fields) == [field]


def test_another_patients_visit_is_refused(cast):
    with pytest.raises(NotFound):
        chart.sign_note(
            cast.act("doctor"), patient_id=a_patient(cast).id, encounter_id=a_visit(cast).id, version="", sections=SAID
        )


def test_whoever_writes_over_an_unseen_save_is_told(cast):
    visit = a_visit(cast)
    first = write(cast, visit)
    with pytest.raises(Stale):  # a second window, opened before the first save
        write(cast, visit, sections={"history": "Other"})
    second = write(cast, visit, first.version, sections={"history": "More"})
    for stale in (first.version, "", "1"):
        with pytest.raises(Stale):
            sign(cast, visit, stale)
    sign(cast, visit, second.version)
    with pytest.raises(Stale):
        sign(cast, visit, second.version)


def test_a_page_is_never_in_conflict_with_itself(cast):
    """An answer that was lost on the way, or a signature that overtakes the last save, loses nothing."""
    visit = a_visit(cast)
    write(cast, visit, writer="page-1")
    write(cast, visit, writer="page-1", sections={"plan": "More"})
    with pytest.raises(Stale):
        write(cast, visit, writer="page-2", sections={"plan": "Other"})
    assert sign(cast, visit, writer="page-1").sections == SAID


def test_a_signature_may_finish_the_visit(cast):
    visit = a_visit(cast)
    sign(cast, visit, finish_visit=True)
    visit.refresh_from_db()
    assert visit.status == "finished"


def test_tells_what_happened(cast):
    visit = a_visit(cast)
    a_code()
    note = sign(cast, visit, write(cast, visit).version, diagnoses=["I10"])
    fact = Fact.objects.get(name="chart.NoteSigned")
    assert fact.data["condition_ids"] == [str(Condition.objects.get().id)]
    assert (fact.data["note_id"], fact.data["encounter_id"]) == (str(note.id), str(visit.id))


@pytest.mark.guarantee("B9")
@pytest.mark.race
@pytest.mark.guarantee("H10")
def test_fifty_editors_of_one_draft_lose_nothing(cast, real_db):
    """As many saves as are confirmed are in the row, one after the other; everybody else is told."""
    visit, act = a_visit(cast), cast.act("doctor")
    chart.write_note(act, **whose(visit), version="", sections={"plan": "start"})

    def edit(place):
        try:
            seen = drafts.draft_of(act, visit.patient_id, visit.id)
            said = {"plan": f"{seen.sections['plan']} {place}"}
            chart.write_note(act, **whose(visit), version=seen.version, sections=said)
            return place
        except Stale:
            return None
        finally:
            connection.close()

    with ThreadPoolExecutor(16) as pool:
        kept = {place for place in pool.map(edit, range(50)) if place is not None}
    words = drafts.draft_of(act, visit.patient_id, visit.id).sections["plan"].split()
    assert kept
    assert sorted(words[1:], key=int) == sorted(map(str, kept), key=int)


@pytest.mark.guarantee("B8")
@pytest.mark.race
def test_fifty_signatures_make_one_note(cast, real_db):
    visit, act = a_visit(cast), cast.act("doctor")
    draft = write(cast, visit)

    def sign_it(_):
        try:
            chart.sign_note(act, **whose(visit), version=draft.version, sections=SAID)
            return True
        except Stale:
            return False
        finally:
            connection.close()

    with ThreadPoolExecutor(16) as pool:
        assert sum(pool.map(sign_it, range(50))) == 1
    assert Note.objects.count() == 1
