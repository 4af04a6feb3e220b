"""Notes and assessments that a program hands over: kept as they came, signed by nobody here, amended where they were written."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from salus.chart import services as chart
from salus.chart.models import Document
from salus.chart.services.labels import set_labels
from salus.core.act import Act
from salus.fhir.mapping import received
from salus.fhir.mapping.base import Mapping
from salus.fhir.mapping.composition import read as read_composition
from salus.fhir.mapping.composition import signers
from salus.fhir.mapping.concepts import first_instant
from salus.fhir.mapping.context import Context, Row
from salus.fhir.mapping.marks import labels_in
from salus.fhir.mapping.roles import practitioners_of, roles_in
from salus.fhir.models import Source
from salus.fhir.serving.loading import Loaded, loaded, row_of
from salus.fhir.serving.outcomes import FhirError
from salus.fhir.serving.referred import (
    concept_in_row,
    keep_patient_and_visit,
    mistakes,
    patient_and_visit,
    read_referred,
    refuse_wrong,
)
from salus.fhir.written import JSON, decode, encode

#: types that are kept whole, as papers of their patient
PAPERS = frozenset({"ClinicalImpression"})

_WRONG = "entered-in-error"
_REASON = "Told by another program"


# ---------------------------------------------------------------- Composition


def _note(act: Act, resource: JSON) -> tuple[Row, chart.ReceivedNote]:
    if resource["status"] == "preliminary":
        words = "A draft is written here, by who will sign it: hand over what is final."
        raise FhirError(422, words, expression="Composition.status")
    named = [resource.get("subject"), resource.get("encounter"), *resource.get("author", ())]
    row = read_referred(act, "Composition", read_composition, resource, named)
    told = chart.ReceivedNote(
        title=row["title"],
        form=decode(row["form"]),
        sections=decode(row["sections"]),
        written_at=row["written_at"],
        template_kind=row["template_kind"],
        **concept_in_row(row),
        author_id=UUID(row["author_id"]) if row["author_id"] else None,
        author_name=row["author_name"],
        authors=_signers(resource),
    )
    return patient_and_visit(row), told


def _signers(resource: JSON) -> list[UUID]:
    """Whom it names as author or attester, by name or by a role."""
    named = signers(resource)
    parties = [*resource.get("author", ()), *(one.get("party") for one in resource.get("attester", ()))]
    roles = practitioners_of(roles_in(parties), {})
    return [UUID(roles.get(str(one), str(one))) for one in named]


def create_note(act: Act, resource: JSON) -> UUID:
    """A note that was written and signed elsewhere: it is read here, and carries nobody's signature of this house."""
    refuse_wrong("Composition", resource)
    whose, told = _note(act, resource)
    with mistakes("Composition"):
        return chart.receive_note(act, **whose, told=told).id


def update_note(act: Act, resource: JSON, row: Any) -> None:
    """A note from elsewhere, as its author amended it; or it is entered in error. What was signed here stays."""
    whose, told = _note(act, resource)
    keep_patient_and_visit(row, whose)
    of = {"patient_id": row.patient_id, "note_id": row.id, "version": row.version}
    if resource["status"] == _WRONG:
        chart.void_received_note(act, **of, reason=_REASON)
        return
    with mistakes("Composition"):
        chart.amend_received_note(act, **of, told=told)


# ---------------------------------------------------------------- kept whole


def create_paper(act: Act, kind: str, resource: JSON) -> Loaded:
    """Keep a resource whole, as a paper of its patient."""
    refuse_wrong(kind, resource)
    patient_id, encounter_id = _whose(act, kind, resource)
    paper = chart.receive_paper(act, patient_id=patient_id, encounter_id=encounter_id, kind=kind, told=_told(resource))
    source = Source(id=paper.id, type=kind, facility_id=act.facility_id, patient_id=patient_id, recorded_by_id=act.by)
    source.content = _content(resource, paper.id)
    source.save(force_insert=True)
    _mark(act, paper, resource)
    return _again(act, kind, str(paper.id))


def update_paper(act: Act, kind: str, identity: str, resource: JSON, expected: str) -> Loaded:
    """Replace a paper by what its author made of it; the same again changes nothing.

    :raises FhirError: 404 if there is none, 412 if somebody changed it since
    """
    row = row_of(act, _kept(kind), identity)
    if str(row.version) != expected:
        raise FhirError(412, f"Somebody changed this {kind} since version {expected[:10]}: read it again.")
    patient_id, _visit = _whose(act, kind, resource)
    if patient_id != row.patient_id:
        raise FhirError(409, "A paper stays with its patient.")
    source = Source.objects.select_for_update().get(id=row.id)
    if source.content == _content(resource, row.id):
        return _again(act, kind, identity)
    paper = chart.amend_received_paper(act, patient_id=patient_id, paper_id=row.id, told=_told(resource))
    if paper.voided_at is None:
        _mark(act, Document.objects.get(id=paper.id), resource)
    source.content = _content(resource, row.id)
    source.save(update_fields=["content"])
    return _again(act, kind, identity)


def _mark(act: Act, paper: Document, resource: JSON) -> None:
    """Add the labels that it comes with: whoever may not read what is so marked, reads the paper neither."""
    labels = labels_in(resource)
    if not set(labels) <= set(paper.labels):
        of: dict[str, Any] = {"patient_id": paper.patient_id, "entry_id": paper.id, "version": paper.version}
        set_labels(act, **of, kind="document", labels=[*paper.labels, *labels])


def _kept(kind: str) -> Mapping:
    mapping = received(kind)
    assert mapping is not None
    return mapping


def _again(act: Act, kind: str, identity: str) -> Loaded:
    (found,) = loaded([(_kept(kind), [row_of(act, _kept(kind), identity)])])
    return found


def _whose(act: Act, kind: str, resource: JSON) -> tuple[UUID, UUID | None]:
    def read(one: JSON, context: Context) -> Row:
        visit = context.row(one.get("encounter"), "Encounter")
        return {"patient_id": context.patient(one, "subject"), "encounter_id": visit}

    row = read_referred(act, kind, read, resource, [resource.get("subject"), resource.get("encounter")])
    return UUID(row["patient_id"]), UUID(row["encounter_id"]) if row["encounter_id"] else None


def _told(resource: JSON) -> chart.ReceivedPaper:
    words = resource.get("summary") or resource.get("description") or resource["resourceType"]
    at = first_instant(resource.get("date") or resource.get("effectiveDateTime"))
    who = (resource.get("assessor") or {}).get("display", "")
    return chart.ReceivedPaper(title=words[:300], status=resource["status"], at=at, author_name=who)


def _content(resource: JSON, identity: UUID) -> str:
    told = {key: item for key, item in resource.items() if key not in ("id", "meta")}
    meta = {key: item for key, item in resource.get("meta", {}).items() if key not in ("versionId", "lastUpdated")}
    whole = {"resourceType": resource["resourceType"], "id": str(identity)} | ({"meta": meta} if meta else {}) | told
    return encode(whole).decode()
