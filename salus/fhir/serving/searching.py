"""A search: its page, what is included with it, and the links to the pages beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import DateTimeField, F, Func, Model, Q, QuerySet, Value
from django.db.models.functions import Coalesce

from salus.core.act import Act
from salus.fhir.mapping import mapping_of
from salus.fhir.mapping.base import Mapping
from salus.fhir.mapping.params import Param
from salus.fhir.serving import asked as asking
from salus.fhir.serving.asked import Asked, Include, printable
from salus.fhir.serving.cursors import Cursor, seal
from salus.fhir.serving.finding import Finder, param_of
from salus.fhir.serving.instants import FIRST
from salus.fhir.serving.loading import Loaded, loaded, readable
from salus.fhir.serving.outcomes import FhirError, issue, outcome
from salus.fhir.written import JSON

#: so that a search with all its includes stays within fifteen statements
_INCLUDES = 8
#: what may be included beside one page
_INCLUDED = 5000
#: up to here the total is counted unasked; beyond it costs too much
_COUNTED = 10_000
_SORTS = 3


@dataclass(slots=True)
class Page:
    """What a search found, as a bundle, and whose records it shows."""

    bundle: JSON
    patients: set[UUID]


class Search:
    """One search of one type by one act."""

    def __init__(self, act: Act, kind: Mapping, asked: Asked, base_url: str) -> None:
        self.act, self.kind, self.asked, self.base_url = act, kind, asked, base_url
        self.finder = Finder(act, kind, base_url)
        self.sort = _sorting(kind, asked)
        self.included = [_included(kind, one) for one in asked.includes]
        self.referring = [_referring(kind, one) for one in asked.referring]
        if len(self.included) + len(self.referring) > _INCLUDES:
            raise FhirError(400, f"At most {_INCLUDES} includes.", code="too-costly")
        self.condition = self._condition()

    def _condition(self) -> Q:
        found = Q()
        for criterion in self.asked.criteria:
            if self.asked.lenient and criterion.name not in self.kind.searchable:
                self.asked.ignored.append(criterion.told)
                continue
            found &= self.finder.condition(criterion)
        return found

    # ------------------------------------------------------------ pages

    def page(self, cursor: Cursor | None = None) -> Page:
        """The first page, or the one that a cursor leads to."""
        rows = self.kind.found_by(self.act).filter(self.condition)
        if self.asked.only_count:
            return Page(self._bundle([], [], rows.count(), None), set())
        if cursor:
            rows = rows.filter(created_at__lte=cursor.until)
        page = self._rows(rows, cursor.after if cursor else None)
        until = cursor.until if cursor else page[0].fhir_now if page else self.act.at
        more = len(page) > self.asked.count
        page = page[: self.asked.count]
        total = cursor.total if cursor else self._total(rows, len(page), more)
        after = page[-1].fhir_sorted if more else None
        begun = Cursor(
            type=self.kind.type, pairs=list(self.asked.pairs), lenient=self.asked.lenient,
            until=until, total=total, given=self.act.at,
        )  # fmt: skip
        links = [("self", begun, cursor.after if cursor else None)] + ([("next", begun, after)] if after else [])
        matched, beside = self._load(page)
        bundle = self._bundle(matched, beside, total, [self._link(*one) for one in links])
        return Page(bundle, {one.patient_id for one in (*matched, *beside) if one.patient_id})

    def _rows(self, rows: QuerySet[Any], after: list[Any] | None) -> list[Any]:
        keys = {f"sort_{place}": _expression(self.kind.model, name) for place, (name, _) in enumerate(self.sort)}
        rows = readable(self.kind, rows).annotate(**keys, fhir_now=_Now())
        if after is not None:
            rows = rows.filter(_beyond(self.sort, after))
        order = [F(f"sort_{n}").desc() if down else F(f"sort_{n}").asc() for n, (_, down) in enumerate(self.sort)]
        found = list(rows.order_by(*order)[: self.asked.count + 1])
        for row in found:
            row.fhir_sorted = [getattr(row, key) for key in keys]
        return found

    def _total(self, rows: QuerySet[Any], shown: int, more: bool) -> int | None:
        if self.asked.total == "none":
            return None
        if not more:
            return shown
        if self.asked.total == "accurate":
            return rows.count()
        counted = rows.order_by().values("id")[: _COUNTED + 1].count()
        return counted if counted <= _COUNTED else None

    # ------------------------------------------------------------ what comes with it

    def _load(self, page: list[Any]) -> tuple[list[Loaded], list[Loaded]]:
        beside: dict[str, tuple[Mapping, dict[UUID, Any]]] = {}
        seen = {row.id for row in page}
        for param, target in self.included:
            ids = {one for row in page for one in _ids(row, param)} - seen
            self._gather(beside, target, Q(id__in=ids) if ids else None)
        for source, param in self.referring:
            lookup = f"{param.column}__overlap" if param.array else f"{param.column}__in"
            self._gather(beside, source, Q(**{lookup: list(seen)}) if seen else None)
        found = loaded([(self.kind, page), *((mapping, list(rows.values())) for mapping, rows in beside.values())])
        return found[: len(page)], found[len(page) :]

    def _gather(self, beside: dict[str, tuple[Mapping, dict[UUID, Any]]], kind: Mapping, wanted: Q | None) -> None:
        if wanted is None:
            return
        _, rows = beside.setdefault(kind.type, (kind, {}))
        rows.update({row.id: row for row in readable(kind, kind.visible(self.act).filter(wanted))[: _INCLUDED + 1]})
        if sum(len(known) for _, known in beside.values()) > _INCLUDED:
            words = f"More than {_INCLUDED} resources would come with this page: ask for a smaller _count."
            raise FhirError(400, words, code="too-costly", expression="_revinclude")

    # ------------------------------------------------------------ the bundle

    def _bundle(
        self, matched: Sequence[Loaded], beside: Sequence[Loaded], total: int | None, links: list[JSON] | None
    ) -> JSON:
        entries = [self._entry(one, "match") for one in matched] + [self._entry(one, "include") for one in beside]
        if self.asked.ignored:
            words = f"Ignored, because nobody here knows them: {', '.join(map(printable, self.asked.ignored))}"
            told = outcome(issue(200, words, code="not-supported", severity="warning"))
            entries.append({"resource": told, "search": {"mode": "outcome"}})
        bundle: JSON = {"resourceType": "Bundle", "type": "searchset"}
        if total is not None:
            bundle["total"] = total
        bundle["link"] = links or [{"relation": "self", "url": f"{self.base_url}/{self.kind.type}"}]
        return bundle | ({"entry": entries} if entries else {})

    def _entry(self, one: Loaded, mode: str) -> JSON:
        url = f"{self.base_url}/{one.mapping.type}/{one.row.id}"
        return {"fullUrl": url, "resource": one.resource, "search": {"mode": mode}}

    def _link(self, relation: str, cursor: Cursor, after: list[Any] | None) -> JSON:
        cursor = Cursor(**{name: getattr(cursor, name) for name in cursor.__struct_fields__} | {"after": after})
        return {"relation": relation, "url": f"{self.base_url}/{self.kind.type}?_page={seal(cursor, self.act.by)}"}


def search(act: Act, kind: Mapping, pairs: Sequence[asking.Pair], *, lenient: bool, base_url: str) -> Page:
    """Answer a search.

    :raises FhirError: 400 for parameters that are unknown or cannot be read
    """
    return Search(act, kind, asking.read(pairs, lenient=lenient), base_url).page()


def page_of(act: Act, kind: Mapping, cursor: Cursor, *, base_url: str) -> Page:
    """The page that a link leads to.

    :raises FhirError: 400 if it belongs to another type
    """
    if cursor.type != kind.type:
        raise FhirError(400, "This link to a page belongs to another type.", code="value")
    return Search(act, kind, asking.read(cursor.pairs, lenient=cursor.lenient), base_url).page(cursor)


# ---------------------------------------------------------------- sorting


def _sorting(kind: Mapping, asked: Asked) -> list[tuple[str, bool]]:
    """Columns to sort by; the id comes last, so that no two rows stand at the same place."""
    if len(asked.sort) > _SORTS:
        raise FhirError(400, f"At most {_SORTS} parameters to sort by.", code="too-costly", expression="_sort")
    sort = []
    for name, down in asked.sort:
        param = kind.searchable.get(name)
        if param is None or not param.sorts:
            raise FhirError(400, f"Cannot sort by {printable(name)}.", code="not-supported", expression="_sort")
        sort.append((param.column, down))
    return [*sort, ("id", False)]


def _expression(model: type[Model], column: str) -> Any:
    field: Any = model._meta.get_field(column)
    if not field.null:
        return F(column)
    # What has no date stands first, in both the order and the comparison with the page before.
    return Coalesce(F(column), Value(FIRST if isinstance(field, DateTimeField) else FIRST.date(), field))


def _beyond(sort: list[tuple[str, bool]], after: list[Any]) -> Q:
    """Rows behind the last one of the page before."""
    beyond, same = Q(), Q()
    for place, (_, down) in enumerate(sort):
        beyond |= same & Q(**{f"sort_{place}__{'lt' if down else 'gt'}": after[place]})
        same &= Q(**{f"sort_{place}": after[place]})
    return beyond


class _Now(Func):
    """The database's clock, which also says when rows were made."""

    function = "statement_timestamp"
    output_field = DateTimeField()


# ---------------------------------------------------------------- includes


def _included(kind: Mapping, include: Include) -> tuple[Param, Mapping]:
    if include.source != kind.type:
        raise FhirError(
            400, f"_include of {printable(include.source)} on a search of {kind.type}.", expression="_include"
        )
    param = param_of(kind.searchable, include.param)
    targets = [one for one in param.targets if include.target in ("", one)]
    target = mapping_of(targets[0]) if targets else None
    if param.kind != "reference" or target is None:
        raise FhirError(
            400, f"{printable(include.param)} leads to no such type.", code="not-supported", expression="_include"
        )
    return param, target


def _referring(kind: Mapping, include: Include) -> tuple[Mapping, Param]:
    source = mapping_of(include.source)
    if source is None:
        raise FhirError(400, f"There is no type {printable(include.source)} here.", expression="_revinclude")
    param = param_of(source.searchable, include.param)
    if param.kind != "reference" or kind.type not in param.targets:
        raise FhirError(400, f"{printable(include.param)} does not lead to {kind.type}.", expression="_revinclude")
    return source, param


def _ids(row: Any, param: Param) -> list[UUID]:
    value = getattr(row, param.column)
    return list(value) if param.array else [value] if value else []
