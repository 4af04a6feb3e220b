"""What a program orders and what Salus serves of it are the same to the last word: nothing is lost, nothing is invented."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from salus.catalog.models import Orderable
from salus.chart.models import Document
from salus.chart.services import record_allergy
from salus.core.errors import NotFound
from salus.core.ids import uuid7
from salus.fhir.copying import everything_of
from salus.fhir.tests.builders import a_visit as a_bundle
from salus.fhir.tests.builders import imported, write
from salus.fhir.tests.conftest import Program
from salus.fhir.tests.test_orders import asked, doctor
from salus.fhir.written import decode
from salus.orders.models import MedicationStatement, Order
from salus.orders.services import record_statement
from salus.orders.tests.builders import a_visit
from tests.cast import Cast

__all__ = ["doctor"]

UCUM = "http://unitsofmeasure.org"
FIRST = {"If-Match": 'W/"1"'}


def dosed(body: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """The same request with another dosage."""
    return body | {"dosageInstruction": [body["dosageInstruction"][0] | changes]}


def told(visit: Any, **changes: Any) -> dict[str, Any]:
    """5 mg of warfarin a day, as the patient tells it."""
    return {
        "resourceType": "MedicationStatement",
        "status": "active",
        "medicationCodeableConcept": {"text": "Warfarin"},
        "subject": {"reference": f"Patient/{visit.patient_id}"},
        "informationSource": {"reference": f"Patient/{visit.patient_id}"},
        "dosage": [
            {
                "timing": {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d"}},
                "doseAndRate": [{"doseQuantity": {"value": 5, "unit": "mg", "system": UCUM, "code": "mg"}}],
            }
        ],
    } | changes


def test_an_update_never_serves_a_dose_that_was_not_signed(cast: Cast, doctor: Program) -> None:
    made = doctor.post("MedicationRequest", asked(a_visit(cast)))
    path = f"MedicationRequest/{made.body['id']}"
    held = made.body | {"status": "on-hold", "statusReason": {"text": "Ill"}}
    ten_times = dosed(held, doseAndRate=[{"doseQuantity": {"value": 5000, "unit": "mg"}}])
    for wrong in (ten_times, held | {"dispenseRequest": {"quantity": {"value": 900}}}, held | {"requester": {}},
                  held | {"text": {"status": "additional", "div": '<div xmlns="http://www.w3.org/1999/xhtml">5 g</div>'}},
                  held | {"medicationCodeableConcept": {"text": "morphine"}}):  # fmt: skip
        refused = doctor.put(path, wrong, **FIRST)
        assert refused.status == 422, refused.body
    refused = doctor.put(path, ten_times, **FIRST).body["issue"]
    assert [one["expression"] for one in refused] == [["MedicationRequest.dosageInstruction"]]
    assert doctor.get(path).body == made.body
    spoken = {
        "note": [{"text": "vomits"}],
        "text": {"status": "generated", "div": '<div xmlns="http://www.w3.org/1999/xhtml">5 g</div>'},
    }
    answer = doctor.put(path, held | spoken, **FIRST)
    assert answer.status == 200, answer.body
    assert Order.objects.get().hold_reason == "Ill; vomits"
    assert answer.body["statusReason"] == {"text": "Ill; vomits"}
    assert "text" not in answer.body
    assert answer.body["dosageInstruction"] == made.body["dosageInstruction"]
    again = doctor.put(path, answer.body, **{"If-Match": 'W/"2"'})
    assert (again.status, again.body) == (200, answer.body)


def test_who_signed_and_when_is_told_by_us(cast: Cast, doctor: Program) -> None:
    lie = {"requester": {"display": "Professor Nobody"}, "authoredOn": "2001-01-01", "recorder": {"display": "Nobody"}}
    visit = a_visit(cast)
    made = doctor.post("MedicationRequest", asked(visit, **lie))
    assert made.status == 201, made.body
    assert made.body["requester"]["display"] == "Chidi Okoye"
    assert not made.body["authoredOn"].startswith("2001")
    assert "Nobody" not in str(doctor.get(f"MedicationRequest/{made.body['id']}").body)
    named = {"coding": asked(visit)["medicationCodeableConcept"]["coding"], "text": "morphine 100 mg"}
    other = doctor.post("MedicationRequest", asked(visit, medicationCodeableConcept=named, note=[{"text": "x"}]))
    assert "morphine" not in str(other.body)


def test_what_is_not_to_be_given_is_never_signed(cast: Cast, doctor: Program) -> None:
    visit = a_visit(cast)
    modifier = {"modifierExtension": [{"url": "http://example.org/not", "valueBoolean": True}]}
    plain = asked(visit)
    for wrong in (plain | {"doNotPerform": True}, plain | modifier, dosed(plain, **modifier)):
        refused = doctor.post("MedicationRequest", wrong)
        assert refused.status == 422, refused.body
    service = {key: plain[key] for key in ("status", "intent", "subject")} | {"resourceType": "ServiceRequest"}
    coded = {"code": {"coding": [{"system": "http://loinc.org", "code": "2823-3"}]}}
    refused = doctor.post("ServiceRequest", service | coded | {"doNotPerform": True})
    assert (refused.status, refused.body["issue"][0]["expression"]) == (422, ["ServiceRequest.doNotPerform"])
    assert not Order.objects.exists()
    assert doctor.post("MedicationRequest", plain | {"doNotPerform": False}).status == 201


def test_what_came_as_no_order_is_kept_as_a_paper(cast: Cast, program: Program, tmp_path: Path) -> None:
    bundle = a_bundle()
    patient = next(one["fullUrl"] for one in bundle["entry"] if one["resource"]["resourceType"] == "Patient")
    common = {
        "resourceType": "MedicationRequest",
        "status": "active",
        "medicationCodeableConcept": {"text": "Penicillin"},
        "subject": {"reference": patient},
    }
    before = [one["resource"]["resourceType"] for one in bundle["entry"]].count("MedicationRequest")
    wishes = ({"intent": "order", "doNotPerform": True}, {"intent": "proposal"}, {"intent": "order"})
    for place, wish in enumerate(wishes):
        resource = common | wish | {"id": f"wish-{place}"}
        request = {"method": "POST", "url": "MedicationRequest"}
        bundle["entry"].append({"fullUrl": f"urn:uuid:{uuid7()}", "resource": resource, "request": request})
    write(tmp_path, "ann.json", bundle)
    imported(cast.facility, tmp_path)
    assert Order.objects.filter(kind="medicine").count() == before + 1
    papers = Document.objects.filter(kind="fhir:MedicationRequest").values_list("title", flat=True)
    assert sorted(papers) == ["Do not: Penicillin", "proposal: Penicillin"]
    paper = Document.objects.get(title__startswith="Do not")
    order = Order.objects.get(display="Penicillin")
    assert program.get(f"MedicationRequest/{paper.id}").body["doNotPerform"] is True
    assert program.get(f"MedicationRequest/{order.id}").status == 200
    assert program.get(f"MedicationRequest/{uuid7()}").status == 404
    whole = program.get(f"Patient/{paper.patient_id}/$everything", {"_type": "MedicationRequest"})
    assert len(whole.ids) == before + 3
    copied = [decode(one)["id"] for one in everything_of(cast.act("doctor"), paper.patient_id)]
    assert copied.count(str(paper.id)) == copied.count(str(order.id)) == 1


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("boundsPeriod", {"start": "2026-01-01", "end": "2026-01-03"}),
        ("boundsDuration", {"value": 36, "unit": "h", "system": UCUM, "code": "h"}),
        ("boundsDuration", {"value": 1, "unit": "a", "system": UCUM, "code": "a"}),
        ("count", 3),
        ("dayOfWeek", ["mon"]),
        ("frequencyMax", 6),
        ("periodMax", 2),
        ("when", ["PCM"]),
    ],
)
def test_a_timing_that_would_be_lost_is_refused(cast: Cast, doctor: Program, place: str, said: Any) -> None:
    body = asked(a_visit(cast))
    repeat = {"frequency": 1, "period": 1, "periodUnit": "d", place: said}
    refused = doctor.post("MedicationRequest", dosed(body, timing={"repeat": repeat}))
    assert refused.status == 422
    assert refused.body["issue"][0]["expression"][0].endswith(f"timing.repeat.{place}"), refused.body
    assert not Order.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"doseAndRate": [{"doseQuantity": {"value": 500, "unit": "mg", "system": UCUM, "code": "g"}}]},
        {"doseAndRate": [{"doseQuantity": {"value": 500, "unit": "g", "system": UCUM, "code": "mg"}}]},
        {"doseAndRate": [{"doseRange": {"low": {"value": 500, "unit": "mg"}}}]},
        {"timing": {"code": {"text": "BID"}, "repeat": {"frequency": 3, "period": 1, "periodUnit": "d"}}},
        {"route": {"coding": [{"system": "http://snomed.info/sct", "code": "47625008"}]}},
        {"maxDosePerPeriod": {"numerator": {"value": 4, "unit": "g"}, "denominator": {"value": 1, "unit": "d"}}},
        {"site": {"text": "left eye"}},
    ],
)
def test_a_dosage_that_contradicts_itself_is_refused(cast: Cast, doctor: Program, wrong: dict[str, Any]) -> None:
    refused = doctor.post("MedicationRequest", dosed(asked(a_visit(cast)), **wrong))
    assert refused.status == 422
    (place,) = refused.body["issue"][0]["expression"]
    assert place.startswith(f"MedicationRequest.dosageInstruction.{next(iter(wrong))}"), refused.body
    assert not Order.objects.exists()


def test_the_most_in_a_day_and_every_word_reach_the_order(cast: Cast, doctor: Program) -> None:
    most = {
        "numerator": {"value": 2000, "unit": "mg"},
        "denominator": {"value": 1, "unit": "d", "system": UCUM, "code": "d"},
    }
    body = dosed(
        asked(a_visit(cast), note=[{"text": "with food"}], reasonCode=[{"text": "headache"}]),
        maxDosePerPeriod=most,
        asNeededCodeableConcept={"text": "pain"},
        text="not before noon",
        additionalInstruction=[{"text": "never with alcohol"}],
        route={"text": "oral"},
        timing={
            "code": {"coding": [{"code": "TID"}]},
            "repeat": asked(a_visit(cast))["dosageInstruction"][0]["timing"]["repeat"],
        },
    )
    made = doctor.post("MedicationRequest", body)
    assert made.status == 201, made.body
    order = Order.objects.get()
    assert (order.most_per_day, order.as_needed_for, order.duration_days) == (4, "pain", 5)
    assert order.note == "with food\nnot before noon\nnever with alcohol\nheadache"
    served = made.body["dosageInstruction"][0]
    assert served["maxDosePerPeriod"]["numerator"]["value"] == 2000
    too_long = doctor.post("MedicationRequest", body | {"note": [{"text": "x" * 501}]})
    assert too_long.status == 422
    for lost in ({"dispenseRequest": {"initialFill": {"duration": {"value": 2, "unit": "d"}}}}, {"reportedBoolean": True},
                 {"dispenseRequest": {"validityPeriod": {"end": "2027"}}},
                 {"dispenseRequest": {"quantity": {"value": 2, "unit": "box"}}}):  # fmt: skip
        assert doctor.post("MedicationRequest", body | lost).status == 422, lost


def test_what_is_said_beside_the_order_stands_in_its_note_and_comes_out_again(cast: Cast, doctor: Program) -> None:
    """Who carries it out reads it; what is only kept is what changes nothing of what is done. The shape is HL7's example."""
    visit = a_visit(cast)
    beside: dict[str, Any] = {
        "reportedBoolean": False,
        "identifier": [{"system": "http://pharmacy.example/rx", "value": "12689"}],
        "contained": [
            {"resourceType": "Medication", "id": "med0312", "code": asked(visit)["medicationCodeableConcept"]},
            {"resourceType": "Practitioner", "id": "who", "name": [{"family": "Maas"}]},
            {"resourceType": "Practitioner", "id": "nobody", "name": [{"family": "Lost"}]},
        ],
        "substitution": {"allowedBoolean": False, "reason": {"text": "stable on this one"}},
        "performer": {"reference": "#who", "display": "Luigi Maas"},
        "dispenseRequest": {
            "validityPeriod": {"start": "2999-01-15", "end": "2999-02-15"},
            "numberOfRepeatsAllowed": 1,
            "expectedSupplyDuration": {"value": 5, "unit": "days", "system": UCUM, "code": "d"},
        },
    }
    body = dosed(asked(visit) | beside, method={"text": "Swallow"}, timing={"code": {"coding": [{"code": "TID"}]}})
    body["dispenseRequest"]["quantity"] = {"value": 15}
    del body["medicationCodeableConcept"]
    made = doctor.post("MedicationRequest", body | {"medicationReference": {"reference": "#med0312"}})
    assert made.status == 201, made.body
    order = Order.objects.get()
    assert (order.presentation.rxnorm, order.frequency, order.period) == (["198440"], 3, 1)
    lines = ["Swallow", "No substitution, stable on this one", "Not given out before 2999-01-15", "By: Luigi Maas"]
    assert order.note.splitlines() == lines
    served = doctor.get(f"MedicationRequest/{order.id}").body
    assert served["dispenseRequest"] == beside["dispenseRequest"] | {
        "quantity": {"value": 15, "unit": order.quantity_unit}
    }
    assert served["contained"] == [beside["contained"][1]], "what nothing refers to any more goes"
    assert {name: served[name] for name in ("identifier", "substitution", "performer")} == {
        name: beside[name] for name in ("identifier", "substitution", "performer")
    }
    held = doctor.put(f"MedicationRequest/{order.id}", served | {"status": "on-hold", "statusReason": {"text": "Ill"}})
    assert (held.status, held.body["substitution"]) == (200, beside["substitution"])


@pytest.mark.parametrize(
    "medication",
    [
        {"code": {"text": "Paracetamol"}},
        {"ingredient": [{"itemCodeableConcept": {"text": "Paracetamol"}}]},
        {"code": "ours", "ingredient": [{"itemCodeableConcept": {"text": "Morphine"}}]},
        {"code": "ours", "status": "entered-in-error"},
        {"code": "ours", "modifierExtension": [{"url": "http://example.org/not", "valueBoolean": True}]},
        None,
    ],
)
def test_a_medicine_that_is_more_than_its_code_is_not_signed(cast: Cast, doctor: Program, medication: Any) -> None:
    body = asked(a_visit(cast))
    code = body.pop("medicationCodeableConcept")
    if medication:
        said = medication | ({"code": code} if medication.get("code") == "ours" else {})
        body["contained"] = [{"resourceType": "Medication", "id": "m"} | said]
    refused = doctor.post("MedicationRequest", body | {"medicationReference": {"reference": "#m"}})
    assert refused.status == 422, refused.body
    assert not Order.objects.exists()


def test_a_medicine_that_is_here_is_taken_by_its_code(cast: Cast, doctor: Program, tmp_path: Path) -> None:
    """Every safety check sees it: an allergy stops it like one that is coded in the request."""
    visit = a_visit(cast)
    body = asked(visit)
    write(tmp_path, "m.json", {"resourceType": "Medication", "id": "m", "code": body.pop("medicationCodeableConcept")})
    imported(cast.facility, tmp_path)
    (found,) = doctor.get("Medication").ids
    body["medicationReference"] = {"reference": f"Medication/{found}"}
    assert doctor.post("MedicationRequest", body).status == 201
    assert Order.objects.get().presentation.rxnorm == ["198440"]
    record_allergy(cast.act("nurse"), patient_id=visit.patient_id, display="Paracetamol", reaction="rash")
    stopped = doctor.post("MedicationRequest", body)
    assert (stopped.status, Order.objects.count()) == (422, 1)
    assert "Allergy: Paracetamol" in str(stopped.body)
    unknown = body | {"medicationReference": {"reference": f"Medication/{uuid7()}"}}
    assert doctor.post("MedicationRequest", unknown).status == 422


def test_a_service_says_when_where_and_how_often(cast: Cast, doctor: Program) -> None:
    """A schedule of the order's own where it has one; a moment in the note, since an order here is wanted at once."""
    visit = a_visit(cast)
    what = {"code_system": "http://snomed.info/sct", "coding": "34431008"}
    Orderable.objects.create(code="chest", name="Physiotherapy of the chest", kind="procedure", **what)
    service = {
        "resourceType": "ServiceRequest", "status": "active", "intent": "order",
        "subject": {"reference": f"Patient/{visit.patient_id}"},
        "code": {"coding": [{"system": "http://snomed.info/sct", "code": "34431008"}]},
    }  # fmt: skip
    beside = {"occurrenceDateTime": "2999-07-08T09:33:27+07:00", "bodySite": [{"text": "Left lung"}],
              "performer": [{"display": "Paul"}, {"reference": f"Practitioner/{cast.act('doctor').practitioner_id}"}],
              "patientInstruction": "Bring a towel"}  # fmt: skip
    made = doctor.post("ServiceRequest", service | beside)
    assert made.status == 201, made.body
    order = Order.objects.get()
    lines = ["When: 2999-07-08T09:33:27+07:00", "Site: Left lung", "Bring a towel", "By: Paul", "By: Chidi Okoye"]
    assert order.note.splitlines() == lines
    assert {name: made.body[name] for name in beside} == beside
    repeat = {
        "frequency": 2,
        "period": 1,
        "periodUnit": "d",
        "boundsDuration": {"value": 5, "unit": "d", "system": UCUM, "code": "d"},
    }
    often = doctor.post("ServiceRequest", service | {"occurrenceTiming": {"repeat": repeat}})
    assert often.status == 201, often.body
    twice = Order.objects.exclude(id=order.id).get()
    assert (twice.frequency, twice.period, twice.period_unit, twice.duration_days) == (2, 1, "d", 5)
    assert often.body["occurrenceTiming"]["repeat"] == repeat
    for wrong in ({"occurrenceTiming": {"repeat": repeat | {"count": 3}}}, {"occurrenceTiming": {"repeat": {"period": 1}}},
                  {"performer": [{"reference": f"Practitioner/{uuid7()}"}]}, {"asNeededBoolean": True},
                  {"quantityQuantity": {"value": 2}}):  # fmt: skip
        assert doctor.post("ServiceRequest", service | wrong).status == 422, wrong


def test_a_medicine_from_outside_stays_what_was_told(cast: Cast, doctor: Program) -> None:
    visit = a_visit(cast)
    made = doctor.post("MedicationStatement", told(visit))
    assert made.status == 201, made.body
    row = MedicationStatement.objects.get()
    assert (row.dose, row.dose_unit, row.frequency, row.period_unit) == (5, "mg", 1, "d")
    path = f"MedicationStatement/{row.id}"
    tenfold = told(visit)["dosage"]
    tenfold[0]["doseAndRate"][0]["doseQuantity"]["value"] = 50
    for wrong in (
        {"medicationCodeableConcept": {"text": "Aspirin"}},
        {"dosage": tenfold},
        {"statusReason": [{"text": "?"}]},
    ):
        assert doctor.put(path, made.body | wrong, **FIRST).status == 422, wrong
    assert doctor.get(path).body == made.body
    stopped = doctor.put(path, made.body | {"status": "stopped", "statusReason": [{"text": "bleeding"}]}, **FIRST)
    assert stopped.status == 200, stopped.body
    assert stopped.body["effectivePeriod"]["end"] == str(MedicationStatement.objects.get().ended)
    assert stopped.body["dosage"] == made.body["dosage"]
    weekly = told(visit)["dosage"]
    weekly[0]["timing"]["repeat"]["dayOfWeek"] = ["mon"]
    assert doctor.post("MedicationStatement", told(visit, dosage=weekly)).status == 422
    weekly[0]["text"] = "5 mg on Mondays"
    in_words = doctor.post("MedicationStatement", told(visit, dosage=weekly))
    assert in_words.body["dosage"] == [{"text": "5 mg on Mondays"}], in_words.body


def test_a_medicine_from_outside_belongs_to_the_visit_of_its_patient(cast: Cast, doctor: Program) -> None:
    visit, other = a_visit(cast), a_visit(cast)
    said = {"patient_id": visit.patient_id, "display": "Garlic", "informant": "patient"}
    for wrong in ({"encounter_id": other.id}, {"encounter_id": uuid7()}, {"medicine_id": uuid7()}):
        with pytest.raises(NotFound):
            record_statement(cast.act("doctor"), **said, **wrong)
    refused = doctor.post("MedicationStatement", told(visit, context={"reference": f"Encounter/{other.id}"}))
    assert (refused.status, refused.body["issue"][0]["code"]) == (422, "not-found")
    assert record_statement(cast.act("doctor"), **said, encounter_id=visit.id).encounter_id == visit.id
