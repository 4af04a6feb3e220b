"""The bytes that come inside a document: they go into the sealed store of files, and what is kept of it names them there."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from copy import deepcopy
from uuid import UUID

from salus.chart.loading import load_pages
from salus.chart.models import DocumentPage
from salus.chart.previews import sniff_all
from salus.chart.sniffing import BadFile, Sniffed
from salus.core.act import Act
from salus.fhir.importing.bundles import Entry
from salus.fhir.mapping.context import Refused
from salus.fhir.mapping.document_reference import contents_of
from salus.fhir.written import encode

TYPE = "DocumentReference"
#: what is said of bytes that are made anew or lie elsewhere now
_OF_BYTES = ("data", "_data", "hash", "_hash", "size", "_size")


class OtherPages(Exception):
    """The pages of a document do not change."""


def files_of(entry: Entry) -> list[Sniffed]:
    """What comes inside a document, looked at.

    :raises Refused: if it is no base64, or nothing that can be kept
    """
    if entry.type != TYPE:
        return []
    try:
        contents = contents_of(entry.resource)
    except ValueError:
        raise Refused("is no base64", "content.attachment.data") from None
    try:
        return sniff_all(contents) if contents else []
    except BadFile as refusal:
        raise Refused(f"cannot be kept: {refusal}", "content.attachment") from None


def move_into_store(act: Act, entry: Entry, patient_id: UUID, sniffed: Sequence[Sniffed]) -> str:
    """Keep the files as the pages of the document, and give the resource as text without their bytes.

    :raises OtherPages: if the document has pages already, and other ones
    """
    rows = DocumentPage.objects.filter(document_id=entry.row_id).select_related("file").order_by("number")
    pages = list(rows)
    if not pages:
        pages = load_pages(act, patient_id=patient_id, document_id=UUID(entry.row_id), sniffed=sniffed)
    elif [bytes(one.file.sha256) for one in pages] != [hashlib.sha256(one.content).digest() for one in sniffed]:
        raise OtherPages
    resource, left = deepcopy(entry.resource), iter(pages)
    for one in resource["content"]:
        attachment = one.get("attachment") or {}
        if attachment.get("data"):
            page = next(left)
            told = {name: value for name, value in attachment.items() if name not in _OF_BYTES}
            one["attachment"] = told | {"contentType": page.file.media_type, "url": f"Binary/{page.file_id}"}
    return encode(resource).decode()
