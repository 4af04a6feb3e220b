"""Documents: brought as files, kept whole under the hash of their content, named, and never taken away."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from salus.chart.facts import DocumentChanged, DocumentKept
from salus.chart.loading import load_pages
from salus.chart.models import Document, DocumentPage
from salus.chart.previews import sniff_all
from salus.chart.sniffing import MOST_FILES, BadFile, Sniffed
from salus.chart.standing import has_come, lock_patient, standing
from salus.chart.vocabulary import DOCUMENT_TYPES, LOINC
from salus.core.act import Act
from salus.core.announce import announce
from salus.core.dates import PartialDate
from salus.core.errors import Conflict, Invalid, Stale
from salus.patients.access import FIND, OPEN


class PaperOfNote(Conflict):
    """This is a signed letter as it was printed: it stays as it is. What is wrong with it is said of the letter itself."""


class AlreadyKept(Conflict):
    """This file is in the patient's record already. Nothing was kept twice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What is said of a document: its type (LOINC), title, date, and who wrote it."""

    type_code: str = ""
    #: of a type that is none of our list, as another system names it
    type_system: str = ""
    type_display: str = ""
    title: str = ""
    on: str = ""
    author_name: str = ""
    note: str = ""


@transaction.atomic
def keep_document(
    act: Act,
    *,
    patient_id: UUID,
    about: About,
    contents: Sequence[bytes],
    origin: str = "upload",
    encounter_id: UUID | None = None,
) -> Document:
    """Keep files as one document, page by page, in the order in which they come.

    :param contents: the bytes; what they are is seen by their content
    :raises BadFile: for the first that cannot be kept, and why; then none is
    :raises AlreadyKept: if one of them is in a document of the patient already
    """
    act.require("chart.keep_document")
    standing(act, patient_id, encounter_id, to=OPEN if act.may("patients.open") else FIND)
    lock_patient(patient_id)
    sniffed = sniff_all(contents)
    _refuse_repeats(patient_id, sniffed)
    day = _day(act, about.on)
    code_system, display = _type(about)
    document = Document.objects.create(
        patient_id=patient_id,
        encounter_id=encounter_id,
        kind=Document.KEPT,
        status="current",
        code_system=code_system,
        code=about.type_code,
        display=display,
        title=about.title.strip() or display or _("Document"),
        at=day.start if day else act.at,
        author_name=about.author_name.strip(),
        note=about.note.strip(),
        origin=origin,
        recorded_by_id=act.by,
    )
    load_pages(act, patient_id=patient_id, document_id=document.id, sniffed=sniffed)
    announce(act, DocumentKept(patient_id=patient_id, document_id=document.id, pages=len(sniffed)))
    return document


@transaction.atomic
def add_pages(act: Act, *, patient_id: UUID, document_id: UUID, version: int, contents: Sequence[bytes]) -> Document:
    """Put further pages behind those that a document has.

    :raises BadFile: as `keep_document`
    :raises Stale: if somebody changed it since it was read
    """
    act.require("chart.keep_document")
    document = _locked(act, patient_id, document_id, version)
    lock_patient(patient_id)
    sniffed = sniff_all(contents)
    _refuse_repeats(patient_id, sniffed)
    last = DocumentPage.objects.filter(document=document).count()
    if last + len(sniffed) > MOST_FILES:
        raise BadFile(_("A document has 60 files at most. Begin another one."))
    load_pages(act, patient_id=patient_id, document_id=document.id, sniffed=sniffed, first=last + 1)
    document.save(update_fields=["status"])
    announce(act, DocumentKept(patient_id=patient_id, document_id=document.id, pages=len(sniffed)))
    return document


@transaction.atomic
def describe_document(act: Act, *, patient_id: UUID, document_id: UUID, version: int, about: About) -> Document:
    """Say anew what a document is; its pages stay as they are.

    :raises Stale: if somebody changed it since it was read
    """
    act.require("chart.keep_document")
    document = _locked(act, patient_id, document_id, version)
    code_system, display = _type(about)
    day = _day(act, about.on)
    # a type of another system, which our list cannot say, is not lost by leaving the list alone
    if about.type_code or about.type_display or document.code in DOCUMENT_TYPES:
        document.code_system, document.code, document.display = code_system, about.type_code, display
        document.codings = None
    document.title = about.title.strip() or display or document.title
    document.at = day.start if day else document.at
    document.author_name, document.note = about.author_name.strip(), about.note.strip()
    document.save(update_fields=["code_system", "code", "display", "codings", "title", "at", "author_name", "note"])
    announce(act, DocumentChanged(patient_id=patient_id, document_id=document.id, status="current"))
    return document


@transaction.atomic
def void_document(act: Act, *, patient_id: UUID, document_id: UUID, version: int, reason: str) -> Document:
    """Mark a document as kept by mistake; its files stay, with the reason.

    :raises Invalid: without a reason
    :raises Stale: if somebody changed it since it was read
    """
    act.require("chart.keep_document")
    document = _locked(act, patient_id, document_id, version)
    document.status = "entered-in-error"
    document.void(act, reason, "status")
    announce(act, DocumentChanged(patient_id=patient_id, document_id=document.id, status="entered-in-error"))
    return document


def _type(about: About) -> tuple[str, str]:
    """The system and the words of a type."""
    if not about.type_code:
        return "", about.type_display
    if about.type_display:
        return about.type_system, about.type_display
    if about.type_code not in DOCUMENT_TYPES:
        raise Invalid(type_code=_("Choose one of the list."))
    return LOINC, DOCUMENT_TYPES[about.type_code]


def _refuse_repeats(patient_id: UUID, sniffed: Sequence[Sniffed]) -> None:
    digests = [hashlib.sha256(one.content).digest() for one in sniffed]
    if len(set(digests)) != len(digests):
        raise BadFile(_("The same file was chosen twice."))
    kept = DocumentPage.objects.filter(
        document__patient_id=patient_id, document__voided_at__isnull=True, file__sha256__in=digests
    )
    if kept.exists():
        raise AlreadyKept


def _day(act: Act, text: str) -> PartialDate | None:
    if not text:
        return None
    try:
        day = PartialDate.parse(text)
    except ValueError as error:
        raise Invalid(on=_("Write the date like 14-Mar-1964, Mar-1964 or 1964.")) from error
    if not has_come(day, act.at):
        raise Invalid(on=_("This date has not come yet."))
    return day


def _locked(act: Act, patient_id: UUID, document_id: UUID, version: int) -> Document:
    rows = Document.objects.visible_to(act).valid().select_for_update(no_key=True, of=("self",))
    document = rows.get(id=document_id, patient_id=patient_id, kind=Document.KEPT)
    if document.version != version:
        raise Stale
    if document.origin == "letter":
        raise PaperOfNote
    return document
