"""Provenance out of the version history: who made which version of a resource, when, and on whose behalf.

Each version of a row stands in its table or its history (`core/guards.py`); who made it, the facts and the access log of the
same transaction say, which an act writes when it ends. Nothing of this is stored anew. What came from elsewhere as Provenance
is kept whole and read as it came.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, models
from django.db.models import Q

from salus.accounts.models import User
from salus.core.act import Act
from salus.core.ids import SYSTEM
from salus.core.models import Record
from salus.fhir.mapping import MADE_HERE, MAPPINGS, mapping_of
from salus.fhir.mapping.base import Mapping
from salus.fhir.mapping.concepts import one_code, reference_to, without_empty
from salus.fhir.mapping.said import ids_at
from salus.fhir.serving.asked import Pair, printable
from salus.fhir.serving.loading import lastly, loaded
from salus.fhir.serving.outcomes import FhirError
from salus.fhir.written import JSON
from salus.staff.models import StaffMember

#: `Condition-<id>-2`: who made the second version of a problem
_OURS = re.compile(r"(?P<kind>[A-Za-z]{2,40})-(?P<id>[0-9a-f]{8}-[0-9a-f-]{27})-(?P<version>[1-9]\d{0,8})")
_TARGETS, _RECEIVED = 100, 500
_OPERATION = "http://terminology.hl7.org/CodeSystem/v3-DataOperation"
_AUTHOR = one_code("http://terminology.hl7.org/CodeSystem/provenance-participant-type", "author")

_VERSIONS = """
    WITH versions AS (
        SELECT row_id, version, valid_from AS at, row ->> 'recorded_by_id' AS first_by
        FROM {table}_history WHERE row_id = ANY(%(ids)s)
        UNION ALL SELECT id, version, updated_at, recorded_by_id::text FROM {table} WHERE id = ANY(%(ids)s))
    SELECT v.row_id, v.version, v.at, coalesce(who.by_id, CASE WHEN v.version = 1 THEN v.first_by::uuid END), who.on_behalf_of
    FROM versions v
    LEFT JOIN {table}_history before ON before.row_id = v.row_id AND before.version = v.version - 1
    LEFT JOIN LATERAL (
        (SELECT f.by_id, f.on_behalf_of FROM core_fact f
         WHERE f.xid = before.xid AND f.written_at >= v.at ORDER BY f.id LIMIT 1)
        UNION ALL
        (SELECT a.by_id, a.on_behalf_of FROM core_accessentry a
         WHERE a.xid = before.xid AND a.written_at >= v.at AND a.outcome = 'ok' ORDER BY a.id LIMIT 1)
        LIMIT 1) who ON true
    ORDER BY v.at DESC, v.row_id, v.version DESC LIMIT 1000
"""


@dataclass(frozen=True, slots=True)
class Made:
    """One version of one resource."""

    kind: str
    row_id: UUID
    version: int
    at: datetime
    by: UUID | None
    on_behalf_of: UUID | None
    #: the resource, where its versions are those of the rows that it is composed of
    whole: UUID | None = None

    @property
    def target(self) -> str:
        """The version that was made; of what is composed, the resource."""
        return f"{self.kind}/{self.whole}" if self.whole else f"{self.kind}/{self.row_id}/_history/{self.version}"


def is_ours(identity: str) -> bool:
    """Whether an id is one that this server gives to who made a version."""
    return _OURS.fullmatch(identity) is not None


def read(act: Act, identity: str) -> tuple[JSON, set[UUID]]:
    """Who made one version, and of whom it tells.

    :raises FhirError: 404 if there is no such version of a resource that this act may read
    """
    match = _OURS.fullmatch(identity)
    if match is None:
        raise FhirError(404, "There is no Provenance with this id.")
    row_id = UUID(match["id"])
    made, patients = _made(act, [(match["kind"], _whole_of(match["kind"], row_id))])
    found = [one for one in made if (one.row_id, one.version) == (row_id, int(match["version"]))]
    if not found:
        raise FhirError(404, "There is no Provenance with this id.")
    return _resources(found)[0], patients


def search(act: Act, pairs: Sequence[Pair], base_url: str) -> tuple[JSON, set[UUID]]:
    """Who made the versions of the targets, the newest first.

    :raises FhirError: 400 for other parameters, or for too many targets
    """
    targets: list[tuple[str, UUID]] = []
    for name, value in pairs:
        if name == "target":
            targets += _targets(value, base_url)
        elif name not in ("_format", "_pretty", "_count"):
            words = f"Provenance of resources here is searched by target alone, not by {printable(name)}."
            raise FhirError(400, words, code="not-supported", expression=printable(name))
    if len(targets) > _TARGETS:
        raise FhirError(400, f"At most {_TARGETS} targets.", code="too-costly", expression="target")
    found, patients = of(act, targets)
    entries = [
        {"fullUrl": f"{base_url}/Provenance/{one['id']}", "resource": one, "search": {"mode": "match"}} for one in found
    ]
    bundle: JSON = {"resourceType": "Bundle", "type": "searchset", "total": len(entries)}
    bundle["link"] = [{"relation": "self", "url": f"{base_url}/Provenance"}]
    return bundle | ({"entry": entries} if entries else {}), patients


def of(act: Act, targets: Sequence[tuple[str, UUID]]) -> tuple[list[JSON], set[UUID]]:
    """Who made the versions of the targets, the newest first, then what was received about them; and of whom that tells."""
    made, patients = _made(act, targets)
    received = mapping_of("Provenance")
    assert received is not None
    rows = received.visible(act).filter(Q(patient_id__in=patients) | Q(patient_id=None))
    rows = rows.annotate(said_target=ids_at("target")).filter(said_target__overlap=[one for _, one in targets])
    told = [one.resource for one in loaded([(received, list(rows[:_RECEIVED]))])] if targets else []
    return _resources(made) + told, patients


def _targets(value: str, base_url: str) -> list[tuple[str, UUID]]:
    found = []
    for one in value.split(","):
        kind, _, rest = one.strip().removeprefix(f"{base_url}/").partition("/")
        identity = rest.partition("/")[0]
        if re.fullmatch(r"[0-9a-f]{8}-[0-9a-f-]{27}", identity):
            found.append((kind, UUID(identity)))
    return found


def _made(act: Act, targets: Iterable[tuple[str, UUID]]) -> tuple[list[Made], set[UUID]]:
    """The versions of those targets that the act may read; two statements for each type among them."""
    by_kind: dict[str, list[UUID]] = {}
    for kind, identity in targets:
        by_kind.setdefault(kind, []).append(identity)
    found: list[Made] = []
    patients: set[UUID] = set()
    for kind, ids in by_kind.items():
        mapping = MAPPINGS.get(kind) or MADE_HERE.get(kind)
        if (
            mapping is None
            or not issubclass(mapping.model, Record)
            or not (mapping.parts or mapping.updated == "updated_at")
        ):
            continue
        readable = _readable(act, mapping, ids)
        patients |= {one for one in readable.values() if one}
        if mapping.parts:  # of what is composed of other rows, those have the versions
            parts = mapping.parts().filter(patient_id__in=list(readable))
            whole = dict(parts.values_list("id", "patient_id"))
            found += [replace(Made(kind, *row), whole=whole[row[0]]) for row in _rows(parts.model, list(whole))]
        else:
            found += [Made(kind, *row) for row in _rows(mapping.model, list(readable))]
    return sorted(found, key=lambda one: one.at, reverse=True), patients


def _whole_of(kind: str, row_id: UUID) -> UUID:
    """The resource of which a row is a part, or the row itself."""
    mapping = MADE_HERE.get(kind)
    if mapping is None or mapping.parts is None:
        return row_id
    whole: UUID | None = mapping.parts().filter(id=row_id).values_list("patient_id", flat=True).first()
    return whole or row_id


def _readable(act: Act, mapping: Mapping, ids: Sequence[UUID]) -> dict[UUID, UUID | None]:
    rows = mapping.rows(act).filter(id__in=ids)
    if not mapping.patient_column:
        return dict.fromkeys(rows.values_list("id", flat=True))
    return dict(rows.values_list("id", mapping.patient_column))


def _rows(model: type[models.Model], ids: Sequence[UUID]) -> list[tuple[Any, ...]]:
    if not ids:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_VERSIONS.format(table=model._meta.db_table), {"ids": list(ids)})
        return list(cursor.fetchall())


# ---------------------------------------------------------------- as resources


def _resources(made: Sequence[Made]) -> list[JSON]:
    users = {one for row in made for one in (row.by, row.on_behalf_of) if one is not None and one != SYSTEM}
    staff = (
        dict(StaffMember.objects.filter(user_id__in=users).values_list("user_id", "practitioner_id")) if users else {}
    )
    names = dict(User.objects.filter(id__in=users).values_list("id", "display_name")) if users else {}

    def who(user: UUID | None) -> JSON:
        if user is None or user == SYSTEM:
            return {"display": "Salus"}
        return (reference_to("Practitioner", staff.get(user)) or {}) | {"display": names.get(user) or "Salus"}

    return [_resource(one, who(one.by), who(one.on_behalf_of) if one.on_behalf_of else None) for one in made]


def _resource(one: Made, by: JSON, on_behalf_of: JSON | None) -> JSON:
    return {
        "resourceType": "Provenance",
        "id": f"{one.kind}-{one.row_id}-{one.version}",
        "meta": {"versionId": "1", "lastUpdated": lastly(one.at)},
        "target": [{"reference": one.target}],
        "recorded": lastly(one.at),
        "activity": one_code(_OPERATION, "CREATE" if one.version == 1 else "UPDATE"),
        "agent": [without_empty({"type": _AUTHOR, "who": by, "onBehalfOf": on_behalf_of})],
    }
