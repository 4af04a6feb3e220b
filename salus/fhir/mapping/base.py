"""How one type of resource becomes a row of the room that owns it, and a row becomes a resource again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db import models

from salus.fhir.mapping.context import Read, Write
from salus.fhir.mapping.params import Param

ModelClass = type[models.Model]


@dataclass(frozen=True, kw_only=True)
class Mapping:
    """One type of resource that has a room.

    :param patient: the element that names the patient; empty for what belongs to nobody, `id` for the patient
    :param read: resource -> columns of the row (without id, version and what the store sets)
    :param write: row -> resource, of all that the room models
    :param params: what it can be searched by
    :param only: rows of the model that are of this type (orders hold two)
    :param seals: whether the received resource identifies a person, and is kept sealed
    """

    type: str
    model: ModelClass
    read: Read
    write: Write
    params: Sequence[Param]
    patient: str = "subject"
    only: dict[str, Any] | None = None
    seals: bool = False
    #: loads what the rows of one page need beside themselves, in at most two statements
    beside: Callable[[Sequence[Any]], None] | None = None

    @cached_property
    def table(self) -> str:
        return str(self.model._meta.db_table)
