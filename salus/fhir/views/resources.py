"""The doors of the FHIR interface. Each says who may use it; each answer, good or bad, is FHIR."""

from __future__ import annotations

import re
from contextlib import nullcontext
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import OperationalError, connection, transaction
from django.http import HttpResponse
from django.utils.http import http_date
from psycopg.errors import QueryCanceled

from salus.chart.queries.documents import file_of
from salus.core.act import Act
from salus.core.door import PUBLIC, DoorRequest, door
from salus.core.errors import NotFound
from salus.core.files import read_file
from salus.fhir.serving import asked as asking
from salus.fhir.serving import (
    bodies,
    cursors,
    narrowing,
    papers,
    proposing,
    provenance,
    searching,
    slots,
    versions,
    writing,
)
from salus.fhir.serving import everything as whole
from salus.fhir.serving.capability import capability_statement
from salus.fhir.serving.loading import Loaded, kind_of, read_one
from salus.fhir.serving.outcomes import ACCEPTED, FhirError, answer, fhir_view
from salus.fhir.serving.summary import summary_of
from salus.fhir.written import JSON

#: who may read records through FHIR may know of visits, orders and cover in them
_READING = frozenset({"encounters.view", "orders.view", "coverage.view", "scheduling.view"})


@fhir_view
@door(PUBLIC, methods=("GET",), api=True)
def metadata(request: Any) -> HttpResponse:
    """A program asked what this server can do."""
    return answer(request, capability_statement(base_of(request)))


@fhir_view
@door("fhir.read", methods=("GET", "POST"), api=True)
def of_type(request: DoorRequest, kind: str) -> HttpResponse:
    """A program searched for records of one kind (GET), or wrote one (POST)."""
    if request.method == "POST":
        return _create(request, kind)
    return _search(request, kind, list(_pairs(request.GET)))


@fhir_view
@door("fhir.read", methods=("POST",), effect=False, api=True)
def search(request: DoorRequest, kind: str) -> HttpResponse:
    """A program searched for records of one kind.

    The parameters are in the body, so that no log of URLs can hold a name.
    """
    if request.content_type != "application/x-www-form-urlencoded":
        raise FhirError(415, "A search by POST is application/x-www-form-urlencoded.")
    return _search(request, kind, [*_pairs(request.GET), *_pairs(request.POST)])


@fhir_view
@door("fhir.read", methods=("GET", "PUT"), api=True)
def instance(request: DoorRequest, kind: str, identity: str) -> HttpResponse:
    """A program read one entry of a record (GET), or changed it (PUT)."""
    if request.method == "PUT":
        return _update(request, kind, identity)
    cut = narrowing.cut_of(list(_pairs(request.GET)))
    if kind == "Provenance" and provenance.is_ours(identity):
        return _answer_provenance(request, *provenance.read(reading(request.act), identity))
    found = read_one(reading(request.act), kind, identity)
    request.act.shows(*([found.patient_id] if found.patient_id else []))
    if found.etag in [one.strip() for one in request.headers.get("If-None-Match", "").split(",")]:
        return HttpResponse(status=304, headers=_told(found))
    return answer(request, narrowing.narrowed(cut, found.resource), headers=_told(found))


@fhir_view
@door("fhir.read", methods=("GET",), api=True)
def version(request: DoorRequest, kind: str, identity: str, number: str) -> HttpResponse:
    """A program read one entry of a record, as it was."""
    found = versions.read_version(reading(request.act), kind, identity, number)
    request.act.shows(*([found.patient_id] if found.patient_id else []))
    return answer(request, found.resource, headers=_told(found))


@fhir_view
@door("fhir.read", methods=("GET",), api=True)
def history(request: DoorRequest, kind: str, identity: str) -> HttpResponse:
    """A program read the versions of one entry of a record."""
    bundle, patient_id = versions.history(
        reading(request.act), kind, identity, list(_pairs(request.GET)), base_of(request)
    )
    request.act.shows(*([patient_id] if patient_id else []))
    return answer(request, bundle)


@fhir_view
@door("fhir.read", methods=("GET",), api=True)
def everything(request: DoorRequest, kind: str, identity: str) -> HttpResponse:
    """A program took all that belongs to one patient, in pages."""
    act, pairs = reading(request.act), list(_pairs(request.GET))
    page = next((value for name, value in pairs if name == "_page"), None)
    if page is None:
        bundle, patient_id = whole.first_page(act, identity, pairs, base_of(request))
    else:
        bundle, patient_id = whole.later_page(act, identity, cursors.unseal(page, act.by), base_of(request))
    request.act.shows(patient_id, action="export")
    return answer(request, bundle)


@fhir_view
@door("fhir.read", methods=("GET",), api=True)
def summary(request: DoorRequest, kind: str, identity: str) -> HttpResponse:
    """A program took an International Patient Summary of one patient."""
    bundle, patient_id = summary_of(reading(request.act), identity, base_of(request))
    request.act.shows(patient_id, action="export")
    return answer(request, bundle)


@fhir_view
@door("fhir.read", methods=("GET", "POST"), effect=False, api=True)
def find(request: DoorRequest) -> HttpResponse:
    """A program looked for free times; a POST asks by a Parameters resource."""
    pairs = list(_pairs(request.GET))
    if request.method == "POST":
        pairs += proposing.pairs_of(_body(request, "Parameters"))
    lenient = "handling=lenient" in request.headers.get("Prefer", "")
    found = proposing.find(reading(request.act), pairs, lenient=lenient, base_url=base_of(request))
    request.act.shows(found.patient_id, action="search")
    return answer(request, found.bundle)


@fhir_view
@door("fhir.read", methods=("GET",), api=True)
def binary(request: DoorRequest, binary_id: str) -> HttpResponse:
    """A program took a page of a document: its bytes, or a resource for who asks for FHIR."""
    try:
        page = file_of(reading(request.act), UUID(binary_id))
    except ValueError:
        raise NotFound from None
    request.act.shows(page.document.patient_id)
    content = read_file(page.file)
    if "fhir+json" in request.headers.get("Accept", ""):
        return answer(request, papers.binary_of(page, content))
    headers = {"Content-Disposition": "attachment", "X-Content-Type-Options": "nosniff"}
    return HttpResponse(content, content_type=page.file.media_type, headers=headers)


@fhir_view
@door(PUBLIC, methods=("GET", "POST", "PUT", "PATCH", "DELETE"), effect=False, api=True)
def nothing(request: Any, path: str = "") -> HttpResponse:
    """Every other address below /fhir."""
    raise FhirError(404, "There is nothing at this address.")


# ---------------------------------------------------------------- what they do


def _search(request: DoorRequest, kind: str, pairs: list[asking.Pair]) -> HttpResponse:
    try:
        # in a bundle: what comes after a search that goes through too much is still done
        with transaction.atomic() if connection.in_atomic_block else nullcontext():
            found = _found(request, kind, pairs)
    except OperationalError as error:
        if not isinstance(error.__cause__, QueryCanceled):
            raise
        words = "This search goes through too much. Name a patient, a code or a shorter time, or ask without a total."
        raise FhirError(400, words, code="too-costly") from error
    # A search that shows nobody is an entry too.
    request.act.shows(*(found.patients or [None]), action="search")
    return answer(request, found.bundle)


def _found(request: DoorRequest, kind: str, pairs: list[asking.Pair]) -> searching.Page:
    mapping, act = kind_of(kind), reading(request.act)
    if kind == "Slot":
        return searching.Page(slots.search(act, pairs, base_of(request)), set())
    if kind == "Provenance" and any(name == "target" for name, _value in pairs):
        return searching.Page(*provenance.search(act, pairs, base_of(request)))
    page = next((value for name, value in pairs if name == "_page"), None)
    if page is not None:
        cursor = cursors.unseal(page, act.by)
        return searching.page_of(act, mapping, cursor, base_url=base_of(request))
    lenient = "handling=lenient" in request.headers.get("Prefer", "")
    return searching.search(act, mapping, pairs, lenient=lenient, base_url=base_of(request))


def _answer_provenance(request: DoorRequest, body: JSON, patients: set[UUID]) -> HttpResponse:
    request.act.shows(*patients)
    return answer(request, body)


def _create(request: DoorRequest, kind: str) -> HttpResponse:
    kind_of(kind)
    resource = _body(request, kind)
    condition = request.headers.get("If-None-Exist", "").lstrip("?")
    if condition:
        known = known_by(request, kind, condition)
        if known is not None:
            return _answer_written(request, known, 200)
    return _answer_written(request, writing.create(reading(request.act), kind, resource), 201)


def known_by(request: DoorRequest, kind: str, condition: str) -> Loaded | None:
    """The one that a conditional create would double.

    :raises FhirError: 412 if there are several
    """
    act = reading(request.act)
    act.require("fhir.write")
    pairs = [("_count", "2"), *asking.pairs_of(condition)]
    found = searching.search(act, kind_of(kind), pairs, lenient=False, base_url=base_of(request))
    # whom it would double is told even where it is refused: whoever asks so has searched
    request.act.shows(*found.patients, action="search")
    rows = [one["resource"]["id"] for one in found.bundle.get("entry", ())]
    if len(rows) > 1:
        raise FhirError(412, "More than one resource fits If-None-Exist.", code="multiple-matches")
    return read_one(act, kind, rows[0]) if rows else None


def _update(request: DoorRequest, kind: str, identity: str) -> HttpResponse:
    kind_of(kind)
    resource = _body(request, kind)
    written = writing.update(reading(request.act), kind, identity, resource, _expected(request, resource))
    return _answer_written(request, written, 200)


def _expected(request: DoorRequest, resource: JSON) -> str:
    """The version that the client has read: If-Match, or the versionId in its copy.

    :raises FhirError: 428 if it says neither, because it could overwrite what it never saw
    """
    header = request.headers.get("If-Match")
    match = re.fullmatch(r'(?:W/)?"?([A-Za-z0-9.-]{1,64})"?', header.strip()) if header else None
    if header and match is None:
        raise FhirError(400, 'If-Match is the ETag that was read, like W/"3".')
    version = match[1] if match else resource.get("meta", {}).get("versionId")
    if not version:
        raise FhirError(428, "Say which version you have read: If-Match with its ETag, or meta.versionId in the body.")
    return str(version)


def _answer_written(request: DoorRequest, written: Loaded, status: int) -> HttpResponse:
    if written.patient_id:
        request.act.shows(written.patient_id, action="write")
    headers = _told(written) | {"Location": f"{base_of(request)}/{written.mapping.type}/{written.row.id}"}
    if "return=minimal" in request.headers.get("Prefer", ""):
        return HttpResponse(status=status, headers=headers)
    return answer(request, written.resource, status=status, headers=headers)


def _body(request: DoorRequest, kind: str) -> JSON:
    if request.content_type and request.content_type not in ACCEPTED:
        raise FhirError(415, "A body is application/fhir+json.")
    return bodies.body_of(request.body, kind, base_of(request))


def _told(found: Loaded) -> dict[str, str]:
    return {"ETag": found.etag, "Last-Modified": http_date(found.row.updated_at.timestamp())}


def reading(act: Act) -> Act:
    """The act with what whoever reads records may know of visits, orders and cover in them."""
    return replace(act, rights=act.rights | _READING)


def _pairs(query: Any) -> list[asking.Pair]:
    return [(name, value) for name, values in query.lists() for value in values]


def base_of(request: Any) -> str:
    """The address below which everything here stands."""
    return f"{request.scheme}://{request.get_host()}{settings.FORCE_SCRIPT_NAME or ''}/fhir"
