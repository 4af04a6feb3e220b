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


@dataclass(slots=True)
class Found:
    """A row on a page: how it is served, what it was sorted by, and the database's clock at that moment."""

    kind: Mapping
    row: Any
    keys: list[Any]
    now: datetime


class Beside:
    """What comes with one page: a statement for each include, and one for all that was received and stands in no room."""

    def __init__(
        self, act: Act, included: Sequence[tuple[str, Mapping]], referring: Sequence[tuple[Mapping, Param]]
    ) -> None:
        self.act, self.included, self.referring = act, included, referring
        self.rows: dict[tuple[str, bool], tuple[Mapping, dict[UUID, Any]]] = {}
        self.kept: list[tuple[Mapping, Q]] = []

    def load(self, page: Sequence[Found]) -> tuple[list[Loaded], list[Loaded]]:
        """The page as resources, and what comes with it.

        :raises FhirError: 400 if that is too much
        """
        seen = {one.row.id for one in page}
        types = {one.kind.type for one in page}
        for name, target in self.included:
            if ids := {identity for one in page for identity in _ids(one, name)} - (
                seen if target.type in types else set()
            ):
                self._gather(target, Q(id__in=ids))
                self._gather_later(target, Q(id__in=ids))
        for source, param in self.referring if seen else ():
            self._gather(source, _referring_to(param, seen))
            kept = kept_of(source)
            if kept is not None and kept.searchable[param.name].column:
                self._gather_later(source, _referring_to(kept.searchable[param.name], seen))
        self._gather_kept()
        kinds = list({one.kind.model: one.kind for one in page}.values())
        matched = [(kind, [one.row for one in page if one.kind is kind]) for kind in kinds]
        found = loaded([*matched, *((kind, list(rows.values())) for kind, rows in self.rows.values())])
        by_id = {one.row.id: one for one in found[: len(page)]}
        return [by_id[one.row.id] for one in page], found[len(page) :]

    def _gather(self, kind: Mapping, wanted: Q) -> None:
        self._add(kind, list(readable(kind, kind.visible(self.act).filter(wanted))[: _INCLUDED + 1]))

    def _gather_later(self, kind: Mapping, wanted: Q) -> None:
        kept = kept_of(kind)
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

    def _add(self, kind: Mapping, rows: Sequence[Any]) -> None:
        _, known = self.rows.setdefault((kind.type, kind.model is Source), (kind, {}))
        known.update({row.id: row for row in rows})
        if sum(len(rows) for _, rows in self.rows.values()) > _INCLUDED:
            words = f"More than {_INCLUDED} resources would come with this page: ask for a smaller _count."
            raise FhirError(400, words, code="too-costly", expression="_revinclude")


def _referring_to(param: Param, ids: set[UUID]) -> Q:
    return Q(**{f"{param.column}__overlap" if param.array else f"{param.column}__in": list(ids)})


def _ids(one: Found, name: str) -> list[UUID]:
    param = one.kind.searchable[name]
    value = getattr(one.row, param.column) if param.column else None
    return list(value or ()) if param.array else [value] if isinstance(value, UUID) else []


# ---------------------------------------------------------------- what may be asked


def included(kind: Mapping, include: Include) -> tuple[str, Mapping]:
    """The parameter that an `_include` follows, and the type that it leads to.

    :raises FhirError: 400 if it leads to none
    """
    if include.source != kind.type:
        words = f"_include of {printable(include.source)} on a search of {kind.type}."
        raise FhirError(400, words, expression="_include")
    param = param_of(kind.searchable, include.param)
    targets = [one for one in param.targets if include.target in ("", one)]
    target = mapping_of(targets[0]) if targets else None
    if param.kind != "reference" or target is None:
        words = f"{printable(include.param)} leads to no such type."
        raise FhirError(400, words, code="not-supported", expression="_include")
    return param.name, target


def referring(kind: Mapping, include: Include) -> tuple[Mapping, Param]:
    """The type and the parameter by which a `_revinclude` refers to the page.

    :raises FhirError: 400 if it does not
    """
    source = mapping_of(include.source)
    if source is None:
        raise FhirError(400, f"There is no type {printable(include.source)} here.", expression="_revinclude")
    param = param_of(source.searchable, include.param)
    if param.kind != "reference" or kind.type not in param.targets:
        raise FhirError(400, f"{printable(include.param)} does not lead to {kind.type}.", expression="_revinclude")
    return source, param
