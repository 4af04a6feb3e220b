"""Records come in: once, whole where they ask for it, and what is wrong is told and kept."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from uuid import uuid4

import pytest

from salus.chart.models import Condition, Document, Observation
from salus.core.models import AccessEntry, Fact
from salus.encounters.models import Encounter
from salus.fhir.models import Link, Quarantine, Source
from salus.fhir.tests.builders import (
    a_patient,
    a_transaction,
    a_visit,
    an_encounter,
    an_observation,
    imported,
    totals,
    write,
)
from salus.fhir.written import decode, encode
from salus.patients.models import Identifier, Patient
from tests.cast import Cast


@pytest.mark.parametrize("name", ["visit.json", "visit.json.gz"])
def test_a_transaction_becomes_rows(cast: Cast, tmp_path: Path, name: str) -> None:
    write(tmp_path, name, a_visit())
    report = imported(cast.facility, tmp_path)
    assert totals(report) == {"stored": 5}
    patient = Patient.objects.get()
    assert (patient.family, patient.given, str(patient.birth_date)) == ("Nyström", "Ann Åsa", "1964-03")
    assert patient.facility_id == cast.facility.id
    assert patient.mrn
    assert "+46 8 123" in patient.telecom
    assert Identifier.objects.get().kind == "national"
    visit = Encounter.objects.get()
    assert visit.patient_id == patient.id
    values = {observation.number for observation in Observation.objects.filter(encounter=visit)}
    assert {str(value) for value in values} == {"7.20", "10"}
    assert str(Condition.objects.get().onset) == "2019"


@pytest.mark.guarantee("S1")
def test_what_names_a_patient_anywhere_belongs_to_his_record(cast: Cast, tmp_path: Path) -> None:
    """An appointment, a person's link, a list of subjects: no element `subject`, and yet nobody sees it who may not open him."""
    ann = a_patient(id="ann")
    naming = {"reference": "Patient/ann"}
    booked = {
        "resourceType": "Appointment",
        "id": "a",
        "status": "booked",
        "participant": [{"actor": naming, "status": "accepted"}],
    }
    person = {"resourceType": "Person", "id": "p", "link": [{"target": naming}]}
    account = {"resourceType": "Account", "id": "c", "status": "active", "subject": [naming]}
    of_nobody = {"resourceType": "Location", "id": "l", "name": "Room 1"}
    write(tmp_path, "all.json", a_transaction(ann, booked, person, account, of_nobody, kind="collection"))
    imported(cast.facility, tmp_path)
    whose = dict(Source.objects.exclude(type="Patient").values_list("type", "patient_id"))
    patient = Patient.objects.get()
    assert whose == {"Appointment": patient.id, "Person": patient.id, "Account": patient.id, "Location": None}
    Patient.objects.update(is_vip=True)
    seen = set(Source.objects.visible_to(cast.act("doctor")).values_list("type", flat=True))
    assert seen == {"Location"}


def test_the_source_keeps_numbers_as_written_and_names_our_ids(cast: Cast, tmp_path: Path) -> None:
    write(tmp_path, "visit.json", a_visit())
    imported(cast.facility, tmp_path)
    texts = [source.content for source in Source.objects.filter(type="Observation")]
    assert any('"value":7.20' in text for text in texts)
    assert any('"value":1.0e1' in text for text in texts)
    patient = Patient.objects.get()
    assert all(f'"reference":"Patient/{patient.id}"' in text for text in texts)


@pytest.mark.guarantee("B56")
def test_what_identifies_a_person_is_sealed(cast: Cast, tmp_path: Path) -> None:
    write(tmp_path, "visit.json", a_visit())
    imported(cast.facility, tmp_path)
    source = Source.objects.get(type="Patient")
    assert source.content == ""
    assert decode(source.resource_text)["address"][0]["city"] == "Uppsala"


@pytest.mark.guarantee("B10")
def test_a_second_time_changes_nothing(cast: Cast, tmp_path: Path) -> None:
    write(tmp_path, "visit.json", a_visit())
    imported(cast.facility, tmp_path)
    models = (Patient, Identifier, Encounter, Observation, Condition, Source, Link, Fact, AccessEntry)
    before = [list(model.objects.order_by("pk").values()) for model in models]
    report = imported(cast.facility, tmp_path)
    assert totals(report) == {"unchanged": 5}
    assert [list(model.objects.order_by("pk").values()) for model in models] == before


def test_one_fact_and_one_line_in_the_access_log_for_a_bundle(cast: Cast, tmp_path: Path) -> None:
    write(tmp_path, "Ann_Nyström.json", a_visit())
    imported(cast.facility, tmp_path)
    fact = Fact.objects.get(name="fhir.RecordImported")
    assert fact.patient_id == Patient.objects.get().id
    assert fact.data["resources"] == 5
    assert "Ann" not in str(fact.data)
    assert list(AccessEntry.objects.values_list("patient_id", "action")) == [(fact.patient_id, "write")]


def test_a_transaction_with_a_mistake_is_refused_whole(cast: Cast, tmp_path: Path) -> None:
    bundle = a_visit()
    bundle["entry"][3]["resource"]["status"] = "perhaps"
    write(tmp_path, "bad.json", bundle)
    write(tmp_path, "good.json", a_visit())
    report = imported(cast.facility, tmp_path)
    assert totals(report) == {"stored": 5, "rejected": 5}
    assert Patient.objects.count() == 1
    (refusal,) = report.refusals
    assert refusal.place == "entry[3]"
    assert "Observation.status" in refusal.reason
    kept = Quarantine.objects.get()
    assert kept.type == "Bundle"
    assert decode(kept.content)["entry"][3]["resource"]["status"] == "perhaps"


def test_of_another_bundle_what_is_good_is_stored(cast: Cast, tmp_path: Path) -> None:
    bundle = a_visit() | {"type": "collection"}
    bundle["entry"][3]["resource"]["status"] = "perhaps"
    write(tmp_path, "collection.json", bundle)
    report = imported(cast.facility, tmp_path)
    assert totals(report) == {"stored": 4, "rejected": 1}
    assert Quarantine.objects.get().type == "Observation"
    again = imported(cast.facility, tmp_path)
    assert totals(again) == {"unchanged": 4, "rejected": 1}
    assert Quarantine.objects.count() == 1


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"{", "truncated"),
        (b"\xff\xfe{\x00}\x00", ""),
        (b"[" * 5000, "nested"),
        (b"null", "no FHIR resource"),
        (b'"text"', "no FHIR resource"),
        (b'{"resourceType": "Bundle", "type": "nonsense"}', "not imported"),
        (b'{"resourceType": "Bundle", "type": "batch", "entry": {}}', "no list"),
        (b'{"resourceType": "Patient", "gender": "male", "gender": "female"}', "twice"),
        (b'{"resourceType": "Nonsense"}', "resourceType"),
        (b'{"resourceType": "Bundle", "type": "collection", "entry": [1, {}, {"resource": 3}]}', "JSON object"),
        (b'{"resourceType": "Patient", "name": [{"family": "A\\u0000B"}]}', "NUL"),
    ],
)
@pytest.mark.guarantee("B47")
def test_a_broken_file_never_stops_the_others(cast: Cast, tmp_path: Path, content: bytes, reason: str) -> None:
    write(tmp_path, "a.json", content)
    write(tmp_path, "b.json", a_visit())
    report = imported(cast.facility, tmp_path)
    assert totals(report)["stored"] == 5
    assert report.refusals
    assert reason in report.refusals[0].reason
    assert Patient.objects.count() == 1


def test_a_broken_gzip_is_told_and_counted(cast: Cast, tmp_path: Path) -> None:
    (tmp_path / "a.json.gz").write_bytes(b"no gzip")
    report = imported(cast.facility, tmp_path)
    assert report.unreadable == 1


def test_single_resources_find_each_other_in_any_order(cast: Cast, tmp_path: Path) -> None:
    write(
        tmp_path, "a-observation.json", an_observation("Patient/p1", id="o1", encounter={"reference": "Encounter/e1"})
    )
    write(tmp_path, "b-encounter.json", an_encounter("Patient/p1", id="e1"))
    write(tmp_path, "c-patient.json", a_patient(id="p1"))
    assert totals(imported(cast.facility, tmp_path)) == {"stored": 3}
    observation = Observation.objects.get()
    assert observation.patient_id == Patient.objects.get().id
    assert observation.encounter_id == Encounter.objects.get().id


def test_what_names_nobody_is_refused(cast: Cast, tmp_path: Path) -> None:
    write(tmp_path, "a.json", an_observation("Patient/unknown", id="o1"))
    write(tmp_path, "b.json", an_observation("Group/g", id="o2"))
    report = imported(cast.facility, tmp_path)
    assert totals(report) == {"rejected": 2}
    reasons = sorted(one.reason for one in report.refusals)
    assert "Group" in reasons[0]
    assert "not here" in reasons[1]


def test_a_reference_to_what_comes_later_holds(cast: Cast, tmp_path: Path) -> None:
    write(tmp_path, "p.json", a_patient(id="p1", managingOrganization={"reference": "Organization/o9"}))
    imported(cast.facility, tmp_path, source="north")
    write(tmp_path, "o.json", {"resourceType": "Organization", "id": "o9", "name": "Late"})
    imported(cast.facility, tmp_path, source="north")
    organization = Source.objects.get(type="Organization")
    said = decode(Source.objects.get(type="Patient").resource_text)
    assert said["managingOrganization"]["reference"] == f"Organization/{organization.id}"


def test_new_words_change_the_row_and_keep_the_old_ones(cast: Cast, tmp_path: Path) -> None:
    write(tmp_path, "p.json", a_patient(id="p1"))
    write(tmp_path, "o.json", an_observation("Patient/p1", id="o1"))
    imported(cast.facility, tmp_path)
    write(tmp_path, "o.json", an_observation("Patient/p1", "7.4", id="o1", status="amended"))
    assert totals(imported(cast.facility, tmp_path)) == {"unchanged": 1, "updated": 1}
    row = Observation.objects.get()
    assert (row.number, row.status, row.version) == (Decimal("7.4"), "amended", 2)
    assert Source.objects.get(type="Observation").row_version == 2
    # the older words come again, from an older export: they were received before
    write(tmp_path, "o.json", an_observation("Patient/p1", id="o1"))
    assert totals(imported(cast.facility, tmp_path)) == {"unchanged": 2}


def test_what_was_changed_here_is_not_overwritten(cast: Cast, tmp_path: Path) -> None:
    write(tmp_path, "p.json", a_patient(id="p1"))
    write(tmp_path, "o.json", an_observation("Patient/p1", id="o1"))
    imported(cast.facility, tmp_path)
    Observation.objects.update(status="entered-in-error")
    write(tmp_path, "o.json", an_observation("Patient/p1", "7.4", id="o1"))
    report = imported(cast.facility, tmp_path)
    assert totals(report) == {"unchanged": 1, "rejected": 1}
    assert "changed here" in report.refusals[0].reason
    assert str(Observation.objects.get().number) == "7.20"


@pytest.mark.guarantee("H2")
def test_an_id_of_two_systems_is_not_one_person(cast: Cast, tmp_path: Path) -> None:
    for name, family, born in (("north", "Nyström", "1964-03"), ("south", "Okoye", "1981")):
        folder = tmp_path / name
        folder.mkdir()
        write(folder, "p.json", a_patient(id="1", name=[{"family": family}], birthDate=born))
    assert totals(imported(cast.facility, tmp_path / "north", tmp_path / "south")) == {"stored": 2}
    report = imported(cast.facility, tmp_path / "south", source="north")
    assert totals(report) == {"rejected": 1}
    assert "another person" in report.refusals[0].reason


def test_a_practitioner_named_again_is_the_same(cast: Cast, tmp_path: Path) -> None:
    doctor = {
        "resourceType": "Practitioner",
        "id": str(uuid4()),
        "identifier": [{"system": "http://hl7.org/fhir/sid/us-npi", "value": "9999"}],
        "name": [{"family": "Okoye"}],
    }
    first, second = a_visit(), a_visit()
    first["entry"] += a_transaction(doctor)["entry"]
    second["entry"] += a_transaction({**doctor, "name": [{"family": "Okoye", "given": ["C."]}]})["entry"]
    conditional = a_visit()
    conditional["entry"][1]["resource"]["participant"] = [
        {"individual": {"reference": "Practitioner?identifier=http://hl7.org/fhir/sid/us-npi|9999"}}
    ]
    for name, bundle in (("a", first), ("b", second), ("c", conditional)):
        write(tmp_path, f"{name}.json", bundle)
    report = imported(cast.facility, tmp_path)
    assert (report.counts["Practitioner", "stored"], report.counts["Practitioner", "unchanged"]) == (1, 1)
    assert Encounter.objects.filter(practitioner__family="Okoye").count() == 1


def test_a_type_without_a_room_is_kept_whole(cast: Cast, tmp_path: Path) -> None:
    patient = str(uuid4())
    consent = {
        "resourceType": "Flag",
        "status": "active",
        "code": {"text": "Falls"},
        "subject": {"reference": f"urn:uuid:{patient}"},
    }
    device = {"resourceType": "Device", "id": "d1"}
    write(tmp_path, "a.json", a_transaction(a_patient(id=patient), consent, device))
    assert totals(imported(cast.facility, tmp_path)) == {"stored": 3}
    document = Document.objects.get()
    assert (document.kind, document.title) == ("fhir:Flag", "Falls")
    assert decode(Source.objects.get(id=document.id).content)["code"] == {"text": "Falls"}
    assert Source.objects.filter(type="Device", patient_id=None).exists()


def test_a_bulk_export_is_read_line_by_line(cast: Cast, tmp_path: Path) -> None:
    lines = [an_observation("Patient/p1", id=f"o{number}") for number in range(3)]
    content = b"\n".join(map(encode, lines)) + b"\n{broken\n"
    write(tmp_path, "Observation.ndjson", content)
    write(tmp_path, "Patient.ndjson", encode(a_patient(id="p1")))
    report = imported(cast.facility, tmp_path)
    assert totals(report) == {"stored": 4, "rejected": 1}
    assert report.refusals[0].place == "line 4"


def test_the_same_entry_twice_in_a_transaction_is_a_mistake(cast: Cast, tmp_path: Path) -> None:
    bundle = a_visit()
    bundle["entry"].append(bundle["entry"][2])
    write(tmp_path, "a.json", bundle)
    report = imported(cast.facility, tmp_path)
    assert totals(report) == {"rejected": 6}
    assert "twice" in report.refusals[0].reason


def test_an_import_does_nothing_but_create_and_update(cast: Cast, tmp_path: Path) -> None:
    bundle = a_visit()
    bundle["entry"].append({"request": {"method": "DELETE", "url": "Patient/1"}})
    write(tmp_path, "a.json", bundle)
    report = imported(cast.facility, tmp_path)
    assert "DELETE" in report.refusals[0].reason
    assert Patient.objects.count() == 0


def test_a_national_number_has_one_owner(cast: Cast, tmp_path: Path) -> None:
    first = a_patient(id="p1")
    second = a_patient(id="p2", identifier=first["identifier"], name=[{"family": "Other"}], birthDate="1990")
    write(tmp_path, "a.json", {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": first}]})
    write(tmp_path, "b.json", a_transaction(second))
    write(
        tmp_path,
        "c.json",
        {"resourceType": "Bundle", "type": "batch", "entry": a_transaction(second, a_patient())["entry"]},
    )
    report = imported(cast.facility, tmp_path)
    assert totals(report) == {"stored": 2, "rejected": 2}
    assert all("national number" in one.reason for one in report.refusals)


def test_a_number_that_a_family_shares_keeps_nobody_out(cast: Cast, tmp_path: Path) -> None:
    card = [{"type": {"coding": [{"code": "MB"}]}, "system": "http://payer.example", "value": "F-77"}]
    write(tmp_path, "a.json", a_transaction(a_patient(identifier=card), a_patient(identifier=card)))
    assert totals(imported(cast.facility, tmp_path)) == {"stored": 2}
    assert Identifier.objects.count() == 1
    texts = [source.resource_text for source in Source.objects.all()]
    assert all("F-77" in text for text in texts)


def test_a_patient_in_new_words_is_found_by_the_new_name(cast: Cast, tmp_path: Path) -> None:
    write(tmp_path, "p.json", a_patient(id="p1"))
    imported(cast.facility, tmp_path)
    write(tmp_path, "p.json", a_patient(id="p1", name=[{"family": "Åkesson", "given": ["Ann"]}], active=False))
    assert totals(imported(cast.facility, tmp_path)) == {"updated": 1}
    patient = Patient.objects.get()
    assert (patient.family, patient.is_active, patient.sort_key.split()[0]) == ("Åkesson", False, "akesson")
    assert Identifier.objects.filter(voided_at=None).count() == 1
