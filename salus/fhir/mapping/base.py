"""How one type of resource becomes a row of the room that owns it, and a row becomes a resource again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from django.db import models

from salus.core.act import Act
from salus.fhir.mapping.context import Read, Write
from salus.fhir.mapping.params import ID, LAST_UPDATED, Param
from salus.patients import access

ModelClass = type[models.Model]


@dataclass(frozen=True, kw_only=True)
class Mapping:
    """One type of resource and the rows that it is.

    :param patient: the element that names the patient; empty for what belongs to nobody, `id` for the patient
    :param read: resource -> columns of the row (without id, version and what the store sets); None without a room
    :param write: row -> resource, of all that the room models
    :param params: what it can be searched by
    :param only: rows of the model that are of this type (orders hold two)
    :param seals: whether the received resource identifies a person, and is kept sealed
    """

    type: str
    model: ModelClass
    read: Read | None
    write: Write
    params: Sequence[Param]
    patient: str = "subject"
    only: dict[str, Any] | None = None
    seals: bool = False
    #: the column of the facility, where a type of the house is told to those of its own facility
    facility: str = ""
    #: columns of other tables that the resource and its search need, by the name that they have here
    joined: dict[str, Any] | None = None
    #: whether a resource says more than its row, and changes where the row does not
    is_composed: bool = False
    #: when it changed last, where that is not the row's own time
    updated: str = "updated_at"
    #: rows are only made here: what is imported of this type is kept as it came, and stands in no room
    made_here: bool = False
    #: loads what the rows of one page need beside themselves, in one statement
    beside: Callable[[Sequence[Any]], None] | None = None
    #: of what is composed of several rows: those of them that a reader may know of; their `patient_id` is its id
    parts: Callable[[], models.QuerySet[Any]] | None = None
    #: a room: none of the rows that stand in it (of what was received, what is kept beside them)
    without: ModelClass | None = None
    #: what is added to a received resource before it is served
    amend: Callable[[Any, dict[str, Any]], None] | None = None

    @property
    def has_room(self) -> bool:
        """Whether its rows are a room's own, not documents of received resources."""
        return self.read is not None or self.made_here

    @cached_property
    def searchable(self) -> dict[str, Param]:
        """Its search parameters by name, with those that every type has."""
        updated = replace(LAST_UPDATED, column=self.updated, sorts=self.updated == LAST_UPDATED.column)
        return {one.name: one for one in (ID, updated, *self.params)}

    @cached_property
    def json_columns(self) -> tuple[str, ...]:
        """Columns that are read as text, so that their numbers stay as written."""
        return tuple(f.attname for f in self.model._meta.concrete_fields if isinstance(f, models.JSONField))

    @cached_property
    def patient_column(self) -> str:
        """The column with the patient's id, or nothing."""
        if self.patient == "id":
            return "id"
        return "patient_id" if any(f.attname == "patient_id" for f in self.model._meta.concrete_fields) else ""

    def rows(self, act: Act) -> models.QuerySet[Any]:
        """Every row of this type that the act may read, also what proved wrong."""
        manager: Any = self.model._default_manager
        rows = manager.visible_to(act) if hasattr(manager, "visible_to") else manager.all()
        if self.facility:
            rows = rows.filter(**{self.facility: act.facility_id})
        if self.joined:
            rows = rows.annotate(**self.joined)
        if self.patient_column == "id":
            rows = rows.filter(access.opens(act))
        elif self.patient_column and self.has_room and not getattr(rows, "opens_records", False):
            # A resource says more than the worklist of a room: it is read only by who may open the record.
            rows = rows.filter(access.opens(act, "patient"))
        if self.without is not None:
            rows = rows.exclude(models.Exists(self.without._default_manager.filter(id=models.OuterRef("id"))))
        return rows.filter(**self.only) if self.only else rows  # type: ignore[no-any-return]

    def found_by(self, act: Act) -> models.QuerySet[Any]:
        """The same for a search that may go through the whole table."""
        rows = self.visible(act)
        return (
            rows.filter(access.within_reach(act, self.patient_column))
            if self.patient_column and self.has_room
            else rows
        )

    def visible(self, act: Act) -> models.QuerySet[Any]:
        """The rows that a search may find."""
        rows = self.rows(act)
        return rows.filter(voided_at__isnull=True) if hasattr(self.model, "voided_at") else rows
