"""Documents: kept once and whole, shown sealed off, described, found wrong; and every look at them stands in the log."""

import io
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from salus.chart import services as chart
from salus.chart.models import Document, DocumentPage
from salus.chart.queries.documents import documents_of
from salus.chart.services import About, AlreadyKept
from salus.chart.sniffing import BadFile
from salus.chart.tests.builders import a_patient, a_pdf, a_picture, a_visit
from salus.core import files
from salus.core.errors import Invalid, NotAllowed, Stale
from salus.core.models import AccessEntry, File
from salus.patients.models import Patient
from salus.patients.tests.builders import a_consent
from tests.cast import form_key
from tests.statements import at_most


def keep(cast, patient, *contents, role="nurse", **about):
    said = About(**({"type_code": "57133-1", "title": "Letter of Dr Grey", "on": "2024-05-03"} | about))
    return chart.keep_document(cast.act(role), patient_id=patient.id, about=said, contents=contents or [a_pdf()])


def test_a_document_is_kept_with_its_pages_in_order(cast):
    row = keep(cast, a_patient(cast), a_pdf(), a_picture("PNG"), a_picture("JPEG"))
    row.refresh_from_db()
    assert (row.title, row.code, str(row.at.date()), row.status) == (
        "Letter of Dr Grey",
        "57133-1",
        "2024-05-03",
        "current",
    )
    pages = list(DocumentPage.objects.filter(document=row).select_related("file").order_by("number"))
    assert [one.file.media_type for one in pages] == ["application/pdf", "image/png", "image/jpeg"]
    assert files.read_file(pages[0].file) == a_pdf()
    assert a_pdf() not in files.path_of(pages[0].file_id).read_bytes(), "it is sealed on the disk"


def test_one_bad_page_and_nothing_is_kept(cast):
    with pytest.raises(BadFile) as refused:
        keep(cast, a_patient(cast), a_pdf(), b"MZ\x90\0")
    assert "File 2" in str(refused.value)
    assert not Document.objects.exists()


def test_of_a_pile_with_one_date_none_is_passed_over(cast):
    ann, act = a_patient(cast), cast.act("doctor")
    at = {"new": act.at, "pile": act.at - timedelta(days=400), "old": act.at - timedelta(days=900), "never": None}
    for word, times in (("new", 1), ("pile", 4), ("old", 2), ("never", 1)):
        for _n in range(times):
            Document.objects.create(patient=ann, kind=Document.KEPT, title=word, at=at[word])
    pages, before = [], None
    while not pages or before:
        found, before = documents_of(act, ann.id, before, limit=3)
        pages.append([one["title"] for one in found])
    assert pages == [["new"], ["pile"] * 4, ["old", "old", "never"]]


def test_the_same_file_is_kept_once_for_each_patient(cast):
    ann, ben = a_patient(cast), a_patient(cast, family="Birch")
    row = keep(cast, ann)
    with pytest.raises(AlreadyKept):
        keep(cast, ann, a_picture("PNG"), a_pdf())
    keep(cast, ben)
    chart.void_document(cast.act("nurse"), patient_id=ann.id, document_id=row.id, version=1, reason="Upside down")
    keep(cast, ann)


def test_pages_are_added_and_it_is_described_anew(cast):
    ann, nurse = a_patient(cast), cast.act("nurse")
    row = keep(cast, ann)
    whose = {"patient_id": ann.id, "document_id": row.id}
    chart.add_pages(nurse, **whose, version=1, contents=[a_picture("PNG")])
    with pytest.raises(Stale):
        chart.describe_document(nurse, **whose, version=1, about=About(title="Other"))
    chart.describe_document(nurse, **whose, version=2, about=About(type_code="18842-5", title="", on="2024"))
    row.refresh_from_db()
    assert (row.display, row.title, row.at.year) == ("Discharge summary", "Discharge summary", 2024)
    other = About(type_code="X-1", type_system="urn:other", type_display="Their type")
    chart.describe_document(nurse, **whose, version=3, about=other)
    chart.describe_document(nurse, **whose, version=4, about=About(title="Only the title"))
    row.refresh_from_db()
    assert (row.code, row.display, row.title) == ("X-1", "Their type", "Only the title")
    with pytest.raises(Invalid):
        chart.void_document(nurse, **whose, version=5, reason=" ")


@pytest.mark.parametrize("about", [{"on": "2999"}, {"on": "soon"}, {"type_code": "no-such"}])
def test_refuses_nonsense(cast, about):
    with pytest.raises(Invalid):
        keep(cast, a_patient(cast), **about)


def test_needs_the_right(cast):
    with pytest.raises(NotAllowed):
        keep(cast, a_patient(cast), role="cashier")


# ---------------------------------------------------------------- screens


def upload(content, name="page.pdf", said="application/pdf"):
    return SimpleUploadedFile(name, content, content_type=said)


def test_it_is_brought_looked_at_and_downloaded(cast):
    """The walk of a letter: the form, the list, the page, the picture of its sheet, the file; each look is in the log."""
    ann, nurse = a_patient(cast), cast.client("nurse")
    address = reverse("chart:keep_document", args=[ann.id])
    assert nurse.get(address).status_code == 200
    fields = {"patient_id": ann.id, "title": "Letter", "type_code": "57133-1"}
    refused = nurse.post(address, form_key(**fields, files=[upload(b"MZ\x90\0", "letter.pdf")]))
    assert (refused.status_code, "This is a program" in refused.content.decode()) == (422, True)
    with at_most(24):
        answer = nurse.post(address, form_key(**fields, files=[upload(a_pdf()), upload(a_picture("PNG"), "x.exe")]))
    assert answer.status_code == 303
    again = nurse.post(address, form_key(**fields, files=[upload(a_pdf())]))
    assert again.status_code == 409
    with at_most(15):
        page = nurse.get(answer["Location"]).content.decode()
    assert "Letter" in page
    row = Document.objects.get()
    at = [ann.id, row.id]
    with at_most(15):
        listed = nurse.get(reverse("chart:documents", args=[ann.id])).content.decode()
    assert "2 files" in listed
    drawn = nurse.get(reverse("chart:document_sheet", args=[*at, 1, 1]))
    with Image.open(io.BytesIO(drawn.content)) as picture:
        assert picture.width > 100
    assert nurse.get(reverse("chart:document_sheet", args=[*at, 1, 2])).status_code == 404
    shown = nurse.get(reverse("chart:document_file", args=[*at, 2]))
    assert "sandbox" in shown["Content-Security-Policy"]
    assert (shown["X-Content-Type-Options"], shown["Content-Type"]) == ("nosniff", "image/png")
    assert nurse.get(reverse("chart:document_file", args=[*at, 1])).status_code == 404, (
        "a PDF is never shown by a browser"
    )
    saved = nurse.get(reverse("chart:download_document", args=[*at, 1]))
    assert saved.content == a_pdf()
    assert saved["Content-Disposition"] == 'attachment; filename="document-1.pdf"'
    doors = set(AccessEntry.objects.filter(patient_id=ann.id).values_list("door", "action"))
    assert ("chart:document_sheet", "read") in doors
    assert ("chart:download_document", "export") in doors


def test_a_page_is_nobodys_who_may_not_open_the_record(cast):
    """By its own address too: the file of a document that is marked, or of another patient, is not there."""
    ben = a_patient(cast, family="Birch")
    ann = Patient.objects.create(
        facility=cast.facility, family="Ashdown", born_on="1964-03-14", birth_date="1964-03-14"
    )
    a_visit(cast, ann)  # who cares for her opens her record, but for what is marked
    row = keep(cast, ann)
    nurse = cast.client("nurse")
    assert nurse.get(reverse("chart:download_document", args=[ann.id, row.id, 1])).status_code == 200
    assert nurse.get(reverse("chart:download_document", args=[ben.id, row.id, 1])).status_code == 404
    a_consent(ann, decision="deny", labels=["PSY"])
    Document.objects.filter(id=row.id).update(labels=["PSY"])
    assert nurse.get(reverse("chart:download_document", args=[ann.id, row.id, 1])).status_code == 404
    assert cast.client("cashier").get(reverse("chart:download_document", args=[ann.id, row.id, 1])).status_code == 403


def test_the_desk_brings_what_it_is_given(cast):
    """Whoever may not open records scans a letter all the same, and does not see it afterwards."""
    ann, desk = a_patient(cast), cast.client("receptionist")
    fields = form_key(patient_id=ann.id, title="Referral", taken=[upload(a_picture("JPEG"), "IMG_1.jpg", "image/jpeg")])
    answer = desk.post(reverse("chart:keep_document", args=[ann.id]), fields)
    assert answer.status_code == 303
    assert Document.objects.get().origin == "photo"
    assert desk.get(reverse("chart:documents", args=[ann.id])).status_code in (403, 404)


def test_a_file_that_the_store_lost_says_so(cast):
    ann = a_patient(cast)
    row = keep(cast, ann, a_picture("PNG"))
    files.path_of(File.objects.get().id).unlink()
    answer = cast.client("nurse").get(reverse("chart:document_file", args=[ann.id, row.id, 1]))
    assert answer.status_code == 503
