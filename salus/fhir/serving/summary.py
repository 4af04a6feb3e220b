"""`Patient/$summary`: an International Patient Summary, a document of what matters of one patient (HL7 IPS 2.0).

Source: hl7.org/fhir/uv/ips (Composition-uv-ips): medicines, allergies and problems are required sections; each section has its
words and either entries or the reason why there are none. What is shown is what the reader may read; a section of which
nothing is recorded says so and never that there is nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from salus.core.act import Act
from salus.core.ids import uuid7
from salus.fhir.mapping import MAPPINGS
from salus.fhir.mapping.concepts import UNKNOWN, instant_text
from salus.fhir.mapping.context import words_of
from salus.fhir.serving.everything import references_in
from salus.fhir.serving.loading import Loaded, loaded, readable, row_of
from salus.fhir.written import JSON
from salus.places.models import Facility

LOINC = "http://loinc.org"
_PROFILE = "http://hl7.org/fhir/uv/ips/StructureDefinition/"
_EMPTY = "http://terminology.hl7.org/CodeSystem/list-empty-reason"
#: so many of the newest in each section that could be long
_MOST = 50
#: what is over; an entry from elsewhere that does not say is taken as if it held
_OVER = ("inactive", "resolved", "remission")
_WRONG = ("refuted", "entered-in-error")


#: what the profiles of IPS want beyond R4: the element (or the beginning of a choice), and what is said where it is not known
_WANTED: Mapping[str, Sequence[tuple[str, str]]] = {
    "Patient": (("birthDate", "_birthDate"), ("name", "name")),
    "MedicationStatement": (("effective", "_effectiveDateTime"),),
    "Procedure": (("performed", "_performedDateTime"), ("code", "code")),
    "Observation": (("effective", "_effectiveDateTime"), ("performer", "performer")),
    "AllergyIntolerance": (("code", "code"), ("clinicalStatus", "clinicalStatus")),
    "Condition": (("code", "code"),),
    "Organization": (("name", "_name"),),
}


@dataclass(frozen=True, slots=True)
class Section:
    """One section, or the entries of one type in it: its code and words in IPS, and which rows they are."""

    title: str
    code: str
    display: str
    kind: str
    wanted: Q
    order: str
    says: Callable[[JSON], str]
    is_required: bool = False
    #: of several with one code the newest alone
    newest: bool = False
    #: one that IPS only allows stands in the document where there is something in it
    is_optional: bool = False


def _coded(name: str, *dates: str) -> Callable[[JSON], str]:
    def says(resource: JSON) -> str:
        on = next((str(resource[one])[:10] for one in dates if one in resource), "")
        return " ".join(part for part in (words_of(resource.get(name) or {}), on) if part)

    return says


def _measured(resource: JSON) -> str:
    value = resource.get("valueQuantity") or {}
    said = f"{value.get('value', '')} {value.get('unit', value.get('code', ''))}".strip()
    said = said or words_of(resource.get("valueCodeableConcept") or {}) or str(resource.get("valueString", ""))
    return f"{_coded('code')(resource)}: {said} {str(resource.get('effectiveDateTime', ''))[:10]}".strip()


def _planned(resource: JSON) -> str:
    words = resource.get("title") or words_of(next(iter(resource.get("category", ())), {})) or "Plan of care"
    return f"{words} {str((resource.get('period') or {}).get('start', ''))[:10]}".strip()


SECTIONS: Sequence[Section] = (
    Section(
        "Medication Summary", "10160-0", "History of Medication use Narrative", "MedicationRequest",
        Q(status="active"), "-authored_at", _coded("medicationCodeableConcept", "authoredOn"), is_required=True,
    ),
    Section(  # what is taken from elsewhere stands in the same section
        "Medication Summary", "10160-0", "History of Medication use Narrative", "MedicationStatement",
        Q(status__in=("active", "intended")), "-asserted_at", _coded("medicationCodeableConcept"), is_required=True,
    ),
    Section(
        "Allergies and Intolerances", "48765-2", "Allergies and adverse reactions Document", "AllergyIntolerance",
        ~Q(status__in=_OVER) & ~Q(verification__in=_WRONG), "-recorded_at", _coded("code"),
        is_required=True,
    ),
    Section(
        "Problem List", "11450-4", "Problem list - Reported", "Condition",
        ~Q(status__in=_OVER) & ~Q(verification__in=_WRONG), "-recorded_at",
        _coded("code", "onsetDateTime"), is_required=True, newest=True,
    ),
    Section(
        "Immunizations", "11369-6", "History of Immunization note", "Immunization", Q(status="completed"), "-at",
        _coded("vaccineCode", "occurrenceDateTime"),
    ),
    Section(
        "Results", "30954-2", "Relevant diagnostic tests/laboratory data note", "Observation",
        Q(category="laboratory") & ~Q(status__in=("entered-in-error", "cancelled")), "-at", _measured, newest=True,
    ),
    Section(
        "History of Procedures", "47519-4", "History of Procedures Document", "Procedure",
        ~Q(status__in=("entered-in-error", "not-done")), "-at", _coded("code", "performedDateTime"),
    ),
    Section(
        "Plan of Care", "18776-5", "Plan of care note", "CarePlan", Q(status__in=("active", "on-hold")), "-at", _planned,
        is_optional=True,
    ),
)  # fmt: skip


def summary_of(act: Act, identity: str, base_url: str) -> tuple[JSON, UUID]:
    """The document, and whose it is.

    :raises FhirError: 404 if the patient is none whose record this act may open
    """
    row = row_of(act, MAPPINGS["Patient"], identity)
    rows = {one.kind: _rows(act, one, row.id) for one in SECTIONS}
    house = _house(act)
    kinds = [(MAPPINGS["Patient"], [row]), (MAPPINGS["Organization"], house)]
    found = loaded([*kinds, *((MAPPINGS[one.kind], rows[one.kind]) for one in SECTIONS)])
    by_id = {one.row.id: one for one in found}
    held: dict[str, list[tuple[Section, Loaded]]] = {one.code: [] for one in SECTIONS}
    for one in SECTIONS:
        held[one.code] += [(one, by_id[entry.id]) for entry in rows[one.kind]]
    of_code = {one.code: one for one in reversed(SECTIONS)}
    sections = [_section(of_code[code], held[code]) for code in held if held[code] or not of_code[code].is_optional]
    beside = _referred(act, found)
    for each in (*found, *beside):
        _complete(each.resource)
    composition = _composition(act, row, house, sections)
    entries = [_entry(base_url, "Composition", composition["id"], composition)]
    entries += [_entry(base_url, one.mapping.type, str(one.row.id), one.resource) for one in (*found, *beside)]
    bundle: JSON = {
        "resourceType": "Bundle",
        "meta": {"profile": [f"{_PROFILE}Bundle-uv-ips"]},
        "identifier": {"system": "urn:ietf:rfc:3986", "value": f"urn:uuid:{composition['id']}"},
        "type": "document",
        "timestamp": instant_text(act.at),
        "entry": entries,
    }
    return bundle, row.id


def _complete(resource: JSON) -> None:
    """Say of what the profile wants and nobody knows that it is unknown (hl7.org/fhir/R4/extension-data-absent-reason.html)."""
    kind = resource["resourceType"]
    for choice, absent in _WANTED.get(kind, ()):
        if not any(name.removeprefix("_").startswith(choice) for name in resource):
            resource[absent] = [UNKNOWN] if absent in ("performer", "name") else UNKNOWN


def _rows(act: Act, section: Section, patient_id: UUID) -> list[Any]:
    kind = MAPPINGS[section.kind]
    rows: QuerySet[Any] = kind.visible(act).filter(section.wanted, patient_id=patient_id)
    found = readable(kind, rows).order_by(section.order, "-id")[: _MOST * (10 if section.newest else 1)]
    if not section.newest:
        return list(found)
    first: dict[tuple[str, str], Any] = {}
    for one in found:
        first.setdefault((one.code_system, one.code or one.display), one)
    return list(first.values())[:_MOST]


def _house(act: Act) -> list[Any]:
    organization = Facility.objects.filter(id=act.here).values_list("organization_id", flat=True)
    kind = MAPPINGS["Organization"]
    return list(readable(kind, kind.rows(act)).filter(id__in=organization))


def _referred(act: Act, found: Sequence[Loaded]) -> list[Loaded]:
    """The people whom the entries name, what a plan is for and aims at: a document carries what it refers to."""
    here = {f"{one.mapping.type}/{one.row.id}" for one in found}
    texts = {text for one in found for text in references_in(one.resource)} - here
    kinds = []
    for name in ("Practitioner", "Condition", "Goal"):
        ids = [
            UUID(text[len(name) + 1 :]) for text in texts if text.startswith(f"{name}/") and len(text) == len(name) + 37
        ]
        kind = MAPPINGS[name]
        kinds += [(kind, list(readable(kind, kind.visible(act)).filter(id__in=ids)))] if ids else []
    return loaded(kinds)


def _composition(act: Act, patient: Any, house: Sequence[Any], sections: Sequence[JSON]) -> JSON:
    of_house = {"reference": f"Organization/{house[0].id}"} if house else {"display": "Salus"}
    identity = str(uuid7())
    return {
        "resourceType": "Composition",
        "id": identity,
        "meta": {"profile": [f"{_PROFILE}Composition-uv-ips"]},
        "text": _narrative([f"Patient summary of {patient.family}, {patient.given}"]),
        "status": "final",
        "type": {"coding": [{"system": LOINC, "code": "60591-5", "display": "Patient summary Document"}]},
        "subject": {"reference": f"Patient/{patient.id}"},
        "date": instant_text(act.at),
        "author": [of_house],
        "title": f"Patient Summary as of {act.at:%Y-%m-%d}",
        "confidentiality": "N",
        "custodian": of_house,
        "section": list(sections),
    }


def _section(section: Section, entries: Sequence[tuple[Section, Loaded]]) -> JSON:
    said: JSON = {
        "title": section.title,
        "code": {"coding": [{"system": LOINC, "code": section.code, "display": section.display}]},
    }
    if entries:
        said["text"] = _narrative([of.says(one.resource) or of.kind for of, one in entries])
        return said | {"entry": [{"reference": f"{one.mapping.type}/{one.row.id}"} for _of, one in entries]}
    words = "Nothing is recorded here. That does not say that there is nothing."
    reason = {"coding": [{"system": _EMPTY, "code": "unavailable", "display": "Unavailable"}], "text": words}
    return said | {"text": _narrative([words]), "emptyReason": reason}


def _narrative(lines: Iterable[str]) -> JSON:
    items = "".join(f"<li>{escape(line)}</li>" for line in lines)
    return {"status": "generated", "div": f'<div xmlns="http://www.w3.org/1999/xhtml"><ul>{items}</ul></div>'}


def _entry(base_url: str, kind: str, identity: str, resource: JSON) -> JSON:
    return {"fullUrl": f"{base_url}/{kind}/{identity}", "resource": resource}
