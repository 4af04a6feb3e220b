"""What comes with a page of a search: what it refers to, and what refers to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q

from salus.core.act import Act
from salus.fhir.mapping import kept_of, mapping_of
from salus.fhir.mapping.base import Mapping
from salus.fhir.mapping.params import Param
from salus.fhir.models import Source
from salus.fhir.serving.asked import Include, printable
from salus.fhir.serving.finding import param_of
from salus.fhir.serving.loading import Loaded, loaded, readable
from salus.fhir.serving.outcomes import FhirError

#: what may be included beside one page
_INCLUDED = 5000
#: how many references `:iterate` follows one behind the other
STEPS = 3


@dataclass(slots=True)
class Found:
    """A row on a page: how it is served, what it was sorted by, and the database's clock at that moment."""

    kind: Mapping
    row: Any
    keys: list[Any]
    now: datetime


@dataclass(frozen=True, slots=True)
class Included:
    """An `_include` as it is followed: from rows of a type by one of its parameters; `again` from what was included too."""

    source: str
    name: str
    target: Mapping
    again: bool = False


@dataclass(frozen=True, slots=True)
class Referring:
    """A `_revinclude` as it is followed: to the rows of a type that refer by a parameter."""

    source: Mapping
    param: Param
    again: bool = False


class Beside:
    """What comes with one page: a statement for each include, and one for all that was received and stands in no room.

    What is followed `again` (`:iterate`) is followed from what came with the page as well, `STEPS` deep in all.
    """

    def __init__(self, act: Act, included: Sequence[Included], referring: Sequence[Referring]) -> None:
        self.act, self.included, self.referring = act, included, referring
        self.rows: dict[tuple[str, bool], tuple[Mapping, dict[UUID, Any]]] = {}
        self.kept: list[tuple[Mapping, Q]] = []
        self.known: set[tuple[str, UUID]] = set()
        self.fresh: list[tuple[Mapping, Any]] = []

    def load(self, page: Sequence[Found]) -> tuple[list[Loaded], list[Loaded]]:
        """The page as resources, and what comes with it.

        :raises FhirError: 400 if that is too much
        """
        self.known = {(one.kind.type, one.row.id) for one in page}
        self._follow([(one.kind, one.row) for one in page], is_first=True)
        for _ in range(STEPS - 1):
            begun, self.fresh = self.fresh, []
            self._follow(begun, is_first=False)
        kinds = list({one.kind.model: one.kind for one in page}.values())
        matched = [(kind, [one.row for one in page if one.kind is kind]) for kind in kinds]
        found = loaded([*matched, *((kind, list(rows.values())) for kind, rows in self.rows.values())])
        by_id = {one.row.id: one for one in found[: len(page)]}
        return [by_id[one.row.id] for one in page], found[len(page) :]

    def _follow(self, begun: Sequence[tuple[Mapping, Any]], *, is_first: bool) -> None:
        """One step from these rows."""
        for one in (one for one in self.included if is_first or one.again):
            ids = {identity for kind, row in begun if kind.type == one.source for identity in _ids(kind, row, one.name)}
            if ids := {identity for identity in ids if (one.target.type, identity) not in self.known}:
                self._gather(one.target, Q(id__in=ids))
                self._gather_later(one.target, Q(id__in=ids))
        for back in (back for back in self.referring if is_first or back.again):
            if ids := {row.id for kind, row in begun if kind.type in back.param.targets}:
                self._gather(back.source, _referring_to(back.param, ids))
                kept = kept_of(back.source)
                if kept is not None and kept.searchable[back.param.name].column:
                    self._gather_later(kept, _referring_to(kept.searchable[back.param.name], ids))
        self._gather_kept()

    def _gather(self, kind: Mapping, wanted: Q) -> None:
        self._add(kind, list(readable(kind, kind.visible(self.act).filter(wanted))[: _INCLUDED + 1]))

    def _gather_later(self, kind: Mapping, wanted: Q) -> None:
        kept = kind if kind.model is Source else kept_of(kind)
        if kept is not None:
            self.kept.append((kept, wanted))

    def _gather_kept(self) -> None:
        if not self.kept:
            return
        anyof = Q()
        for kind, wanted in self.kept:
            anyof |= Q(id__in=kind.visible(self.act).filter(wanted).values("id"))
        for row in Source.objects.filter(anyof)[: _INCLUDED + 1]:
            kind = next(one for one, _ in self.kept if one.type == row.type)
            self._add(kind, [row])
        self.kept = []

    def _add(self, kind: Mapping, rows: Sequence[Any]) -> None:
        new = [row for row in rows if (kind.type, row.id) not in self.known]
        _, known = self.rows.setdefault((kind.type, kind.model is Source), (kind, {}))
        known.update({row.id: row for row in new})
        self.known |= {(kind.type, row.id) for row in new}
        self.fresh += [(kind, row) for row in new]
        if sum(len(rows) for _, rows in self.rows.values()) > _INCLUDED:
            words = f"More than {_INCLUDED} resources would come with this page: ask for a smaller _count."
            raise FhirError(400, words, code="too-costly", expression="_revinclude")


def _referring_to(param: Param, ids: set[UUID]) -> Q:
    return Q(**{f"{param.column}__overlap" if param.array else f"{param.column}__in": list(ids)})


def _ids(kind: Mapping, row: Any, name: str) -> list[UUID]:
    """What a row refers to. (What was received and only comes with a page is not looked into.)"""
    param = kind.searchable[name]
    value = getattr(row, param.column, None) if param.column else None
    return list(value or ()) if param.array else [value] if isinstance(value, UUID) else []


# ---------------------------------------------------------------- what may be asked


def included(kind: Mapping, include: Include) -> Included:
    """How an `_include` is followed.

    :raises FhirError: 400 if it leads nowhere
    """
    source = mapping_of(include.source) if include.again else kind
    if source is None or include.source != source.type:
        words = f"_include of {printable(include.source)} on a search of {kind.type}."
        raise FhirError(400, words, expression="_include")
    param = param_of(source.searchable, include.param)
    targets = [one for one in param.targets if include.target in ("", one)]
    target = mapping_of(targets[0]) if targets else None
    if param.kind != "reference" or target is None:
        words = f"{printable(include.param)} leads to no such type."
        raise FhirError(400, words, code="not-supported", expression="_include")
    return Included(source.type, param.name, target, include.again)


def referring(kind: Mapping, include: Include) -> Referring:
    """The type and the parameter by which a `_revinclude` or a `_has` refers to the page.

    :raises FhirError: 400 if it does not
    """
    source = mapping_of(include.source)
    if source is None:
        raise FhirError(400, f"There is no type {printable(include.source)} here.", expression="_revinclude")
    param = param_of(source.searchable, include.param)
    if param.kind != "reference" or not (include.again and param.targets or kind.type in param.targets):
        raise FhirError(400, f"{printable(include.param)} does not lead to {kind.type}.", expression="_revinclude")
    return Referring(source, param, include.again)
