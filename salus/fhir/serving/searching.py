"""A search: its page, what is included with it, and the links to the pages beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import DateTimeField, F, Func, IntegerField, Q, QuerySet, TextField, Value
from django.db.models.functions import Coalesce

from salus.core.act import Act
from salus.fhir.mapping import kept_of
from salus.fhir.mapping.base import Mapping
from salus.fhir.mapping.params import Param
from salus.fhir.serving import asked as asking
from salus.fhir.serving import provenance
from salus.fhir.serving.asked import Asked, Include, printable
from salus.fhir.serving.cursors import Cursor, seal
from salus.fhir.serving.finding import Finder
from salus.fhir.serving.having import condition_of
from salus.fhir.serving.including import STEPS, Beside, Found, included, referring
from salus.fhir.serving.instants import FIRST, start_of
from salus.fhir.serving.loading import Loaded, readable
from salus.fhir.serving.narrowing import narrowed, unknown_elements
from salus.fhir.serving.outcomes import FhirError, issue, outcome
from salus.fhir.written import JSON

#: so that a search with all its includes stays within fifteen statements
_INCLUDES = 8
#: up to here the total is counted unasked; beyond it costs too much
_COUNTED = 10_000
_SORTS = 3
#: who made each version is reckoned, and stands in no row
PROVENANCE = Include("Provenance", "target", "")


@dataclass(slots=True)
class Page:
    """What a search found, as a bundle, and whose records it shows."""

    bundle: JSON
    patients: set[UUID]


@dataclass(slots=True)
class Part:
    """Where the resources of a type stand: in the room, and what was received and stands in none."""

    kind: Mapping
    condition: Q

    def found_by(self, act: Act) -> QuerySet[Any]:
        rows: QuerySet[Any] = self.kind.found_by(act).filter(self.condition)
        return rows

    def keyed(self, rows: QuerySet[Any], sort: Sequence[tuple[str, bool]]) -> QuerySet[Any]:
        """The rows with what they are sorted by."""
        keys = {f"sort_{place}": _expression(self.kind, name) for place, (name, _) in enumerate(sort)}
        keyed: QuerySet[Any] = rows.annotate(**keys, fhir_now=_Now())
        return keyed


class Search:
    """One search of one type by one act."""

    def __init__(self, act: Act, kind: Mapping, asked: Asked, base_url: str) -> None:
        self.act, self.kind, self.asked, self.base_url = act, kind, asked, base_url
        self.sort = _sorting(kind, asked)
        self.included = [included(kind, one) for one in asked.includes]
        self.is_proven = PROVENANCE in asked.referring
        self.referring = [referring(kind, one) for one in asked.referring if one != PROVENANCE]
        wanted = (*asked.includes, *asked.referring)
        if sum(STEPS if one.again else 1 for one in wanted) > _INCLUDES:
            words = f"At most {_INCLUDES} includes; an :iterate counts as {STEPS}."
            raise FhirError(400, words, code="too-costly", expression="_include")
        kinds = [one for one in (kind, kept_of(kind)) if one is not None]
        self.parts = [Part(one, self._condition(Finder(act, one, base_url))) for one in kinds]

    def _condition(self, finder: Finder) -> Q:
        found, ignored = Q(), []
        for criterion in self.asked.criteria:
            if self.asked.lenient and criterion.name not in self.kind.searchable:
                ignored.append(criterion.told)
                continue
            found &= finder.condition(criterion)
        for having in self.asked.having:
            found &= condition_of(self.act, self.kind, having, self.base_url)
        self.asked.ignored = ignored + self._unknown_elements()
        return found

    def _unknown_elements(self) -> list[str]:
        unknown = unknown_elements(self.asked.cut, self.kind.type)
        if unknown and not self.asked.lenient:
            words = f"A {self.kind.type} has no element {', '.join(map(printable, unknown))}."
            raise FhirError(400, words, code="not-supported", expression="_elements")
        return [f"_elements.{one}" for one in unknown]

    # ------------------------------------------------------------ pages

    def page(self, cursor: Cursor | None = None) -> Page:
        """The first page, or the one that a cursor leads to."""
        parts = [(one, one.found_by(self.act)) for one in self.parts]
        if self.asked.only_count:
            return Page(self._bundle([], [], sum(rows.count() for _, rows in parts), None), set())
        if cursor:
            parts = [(one, rows.filter(created_at__lte=cursor.until)) for one, rows in parts]
        after = cursor.after if cursor else None
        page = self._rows(*parts[0], after) if len(parts) == 1 else self._merged(parts, after)
        until = cursor.until if cursor else page[0].now if page else self.act.at
        more = len(page) > self.asked.count
        page = page[: self.asked.count]
        total = cursor.total if cursor else self._total([rows for _, rows in parts], len(page), more)
        beyond = page[-1].keys if more else None
        begun = Cursor(
            type=self.kind.type, pairs=list(self.asked.pairs), lenient=self.asked.lenient,
            until=until, total=total, given=self.act.at,
        )  # fmt: skip
        links = [("self", begun, after)] + ([("next", begun, beyond)] if beyond else [])
        matched, beside = Beside(self.act, self.included, self.referring).load(page)
        bundle = self._bundle(matched, beside, total, [self._link(*one) for one in links])
        if self.is_proven and matched:
            proven, _ = provenance.of(self.act, [(one.mapping.type, one.row.id) for one in matched])
            bundle["entry"] += [self._include("Provenance", one["id"], one) for one in proven]
        return Page(bundle, {one.patient_id for one in (*matched, *beside) if one.patient_id})

    def _rows(self, part: Part, rows: QuerySet[Any], after: list[Any] | None) -> list[Found]:
        """Of a type that stands in its room alone: the rows themselves, in one statement."""
        rows = part.keyed(readable(part.kind, rows), self.sort)
        if after is not None:
            rows = rows.filter(_beyond(self.sort, after))
        found = list(rows.order_by(*self._order())[: self.asked.count + 1])
        return [Found(part.kind, row, [getattr(row, one) for one in self._keys()], row.fhir_now) for row in found]

    def _merged(self, parts: Sequence[tuple[Part, QuerySet[Any]]], after: list[Any] | None) -> list[Found]:
        """Of a type that stands in two places: which rows, in one statement over both, and then those of each."""
        branches = []
        for place, (part, rows) in enumerate(parts):
            rows = part.keyed(rows, self.sort).annotate(fhir_part=Value(place, IntegerField()))
            if after is not None:
                rows = rows.filter(_beyond(self.sort, after))
            rows = rows.order_by(*self._order()).values_list("fhir_part", "fhir_now", *self._keys())
            branches.append(rows[: self.asked.count + 1])
        keys = list(branches[0].union(*branches[1:], all=True).order_by(*self._order())[: self.asked.count + 1])
        found: dict[UUID, tuple[Mapping, Any]] = {}
        for place, (part, _rows) in enumerate(parts):
            ids = [one[-1] for one in keys if one[0] == place]
            if ids:
                rows = readable(part.kind, part.kind.visible(self.act)).filter(id__in=ids)
                found |= {row.id: (part.kind, row) for row in rows}
        return [Found(*found[one[-1]], list(one[2:]), one[1]) for one in keys if one[-1] in found]

    def _keys(self) -> list[str]:
        return [f"sort_{place}" for place in range(len(self.sort))]

    def _order(self) -> list[str]:
        return [f"-{key}" if down else key for key, (_, down) in zip(self._keys(), self.sort, strict=True)]

    def _total(self, parts: Sequence[QuerySet[Any]], shown: int, more: bool) -> int | None:
        if self.asked.total == "none":
            return None
        if not more:
            return shown
        if self.asked.total == "accurate":
            return sum(rows.count() for rows in parts)
        counted = sum(rows.order_by().values("id")[: _COUNTED + 1].count() for rows in parts)
        return counted if counted <= _COUNTED else None

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
        return self._include(one.mapping.type, str(one.row.id), one.resource, mode)

    def _include(self, kind: str, identity: str, resource: JSON, mode: str = "include") -> JSON:
        resource = narrowed(self.asked.cut, resource, is_beside=mode != "match")
        return {"fullUrl": f"{self.base_url}/{kind}/{identity}", "resource": resource, "search": {"mode": mode}}

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
    """Parameters to sort by; the id comes last, so that no two rows stand at the same place."""
    if len(asked.sort) > _SORTS:
        raise FhirError(400, f"At most {_SORTS} parameters to sort by.", code="too-costly", expression="_sort")
    for name, _down in asked.sort:
        param = kind.searchable.get(name)
        if param is None or not param.sorts:
            raise FhirError(400, f"Cannot sort by {printable(name)}.", code="not-supported", expression="_sort")
    return [*asked.sort, ("_id", False)]


def _expression(kind: Mapping, name: str) -> Any:
    param = kind.searchable[name]
    if param.said:
        return _said_expression(param)
    field: Any = kind.model._meta.get_field(param.column)
    if not field.null:
        return F(param.column)
    # What has no date stands first, in both the order and the comparison with the page before.
    return Coalesce(F(param.column), Value(FIRST if isinstance(field, DateTimeField) else FIRST.date(), field))


def _said_expression(param: Param) -> Any:
    """The same of what stands in the text of a received resource."""
    if param.said == "nowhere":
        return Value(FIRST, DateTimeField()) if param.kind == "date" else Value("", TextField())
    if param.kind == "date":
        return Coalesce(start_of(param.text), Value(FIRST, DateTimeField()))
    text = Func(F(param.column), template="(%(expressions)s ->> 0)") if param.kind == "token" else F(param.column)
    return Coalesce(text, Value(""), output_field=TextField())


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
