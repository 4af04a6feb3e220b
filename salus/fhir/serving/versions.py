"""Earlier versions of a resource, from the histories that the database keeps: of what one may read now, and no more than that.

What is kept beside a row (a patient's numbers, the pages of a document) is told as it is now.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.db import connection, models

from salus.core.act import Act
from salus.core.history import completed
from salus.fhir.mapping.base import Mapping as Kind
from salus.fhir.models import Source
from salus.fhir.serving.asked import Pair, printable
from salus.fhir.serving.instants import FIRST, LAST, span_of
from salus.fhir.serving.loading import Loaded, loaded, row_found, unchanged
from salus.fhir.serving.outcomes import FhirError
from salus.fhir.written import JSON, encode_text

#: how many versions a page of a history holds, unless said and at most
COUNT, MOST = 20, 100


def read_version(act: Act, name: str, identity: str, version: str) -> Loaded:
    """One version of a resource.

    :raises FhirError: 404 if there is none that the act may see, 410 if the resource was withdrawn
    """
    kind, now = row_found(act, name, identity)
    if kind.is_composed:
        (found,) = loaded([(kind, [now])])
        if found.version == version:
            return found
        raise _without_versions(kind)
    number = int(version) if re.fullmatch(r"[1-9][0-9]{0,8}", version) else 0
    listed = _versions(kind, now, [number])
    if not listed:
        raise FhirError(404, f"There is no such version of this {kind.type}.")
    return listed[0]


@dataclass(slots=True)
class Wanted:
    """Which versions of a history: how many on a page, before which, made from when until when."""

    count: int = COUNT
    before: int | None = None
    since: datetime = FIRST
    until: datetime = LAST
    #: the times as they were asked for, for the link to the next page
    times: list[Pair] = field(default_factory=list)


def history(act: Act, name: str, identity: str, pairs: Sequence[Pair], base_url: str) -> tuple[JSON, UUID | None]:
    """The versions of a resource, the newest first, and whose it is.

    :raises FhirError: as `read_version`; 400 for parameters that a history does not take
    """
    asked = _asked(pairs)
    kind, now = row_found(act, name, identity)
    if kind.is_composed:
        raise _without_versions(kind)
    oldest, newest = _made(kind, now, asked) if asked.times else (1, now.version)
    last = min((asked.before or newest + 1) - 1, newest)
    wanted = range(last, max(oldest - 1, last - min(asked.count, MOST)), -1)
    url = f"{base_url}/{kind.type}/{identity}"
    listed = _versions(kind, now, wanted)
    bundle: JSON = {"resourceType": "Bundle", "type": "history", "total": max(0, newest - oldest + 1)}
    bundle["link"] = [{"relation": "self", "url": f"{url}/_history"}]
    if wanted and wanted[-1] > oldest:
        more = urlencode([("_count", len(wanted)), ("_before", wanted[-1]), *asked.times])
        bundle["link"].append({"relation": "next", "url": f"{url}/_history?{more}"})
    entries = [_entry(one, url) for one in listed]
    return bundle | ({"entry": entries} if entries else {}), listed[0].patient_id if listed else _patient_of(kind, now)


def _asked(pairs: Sequence[Pair]) -> Wanted:
    asked = Wanted()
    for name, value in pairs:
        if name in ("_format", "_pretty"):
            continue
        if name in ("_since", "_lastUpdated"):
            _narrow(asked, name, value)
        elif name not in ("_count", "_before"):
            words = f"A history takes _count, _since and _lastUpdated, not {printable(name)}."
            raise FhirError(400, words, code="not-supported", expression=printable(name))
        elif not re.fullmatch(r"[0-9]{1,9}", value):
            raise FhirError(400, f"{name} is a whole number.", expression=name)
        elif name == "_count":
            asked.count = int(value)
        else:
            asked.before = int(value)
    return asked


def _narrow(asked: Wanted, name: str, value: str) -> None:
    """`_since` is from an instant on; `_lastUpdated` has prefixes, as in a search."""
    span = span_of(value, name)
    prefix = "ge" if name == "_since" else span.prefix
    if prefix in ("ne", "ap") or name == "_since" and value[:2].isalpha():
        raise FhirError(400, f"{name} does not take this prefix here.", code="not-supported", expression=name)
    if prefix in ("eq", "ge"):
        asked.since = max(asked.since, span.start)
    if prefix in ("gt", "sa"):
        asked.since = max(asked.since, span.end)
    if prefix in ("eq", "le"):
        asked.until = min(asked.until, span.end)
    if prefix in ("lt", "eb"):
        asked.until = min(asked.until, span.start)
    asked.times.append((name, value))


def _made(kind: Kind, now: Any, asked: Wanted) -> tuple[int, int]:
    """The oldest and the newest version that was made in these times."""
    sql = f"SELECT version, valid_from FROM {kind.model._meta.db_table}_history WHERE row_id = %s"  # noqa: S608 - ours
    with connection.cursor() as cursor:
        cursor.execute(sql, [now.id])
        made = [*cursor.fetchall(), (now.version, now.updated_at)]
    found = [version for version, at in made if asked.since <= at < asked.until]
    return (min(found), max(found)) if found else (1, 0)


def _entry(one: Loaded, url: str) -> JSON:
    kind, identity = one.mapping.type, one.row.id
    is_first = one.version == "1"
    request = {"method": "POST", "url": kind} if is_first else {"method": "PUT", "url": f"{kind}/{identity}"}
    told = {
        "status": "201" if is_first else "200",
        "etag": one.etag,
        "lastModified": one.resource["meta"]["lastUpdated"],
    }
    return {"fullUrl": url, "resource": one.resource, "request": request, "response": told}


def _without_versions(kind: Kind) -> FhirError:
    words = f"A {kind.type} is composed of several rows and keeps no versions: Provenance says who changed it and when."
    return FhirError(404, words, code="not-supported")


def _patient_of(kind: Kind, row: Any) -> UUID | None:
    return getattr(row, kind.patient_column) if kind.patient_column else None


def _versions(kind: Kind, now: Any, wanted: Sequence[int]) -> list[Loaded]:
    """Those of the versions that are there, the newest first; none of a time when it was in another patient's record."""
    earlier = _earlier(kind.model, now.id, [one for one in wanted if one < now.version], kind.json_columns)
    rows = [now] if now.version in wanted else []
    rows += [one for one in earlier if _patient_of(kind, one) == _patient_of(kind, now)]
    for row in rows:
        for name in kind.joined or () if row is not now else ():
            setattr(row, name, getattr(now, name, None))
    sources = {} if kind.model is Source else _sources(now.id, rows)
    _beside(kind, [row for row in rows if unchanged(kind, sources.get(row.version), row.version) is None])
    return [_loaded(kind, row, sources.get(row.version)) for row in rows]


def _loaded(kind: Kind, row: Any, source: Source | None) -> Loaded:
    (found,) = loaded([(kind, [row])], {row.id: source} if source else {}, is_complete=True)
    return found


def _beside(kind: Kind, rows: Sequence[Any]) -> None:
    """What is loaded beside a row, once: it is the same for all its versions."""
    if kind.beside is None or not rows:
        return
    before = set(rows[0].__dict__)
    kind.beside(rows[:1])
    for row in rows[1:]:
        row.__dict__.update({name: value for name, value in rows[0].__dict__.items() if name not in before})


def _earlier(model: type[models.Model], row_id: UUID, versions: Sequence[int], texts: Sequence[str]) -> list[Any]:
    if not versions:
        return []
    table = model._meta.db_table
    as_text = "".join(f', r."{name}"::text AS "{name}_text"' for name in texts)
    sql = (
        f"SELECT r.*{as_text} FROM {table}_history h CROSS JOIN LATERAL jsonb_populate_record(NULL::{table}, h.row) r "  # noqa: S608 - ours
        "WHERE h.row_id = %s AND h.version = ANY(%s) ORDER BY h.version DESC"
    )
    rows: list[Any] = completed(model._base_manager.raw(sql, [row_id, list(versions)]))
    for row in rows:
        for name in texts:  # a column that is younger than the version
            if row.__dict__[f"{name}_text"] is None and getattr(row, name) is not None:
                row.__dict__[f"{name}_text"] = encode_text(getattr(row, name))
    return rows


def _sources(row_id: UUID, rows: Sequence[Any]) -> Mapping[int, Source]:
    """What was received, by the version of the row that it became."""
    now = Source.objects.defer("digests").filter(id=row_id).first()
    if now is None:
        return {}
    earlier = (
        _earlier(Source, row_id, range(1, now.version), ())
        if {row.version for row in rows} != {now.row_version}
        else []
    )
    return {one.row_version: one for one in [*reversed(earlier), now]}
