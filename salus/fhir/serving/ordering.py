"""Orders and medicines from outside written through FHIR: signed by the rooms' own acts, with every safety check.

A program orders with the rights of whoever uses it: `fhir.write` alone signs nothing. What was signed is not changed: another
request names it as the prior one, or its status is moved as the state machine allows.
"""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

from salus.care.queries.days import today
from salus.catalog.models import Orderable, TestDefinition
from salus.core.act import Act
from salus.core.dates import PartialDate
from salus.core.errors import Invalid, NotFound
from salus.fhir.mapping.concepts import notes_text
from salus.fhir.mapping.context import RXNORM, target_of, words_of
from salus.fhir.mapping.medication_request import dosage_columns
from salus.fhir.serving.dosing import amount, day, days_of, in_words, is_single, joined, number, said, short
from salus.fhir.serving.medicines import take_code
from salus.fhir.serving.modelled import (
    DOSAGE_IN_NUMBERS,
    MEDICATION_REQUEST,
    SERVICE_REQUEST,
    STATEMENT,
    refuse_unmodelled,
    unmodelled,
)
from salus.fhir.serving.outcomes import FhirError
from salus.fhir.serving.tapering import lines, schedule
from salus.fhir.serving.wishes import wishes
from salus.fhir.written import JSON
from salus.orders import services as orders
from salus.orders.services import MedicineItem, NeedsReason, OrderItem, ServiceItem, Stopped, TestItem
from salus.terminology.models import Medicine, Presentation

LOINC = "http://loinc.org"
_TIMING = "ServiceRequest.occurrenceTiming"
#: an order of its own, or one that nobody else's stands above
_SIGNED = frozenset({"order", "original-order"})
_PRIORITIES = {"routine": "routine", "urgent": "urgent", "asap": "urgent", "stat": "stat"}
#: why an order was held or stopped, where a program does not say it
_UNSAID = "Through the API"
#: characters of a note
_LONGEST = 500


def create_medication_request(act: Act, resource: JSON) -> UUID:
    """Sign a medicine.

    :raises FhirError: 422 if it says less than a signed order must, or a safety check speaks against it
    """
    _only_signed(resource)
    take_code(act, resource)
    refuse_unmodelled(resource, MEDICATION_REQUEST, "MedicationRequest")
    return _sign(act, resource, _medicine(act, resource), "MedicationRequest")


def create_service_request(act: Act, resource: JSON) -> UUID:
    """Sign a test, an image, a procedure, a diet, nursing or a referral of the catalogue.

    :raises FhirError: 422 if it is not of the catalogue, or a safety check speaks against it
    """
    _only_signed(resource)
    refuse_unmodelled(resource, SERVICE_REQUEST, "ServiceRequest")
    return _sign(act, resource, _service(act, resource), "ServiceRequest")


def _only_signed(resource: JSON) -> None:
    if resource["status"] != "active" or resource["intent"] not in _SIGNED:
        words = "What is written here is signed: status active, intent order."
        raise FhirError(422, words, expression=f"{resource['resourceType']}.status")
    if resource.get("reportedBoolean"):
        words = "What somebody else has ordered is told as a MedicationStatement."
        raise FhirError(422, words, code="not-supported", expression="MedicationRequest.reportedBoolean")


def _sign(act: Act, resource: JSON, item: OrderItem, kind: str) -> UUID:
    patient_id, visit = _id(resource.get("subject"), "Patient"), _id(resource.get("encounter"), "Encounter")
    if patient_id is None:
        raise FhirError(422, "An order is of a patient who is here.", expression=f"{kind}.subject")
    try:
        made = orders.place_orders(act, patient_id=patient_id, encounter_id=visit, items=[item])
    except (Stopped, NeedsReason) as refusal:
        said = "; ".join(f"{one.title}: {one.detail} {one.instead}".strip() for one in refusal.alerts)
        raise FhirError(422, f"{refusal} {said}", code="business-rule") from None
    except NotFound:
        raise FhirError(422, "The patient or the visit is not here.", code="not-found", expression=kind) from None
    except Invalid as refusal:
        said = " ".join(dict.fromkeys(refusal.fields.values())) or str(refusal)
        raise FhirError(422, said, expression=kind) from None
    return made[0].id


def update_order(act: Act, resource: JSON, row: Any, *, reason: str) -> None:
    """Hold, resume or stop an order by its status; its words stay.

    :raises FhirError: 422 for any other change
    """
    wanted, why = resource["status"], reason or _UNSAID
    of = {"order_id": row.id, "version": row.version}
    try:
        if wanted in ("stopped", "revoked", "cancelled") and row.status != wanted:
            orders.stop_order(act, reason=why, **of)
        elif wanted == "on-hold" and row.status == "active":
            orders.hold_order(act, reason=why, **of)
        elif wanted == "active" and row.status == "on-hold" and reason in ("", row.hold_reason):
            orders.resume_order(act, **of)
        else:
            raise FhirError(422, "A signed order is not changed: write another that names it as the prior one.")
    except Invalid as refusal:
        raise FhirError(422, str(refusal)) from None


def create_statement(act: Act, resource: JSON) -> UUID:
    """Write down a medicine from outside.

    :raises FhirError: 422 if it says not which, or of whom
    """
    take_code(act, resource)
    refuse_unmodelled(resource, STATEMENT, "MedicationStatement")
    patient_id = _subject_of(resource)
    if patient_id is None:
        raise FhirError(422, "It is about a patient who is here.", expression="MedicationStatement.subject")
    concept = resource.get("medicationCodeableConcept") or {}
    period = resource.get("effectivePeriod") or {}
    codes = [one["code"] for one in concept.get("coding", ()) if one.get("system") == RXNORM and one.get("code")]
    known = Medicine.objects.filter(rxnorm__overlap=codes, is_active=True).first() if codes else None
    coding: JSON = next((one for one in concept.get("coding", ()) if one.get("code")), {})
    since = resource.get("effectiveDateTime") or period.get("start")
    told = str((resource.get("informationSource") or {}).get("reference", "")).partition("/")[0]
    try:
        made = orders.record_statement(
            act,
            patient_id=patient_id,
            encounter_id=_id(resource.get("context"), "Encounter"),
            display=words_of(concept),
            status=resource["status"],
            informant={"Patient": "patient", "RelatedPerson": "relative"}.get(told, "record"),
            medicine_id=known.id if known else None,
            code_system=coding.get("system", ""),
            code=coding.get("code", ""),
            **_as_taken(resource.get("dosage") or []),
            started=PartialDate.parse(since) if since else None,
            ended=PartialDate.parse(period["end"]) if period.get("end") else None,
            reason=", ".join(found for one in resource.get("reasonCode", ()) if (found := said(one))),
            note=joined([notes_text(resource.get("note")), *map(said, resource.get("statusReason", ()))]),
        )
    except Invalid as refusal:
        raise FhirError(422, " ".join(refusal.fields.values()) or str(refusal)) from None
    except NotFound:
        raise FhirError(422, "The patient or the visit is not here.", code="not-found") from None
    return made.id


def _as_taken(dosages: list[JSON]) -> dict[str, Any]:
    """How it is taken: in numbers where they say everything, else in the words that came with them.

    :raises FhirError: 422 for what stands neither in numbers that we have nor in words
    """
    place = "MedicationStatement.dosage"
    if len(dosages) == 1 and not unmodelled(dosages, DOSAGE_IN_NUMBERS, place) and is_single(dosages[0]):
        columns = dosage_columns(dosages)
        return {name: value for name, value in columns.items() if name != "as_needed_for"}
    if any(not one.get("text") for one in dosages):
        raise FhirError(422, "A dosage that is more than a dose and how often, in words.", expression=f"{place}.text")
    return {"dosage_text": joined(line for one in dosages for line in in_words(one))}


def update_statement(act: Act, resource: JSON, row: Any, *, reason: str) -> None:
    """Say what became of a medicine from outside.

    :raises FhirError: 422 for a word about it that changes nothing
    """
    if resource["status"] == row.status and reason:
        raise FhirError(422, "A reason is kept with another status.", expression="MedicationStatement.statusReason")
    try:
        orders.change_statement(
            act, statement_id=row.id, version=row.version, status=resource["status"], reason=reason or _UNSAID
        )
    except Invalid as refusal:
        raise FhirError(422, " ".join(refusal.fields.values()) or str(refusal)) from None


def _medicine(act: Act, resource: JSON) -> MedicineItem:
    pack = _pack(resource.get("medicationCodeableConcept") or {})
    instructions = resource.get("dosageInstruction") or []
    dispense = resource.get("dispenseRequest") or {}
    note = [notes_text(resource.get("note")), *lines(instructions)]
    return MedicineItem(
        presentation_id=pack.id,
        **schedule(instructions, pack, today(act)),
        quantity=amount(dispense.get("quantity") or {}, pack.unit),
        repeats=int(dispense.get("numberOfRepeatsAllowed") or 0),
        expires_on=day((dispense.get("validityPeriod") or {}).get("end")),
        priority=_PRIORITIES[resource.get("priority", "routine")],
        note=short(
            joined([*note, *_reasons(resource), *wishes(act, resource, today(act))]), _LONGEST, "MedicationRequest.note"
        ),
        replaces_id=_id(resource.get("priorPrescription"), "MedicationRequest"),
    )


def _reasons(resource: JSON) -> list[str]:
    return [found for one in resource.get("reasonCode", ()) if (found := said(one))]


def _pack(concept: JSON) -> Presentation:
    codes = [one["code"] for one in concept.get("coding", ()) if one.get("system") == RXNORM and one.get("code")]
    rows = Presentation.objects.filter(rxnorm__overlap=codes, is_active=True, medicine__is_active=True)
    found = list(rows.select_related("medicine")[:2]) if codes else []
    if len(found) != 1 or not set(codes) <= {*found[0].rxnorm, *found[0].medicine.rxnorm}:
        raise FhirError(
            422,
            "The RxNorm code of one form and strength of the formulary.",
            code="not-found" if not found else "multiple-matches",
            expression="MedicationRequest.medicationCodeableConcept",
        )
    return found[0]


def _service(act: Act, resource: JSON) -> OrderItem:
    codings = (resource.get("code") or {}).get("coding", ())
    loinc = [one["code"] for one in codings if one.get("system") == LOINC and one.get("code")]
    replaced = resource.get("replaces", ())
    note, reasons = joined([notes_text(resource.get("note")), *wishes(act, resource, today(act))]), _reasons(resource)
    common: dict[str, Any] = {
        "priority": _PRIORITIES[resource.get("priority", "routine")],
        "replaces_id": _id(next(iter(replaced), None), "ServiceRequest"),
    }
    tests = TestDefinition.objects.filter(loinc__in=loinc, is_active=True, is_orderable=True)[:50] if loinc else ()
    if len({one.loinc for one in tests}) > 1 or len(replaced) > 1:
        raise FhirError(422, "One test, in place of one.", code="multiple-matches", expression="ServiceRequest.code")
    if tests:
        if "occurrenceTiming" in resource:
            raise FhirError(422, "A test is ordered once.", code="business-rule", expression=f"{_TIMING}.repeat")
        whole = short(joined([note, *reasons]), _LONGEST, "ServiceRequest.note")
        return TestItem(test_id=tests[0].id, note=whole, **common)
    common["note"] = short(note, _LONGEST, "ServiceRequest.note")
    for one in codings:
        code, system = one.get("code"), one.get("system")
        wanted = {"code_system": system, "coding": code} if system else {"code": code}
        what = Orderable.objects.filter(is_active=True, **wanted).first() if code else None
        if what is not None:
            reason = short(", ".join(reasons), _LONGEST, "ServiceRequest.reasonCode")
            return ServiceItem(orderable_id=what.id, kind=what.kind, reason=reason, **_schedule(resource), **common)
    raise FhirError(
        422, "A code of the catalogue: LOINC for a test.", code="not-found", expression="ServiceRequest.code"
    )


def _schedule(resource: JSON) -> dict[str, Any]:
    """How often and for how long, and the department that is asked."""
    asked = (one for one in resource.get("performer", ()) if (target_of(one) or ("",))[0] == "HealthcareService")
    department = next(asked, None)
    found: dict[str, Any] = {"performer_id": _id(department, "HealthcareService")} if department else {}
    if "occurrenceTiming" not in resource:
        return found
    repeat = resource["occurrenceTiming"].get("repeat") or {}
    if not repeat.get("frequency") or repeat.get("period") is None or not repeat.get("periodUnit"):
        raise FhirError(422, "How often, in numbers.", code="business-rule", expression=f"{_TIMING}.repeat")
    days = days_of(repeat.get("boundsDuration"), "ServiceRequest.occurrenceTiming")
    often = {"frequency": int(repeat["frequency"]), "period": number(repeat["period"])}
    return found | often | {"period_unit": repeat["periodUnit"], "duration_days": days}


def _subject_of(resource: JSON) -> UUID | None:
    return _id(resource.get("subject"), "Patient")


def _id(reference: Any, kind: str) -> UUID | None:
    target = target_of(reference)
    if target is None:
        return None
    if target[0] != kind or not re.fullmatch(r"[0-9a-f-]{36}", target[1]):
        raise FhirError(422, f"A reference to a {kind} that is here.", code="not-found")
    try:
        return UUID(target[1])
    except ValueError:
        raise FhirError(422, f"A reference to a {kind} that is here.", code="not-found") from None
