"""Create and update: a checked resource becomes an act of the room that owns it; what the room does not model is kept beside."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.db import connection

from salus.chart.queries.entries import KINDS
from salus.chart.services.labels import set_labels
from salus.core.act import Act
from salus.core.errors import Stale
from salus.fhir.mapping import MADE_HERE, MAPPINGS, SEALED
from salus.fhir.mapping.marks import labels_in, unlabelled
from salus.fhir.mapping.requests import modifies
from salus.fhir.models import Source
from salus.fhir.serving import (
    booking,
    care,
    clinical,
    forms,
    observing,
    ordering,
    papers,
    persons,
    received,
    signed,
    tasks,
)
from salus.fhir.serving.loading import Loaded, loaded, readable, row_of
from salus.fhir.serving.narrowing import is_part
from salus.fhir.serving.outcomes import FhirError
from salus.fhir.written import JSON, encode, same

#: what `fhir.write` stands for: the rooms' own acts, done by a program
_ROOMS = (booking, tasks, papers, clinical, care, persons, observing)
_RIGHTS = frozenset({"patients.set_labels"}).union(*(one.RIGHTS for one in _ROOMS))

#: types whose entries can be marked as sensitive, and the word by which the record knows them
_LABELLED: Mapping[str, str] = {
    "Observation": "observation",
    "Condition": "problem",
    "Immunization": "immunization",
    "FamilyMemberHistory": "relative",
    "DocumentReference": "document",
    "Procedure": "procedure",
    "CarePlan": "plan",
    "Goal": "goal",
    "Composition": "note",
}
#: what everybody who opens the record is to know, and what has to be carried out by others: it is never hidden
_UNMARKED = frozenset(
    {
        *("Patient", "CareTeam", "Flag", "AllergyIntolerance", "Appointment", "Questionnaire"),
        *("MedicationRequest", "ServiceRequest", "MedicationStatement"),
    }
)
#: types that may be written, by name
_MADE: Mapping[str, Any] = {**MAPPINGS, **MADE_HERE}


@dataclass(frozen=True, slots=True)
class Writer:
    """How a type is created and changed; both give the id of the row."""

    create: Callable[[Act, JSON], UUID]
    update: Callable[..., None]


def create(act: Act, kind: str, resource: JSON) -> Loaded:
    """Create a resource; its id is ours, whatever the client wrote.

    :raises FhirError: 405 for types that are only read
    """
    acting = _acting(act)
    _refuse_modified(kind, resource)
    resource.pop("id", None)
    if kind in received.PAPERS:
        return received.create_paper(acting, kind, resource)
    writer = _writer(kind)
    identity = writer.create(acting, resource)
    _mark(acting, kind, identity, resource)
    row = _read_again(acting, kind, identity)
    if kind in signed.SIGNED:
        resource = signed.kept_of_new(kind, resource, _served(kind, row, resource))
        row = _read_again(acting, kind, identity)
    if not _MADE[kind].is_composed:
        _keep(acting, kind, row, resource, None)
    return Loaded(_MADE[kind], row, _served(kind, row, resource))


def update(act: Act, kind: str, identity: str, resource: JSON, expected: str) -> Loaded:
    """Replace a resource whose version the client has read; the same content again changes nothing.

    :param expected: the version id
    :raises FhirError: 404, 410, 405; 400 if the body has another id; 412 if somebody changed it since
    """
    acting = _acting(act)
    _refuse_modified(kind, resource)
    if resource.get("id") != identity:
        raise FhirError(400, "The id of the body is not the one of the URL.", expression=f"{kind}.id")
    if kind in received.PAPERS:
        return received.update_paper(acting, kind, identity, resource, expected)
    _writer(kind)
    row = row_of(acting, _MADE[kind], identity)
    if _MADE[kind].is_composed:
        return _recompose(acting, kind, row, resource, expected)
    if str(row.version) != expected:
        raise FhirError(412, f"Somebody changed this {kind} since version {expected[:10]}: read it again.")
    if kind == "Patient":
        persons.without_our_number(acting, resource, row.mrn)
    source = Source.objects.select_for_update().filter(id=row.id).first()
    (now,) = loaded([(_MADE[kind], [row])], {row.id: source} if source else {})
    if _says_the_same(acting, kind, row, resource, now.resource):
        return now
    if kind in signed.SIGNED:
        return _move(acting, kind, now, resource, source)
    _change(acting, kind, row, resource)
    _mark(acting, kind, row.id, resource)
    row = _read_again(acting, kind, row.id, moved_from=row.version)
    _keep(acting, kind, row, resource, source)
    return Loaded(_MADE[kind], row, _served(kind, row, resource))


def _says_the_same(act: Act, kind: str, row: Any, resource: JSON, served: JSON) -> bool:
    """Whether a client sends what it was given, to the last digit. What is never replaced is refused all the same."""
    told = dict(served)
    if kind == "Patient":
        persons.without_our_number(act, told, row.mrn)
    is_marked = set(labels_in(resource)) <= set(getattr(row, "labels", ()))
    return kind not in ONLY_CREATED and is_marked and same(_bare(resource), _bare(told))


def _recompose(act: Act, kind: str, row: Any, resource: JSON, expected: str) -> Loaded:
    """Change what is composed of several rows: nothing is kept beside them."""
    (now,) = loaded([(_MADE[kind], [row])])
    if now.version != expected:
        raise FhirError(412, f"Somebody changed this {kind} meanwhile: read it again.")
    _change(act, kind, row, resource)
    row = row_of(act, _MADE[kind], str(row.id))
    return Loaded(_MADE[kind], row, _served(kind, row, resource))


def _refuse_modified(kind: str, resource: JSON) -> None:
    """See that nothing turns what is said into something else in a way that nobody here understands, or would go unmarked.

    :raises FhirError: 422 if something does, or if it is a part of a resource: what the part leaves out would be lost
    """
    if is_part(resource):
        words = "This is a part of a resource (SUBSETTED): read the whole, change it and write that."
        raise FhirError(422, words, code="business-rule", expression=f"{kind}.meta.tag")
    if kind in _UNMARKED and labels_in(resource):
        raise FhirError(
            422, f"A {kind} is never marked as sensitive.", code="not-supported", expression=f"{kind}.meta.security"
        )
    if kind not in received.PAPERS and modifies(resource):
        words = "Modifier extensions and implicit rules are understood by nobody here, and would be lost."
        raise FhirError(422, words, code="not-supported", expression=f"{kind}.modifierExtension")


def _change(act: Act, kind: str, row: Any, resource: JSON, **how: Any) -> None:
    try:
        _writer(kind).update(act, resource, row, **how)
    except Stale:
        raise FhirError(412, f"Somebody changed this {kind} meanwhile: read it again.") from None


def _move(act: Act, kind: str, now: Loaded, resource: JSON, source: Source | None) -> Loaded:
    """Move the status of what was signed; nothing that the row does not hold is ever kept or served."""
    row = now.row
    signed.only_moved(kind, resource, now.resource)
    _change(act, kind, row, resource, reason=signed.why_moved(kind, resource, now.resource))
    row = _read_again(act, kind, row.id, moved_from=row.version)
    kept = signed.kept_of_moved(kind, resource, now.resource, _served(kind, row, resource))
    row = _read_again(act, kind, row.id)
    _keep(act, kind, row, kept, source)
    return Loaded(_MADE[kind], row, _served(kind, row, kept))


def _acting(act: Act) -> Act:
    act.require("fhir.write")
    return replace(act, rights=act.rights | _RIGHTS)


def _writer(kind: str) -> Writer:
    writer = WRITERS.get(kind)
    if writer is None:
        raise FhirError(405, f"{kind} can be read here, not written.", code="not-supported")
    return writer


def _read_again(act: Act, kind: str, identity: UUID, *, moved_from: int | None = None) -> Any:
    """The row as it is now. A change of nothing that the room models is a new version of the resource all the same."""
    mapping = _MADE[kind]
    row = readable(mapping, mapping.rows(act)).get(id=identity)
    if moved_from is not None and row.version == moved_from:
        touch = f'UPDATE "{mapping.model._meta.db_table}" SET updated_at = updated_at WHERE id = %s'  # noqa: S608 - our own names
        with connection.cursor() as cursor:  # the trigger of core.guards counts the version
            cursor.execute(touch, [identity])
        row = readable(mapping, mapping.rows(act)).get(id=identity)
    return row


def _mark(act: Act, kind: str, identity: UUID, resource: JSON) -> None:
    """Add the labels that the client gives; none is taken away by leaving it out. (An allergy is never hidden.)"""
    labels, entry = labels_in(resource), _LABELLED.get(kind)
    if not labels or entry is None:
        return
    row = KINDS[entry].objects.only("patient_id", "version", "labels").get(id=identity)
    if not set(labels) <= set(row.labels):
        both = [*row.labels, *labels]
        set_labels(act, patient_id=row.patient_id, kind=entry, entry_id=identity, version=row.version, labels=both)


def _keep(act: Act, kind: str, row: Any, resource: JSON, source: Source | None) -> None:
    """Keep the resource beside its row, so that what the room does not model comes out again."""
    text = encode(_bare(resource) | {"id": str(row.id)}).decode()
    digest = hashlib.blake2b(text.encode(), digest_size=16).digest()
    is_new = source is None
    source = source or Source(
        id=row.id, type=kind, facility_id=act.facility_id, recorded_by_id=act.by, patient_id=_patient_of(kind, row)
    )
    source.row_version = row.version
    source.digests = [*source.digests, digest]
    source.content, source.sealed = ("", text) if kind in SEALED else (text, None)
    source.save(force_insert=is_new, force_update=not is_new)


def _patient_of(kind: str, row: Any) -> UUID | None:
    column = _MADE[kind].patient_column
    return getattr(row, column) if column else None


def _served(kind: str, row: Any, resource: JSON) -> JSON:
    (found,) = loaded([(_MADE[kind], [row])])
    return found.resource


def _bare(resource: JSON) -> JSON:
    """The resource without what we tell of it ourselves, and without the labels, which stand in the row."""
    told = unlabelled(resource.get("meta", {}))
    meta = {key: value for key, value in told.items() if key not in ("versionId", "lastUpdated")}
    bare = {key: value for key, value in resource.items() if key not in ("id", "meta")}
    return bare | ({"meta": meta} if meta else {})


#: what is created and never replaced
ONLY_CREATED = frozenset({"Questionnaire", "QuestionnaireResponse"})
WRITERS: Mapping[str, Writer] = {
    "Patient": Writer(persons.create, persons.update),
    "Observation": Writer(observing.create, observing.update),
    "Condition": Writer(clinical.create_condition, clinical.update_condition),
    "AllergyIntolerance": Writer(clinical.create_allergy, clinical.update_allergy),
    "Immunization": Writer(papers.create_immunization, papers.update_immunization),
    "FamilyMemberHistory": Writer(papers.create_relative, papers.update_relative),
    "DocumentReference": Writer(papers.create_document, papers.update_document),
    "Appointment": Writer(booking.create, booking.update),
    "Task": Writer(tasks.create_task, tasks.update_task),
    "Communication": Writer(tasks.create_communication, tasks.update_communication),
    "MedicationRequest": Writer(ordering.create_medication_request, ordering.update_order),
    "ServiceRequest": Writer(ordering.create_service_request, ordering.update_order),
    "MedicationStatement": Writer(ordering.create_statement, ordering.update_statement),
    "Procedure": Writer(care.create_procedure, care.update_procedure),
    "CarePlan": Writer(care.create_plan, care.update_plan),
    "Goal": Writer(care.create_goal, care.update_goal),
    "CareTeam": Writer(care.create_team, care.update_team),
    "Flag": Writer(care.create_flag, care.update_flag),
    "Composition": Writer(received.create_note, received.update_note),
    "Questionnaire": Writer(forms.create_form, forms.refuse_update),
    "QuestionnaireResponse": Writer(forms.create_response, forms.refuse_update),
}
#: every type that may be written
WRITABLE = frozenset(WRITERS) | received.PAPERS
