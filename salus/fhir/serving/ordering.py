"""Orders and medicines from outside written through FHIR: signed by the rooms' own acts, with every safety check.

A program orders with the rights of whoever uses it: `fhir.write` alone signs nothing. What was signed is not changed: another
request names it as the prior one, or its status is moved as the state machine allows.
"""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from salus.catalog.models import Orderable, TestDefinition
from salus.core.act import Act
from salus.core.dates import PartialDate
from salus.core.errors import Invalid
from salus.fhir.mapping.concepts import notes_text
from salus.fhir.mapping.context import RXNORM, target_of, words_of
from salus.fhir.serving.outcomes import FhirError
from salus.fhir.written import JSON
from salus.orders import rules, words
from salus.orders import services as orders
from salus.orders.services import MedicineItem, NeedsReason, OrderItem, ServiceItem, Stopped, TestItem
from salus.terminology.models import Medicine, Presentation

LOINC = "http://loinc.org"
_PRIORITIES = {"routine": "routine", "urgent": "urgent", "asap": "urgent", "stat": "stat"}


def create_medication_request(act: Act, resource: JSON) -> UUID:
    """Sign a medicine.

    :raises FhirError: 422 if it says less than a signed order must, or a safety check speaks against it
    """
    return _sign(act, resource, _medicine(resource), "MedicationRequest")


def create_service_request(act: Act, resource: JSON) -> UUID:
    """Sign a test, an image, a procedure, a diet, nursing or a referral of the catalogue.

    :raises FhirError: 422 if it is not of the catalogue, or a safety check speaks against it
    """
    return _sign(act, resource, _service(resource), "ServiceRequest")


def _sign(act: Act, resource: JSON, item: OrderItem, kind: str) -> UUID:
    if resource["status"] != "active" or resource["intent"] != "order":
        raise FhirError(
            422, "What is written here is signed: status active, intent order.", expression=f"{kind}.status"
        )
    patient_id, visit = _id(resource.get("subject"), "Patient"), _id(resource.get("encounter"), "Encounter")
    if patient_id is None:
        raise FhirError(422, "An order is of a patient who is here.", expression=f"{kind}.subject")
    try:
        made = orders.place_orders(act, patient_id=patient_id, encounter_id=visit, items=[item])
    except (Stopped, NeedsReason) as refusal:
        said = "; ".join(f"{one.title}: {one.detail} {one.instead}".strip() for one in refusal.alerts)
        raise FhirError(422, f"{refusal} {said}", code="business-rule") from None
    except Invalid as refusal:
        said = " ".join(dict.fromkeys(refusal.fields.values())) or str(refusal)
        raise FhirError(422, said, expression=kind) from None
    return made[0].id


def update_order(act: Act, resource: JSON, row: Any) -> None:
    """Hold, resume or stop an order by its status; its words stay.

    :raises FhirError: 422 for any other change
    """
    wanted, kind = resource["status"], str(resource["resourceType"])
    reason = words_of(resource.get("statusReason") or {}) or notes_text(resource.get("note")) or "Through the API"
    of = {"order_id": row.id, "version": row.version}
    if _subject_of(resource) != row.patient_id:
        raise FhirError(422, "An order stays with its patient.", expression=f"{kind}.subject")
    try:
        if wanted in ("stopped", "revoked", "cancelled") and row.status != wanted:
            orders.stop_order(act, reason=reason, **of)
        elif wanted == "on-hold" and row.status == "active":
            orders.hold_order(act, reason=reason, **of)
        elif wanted == "active" and row.status == "on-hold":
            orders.resume_order(act, **of)
        else:
            raise FhirError(422, "A signed order is not changed: write another that names it as the prior one.")
    except Invalid as refusal:
        raise FhirError(422, str(refusal)) from None


def create_statement(act: Act, resource: JSON) -> UUID:
    """Write down a medicine from outside.

    :raises FhirError: 422 if it says not which, or of whom
    """
    patient_id = _subject_of(resource)
    if patient_id is None:
        raise FhirError(422, "It is about a patient who is here.", expression="MedicationStatement.subject")
    concept = resource.get("medicationCodeableConcept") or {}
    first: JSON = (resource.get("dosage") or [{}])[0]
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
            dosage_text=first.get("text", ""),
            started=PartialDate.parse(since) if since else None,
            ended=PartialDate.parse(period["end"]) if period.get("end") else None,
            reason=", ".join(found for one in resource.get("reasonCode", ()) if (found := words_of(one))),
            note=notes_text(resource.get("note")),
        )
    except Invalid as refusal:
        raise FhirError(422, " ".join(refusal.fields.values()) or str(refusal)) from None
    return made.id


def update_statement(act: Act, resource: JSON, row: Any) -> None:
    """Say what became of a medicine from outside.

    :raises FhirError: 422 for another patient's, or without a reason
    """
    if _subject_of(resource) != row.patient_id:
        raise FhirError(422, "It stays with its patient.", expression="MedicationStatement.subject")
    why = ", ".join(found for one in resource.get("statusReason", ()) if (found := words_of(one)))
    try:
        orders.change_statement(
            act, statement_id=row.id, version=row.version, status=resource["status"], reason=why or "Through the API"
        )
    except Invalid as refusal:
        raise FhirError(422, " ".join(refusal.fields.values()) or str(refusal)) from None


def _medicine(resource: JSON) -> MedicineItem:
    pack = _pack(resource.get("medicationCodeableConcept") or {})
    instructions = resource.get("dosageInstruction") or [{}]
    if len(instructions) > 1:
        raise FhirError(422, "One dosage at a time.", expression="MedicationRequest.dosageInstruction")
    first: JSON = instructions[0]
    repeat = (first.get("timing") or {}).get("repeat") or {}
    dose = ((first.get("doseAndRate") or [{}])[0]).get("doseQuantity") or {}
    dispense = resource.get("dispenseRequest") or {}
    bounds = repeat.get("boundsDuration") or {}
    needed = first.get("asNeededCodeableConcept")
    routes = pack.routes or pack.medicine.routes
    asked = words_of(first.get("route") or {}).casefold()
    if dose.get("value") is None or not repeat.get("frequency") or repeat.get("period") is None:
        raise FhirError(422, "A dose and how often it is given.", expression="MedicationRequest.dosageInstruction")
    return MedicineItem(
        presentation_id=pack.id,
        dose=_number(dose["value"]),
        dose_unit=_unit(dose, pack),
        route=next((one for one in routes if asked in (one, words.route_words(one).casefold())), asked or routes[0]),
        frequency=int(repeat["frequency"]),
        period=_number(repeat["period"]),
        period_unit=repeat.get("periodUnit", ""),
        duration_days=_days(bounds),
        quantity=_number(value) if (value := (dispense.get("quantity") or {}).get("value")) is not None else None,
        as_needed=bool(first.get("asNeededBoolean") or needed),
        as_needed_for=words_of(needed or {})[:100],
        repeats=int(dispense.get("numberOfRepeatsAllowed") or 0),
        expires_on=_day((dispense.get("validityPeriod") or {}).get("end")),
        priority=_PRIORITIES[resource.get("priority", "routine")],
        note=notes_text(resource.get("note"))[:500],
        replaces_id=_id(resource.get("priorPrescription"), "MedicationRequest"),
    )


def _pack(concept: JSON) -> Presentation:
    codes = [one["code"] for one in concept.get("coding", ()) if one.get("system") == RXNORM and one.get("code")]
    rows = Presentation.objects.filter(rxnorm__overlap=codes, is_active=True, medicine__is_active=True)
    found = list(rows.select_related("medicine")[:2]) if codes else []
    if len(found) != 1:
        raise FhirError(
            422,
            "The RxNorm code of one form and strength of the formulary.",
            code="not-found" if not found else "multiple-matches",
            expression="MedicationRequest.medicationCodeableConcept",
        )
    return found[0]


def _unit(dose: JSON, pack: Presentation) -> str:
    units = rules.dose_units(pack.unit, pack.strength)
    return next((one for one in units if one in (dose.get("code"), dose.get("unit"))), str(dose.get("unit", "")))


def _days(bounds: JSON) -> int | None:
    length = rules.DAYS_IN.get(bounds.get("code") or bounds.get("unit", ""))
    if not length or bounds.get("value") is None:
        return None
    return int(_number(bounds["value"]) * length)


def _service(resource: JSON) -> OrderItem:
    codings = (resource.get("code") or {}).get("coding", ())
    loinc = [one["code"] for one in codings if one.get("system") == LOINC and one.get("code")]
    common: dict[str, Any] = {
        "priority": _PRIORITIES[resource.get("priority", "routine")],
        "note": notes_text(resource.get("note"))[:500],
        "replaces_id": _id(next(iter(resource.get("replaces", ())), None), "ServiceRequest"),
    }
    test = TestDefinition.objects.filter(loinc__in=loinc, is_active=True, is_orderable=True).first() if loinc else None
    if test is not None:
        return TestItem(test_id=test.id, **common)
    for one in codings:
        code, system = one.get("code"), one.get("system")
        wanted = {"code_system": system, "coding": code} if system else {"code": code}
        what = Orderable.objects.filter(is_active=True, **wanted).first() if code else None
        if what is not None:
            reason = ", ".join(found for why in resource.get("reasonCode", ()) if (found := words_of(why)))
            return ServiceItem(orderable_id=what.id, kind=what.kind, reason=reason[:500], **common)
    raise FhirError(
        422, "A code of the catalogue: LOINC for a test.", code="not-found", expression="ServiceRequest.code"
    )


def _number(value: Any) -> Decimal:
    try:
        return Decimal(str(value))
    except ArithmeticError:
        raise FhirError(422, "A number that can be read.") from None


def _day(text: Any) -> date | None:
    return date.fromisoformat(text[:10]) if isinstance(text, str) and len(text) >= 10 else None


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
