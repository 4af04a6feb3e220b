"""By which ids a resource is known elsewhere, and which row each of them is here."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from typing import Any

from django.db import connection

from salus.fhir.definitions import resource_types
from salus.fhir.importing.bundles import Entry
from salus.fhir.importing.linked import Linked
from salus.fhir.written import encode

Key = tuple[str, str, str]

#: a UUID means the same wherever it is sent
UUID_SOURCE = "uuid"
#: what came without any id is known by what it says
CONTENT_SOURCE = "content"

_is_uuid = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.I).fullmatch
_absolute = re.compile(r"(?P<base>https?://\S+)/(?P<type>[A-Z][A-Za-z]+)/(?P<id>[A-Za-z0-9\-.]{1,64})").fullmatch


def key_of(source: str, kind: str, external_id: str) -> Key:
    """The key under which an id is linked."""
    return (UUID_SOURCE, kind, external_id.lower()) if _is_uuid(external_id) else (source, kind, external_id)


def keys_of(entry: Entry, source: str) -> list[Key]:
    """All keys of an entry, the surest first: its fullUrl, then its id. Without both, none."""
    keys: dict[Key, None] = {}
    uuid = uuid_of(entry.full_url)
    if uuid:
        keys[(UUID_SOURCE, entry.type, uuid)] = None
    elif match := _absolute(entry.full_url):
        keys[key_of(match["base"], match["type"], match["id"])] = None
    external_id = entry.resource.get("id")
    if external_id:
        keys[key_of(entry.base or source, entry.type, external_id)] = None
    return list(keys)


def content_key(entry: Entry, seen: dict[Key, int]) -> Key:
    """The key of what has no id: its content, counted where one bundle says the same twice."""
    digest = hashlib.blake2b(encode(entry.resource), digest_size=16).hexdigest()
    key = (CONTENT_SOURCE, entry.type, digest)
    seen[key] = seen.get(key, 0) + 1
    return key if seen[key] == 1 else (CONTENT_SOURCE, entry.type, f"{digest}-{seen[key]}")


def identifier_keys(entry: Entry) -> list[Key]:
    """The keys of a person's or organisation's own identifiers: by these a conditional reference finds them."""
    return [
        (f"identifier|{one['system']}", entry.type, one["value"])
        for one in entry.resource.get("identifier", ())
        if type(one) is dict and one.get("system") and one.get("value")
    ]


def uuid_of(url: str) -> str:
    """The UUID of a `urn:uuid:` URL, or nothing."""
    text = url.removeprefix("urn:uuid:")
    return text.lower() if text is not url and text != url and _is_uuid(text) else ""


def absolute_parts(url: str) -> tuple[str, str, str] | None:
    """Base, type and id of the URL of a resource on some server."""
    match = _absolute(url)
    return (match["base"], match["type"], match["id"]) if match and match["type"] in resource_types() else None


# Row by row through the indexes, whatever the statistics say: within a first import, which has none, the planner would read
# both tables whole for every bundle.
_LOOK_UP = """
    SELECT l.source, l.type, l.external_id, l.row_id::text, s.digests, s.row_version
    FROM (
        SELECT l.* FROM unnest(%s::text[], %s::text[], %s::text[]) AS k (source, type, external_id)
        CROSS JOIN LATERAL (
            SELECT * FROM fhir_link l
            WHERE (l.source, l.type, l.external_id) = (k.source, k.type, k.external_id) OFFSET 0) l
        UNION ALL
        SELECT l.* FROM unnest(%s::text[]) AS t (type) CROSS JOIN unnest(%s::text[]) AS u (external_id)
        CROSS JOIN LATERAL (
            SELECT * FROM fhir_link l
            WHERE (l.source, l.type, l.external_id) = ('uuid', t.type, u.external_id) OFFSET 0) l
    ) l
    LEFT JOIN LATERAL (SELECT s.digests, s.row_version FROM fhir_source s WHERE s.id = l.row_id OFFSET 0) s ON true
"""


def look_up(keys: Iterable[Key], uuids: Iterable[str]) -> dict[Key, Linked]:
    """The links that exist, in one statement.

    :param uuids: UUIDs that are referred to without saying what they are
    """
    wanted, typeless = list(dict.fromkeys(keys)), list(dict.fromkeys(uuids))
    columns: list[Any] = [list(column) for column in zip(*wanted, strict=True)] if wanted else [[], [], []]
    types = sorted(resource_types()) if typeless else []
    with connection.cursor() as cursor:
        cursor.execute(_LOOK_UP, [*columns, types, typeless])
        return {
            (source, kind, external_id): Linked(
                row_id, kind, tuple(map(bytes, digests)) if digests is not None else None, version or 0
            )
            for source, kind, external_id, row_id, digests, version in cursor.fetchall()
        }
