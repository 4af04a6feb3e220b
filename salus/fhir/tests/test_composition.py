"""Signed notes as Composition and ClinicalImpression, and compositions from elsewhere as notes."""

from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.urls import reverse

from salus.accounts.models import Role
from salus.chart import services as chart
from salus.chart.models import Document, Note, Observation
from salus.chart.tests.builders import a_code, a_visit
from salus.fhir.checking import check
from salus.fhir.importing.keys import UUID_SOURCE
from salus.fhir.models import Link
from salus.fhir.tests.builders import a_patient, a_transaction, an_observation, imported, totals, write
from salus.fhir.tests.conftest import Program
from salus.inbox.tests.builders import practitioner_of
from salus.patients.models import Patient
from salus.staff.models import StaffMember
from tests.cast import Cast

WORDS = {"history": "Cough <b> & fever\nfor a week", "assessment": "Bronchitis", "plan": "Rest"}


def _ids(answer: Any) -> list[str]:
    return [one["resource"]["id"] for one in answer.body.get("entry", ())]


def test_a_signed_note_is_read_and_found(cast: Cast, program: Program) -> None:
    visit = a_visit(cast)
    a_code()
    of = {"patient_id": visit.patient_id, "encounter_id": visit.id, "version": ""}
    note = chart.sign_note(cast.act("doctor"), **of, sections=WORDS, note_type="ward-round", diagnoses=["I10"])
    chart.add_addendum(cast.act("doctor"), patient_id=visit.patient_id, note_id=note.id, text="Better.")
    whole = program.get(f"Composition/{note.id}").body
    assert not check(whole).problems
    assert (whole["status"], whole["title"], whole["type"]["coding"][0]["code"]) == ("final", "Ward round", "11506-3")
    sections = {one["title"]: one for one in whole["section"]}
    assert list(sections) == ["Since the last round", "Assessment", "Plan for today", "Diagnoses"]
    assert "Cough &lt;b&gt; &amp; fever<br/>for a week" in sections["Since the last round"]["text"]["div"]
    assert sections["Diagnoses"]["entry"] == [{"reference": f"Condition/{note.diagnoses[0]}"}]
    for asked in ({"type": "http://loinc.org|11506-3"}, {"date": f"{note.written_at:%Y}"}, {"title": "Ward"}):
        assert str(note.id) in _ids(program.get("Composition", {"patient": str(visit.patient_id)} | asked))
    assert len(_ids(program.get("Composition", {"patient": str(visit.patient_id)}))) == 2
    assert _ids(program.get("Composition", {"patient": str(visit.patient_id), "type": "18842-5"})) == []
    (thought,) = program.get("ClinicalImpression", {"problem": f"Condition/{note.diagnoses[0]}"}).body["entry"]
    assert not check(thought["resource"]).problems
    assert (thought["resource"]["summary"], thought["resource"]["status"]) == ("Bronchitis", "completed")
    chart.void_note(cast.act("doctor"), patient_id=visit.patient_id, note_id=note.id, version=1, reason="Wrong")
    assert program.get(f"Composition/{note.id}").status == 410
    assert program.get(f"ClinicalImpression/{note.id}").status == 410


def _div(text: str) -> dict[str, str]:
    return {"status": "generated", "div": f'<div xmlns="http://www.w3.org/1999/xhtml">{text}</div>'}


def test_a_composition_from_elsewhere_is_a_note_to_read_and_comes_out_as_it_came(
    cast: Cast, program: Program, tmp_path: Path
) -> None:
    patient, letter = str(uuid4()), str(uuid4())
    came: dict[str, Any] = {
        "resourceType": "Composition",
        "id": letter,
        "status": "final",
        "type": {"coding": [{"system": "http://loinc.org", "code": "18842-5"}]},
        "subject": {"reference": f"urn:uuid:{patient}"},
        "date": "2019-03-04T10:15:00+01:00",
        "author": [{"display": "Dr Elsewhere"}],
        "title": "Discharge",
        "section": [
            {"title": "Course", "text": _div("<p>Fever &amp; cough.</p><p>Gone.</p>"), "section": [
                {"title": "Deeper", "text": _div("<b>Within</b>")}
            ]},
            {"title": "Empty"},
        ],
    }  # fmt: skip
    content = a_transaction(a_patient(id=patient), came, kind="collection")
    imported(cast.facility, write(tmp_path, "one.json", content))
    note = Note.objects.get()
    assert (note.title, note.author_name, note.template_kind) == ("Discharge", "Dr Elsewhere", "discharge")
    assert note.sections == {"s0": "Fever & cough.\nGone.", "s1": "Within"}
    out = program.get(f"Composition/{note.id}").body
    assert [out[name] for name in ("title", "author", "section")] == [came[n] for n in ("title", "author", "section")]
    role = Role.objects.get(code="integration")
    role.rights = [*role.rights, "patients.open_all"]
    role.save(update_fields=["rights"])
    page = cast.client("integration").get(reverse("chart:notes", args=[Patient.objects.get().id])).content.decode()
    assert all(words in page for words in ("Course – Deeper", "Within", "Dr Elsewhere"))
    came["status"], came["section"] = "amended", [{"title": "Course", "text": _div("Other")}]
    imported(cast.facility, write(tmp_path, "two.json", a_transaction(a_patient(id=patient), came, kind="collection")))
    assert Note.objects.get().sections == {"s0": "Other"}, "amended where it was written"


@pytest.mark.guarantee("H5")
def test_a_role_that_leads_to_one_of_us_is_one_of_us(cast: Cast, program: Program, tmp_path: Path) -> None:
    """One that came with the note, one that came before, and our own: as an author, an attester, and who did something."""
    doctor, patient = practitioner_of(cast, "doctor"), str(uuid4())
    staff = StaffMember.objects.get(practitioner_id=doctor)
    theirs, role = str(uuid4()), {"resourceType": "PractitionerRole", "id": str(uuid4())}
    Link.objects.create(source=UUID_SOURCE, type="Practitioner", external_id=theirs, row_id=doctor)
    Link.objects.create(source=UUID_SOURCE, type="PractitionerRole", external_id=str(staff.id), row_id=staff.id)
    role |= {"practitioner": {"reference": f"urn:uuid:{theirs}"}}
    whose = {"subject": {"reference": f"urn:uuid:{patient}"}}
    letter = {
        "resourceType": "Composition",
        "status": "final",
        "type": {"text": "Letter"},
        "date": "2019-03-04",
        **whose,
    }
    letter |= {"title": "Discharge", "section": [{"text": _div("Well.")}]}
    ours, named = {"reference": f"urn:uuid:{staff.id}"}, {"reference": f"urn:uuid:{role['id']}"}
    nobody = {"reference": f"urn:uuid:{uuid4()}", "display": "Dr Elsewhere"}
    seen = an_observation(f"urn:uuid:{patient}", id=str(uuid4()), performer=[named])
    came = [role, seen, *({**letter, "id": str(uuid4()), "author": [one]} for one in (named, ours, nobody))]
    report = imported(
        cast.facility, write(tmp_path, "one.json", a_transaction(a_patient(id=patient), *came, kind="batch"))
    )
    assert not report.refusals
    assert Observation.objects.get().performer_id == doctor
    assert [one.author_name for one in Note.objects.all()] == ["Dr Elsewhere"]
    later = {
        **letter,
        "id": str(uuid4()),
        "author": [{"display": "X"}],
        "attester": [{"mode": "legal", "party": named}],
    }
    imported(cast.facility, write(tmp_path, "two.json", a_transaction(a_patient(id=patient), later, kind="batch")))
    assert (Note.objects.count(), Document.objects.filter(kind="fhir:Composition").count()) == (1, 3)
    sent = {**letter, "subject": {"reference": f"Patient/{Patient.objects.get().id}"}}
    refused = program.post("Composition", sent | {"author": [{"reference": f"PractitionerRole/{staff.id}"}]})
    assert refused.status == 422, refused.body


@pytest.mark.guarantee("H5")
def test_no_import_signs_a_note_for_anybody_here(cast: Cast, program: Program, tmp_path: Path) -> None:
    """What names one of us as author or attester comes in as a paper: whole, found and read, and nobody's signature."""
    doctor, patient, theirs = practitioner_of(cast, "doctor"), str(uuid4()), str(uuid4())
    Link.objects.create(source=UUID_SOURCE, type="Practitioner", external_id=theirs, row_id=doctor)
    named = {"reference": f"Practitioner/{theirs}"}
    letter = {"resourceType": "Composition", "status": "final", "subject": {"reference": f"urn:uuid:{patient}"}}
    letter |= {
        "type": {"text": "Letter"},
        "date": "2019-03-04",
        "title": "Discharge",
        "section": [{"text": _div("Well.")}],
    }
    other: dict[str, Any] = {"author": [{"display": "Dr Elsewhere"}]}
    came = [
        {**letter, "id": str(uuid4()), "author": [named]},
        {**letter, "id": str(uuid4()), **other, "attester": [{"mode": "legal", "party": named}]},
        {**letter, "id": str(uuid4()), **other},
    ]
    content = a_transaction(a_patient(id=patient), *came)
    report = imported(cast.facility, write(tmp_path, "one.json", content))
    assert totals(report) == {"stored": 4}, report.refusals
    assert Note.objects.get().author_name == "Dr Elsewhere"
    papers = Document.objects.filter(kind="fhir:Composition")
    assert [one.title for one in papers] == ["Discharge"] * 2
    found = program.get("Composition", {"patient": str(papers[0].patient_id), "title": "Disch"})
    assert (found.body["total"], len(found.ids)) == (3, 3)
    assert program.get("Composition", {"author": f"Practitioner/{doctor}"}).ids == [
        str(one.id) for one in papers if program.get(f"Composition/{one.id}").body["author"][0].get("reference")
    ]
    whole = program.get(f"Patient/{papers[0].patient_id}/$everything").resources
    assert [one["resourceType"] for one in whole].count("Composition") == 3
