"""Writing vaccinations, relatives and documents through the acts of the chart; the bytes of documents."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable
from datetime import date
from typing import Any
from uuid import UUID

from salus.chart import services as chart
from salus.chart.models import DocumentPage
from salus.core.act import Act
from salus.core.errors import Conflict
from salus.fhir.mapping.context import Context, Row
from salus.fhir.mapping.document_reference import contents_of
from salus.fhir.mapping.document_reference import read as read_document
from salus.fhir.mapping.family_member_history import read as read_relative
from salus.fhir.mapping.immunization import read as read_immunization
from salus.fhir.serving.outcomes import FhirError
from salus.fhir.serving.referred import keep_patient_and_visit, patient_and_visit, read_referred, refuse_wrong
from salus.fhir.written import JSON, decode

#: the rooms' acts that these writers do
RIGHTS = frozenset({"chart.record_immunization", "chart.record_history", "chart.keep_document"})

_WRONG = "entered-in-error"
_REASON = "Told by another program"


def _columns(act: Act, kind: str, read: Callable[[JSON, Context], Row], resource: JSON, named: Iterable[Any]) -> Row:
    """The columns of a resource whose references are all here.

    :raises FhirError: 422 where it names what is not here, no patient, or is entered in error
    """
    row = read_referred(act, kind, read, resource, named)
    return row | patient_and_visit(row)


# ---------------------------------------------------------------- Immunization


def _immunization(act: Act, resource: JSON) -> Row:
    named = [resource.get("patient"), resource.get("encounter")]
    named += [one.get("actor") for one in resource.get("performer", ())]
    return _columns(act, "Immunization", read_immunization, resource, named)


def create_immunization(act: Act, resource: JSON) -> UUID:
    """A vaccination, or that one was not given."""
    refuse_wrong("Immunization", resource)
    if resource.get("isSubpotent"):
        words = "A dose that does not count is not kept here as one that does."
        raise FhirError(422, words, code="not-supported", expression="Immunization.isSubpotent")
    columns = _immunization(act, resource)
    if not columns["occurrence"]:
        raise FhirError(422, "When it was given is needed as a date.", expression="Immunization.occurrence")
    about = {name: columns[name] for name in ("patient_id", "encounter_id", "code", "code_system")}
    about |= {"display": columns["display"] or columns["code"], "on": columns["occurrence"]}
    if columns["status"] == "not-done":
        why = {
            "reason_code": columns["reason_code"],
            "reason": columns["reason"] or ("" if columns["reason_code"] else "-"),
        }
        return chart.record_not_given(act, **about, **why).id
    given = {name: columns[name] for name in chart.Given.__dataclass_fields__}
    given["performer_id"] = UUID(given["performer_id"]) if given["performer_id"] else None
    given["expires_on"] = date.fromisoformat(given["expires_on"]) if given["expires_on"] else None
    return chart.record_immunization(act, **about, given=chart.Given(**given), note=columns["note"]).id


def update_immunization(act: Act, resource: JSON, row: Any) -> None:
    """A vaccination is entered in error, or stays as it is."""
    columns = _immunization(act, resource)
    keep_patient_and_visit(row, columns)
    if resource["status"] == _WRONG:
        whose = {"patient_id": row.patient_id, "immunization_id": row.id, "version": row.version}
        chart.void_immunization(act, **whose, reason=_REASON)
        return
    same = ("status", "code_system", "code", "lot_number")
    if any(columns[name] != getattr(row, name) for name in same) or columns["occurrence"] != str(row.occurrence or ""):
        raise Conflict("A vaccination does not change: mark it entered-in-error and create another.")


# ---------------------------------------------------------------- FamilyMemberHistory


def _relative(act: Act, resource: JSON) -> tuple[Row, chart.Relative]:
    columns = _columns(act, "FamilyMemberHistory", read_relative, resource, [resource.get("patient")])
    illnesses = [chart.Illness(**one) for one in decode(columns["conditions"] or "[]")]
    names = ("display", "name", "gender", "is_deceased", "death_age", "status", "note")
    said = {name: columns[name] for name in names}
    relative = chart.Relative(relationship=columns["code"], born=columns["born"] or "", illnesses=illnesses, **said)
    return columns, relative


def create_relative(act: Act, resource: JSON) -> UUID:
    """A relative and what he or she had."""
    refuse_wrong("FamilyMemberHistory", resource)
    columns, relative = _relative(act, resource)
    return chart.record_relative(act, patient_id=columns["patient_id"], relative=relative).id


def update_relative(act: Act, resource: JSON, row: Any) -> None:
    """What is known of a relative, said anew; or it is entered in error."""
    columns, relative = _relative(act, resource)
    keep_patient_and_visit(row, columns)
    whose = {"patient_id": row.patient_id, "relative_id": row.id, "version": row.version}
    if resource["status"] == _WRONG:
        chart.void_relative(act, **whose, reason=_REASON)
    else:
        chart.change_relative(act, **whose, relative=relative)


# ---------------------------------------------------------------- DocumentReference


def _document(act: Act, resource: JSON) -> tuple[Row, chart.About]:
    visits = (resource.get("context") or {}).get("encounter", ())
    columns = _columns(act, "DocumentReference", read_document, resource, [resource.get("subject"), *visits])
    about = chart.About(
        type_code=columns["code"],
        type_system=columns["code_system"],
        type_display=columns["display"],
        title=columns["title"],
        on=resource.get("date", ""),
        author_name=columns["author_name"],
    )
    return columns, about


def create_document(act: Act, resource: JSON) -> UUID:
    """A document with its pages; the bytes go to the store of files, and what is kept of the resource names them there."""
    refuse_wrong("DocumentReference", resource)
    try:
        contents = contents_of(resource)
    except ValueError:
        raise FhirError(
            422, "The data of an attachment is no base64.", expression="DocumentReference.content"
        ) from None
    if len(contents) != len(resource.get("content", ())):
        raise FhirError(
            422,
            "Each attachment needs its data: nothing is fetched from elsewhere.",
            expression="DocumentReference.content",
        )
    columns, about = _document(act, resource)
    whose = {"patient_id": columns["patient_id"], "encounter_id": columns["encounter_id"]}
    made = chart.keep_document(act, **whose, about=about, contents=contents, origin="fhir")
    pages = DocumentPage.objects.filter(document=made).select_related("file").order_by("number")
    for one, page in zip(resource["content"], pages, strict=True):
        told = {
            name: value for name, value in one["attachment"].items() if name not in ("data", "_data", "hash", "size")
        }
        one["attachment"] = told | {"contentType": page.file.media_type, "url": f"Binary/{page.file_id}"}
    return made.id


def update_document(act: Act, resource: JSON, row: Any) -> None:
    """What a document is, said anew; or it is entered in error. Its pages stay."""
    columns, about = _document(act, resource)
    keep_patient_and_visit(row, columns)
    whose = {"patient_id": row.patient_id, "document_id": row.id, "version": row.version}
    if resource["status"] == _WRONG:
        chart.void_document(act, **whose, reason=_REASON)
        return
    if any((one.get("attachment") or {}).get("data") for one in resource.get("content", ())):
        raise Conflict("The pages of a document do not change: mark it entered-in-error and create another.")
    chart.describe_document(act, **whose, about=about)


def binary_of(page: DocumentPage, content: bytes) -> JSON:
    """The bytes of a page as a resource."""
    return {
        "resourceType": "Binary",
        "id": str(page.file_id),
        "contentType": page.file.media_type,
        "data": base64.b64encode(content).decode(),
    }
