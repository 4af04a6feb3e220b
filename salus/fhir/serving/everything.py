"""`Patient/$everything`: all that belongs to one patient, of every type that the reader may read, in pages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Exists, IntegerField, OuterRef, Q, QuerySet, Value

from salus.chart.models import Document
from salus.core.act import Act
from salus.fhir.mapping import MADE_HERE, MAPPINGS, PAPERS, mapping_of, received
from salus.fhir.mapping.base import Mapping as Kind
from salus.fhir.models import Source
from salus.fhir.serving.asked import COUNT, MOST, Pair, printable
from salus.fhir.serving.cursors import Cursor, seal
from salus.fhir.serving.instants import span_of
from salus.fhir.serving.loading import Loaded, loaded, readable, row_of
from salus.fhir.serving.outcomes import FhirError
from salus.fhir.written import JSON

OPERATION = "Patient/$everything"
#: of the house, told where something on the page refers to them
_REFERRED = ("Practitioner", "Organization")
_LAST = "(kept whole)"


@dataclass(slots=True)
class Wanted:
    """What was asked for: whose, which types (all, if none is named), changed since when, how many on a page."""

    patient_id: UUID
    types: frozenset[str] = frozenset()
    since: datetime | None = None
    count: int = COUNT
    pairs: list[Pair] = field(default_factory=list)


Key = tuple[str, datetime, UUID]


def first_page(act: Act, identity: str, pairs: Sequence[Pair], base_url: str) -> tuple[JSON, UUID]:
    """The first page, and whose it is.

    :raises FhirError: 404 if the patient is none whose record this act may open; 400 for parameters that cannot be read
    """
    row = row_of(act, MAPPINGS["Patient"], identity)
    return _page(act, _asked(row.id, pairs), base_url, act.at, None), row.id


def later_page(act: Act, identity: str, cursor: Cursor, base_url: str) -> tuple[JSON, UUID]:
    """The page that a link leads to.

    :raises FhirError: 400 if it belongs to something else
    """
    row = row_of(act, MAPPINGS["Patient"], identity)
    if cursor.type != OPERATION or cursor.after is None or cursor.after[3] != str(row.id):
        raise FhirError(400, "This link to a page belongs to another search.", code="value")
    kind, created, last = cursor.after[:3]
    after = (str(kind), datetime.fromisoformat(created), UUID(last))
    return _page(act, _asked(row.id, cursor.pairs), base_url, cursor.until, after), row.id


def _asked(patient_id: UUID, pairs: Sequence[Pair]) -> Wanted:
    wanted = Wanted(patient_id, pairs=list(pairs))
    for name, value in pairs:
        if name == "_type":
            wanted.types |= _types(value)
        elif name == "_since":
            wanted.since = span_of(value, "_since").start
        elif name == "_count":
            if not (value.isascii() and value.isdigit() and 0 < len(value) < 10 and int(value)):
                raise FhirError(400, "_count is a whole number.", expression="_count")
            wanted.count = min(int(value), MOST)
        elif name not in ("_format", "_pretty"):
            words = f"$everything takes _type, _since and _count, not {printable(name)}."
            raise FhirError(400, words, code="not-supported", expression=printable(name))
    return wanted


def _types(value: str) -> frozenset[str]:
    names = frozenset(one.strip() for one in value.split(",") if one.strip())
    if unknown := [one for one in names if mapping_of(one) is None]:
        raise FhirError(400, f"There is no type {printable(unknown[0])} here.", expression="_type")
    return names


# ---------------------------------------------------------------- a page


def _page(act: Act, wanted: Wanted, base_url: str, until: datetime, after: Key | None) -> JSON:
    keys = _keys(act, wanted, until, after)
    more, keys = len(keys) > wanted.count, keys[: wanted.count]
    found = _load(act, keys)
    referred = _load_ids(act, _referred(found)) if not wanted.types or wanted.types & set(_REFERRED) else []
    entries = [_entry(one, "match", base_url) for one in found] + [_entry(one, "include", base_url) for one in referred]
    bundle: JSON = {"resourceType": "Bundle", "type": "searchset"}
    here = f"{base_url}/Patient/{wanted.patient_id}/$everything"
    bundle["link"] = [{"relation": "self", "url": here}]
    if more:
        kind, created, last = keys[-1]
        place = [kind, created.isoformat(), str(last), str(wanted.patient_id)]
        cursor = Cursor(type=OPERATION, pairs=wanted.pairs, after=place, until=until, given=act.at)
        bundle["link"].append({"relation": "next", "url": f"{here}?_page={seal(cursor, act.by)}"})
    return bundle | ({"entry": entries} if entries else {})


def _kinds(wanted: Wanted) -> list[Kind]:
    """The types whose rows are of a patient, the patient first."""
    every = [*MAPPINGS.values(), *MADE_HERE.values()]
    found = [one for one in every if one.patient_column and (not wanted.types or one.type in wanted.types)]
    return sorted(found, key=lambda one: one.type != "Patient")


def _keys(act: Act, wanted: Wanted, until: datetime, after: Key | None) -> list[Key]:
    """Where the resources of a page stand, in one statement over all tables: type, instant, id."""
    kinds = _kinds(wanted)
    names = [*(one.type for one in kinds), _LAST]
    if after is not None and after[0] not in names:
        raise FhirError(410, "This link to a page is too old: ask again.", code="expired")
    begin = names.index(after[0]) if after else 0
    branches = []
    for place, name in enumerate(names[begin:], start=begin):
        rows = _rows(act, kinds[place], wanted) if name != _LAST else _kept(act, wanted)
        rows = rows.filter(created_at__lte=until)
        if wanted.since is not None:
            rows = rows.filter(updated_at__gte=wanted.since)
        if after is not None and place == begin:
            rows = rows.filter(Q(created_at__gt=after[1]) | Q(created_at=after[1], id__gt=after[2]))
        placed = rows.annotate(fhir_place=Value(place, IntegerField())).order_by("created_at", "id")
        branches.append(placed.values_list("fhir_place", "created_at", "id")[: wanted.count + 1])
    whole = branches[0].union(*branches[1:], all=True) if len(branches) > 1 else branches[0]
    return [
        (names[place], at, one)
        for place, at, one in whole.order_by("fhir_place", "created_at", "id")[: wanted.count + 1]
    ]


def _rows(act: Act, kind: Kind, wanted: Wanted) -> QuerySet[Any]:
    return kind.visible(act).filter(**{kind.patient_column: wanted.patient_id})


def _kept(act: Act, wanted: Wanted) -> QuerySet[Any]:
    """What has no room here, or came from elsewhere of a type that is made here."""
    rows = (
        Source.objects.visible_to(act).filter(patient_id=wanted.patient_id).exclude(type__in=MAPPINGS.keys() - PAPERS)
    )
    rows = rows.exclude(Q(type__in=PAPERS) & ~Exists(Document.objects.filter(id=OuterRef("id"))))
    for kind in MADE_HERE.values():
        if kind.patient_column:
            rows = rows.exclude(Q(type=kind.type) & Exists(kind.model._default_manager.filter(id=OuterRef("id"))))
    return rows.filter(type__in=wanted.types) if wanted.types else rows


def _load(act: Act, keys: Sequence[Key]) -> list[Loaded]:
    """The resources of a page in its order: a statement for each type on it, and one for all that was received."""
    ids: dict[str, list[UUID]] = {}
    for kind, _at, one in keys:
        ids.setdefault(kind, []).append(one)
    found: list[tuple[Kind, list[Any]]] = []
    for name, wanted in ids.items():
        if name == _LAST:
            found += _received(act, wanted)
        else:
            mapping = mapping_of(name)
            assert mapping is not None
            found.append((mapping, list(readable(mapping, mapping.visible(act)).filter(id__in=wanted))))
    # One row may be two resources (a note and its assessment), and a received one has the id of the document it is kept as.
    by_id = {(_LAST if isinstance(one.row, Source) else one.mapping.type, one.row.id): one for one in loaded(found)}
    return [by_id[kind, one] for kind, _at, one in keys if (kind, one) in by_id]


def _received(act: Act, ids: Sequence[UUID]) -> list[tuple[Kind, list[Any]]]:
    by_type: dict[str, list[Any]] = {}
    for row in Source.objects.visible_to(act).filter(id__in=ids):
        by_type.setdefault(row.type, []).append(row)
    return [(kind, rows) for name, rows in by_type.items() if (kind := received(name)) is not None]


def _load_ids(act: Act, ids: Mapping[str, Iterable[UUID]]) -> list[Loaded]:
    found = []
    for name, wanted in ids.items():
        kind = MAPPINGS[name]
        found.append((kind, list(readable(kind, kind.visible(act)).filter(id__in=list(wanted)))))
    return loaded(found)


def _referred(found: Sequence[Loaded]) -> dict[str, set[UUID]]:
    """People and organisations that a page refers to."""
    ids: dict[str, set[UUID]] = {}
    for one in found:
        for text in references_in(one.resource):
            kind, _, identity = text.partition("/")
            if kind in _REFERRED and len(identity) == 36:
                ids.setdefault(kind, set()).add(UUID(identity))
    return ids


def references_in(value: Any) -> Iterator[str]:
    """Every reference in a resource, as it is written."""
    if isinstance(value, dict):
        said = value.get("reference")
        if isinstance(said, str):
            yield said
        for one in value.values():
            yield from references_in(one)
    elif isinstance(value, list):
        for one in value:
            yield from references_in(one)


def _entry(one: Loaded, mode: str, base_url: str) -> JSON:
    url = f"{base_url}/{one.mapping.type}/{one.row.id}"
    return {"fullUrl": url, "resource": one.resource, "search": {"mode": mode}}
