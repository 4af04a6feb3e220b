"""The patient's documents: the list, one with its pages, one page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Q

from salus.chart.models import Document, DocumentPage
from salus.core.act import Act
from salus.core.errors import NotFound
from salus.patients.access.reading import require_open

#: so many lines on a page of a list
PAGE = 40


@dataclass(frozen=True, slots=True)
class Kept:
    """A document with its pages."""

    document: Document
    pages: Sequence[DocumentPage]


def documents_of(
    act: Act, patient_id: UUID, before: datetime | None, limit: int = PAGE
) -> tuple[list[dict[str, Any]], datetime | None]:
    """The patient's documents, newest first, with the number of their files, one without a time last; and from where the next
    page goes on (None at the end).

    A page ends between two instants, so that of a pile with one date none is passed over.
    """
    rows = Document.objects.of_patient(act, patient_id).valid()
    if before is not None:
        rows = rows.filter(Q(at__lt=before) | Q(at=None))
    names = ("id", "kind", "title", "display", "at", "status", "source", "author_name", "labels")
    counted = rows.annotate(files=Count("pages")).order_by(F("at").desc(nulls_last=True), "-id").values(*names, "files")
    found = list(counted[: limit + 1])
    if len(found) <= limit or found[0]["at"] is None:
        return found, None
    cut = found[limit]["at"]
    page = [one for one in found if one["at"] != cut] or list(counted.filter(at=cut))
    return page, page[-1]["at"]


def document_of(act: Act, patient_id: UUID, document_id: UUID) -> Kept:
    """One document of a patient, with its pages.

    :raises NotFound: if it is none of this patient's that the act may read
    """
    rows = Document.objects.of_patient(act, patient_id).filter(id=document_id, kind=Document.KEPT)
    document = rows.first()
    if document is None:
        raise NotFound
    pages = DocumentPage.objects.filter(document=document).select_related("file").order_by("number")
    return Kept(document, list(pages))


def page_of(act: Act, patient_id: UUID, document_id: UUID, number: int) -> DocumentPage:
    """One file of a document, for an answer that shows no banner.

    :raises Barred: if the record is not open to the doer
    :raises NotFound: if there is none that the act may read
    """
    require_open(act, patient_id)
    rows = Document.objects.of_patient(act, patient_id).filter(id=document_id, kind=Document.KEPT)
    page = DocumentPage.objects.filter(document__in=rows.values("id"), number=number).select_related("file").first()
    if page is None:
        raise NotFound
    return page


def file_of(act: Act, file_id: UUID) -> DocumentPage:
    """A file by its own id, of a document that the act may read.

    :raises NotFound: if there is none
    """
    act.require("patients.open")
    rows = Document.objects.visible_to(act).filter(kind=Document.KEPT)
    page = (
        DocumentPage.objects.filter(document__in=rows.values("id"), file_id=file_id)
        .select_related("file", "document")
        .first()
    )
    if page is None:
        raise NotFound
    return page
