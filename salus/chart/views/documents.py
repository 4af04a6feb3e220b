"""Documents: the list, one with its pages to look at, and bringing them."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from salus.chart import services
from salus.chart.forms import EndForm
from salus.chart.models import Document, DocumentPage
from salus.chart.paper_forms import DocumentForm
from salus.chart.previews import NoPreview, picture_of
from salus.chart.queries import documents as queries
from salus.chart.queries.certificates import certificates_of
from salus.chart.sniffing import JPEG, PNG, SUFFIXES, TEXT
from salus.chart.views.posted import same_patient
from salus.chart.views.reading import before_of
from salus.core import files
from salus.core.door import door
from salus.core.errors import Conflict, Invalid, NotFound, Unavailable
from salus.core.posted import posted_version
from salus.patients.access import FIND, OPEN
from salus.patients.screens import landing, patient_page
from salus.ui import formatting

#: what a browser may show by itself; everything else is drawn here, or downloaded
_SHOWN = {JPEG: JPEG, PNG: PNG, TEXT: "text/plain; charset=utf-8"}
_SEALED_OFF = {
    "Content-Security-Policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
}


@door("patients.open", methods=("GET", "POST"), effect=False)
def documents(request: Any, patient_id: UUID) -> HttpResponse:
    """The patient's documents and certificates, newest first."""
    page = patient_page(request.act, patient_id, "documents")
    found, older = queries.documents_of(request.act, patient_id, before_of(request))
    context = {
        "documents": found,
        "older": older,
        "is_first": request.method == "GET",
        "certificates": certificates_of(request.act, patient_id) if request.method == "GET" else [],
    }
    return render(request, "chart/documents.html", page | context)


@door("patients.open")
def document(request: Any, patient_id: UUID, document_id: UUID) -> HttpResponse:
    """One document: what it is, and its pages."""
    return _document(request, patient_id, document_id)


def _document(request: Any, patient_id: UUID, document_id: UUID, *, status: int = 200, **more: Any) -> HttpResponse:
    page = patient_page(request.act, patient_id, "documents")
    kept = queries.document_of(request.act, patient_id, document_id)
    form = DocumentForm(initial=_said(kept.document))
    context = {"kept": kept, "form": form, "suffixes": SUFFIXES, "mistake": None, "typed": ""}
    return render(request, "chart/document.html", page | context | more, status=status)


def _said(document: Document) -> dict[str, Any]:
    names = ("title", "author_name", "note")
    on = formatting.local(document.at).date().isoformat() if document.at else ""
    return {"type_code": document.code, "on": on, **{name: getattr(document, name) for name in names}}


@door("chart.keep_document", methods=("GET", "POST"))
def keep_document(request: Any, patient_id: UUID) -> HttpResponse:
    """Bring a document: files from this device, or photos that it takes now."""
    form = DocumentForm(request.POST if request.method == "POST" else None)
    status, mistake = 200, None
    if request.method == "POST":
        same_patient(request, patient_id)
        status = 422
        if form.is_valid():
            contents, origin = _contents(request)
            whose: dict[str, Any] = {"patient_id": patient_id, "origin": origin}
            try:
                made = services.keep_document(request.act, **whose, about=form.about(), contents=contents)
            except (Invalid, Conflict) as refusal:
                status, mistake = refusal.status, refusal
                for name, words in refusal.fields.items() if isinstance(refusal, Invalid) else ():
                    form.add_error(name if name in form.fields else None, words)
            else:
                messages.success(request, _("The document is in the record."))
                return HttpResponseRedirect(_where(request, patient_id, made), status=303)
    page = patient_page(request.act, patient_id, "documents", to=OPEN if request.act.may("patients.open") else FIND)
    return render(request, "chart/keep_document.html", page | {"form": form, "mistake": mistake}, status=status)


def _where(request: Any, patient_id: UUID, made: Document) -> str:
    if request.act.may("patients.open"):
        return reverse("chart:document", args=[patient_id, made.id])
    return landing(request.act, patient_id)


def _contents(request: Any) -> tuple[list[bytes], str]:
    taken = request.FILES.getlist("taken")
    return [upload.read() for upload in (*request.FILES.getlist("files"), *taken)], "photo" if taken else "upload"


@door("chart.keep_document", methods=("POST",))
def add_pages(request: Any, patient_id: UUID, document_id: UUID) -> HttpResponse:
    """Put further pages behind those that a document has."""
    same_patient(request, patient_id)
    whose: dict[str, Any] = {"patient_id": patient_id, "document_id": document_id, "version": posted_version(request)}
    contents, _origin = _contents(request)
    return _changed(request, whose, lambda: services.add_pages(request.act, **whose, contents=contents))


@door("chart.keep_document", methods=("POST",))
def describe_document(request: Any, patient_id: UUID, document_id: UUID) -> HttpResponse:
    """Say anew what a document is."""
    same_patient(request, patient_id)
    form = DocumentForm(request.POST)
    if not form.is_valid():
        wrong = Invalid(_("The description was not saved: look what is marked in it."))
        return _document(request, patient_id, document_id, status=422, form=form, mistake=wrong)
    whose: dict[str, Any] = {"patient_id": patient_id, "document_id": document_id, "version": posted_version(request)}
    about = form.about()
    return _changed(request, whose, lambda: services.describe_document(request.act, **whose, about=about), form=form)


@door("chart.keep_document", methods=("POST",))
def void_document(request: Any, patient_id: UUID, document_id: UUID) -> HttpResponse:
    """Mark a document as kept by mistake."""
    same_patient(request, patient_id)
    reason = request.POST.get("reason", "")
    if not EndForm(request.POST).is_valid():
        wrong = Invalid(_("Say why it was wrong."))
        return _document(request, patient_id, document_id, status=422, mistake=wrong, typed=reason)
    whose: dict[str, Any] = {"patient_id": patient_id, "document_id": document_id, "version": posted_version(request)}
    to = reverse("chart:documents", args=[patient_id])
    void = partial(services.void_document, request.act, **whose, reason=reason)
    return _changed(request, whose, void, to=to, typed=reason)


def _changed(
    request: Any, whose: Mapping[str, Any], change: Callable[[], Any], to: str = "", **typed: Any
) -> HttpResponse:
    """Do it; what was `typed` comes back with a refusal."""
    at = [whose["patient_id"], whose["document_id"]]
    try:
        change()
    except (Invalid, Conflict) as refusal:
        return _document(request, *at, status=refusal.status, mistake=refusal, **typed)
    messages.success(request, _("The document is changed."))
    return HttpResponseRedirect(to or reverse("chart:document", args=at), status=303)


# ---------------------------------------------------------------- the files themselves


@door("patients.open")
def document_file(request: Any, patient_id: UUID, document_id: UUID, number: int) -> HttpResponse:
    """A picture or a text as it is, sealed off from everything; what a browser could run is never sent to be shown."""
    page = queries.page_of(request.act, patient_id, document_id, number)
    shown_as = _SHOWN.get(page.file.media_type)
    if shown_as is None:
        raise NotFound
    return HttpResponse(_bytes(page), content_type=shown_as, headers=_SEALED_OFF | {"Content-Disposition": "inline"})


@door("patients.open")
def download_document(request: Any, patient_id: UUID, document_id: UUID, number: int) -> HttpResponse:
    """A file to be saved on this device; its name tells nothing of the patient."""
    page = queries.page_of(request.act, patient_id, document_id, number)
    request.act.shows(patient_id, action="export")
    name = f"document-{number}.{SUFFIXES[page.file.media_type]}"
    headers = _SEALED_OFF | {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(_bytes(page), content_type=page.file.media_type, headers=headers)


@door("patients.open")
def document_sheet(request: Any, patient_id: UUID, document_id: UUID, drawn: int, sheet: int) -> HttpResponse:
    """One page of a PDF or TIFF, drawn as a picture; `drawn` is the number of the file."""
    page = queries.page_of(request.act, patient_id, document_id, drawn)
    if not 1 <= sheet <= page.sheets:
        raise NotFound
    try:
        picture = picture_of(_bytes(page), page.file.media_type, sheet)
    except NoPreview:
        raise NotFound from None
    return HttpResponse(picture, content_type=PNG, headers=_SEALED_OFF | {"Content-Disposition": "inline"})


def _bytes(page: DocumentPage) -> bytes:
    try:
        return files.read_file(page.file)
    except FileNotFoundError as error:
        raise Unavailable(_("This file cannot be found in the store. Tell the administrator.")) from error
