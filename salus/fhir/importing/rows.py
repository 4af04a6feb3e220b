"""From a checked entry whose references are ours to the rows that it becomes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from salus.chart.models import Document
from salus.chart.sniffing import Sniffed
from salus.core.dates import PartialDate
from salus.fhir.importing.attachments import files_of
from salus.fhir.importing.bundles import Entry
from salus.fhir.mapping import MAPPINGS, SUBJECTS
from salus.fhir.mapping.composition import FILED_AS as COMPOSED_AS
from salus.fhir.mapping.composition import signers
from salus.fhir.mapping.concepts import concept_columns, first_instant
from salus.fhir.mapping.context import Context, Refused, Row, words_of
from salus.fhir.mapping.marks import labels_in
from salus.fhir.mapping.medication_request import concept_in
from salus.fhir.mapping.observation import FILED_AS
from salus.fhir.mapping.patient import identifier_rows
from salus.fhir.mapping.requests import is_order, modifies, negates
from salus.fhir.written import JSON
from salus.orders.models import Order


@dataclass(slots=True)
class Filed:
    """A row to store. `row` is None for what has neither a room nor a subject: only its source is kept."""

    entry: Entry
    model: Any
    row: Row | None
    patient_id: str | None
    identifiers: list[dict[str, str]]
    #: the files that came inside, which go into the store
    files: list[Sniffed] = field(default_factory=list)

    @property
    def is_update(self) -> bool:
        return self.entry.linked is not None and self.entry.linked.is_stored


def row_of(entry: Entry, context: Context) -> Filed:
    """The row of an entry, in the room that owns it; without a room it becomes a document of its patient.

    :raises Refused: if it cannot be filed
    """
    mapping = MAPPINGS.get(entry.type)
    if mapping is None:
        named = _named_in(entry, context)
        # what is marked is read through its document: the rule looks at the labels there
        patient_id = _subject(entry.resource, context) or (named if labels_in(entry.resource) else None)
        row = _document(entry, patient_id, context) if patient_id else None
        return Filed(entry, Document, row, patient_id or named, [])
    assert mapping.read is not None
    if mapping.model is not Order and modifies(entry.resource):
        raise Refused("changes the meaning of what is said in a way that nobody here understands", "modifierExtension")
    row = mapping.read(entry.resource, context)
    patient_id = entry.row_id if mapping.patient == "id" else row.get("patient_id")
    identifiers = identifier_rows(entry.resource) if entry.type == "Patient" else []
    if mapping.model is Order and not is_order(entry.resource):
        return Filed(entry, Document, _not_ordered(entry, patient_id, context), patient_id, [])
    if entry.type == "Composition" and not context.ours.isdisjoint(signers(entry.resource)):
        # nobody's signature comes in from outside: who works here signs here
        return Filed(entry, Document, _document(entry, str(patient_id), context), patient_id, [])
    if entry.type == "Observation":
        row["source"] = f"{FILED_AS}{entry.row_id}"
    if entry.type == "Composition":
        row["source"] = f"{COMPOSED_AS}{entry.row_id}"
    return Filed(entry, mapping.model, row | {"id": entry.row_id}, patient_id, identifiers, files_of(entry))


def _not_ordered(entry: Entry, patient_id: Any, context: Context) -> Row:
    """A request not to do something, or one that is no order: kept and shown whole, and given or done by nobody."""
    row = _document(entry, patient_id, context)
    concept = concept_in(entry.resource, context) if entry.type == "MedicationRequest" else entry.resource.get("code")
    words = words_of(concept or {}) or entry.type
    said = "Do not" if negates(entry.resource) else entry.resource["intent"]
    return row | {"title": f"{said}: {words}"}


def _subject(resource: JSON, context: Context) -> str | None:
    for element in SUBJECTS:
        patient = context.row(resource.get(element), "Patient")
        if patient:
            return patient
    return None


def _named_in(entry: Entry, context: Context) -> str | None:
    """The patient whom it names anywhere (an appointment's participant): only who may open that record sees it."""
    named = (context.row(reference, "Patient") for reference in entry.references)
    return next(filter(None, named), None)


#: where the types without a room say when they were written
_DATES = (
    "date",
    "created",
    "issued",
    "authored",
    "authoredOn",
    "recorded",
    "recordedDate",
    "effectiveDateTime",
    "sent",
)


def _document(entry: Entry, patient_id: str, context: Context) -> Row:
    resource = entry.resource
    concept = concept_columns(resource.get("type") if isinstance(resource.get("type"), dict) else resource.get("code"))
    title = resource.get("title") or resource.get("description") or concept["display"] or entry.type
    return {
        "id": entry.row_id,
        "patient_id": patient_id,
        "encounter_id": context.row(resource.get("encounter"), "Encounter"),
        "kind": f"fhir:{entry.type}",
        "title": title if type(title) is str else entry.type,
        "status": resource["status"] if type(resource.get("status")) is str else "",
        "at": first_instant(_date(resource)),
        "source": f"fhir.source:{entry.row_id}",
        **concept,
    }


def _date(resource: JSON) -> str | None:
    for name in _DATES:
        text = resource.get(name)
        if type(text) is str:
            try:
                PartialDate.parse(text)
            except ValueError:
                continue
            return text
    return None
