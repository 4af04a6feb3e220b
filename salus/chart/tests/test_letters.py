"""Visit summaries and letters: composed from the record, signed, printed, kept, shown where the hospital lets them be."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse

from salus.accounts.models import Role
from salus.chart import services as chart
from salus.chart.models import Document, DocumentPage, Note, NoteSetting
from salus.chart.services.documents import PaperOfNote
from salus.chart.tests.builders import a_code, a_pdf, a_visit, vital_signs
from salus.core.announce import run_waiting
from salus.core.errors import Invalid, NotAllowed
from salus.core.files import read_file
from salus.core.models import AccessEntry
from salus.staff.models import StaffMember
from salus.ui import formatting
from tests.cast import form_key

WORDS = {"found": "A cold.", "plan": "Rest, and come back\nif the fever rises. #strong[x] $1/0$"}


def sign(cast, visit, role="doctor", **changes):
    of = {"patient_id": visit.patient_id, "encounter_id": visit.id, "version": "", "sections": WORDS}
    return chart.sign_note(cast.act(role), **(of | {"note_type": "visit-summary"} | changes))


def test_a_summary_begins_with_what_was_found_and_is_kept_as_it_is_printed(cast):
    visit, doctor = a_visit(cast), cast.client("doctor")
    vital_signs()
    a_code()
    chart.record_vitals(cast.act("nurse"), patient_id=visit.patient_id, encounter_id=visit.id, values={"pulse": 72})
    sign(cast, visit, note_type="consultation", sections={"history": "x"}, diagnoses=["I10"])
    page = doctor.get(reverse("chart:write_typed_note", args=[visit.patient_id, "visit-summary"])).content.decode()
    assert "Essential (primary) hypertension" in page
    assert "72 /min" in page
    note = sign(cast, visit)
    run_waiting()
    document = Document.objects.get(source=f"chart.note:{note.id}")
    assert (document.title, document.author_name, document.code) == ("Visit summary", "Chidi Okoye", "34133-9")
    assert read_file(DocumentPage.objects.get(document=document).file).startswith(b"%PDF")
    chart.file_letter(cast.almighty(), patient_id=visit.patient_id, note_id=note.id)
    assert Document.objects.count() == 1
    of = {"patient_id": visit.patient_id, "document_id": document.id, "version": 1}
    for change in (  # what was signed stays as it was printed
        lambda: chart.describe_document(cast.act("nurse"), **of, about=chart.About(title="Another")),
        lambda: chart.add_pages(cast.act("nurse"), **of, contents=[a_pdf()]),
        lambda: chart.void_document(cast.act("nurse"), **of, reason="No"),
    ):
        with pytest.raises(PaperOfNote):
            change()
    assert (
        "Add pages" not in doctor.get(reverse("chart:document", args=[visit.patient_id, document.id])).content.decode()
    )
    other = sign(cast, visit)
    for one in (note, other):  # one was on paper before, the other gets there afterwards
        chart.void_note(cast.act("doctor"), patient_id=visit.patient_id, note_id=one.id, version=1, reason="Wrong")
    run_waiting()
    assert [row.void_reason for row in Document.objects.all()] == ["Wrong", "Wrong"]
    paper = doctor.get(reverse("chart:print_note", args=[visit.patient_id, note.id]))
    assert (paper.content[:4], paper["Content-Type"]) == (b"%PDF", "application/pdf")
    assert AccessEntry.objects.filter(door="chart:print_note").last().action == "print"


def test_a_letter_is_kept_only_when_the_second_signature_is_there(cast):
    visit = a_visit(cast)
    senior = cast.user("pathologist")
    Role.objects.filter(code="pathologist").update(
        rights=[*Role.objects.get(code="pathologist").rights, "chart.cosign_note"]
    )
    StaffMember.objects.filter(user=senior).update(retired_at=datetime.now(UTC))
    with pytest.raises(Invalid):  # nobody asks who has left
        sign(cast, visit, asked=chart.Asked(cosigner_id=senior.staff_member.practitioner_id))
    StaffMember.objects.filter(user=senior).update(retired_at=None)
    note = sign(cast, visit, asked=chart.Asked(cosigner_id=senior.staff_member.practitioner_id))
    run_waiting()
    assert not Document.objects.exists()
    another = cast.act("doctor", by=senior.id, by_name="Mira Sato")
    chart.cosign_note(another, patient_id=visit.patient_id, note_id=note.id, version=1)
    run_waiting()
    assert Document.objects.filter(source=f"chart.note:{note.id}").count() == 1


def test_showing_needs_the_right_and_a_hospital_that_shows_letters(cast):
    visit, doctor = a_visit(cast), cast.client("doctor")
    note = sign(cast, visit, asked=chart.Asked(show=True))
    assert Note.objects.get(id=note.id).shown_at
    with pytest.raises(NotAllowed):
        chart.show_letter(cast.act("nurse"), patient_id=visit.patient_id, note_id=note.id, version=1, show=True)
    address = reverse("chart:show_letter", args=[visit.patient_id, note.id])
    of = {"patient_id": visit.patient_id}
    assert doctor.post(address, form_key(version=1, show="", **of)).status_code == 303
    assert Note.objects.get(id=note.id).shown_at is None
    NoteSetting.objects.create(facility=cast.facility, letters_are_shown=False)
    assert doctor.post(address, form_key(version=2, show="1", **of)).status_code == 409
    assert sign(cast, visit, asked=chart.Asked(show=True)).shown_at is None
    page = doctor.get(reverse("chart:write_typed_note", args=[visit.patient_id, "visit-summary"])).content.decode()
    assert "patients&#39; own door" not in page


def test_a_summary_of_a_visit_finds_nothing_that_was_measured_before_it(cast):
    """Whoever came today was not found to have the pulse of three weeks ago."""
    visit, doctor = a_visit(cast), cast.client("doctor")
    vital_signs()
    act = replace(cast.act("nurse"), at=datetime.now(UTC) - timedelta(days=21))
    chart.record_vitals(act, patient_id=visit.patient_id, encounter_id=None, values={"pulse": 72})
    address = reverse("chart:write_typed_note", args=[visit.patient_id, "visit-summary"])

    def found():
        page = doctor.get(address).content.decode()
        return page[page.index("id_found") : page.index("id_ordered")]

    assert "72 /min" not in found()
    now = cast.act("nurse")
    chart.record_vitals(now, patient_id=visit.patient_id, encounter_id=visit.id, values={"pulse": 88})
    assert f"88 /min ({formatting.day(now.at)})" in found()
