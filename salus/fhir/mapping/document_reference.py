"""DocumentReference <-> chart.Document; each page of a document is an attachment, and its bytes a Binary."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any

from salus.chart.models import Document, DocumentPage
from salus.fhir.mapping import params
from salus.fhir.mapping.base import Mapping
from salus.fhir.mapping.concepts import (
    concept_columns,
    concept_of,
    first_instant,
    instant_text,
    reference_to,
    without_empty,
)
from salus.fhir.mapping.context import Context, Row
from salus.fhir.written import JSON


def read(resource: JSON, context: Context) -> Row:
    concept = concept_columns(resource.get("type"))
    author: JSON = next(iter(resource.get("author", ())), {})
    visit = next(iter((resource.get("context") or {}).get("encounter", ())), None)
    first = (resource.get("content") or [{}])[0].get("attachment") or {}
    title = resource.get("description") or first.get("title") or concept["display"] or "DocumentReference"
    return {
        "patient_id": context.patient(resource, "subject"),
        "encounter_id": context.row(visit, "Encounter"),
        "kind": Document.KEPT,
        "status": resource["status"],
        **concept,
        "title": title,
        "at": first_instant(resource.get("date")),
        "author_name": author.get("display", ""),
        "origin": "fhir",
    }


def with_pages(rows: Sequence[Document]) -> None:
    """Load the pages of the documents of one page, in one statement."""
    by_document: dict[Any, list[DocumentPage]] = {row.id: [] for row in rows}
    for page in DocumentPage.objects.filter(document__in=by_document).select_related("file").order_by("number"):
        by_document[page.document_id].append(page)
    for row in rows:
        row.kept_pages = by_document[row.id]  # type: ignore[attr-defined]


def write(row: Document) -> JSON:
    pages: Sequence[DocumentPage] = getattr(row, "kept_pages", ())
    visit = reference_to("Encounter", row.encounter_id)
    return without_empty(
        {
            "resourceType": "DocumentReference",
            "id": str(row.id),
            "status": "entered-in-error" if row.voided_at else row.status or "current",
            "type": concept_of(row),
            "subject": reference_to("Patient", row.patient_id),
            "date": instant_text(row.at),
            "author": [{"display": row.author_name}] if row.author_name else [],
            "description": row.title,
            "content": [_attachment(page) for page in pages] or [{"attachment": {"title": row.title}}],
            "context": {"encounter": [visit]} if visit else None,
        }
    )


def _attachment(page: DocumentPage) -> JSON:
    return {
        "attachment": {
            "contentType": page.file.media_type,
            "url": f"Binary/{page.file_id}",
            "size": page.file.size,
            "title": f"Page {page.number}",
            "creation": instant_text(page.created_at),
        }
    }


def contents_of(resource: JSON) -> list[bytes]:
    """The bytes that come in a resource, in their order; what is elsewhere is not fetched.

    :raises ValueError: for text that is no base64
    """
    attachments = [one.get("attachment") or {} for one in resource.get("content", ())]
    return [base64.b64decode(one["data"], validate=True) for one in attachments if one.get("data")]


MAPPING = Mapping(
    type="DocumentReference",
    model=Document,
    read=read,
    write=write,
    only={"kind": Document.KEPT},
    beside=with_pages,
    params=(
        *params.patient(),
        params.reference("encounter", "encounter_id", "Encounter"),
        params.code("type"),
        params.token("status", "status"),
        params.string("description", "title"),
        params.instant("date", "at"),
    ),
)
