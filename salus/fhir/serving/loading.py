"""Rows as resources: as they were received while the row is unchanged, else written from the row."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.db.models import QuerySet, TextField
from django.db.models.functions import Cast

from salus.core.act import Act
from salus.fhir.mapping import PAPERS, mapping_of, received
from salus.fhir.mapping.base import Mapping
from salus.fhir.mapping.marks import labelled
from salus.fhir.models import Source
from salus.fhir.serving.outcomes import FhirError
from salus.fhir.written import JSON, decode, encode

#: columns that only searches use
_UNREAD = frozenset({"name_words", "contact_keys"})


@dataclass(slots=True)
class Loaded:
    """A row and the resource that it is."""

    mapping: Mapping
    row: Any
    resource: JSON

    @property
    def patient_id(self) -> UUID | None:
        return getattr(self.row, self.mapping.patient_column) if self.mapping.patient_column else None

    @property
    def etag(self) -> str:
        return f'W/"{self.version}"'

    @property
    def version(self) -> str:
        """Its version id: of what is composed of several rows, it follows what it says."""
        return str(self.resource["meta"]["versionId"])


def kind_of(name: str) -> Mapping:
    """How a type is served.

    :raises FhirError: 404 if it is not
    """
    mapping = mapping_of(name)
    if mapping is None:
        raise FhirError(404, "There is no such type of resource here.", code="not-supported")
    return mapping


def readable(mapping: Mapping, rows: QuerySet[Any]) -> QuerySet[Any]:
    """The rows with JSON columns as text and without what nobody reads."""
    unread = {field.attname for field in mapping.model._meta.concrete_fields} & _UNREAD
    texts = {f"{name}_text": Cast(name, TextField()) for name in mapping.json_columns}
    found: QuerySet[Any] = rows.defer(*unread, *mapping.json_columns).annotate(**texts)
    return found


def loaded(
    found: Sequence[tuple[Mapping, Sequence[Any]]],
    sources: MappingOf[UUID, Source] | None = None,
    *,
    is_complete: bool = False,
) -> list[Loaded]:
    """Resources of the rows of several types, in their order; one statement for all sources, one beside each type.

    :param sources: those of the rows, where they are known already
    :param is_complete: whether what stands beside the rows is loaded
    """
    for mapping, rows in found:
        for row in rows:
            for name in mapping.json_columns:
                setattr(row, name, row.__dict__.pop(f"{name}_text"))
    if sources is None:
        sources = sources_of(row.id for mapping, rows in found if mapping.model is not Source for row in rows)
    answers = []
    for mapping, rows in found:
        own = [row for row in rows if unchanged(mapping, sources.get(row.id), row.version) is None]
        if mapping.beside and own and not is_complete:
            mapping.beside(own)
        answers += [Loaded(mapping, row, _resource(mapping, row, sources.get(row.id))) for row in rows]
    return answers


def as_received(mapping: Mapping, rows: Sequence[Any], sources: MappingOf[UUID, Source]) -> list[Loaded]:
    """Resources of rows of which only the version, the time and the labels are known: what was received says the rest."""
    return [Loaded(mapping, row, _resource(mapping, row, sources.get(row.id))) for row in rows]


def sources_of(ids: Iterable[UUID]) -> dict[UUID, Source]:
    """The received resources of rows, in one statement."""
    wanted = list(ids)
    return Source.objects.defer("digests").in_bulk(wanted) if wanted else {}


def unchanged(mapping: Mapping, source: Source | None, version: int) -> Source | None:
    """The source, while it says what its row says. (A row that is two resources has the source of one.)"""
    return source if source and source.type == mapping.type and source.row_version == version else None


def _resource(mapping: Mapping, row: Any, source: Source | None) -> JSON:
    received = unchanged(mapping, source, row.version)
    resource: JSON = decode(received.resource_text) if received else mapping.write(row)
    if received and mapping.amend:
        mapping.amend(row, resource)
    meta = labelled(resource.pop("meta", {}), getattr(row, "labels", ()))
    version = f"-{sha256(encode(resource)).hexdigest()[:16]}" if mapping.is_composed else ""
    told = {"versionId": f"{row.version}{version}", "lastUpdated": lastly(getattr(row, mapping.updated))}
    kind, identity = resource.pop("resourceType"), resource.pop("id")
    return {"resourceType": kind, "id": identity, "meta": {**meta, **told}, **resource}


def lastly(at: datetime) -> str:
    """An instant as `meta.lastUpdated` has it: every digit that the database keeps, so that `_lastUpdated` finds it again."""
    return at.isoformat(timespec="microseconds")


def read_one(act: Act, name: str, identity: str) -> Loaded:
    """One resource.

    :raises FhirError: 404 if there is none that the act may see, 410 if it proved wrong and was withdrawn
    """
    mapping, row = row_found(act, name, identity)
    (found,) = loaded([(mapping, [row])])
    return found


def row_found(act: Act, name: str, identity: str) -> tuple[Mapping, Any]:
    """One row, and how it is served: from its room, or as it came.

    :raises FhirError: as `read_one`
    """
    mapping = kind_of(name)
    try:
        return mapping, row_of(act, mapping, identity)
    except FhirError as error:
        # Of a type that is made here, what came from elsewhere is kept as it came, and can still be read by its id.
        # So is a request that is no order.
        kept = received(name) if (mapping.made_here or name in PAPERS) and error.status == 404 else None
        if kept is None:
            raise
        return kept, row_of(act, kept, identity)


def row_of(act: Act, mapping: Mapping, identity: str) -> Any:
    """One row, as `readable` has it.

    :raises FhirError: 404 or 410 as `read_one`
    """
    try:
        wanted = UUID(identity)
    except ValueError:
        raise FhirError(404, f"There is no {mapping.type} with this id.") from None
    row = readable(mapping, mapping.rows(act)).filter(id=wanted).first()
    if row is None:
        raise FhirError(404, f"There is no {mapping.type} with this id.")
    if getattr(row, "voided_at", None) is not None:
        raise FhirError(410, f"This {mapping.type} was entered in error and withdrawn.")
    return row
