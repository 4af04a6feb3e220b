"""`Patient/$everything`: all that belongs to one patient, of every type that the reader may read, in pages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.db.models import Exists, F, IntegerField, OuterRef, Q, QuerySet, TextField, Value

from salus.chart.models import Document
from salus.core.act import Act
from salus.fhir.mapping import MADE_HERE, MAPPINGS, PAPERS, mapping_of, received
from salus.fhir.mapping.base import Mapping as Kind
from salus.fhir.mapping.params import Param
from salus.fhir.models import Source
from salus.fhir.serving.asked import COUNT, MOST, Criterion, Pair, printable
from salus.fhir.serving.cursors import Cursor, seal
from salus.fhir.serving.finding import Finder
from salus.fhir.serving.instants import Span, span_of
from salus.fhir.serving.loading import Loaded, as_received, loaded, readable, row_of, sources_of, unchanged
from salus.fhir.serving.outcomes import FhirError
from salus.fhir.written import JSON

OPERATION = "Patient/$everything"
#: of the house, told where something on the page refers to them
_REFERRED = ("Practitioner", "Organization")
_LAST = "(kept whole)"
#: of a row, in the order of `Key`
_COLUMNS = ("fhir_place", "created_at", "id", "version", "updated_at", "fhir_labels")
#: so many types on a page whose rows speak for themselves, so that it stays within fifteen statements
_TYPES = 4


@dataclass(slots=True)
class Wanted:
    """What was asked for: whose, which types (all, if none is named), changed since when, of which time, how many on a page."""

    patient_id: UUID
    types: frozenset[str] = frozenset()
    since: datetime | None = None
    #: of the time in which care was given, as criteria of its date; what has no date belongs to any
    spans: tuple[str, ...] = ()
    count: int = COUNT
    pairs: list[Pair] = field(default_factory=list)


@dataclass(slots=True)
class Key:
    """Where a resource stands among all of a patient, and what of its row is told beside the received resource."""

    kind: str
    at: datetime
    id: UUID
    version: int = 0
    updated_at: datetime | None = None
    labels: Sequence[str] = ()
    patient_id: UUID | None = None


def first_page(act: Act, identity: str, pairs: Sequence[Pair], base_url: str) -> tuple[JSON, UUID]:
    """The first page, and whose it is.

    :raises FhirError: 404 if the patient is none whose record this act may open; 400 for parameters that cannot be read
    """
    row = row_of(act, MAPPINGS["Patient"], identity)
    return _page(act, _asked(row.id, pairs), base_url, act.at, None, row), row.id


def later_page(act: Act, identity: str, cursor: Cursor, base_url: str) -> tuple[JSON, UUID]:
    """The page that a link leads to.

    :raises FhirError: 400 if it belongs to something else
    """
    row = row_of(act, MAPPINGS["Patient"], identity)
    if cursor.type != OPERATION or cursor.after is None or cursor.after[3] != str(row.id):
        raise FhirError(400, "This link to a page belongs to another search.", code="value")
    kind, created, last = cursor.after[:3]
    after = Key(str(kind), datetime.fromisoformat(created), UUID(last))
    return _page(act, _asked(row.id, cursor.pairs), base_url, cursor.until, after, row), row.id


def _asked(patient_id: UUID, pairs: Sequence[Pair]) -> Wanted:
    wanted = Wanted(patient_id, pairs=list(pairs))
    for name, value in pairs:
        if name == "_type":
            wanted.types |= _types(value)
        elif name == "_since":
            wanted.since = span_of(value, "_since").start
        elif name in ("start", "end"):
            span_of(value, name)
            wanted.spans += (f"{'ge' if name == 'start' else 'le'}{value}",)
        elif name == "_count":
            if not (value.isascii() and value.isdigit() and 0 < len(value) < 10 and int(value)):
                raise FhirError(400, "_count is a whole number.", expression="_count")
            wanted.count = min(int(value), MOST)
        elif name not in ("_format", "_pretty"):
            words = f"$everything takes _type, _since, start, end and _count, not {printable(name)}."
            raise FhirError(400, words, code="not-supported", expression=printable(name))
    return wanted


def _types(value: str) -> frozenset[str]:
    names = frozenset(one.strip() for one in value.split(",") if one.strip())
    if unknown := [one for one in names if mapping_of(one) is None]:
        raise FhirError(400, f"There is no type {printable(unknown[0])} here.", expression="_type")
    return names


# ---------------------------------------------------------------- a page


def _page(act: Act, wanted: Wanted, base_url: str, until: datetime, after: Key | None, patient: Any) -> JSON:
    keys = _keys(act, wanted, until, after)
    sources = sources_of(one.id for one in keys[: wanted.count])
    shown = _bounded(keys[: wanted.count], sources)
    more = len(keys) > len(shown)
    found = _load(act, shown, sources, patient)
    referred = _load_ids(act, _referred(found)) if not wanted.types or wanted.types & set(_REFERRED) else []
    entries = [_entry(one, "match", base_url) for one in found] + [_entry(one, "include", base_url) for one in referred]
    bundle: JSON = {"resourceType": "Bundle", "type": "searchset"}
    here = f"{base_url}/Patient/{wanted.patient_id}/$everything"
    bundle["link"] = [{"relation": "self", "url": here}]
    if more:
        last = shown[-1]
        place = [last.kind, last.at.isoformat(), str(last.id), str(wanted.patient_id)]
        cursor = Cursor(type=OPERATION, pairs=wanted.pairs, after=place, until=until, given=act.at)
        bundle["link"].append({"relation": "next", "url": f"{here}?_page={seal(cursor, act.by)}"})
    return bundle | ({"entry": entries} if entries else {})


def _kinds(wanted: Wanted) -> list[Kind]:
    """The types whose rows are of a patient, the patient first."""
    every = [*MAPPINGS.values(), *MADE_HERE.values()]
    found = [one for one in every if one.patient_column and (not wanted.types or one.type in wanted.types)]
    return sorted(found, key=lambda one: one.type != "Patient")


def _keys(act: Act, wanted: Wanted, until: datetime, after: Key | None) -> list[Key]:
    """Where the resources of a page stand, in one statement over all tables, and one more than the page holds."""
    kinds = _kinds(wanted)
    names = [*(one.type for one in kinds), _LAST]
    if after is not None and after.kind not in names:
        raise FhirError(410, "This link to a page is too old: ask again.", code="expired")
    begin = names.index(after.kind) if after else 0
    branches = []
    for place, name in enumerate(names[begin:], start=begin):
        kind = kinds[place] if name != _LAST else None
        rows = (_rows(act, kind, wanted) if kind else _kept(act, wanted)).filter(created_at__lte=until)
        if wanted.since is not None:
            rows = rows.filter(**{f"{kind.updated if kind else 'updated_at'}__gte": wanted.since})
        if after is not None and place == begin:
            rows = rows.filter(Q(created_at__gt=after.at) | Q(created_at=after.at, id__gt=after.id))
        has_labels = kind is not None and any(one.attname == "labels" for one in kind.model._meta.concrete_fields)
        none: Any = Value([], ArrayField(TextField()))
        placed = rows.annotate(fhir_place=Value(place, IntegerField()), fhir_labels=F("labels") if has_labels else none)
        columns = placed.order_by("created_at", "id").values_list(*_COLUMNS)
        branches.append(columns[: wanted.count + 1])
    whole = branches[0].union(*branches[1:], all=True) if len(branches) > 1 else branches[0]
    found: list[Any] = list(whole.order_by("fhir_place", "created_at", "id")[: wanted.count + 1])
    return [
        Key(names[place], at, one, version, updated_at, labels, wanted.patient_id)
        for place, at, one, version, updated_at, labels in found
    ]


def _rows(act: Act, kind: Kind, wanted: Wanted) -> QuerySet[Any]:
    rows = kind.visible(act).filter(**{kind.patient_column: wanted.patient_id})
    date = next((one for one in kind.params if one.kind == "date"), None)
    if kind.type == "Patient" or date is None:
        return rows
    for text in wanted.spans:
        fits = Finder(act, kind, "").condition(Criterion(date.name, "", "", (text,)))
        rows = rows.filter(fits if date.special else fits | _undated(date, span_of(text, date.name)))
    return rows


def _undated(date: Param, span: Span) -> Q:
    """Rows that say no date, as far as the instant that is known of them all the same fits."""
    if not date.column:
        return Q(**{f"{date.text}__isnull": True})
    known = {f"{date.column}__gte": span.start} if span.prefix == "ge" else {f"{date.column}__lt": span.end}
    undated = Q(**{f"{date.column}__isnull": True}) | Q(**known)
    return undated & Q(**{f"{date.text}__isnull": True}) if date.text else Q(**{f"{date.column}__isnull": True})


def _kept(act: Act, wanted: Wanted) -> QuerySet[Any]:
    """What has no room here, or came from elsewhere of a type that is made here."""
    rows = (
        Source.objects.visible_to(act).filter(patient_id=wanted.patient_id).exclude(type__in=MAPPINGS.keys() - PAPERS)
    )
    document = Document.objects.filter(id=OuterRef("id"))
    rows = rows.exclude(Q(type__in=PAPERS & MAPPINGS.keys()) & ~Exists(document))
    for kind in MADE_HERE.values():
        if kind.patient_column:
            rows = rows.exclude(Q(type=kind.type) & Exists(kind.model._default_manager.filter(id=OuterRef("id"))))
    for text in wanted.spans:
        span = span_of(text, "start")
        other = Q(at__lt=span.start) if span.prefix == "ge" else Q(at__gte=span.end)
        rows = rows.exclude(Exists(document.filter(other)))
    return rows.filter(type__in=wanted.types) if wanted.types else rows


def _bounded(keys: list[Key], sources: Mapping[UUID, Source]) -> list[Key]:
    """As many of a page as can be answered with few statements: each type whose rows speak for themselves costs one."""
    types: set[str] = set()
    for place, key in enumerate(keys):
        if _speaks(key, sources):
            types.add(key.kind)
            if len(types) > _TYPES:
                return keys[:place]
    return keys


def _speaks(key: Key, sources: Mapping[UUID, Source]) -> bool:
    """Whether a resource is written from its row; the patient's row is here already."""
    if key.kind in (_LAST, "Patient"):
        return False
    mapping = mapping_of(key.kind)
    return mapping is not None and (
        mapping.amend is not None or unchanged(mapping, sources.get(key.id), key.version) is None
    )


def _load(act: Act, keys: Sequence[Key], sources: Mapping[UUID, Source], patient: Any) -> list[Loaded]:
    """The resources of a page in its order; a statement for each type whose rows speak for themselves."""
    speaking: dict[str, list[UUID]] = {}
    told: dict[str, list[Any]] = {}
    for key in keys:
        if _speaks(key, sources):
            speaking.setdefault(key.kind, []).append(key.id)
        else:
            row = sources[key.id] if key.kind == _LAST else patient if key.kind == "Patient" else key
            told.setdefault(sources[key.id].type if key.kind == _LAST else key.kind, []).append(row)
    found: list[tuple[Kind, list[Any]]] = []
    for name, ids in speaking.items():
        mapping = mapping_of(name)
        assert mapping is not None
        found.append((mapping, list(readable(mapping, mapping.visible(act)).filter(id__in=ids))))
    answers = loaded(found, sources)
    for name, rows in told.items():
        kept = [row for row in rows if isinstance(row, Source)]
        as_told = [row for row in rows if not isinstance(row, Source)]
        answers += _told(received(name), kept, sources) + _told(mapping_of(name), as_told, sources)
    # One row may be two resources (a note and its assessment).
    by_id = {(_LAST if isinstance(one.row, Source) else one.mapping.type, one.row.id): one for one in answers}
    return [by_id[key.kind, key.id] for key in keys if (key.kind, key.id) in by_id]


def _told(mapping: Kind | None, rows: Sequence[Any], sources: Mapping[UUID, Source]) -> list[Loaded]:
    """Resources as they were received; the patient is told with the numbers that he has here."""
    if mapping is None or not rows:
        return []
    return loaded([(mapping, rows)], sources) if mapping.type == "Patient" else as_received(mapping, rows, sources)


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
