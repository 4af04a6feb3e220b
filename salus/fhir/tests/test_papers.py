"""Vaccinations, relatives and documents of other programs: written through the acts of the chart, found, found wrong."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any
from uuid import uuid4

from salus.chart.models import Document, DocumentPage, FamilyMember, Immunization
from salus.chart.tests.builders import a_pdf
from salus.core.files import read_file
from salus.fhir.models import Source
from salus.fhir.tests.builders import a_patient, a_transaction, imported, totals, write
from salus.fhir.tests.conftest import Program
from salus.patients.models import Patient
from tests.cast import Cast

CVX = "http://hl7.org/fhir/sid/cvx"


def a_vaccination(ann: Patient, **changes: Any) -> dict[str, Any]:
    said = {
        "resourceType": "Immunization",
        "status": "completed",
        "vaccineCode": {"coding": [{"system": CVX, "code": "33", "display": "PPSV23"}]},
        "patient": {"reference": f"Patient/{ann.id}"},
        "occurrenceDateTime": "2019-05-01",
        "primarySource": False,
        "lotNumber": "PT123F",
        "expirationDate": "2019-12-15",
        "site": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActSite", "code": "LA"}]},
        "protocolApplied": [{"doseNumberPositiveInt": 1}],
    }
    return said | changes


def test_a_vaccination_is_written_found_and_found_wrong(program: Program, ann: Patient) -> None:
    made = program.post("Immunization", a_vaccination(ann))
    assert made.status == 201, made.body
    row = Immunization.objects.get(id=made.body["id"])
    assert (row.lot_number, str(row.expires_on), row.site, row.dose_number, row.is_primary) == (
        *("PT123F", "2019-12-15", "LA", 1),
        False,
    )
    assert program.get("Immunization", {"patient": str(ann.id), "lot-number": "PT123F"}).ids == [str(row.id)]
    assert program.post("Immunization", a_vaccination(ann)).status == 409, "the same dose once"
    Source.objects.filter(id=row.id).update(row_version=0)
    alone = program.get(f"Immunization/{row.id}").body
    assert (alone["lotNumber"], alone["primarySource"]) == ("PT123F", False)
    reason = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "PATOBJ"}]}
    refused = a_vaccination(ann, status="not-done", statusReason=reason, occurrenceDateTime="2019-06-01")
    assert program.post("Immunization", refused).status == 201
    assert Immunization.objects.get(status="not-done").reason_code == "PATOBJ"


def test_a_relative_is_written_and_changed(program: Program, ann: Patient) -> None:
    role = {"system": "http://terminology.hl7.org/CodeSystem/v3-RoleCode", "code": "FTH"}
    father = {
        "resourceType": "FamilyMemberHistory",
        "status": "completed",
        "patient": {"reference": f"Patient/{ann.id}"},
        "date": "2011-03-18",
        "relationship": {"coding": [role]},
        "condition": [
            {"code": {"text": "Heart Attack"}, "contributedToDeath": True, "onsetAge": {"value": 74, "code": "a"}}
        ],
    }
    made = program.post("FamilyMemberHistory", father)
    assert made.status == 201, made.body
    row = FamilyMember.objects.get(id=made.body["id"])
    assert (row.conditions[0]["display"], row.conditions[0]["onset"]) == ("Heart Attack", "74")
    assert program.get("FamilyMemberHistory", {"relationship": "FTH"}).ids == [str(row.id)]


def test_a_document_is_kept_with_its_bytes(program: Program, ann: Patient) -> None:
    """The bytes go to the sealed store: what is kept of the resource no longer holds them."""
    data = base64.b64encode(a_pdf()).decode()
    letter = {
        "resourceType": "DocumentReference",
        "status": "current",
        "type": {"coding": [{"system": "http://loinc.org", "code": "34133-9", "display": "Summary of episode note"}]},
        "subject": {"reference": f"Patient/{ann.id}"},
        "description": "Summary",
        "content": [{"attachment": {"contentType": "application/pdf", "data": data}}],
    }
    made = program.post("DocumentReference", letter)
    assert made.status == 201, made.body
    row = Document.objects.get(id=made.body["id"])
    page = DocumentPage.objects.get(document=row)
    assert data not in Source.objects.get(id=row.id).resource_text
    assert made.body["content"][0]["attachment"]["url"] == f"Binary/{page.file_id}"
    assert program.get("DocumentReference", {"patient": str(ann.id), "type": "34133-9"}).ids == [str(row.id)]
    assert program.get(f"Binary/{page.file_id}", Accept="application/fhir+json").body["data"] == data
    bad = letter | {"content": [{"attachment": {"data": base64.b64encode(b"MZ\x90\0").decode()}}]}
    assert program.post("DocumentReference", bad).status == 422
    elsewhere = letter | {"content": [{"attachment": {"url": "https://example.org/letter.pdf"}}]}
    assert program.post("DocumentReference", elsewhere).status == 422


def test_the_bytes_of_an_imported_document_lie_in_the_sealed_store_alone(
    cast: Cast, program: Program, tmp_path: Path
) -> None:
    """Neither the source nor its history keeps them; what is no file is refused, and other pages later too."""
    pdf, text = a_pdf(), b"Discharged well."
    patient = a_patient(id=str(uuid4()))
    whose = {"reference": f"urn:uuid:{patient['id']}"}

    def paper(*contents: bytes, **more: Any) -> dict[str, Any]:
        data = [{"attachment": {"contentType": "x/y", "data": base64.b64encode(one).decode()}} for one in contents]
        said = {"resourceType": "DocumentReference", "id": str(uuid4()), "status": "current", "subject": whose}
        return said | {"content": data, "description": "Letter"} | more

    sent = paper(pdf, text)
    write(tmp_path, "a.json", a_transaction(patient, sent, kind="collection"))
    assert totals(imported(cast.facility, tmp_path)) == {"stored": 2}
    document = Document.objects.get()
    pages = list(DocumentPage.objects.filter(document=document).order_by("number"))
    assert [read_file(one.file) for one in pages] == [pdf, text]
    kept = Source.objects.get(id=document.id)
    assert (base64.b64encode(text).decode() in kept.content, "data" in kept.content) == (False, False)
    served = program.get(f"DocumentReference/{document.id}").body
    urls = [one["attachment"]["url"] for one in served["content"]]
    assert urls == [f"Binary/{one.file_id}" for one in pages]
    served = program.get(urls[1], Accept="application/fhir+json").body
    assert base64.b64decode(served["data"]) == text
    assert totals(imported(cast.facility, tmp_path)) == {"unchanged": 2}
    (tmp_path / "a.json").unlink()
    again = sent | {"description": "Another title"}
    other = paper(b"Another text.", id=sent["id"])
    for n, (one, became) in enumerate(((again, "updated"), (other, "rejected"), (paper(b"\0\1\2"), "rejected"))):
        folder = tmp_path / str(n)
        folder.mkdir()
        write(folder, "b.json", a_transaction(patient, one, kind="collection"))
        assert totals(imported(cast.facility, folder)) == {became: 1, "unchanged": 1}, n
    assert DocumentPage.objects.count() == 2
    assert Document.objects.get().title == "Another title"
