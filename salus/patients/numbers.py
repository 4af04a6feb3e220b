"""Numbers by which others know a patient: each belongs to one patient at a time."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext as _

from salus.core import crypto, indexes
from salus.core.act import Act
from salus.core.errors import Invalid
from salus.core.ids import uuid7
from salus.patients.models import Identifier, Patient
from salus.patients.queries.identity import identifier_indexes, identifier_key
from salus.patients.rules import contacts
from salus.patients.vocabulary import LEARN, lesson, teach

#: A number that somebody else writes at the same moment is waited for, and then found taken: no error of the database.
#: In a fixed order, so that two desks with the same two numbers do not wait for each other in a circle.
_INSERT = f"""
    WITH {LEARN}, written AS (
        INSERT INTO patients_identifier
            (id, version, recorded_by_id, void_reason, patient_id, kind, system, value, value_key)
        SELECT id, 1, %s, '', %s, kind, system, value, value_key
        FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::bytea[], %s::bytea[]) AS given (id, kind, system, value, value_key)
        ORDER BY system, value_key
        ON CONFLICT (system, value_key) WHERE voided_at IS NULL DO NOTHING
        RETURNING id
    )
    SELECT id FROM written
"""  # noqa: S608 - only constants

Taken = tuple[int, UUID | None]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a new list of numbers: whether anything changed, and the first that is somebody else's."""

    changed: bool
    taken: Taken | None = None


def write_identifiers(
    act: Act, patient_id: UUID, identifiers: Sequence[Mapping[str, str]], *, words: Sequence[str] = ()
) -> Taken | None:
    """Write down numbers of a patient; gives the place of the first that another patient has, and that patient's id.

    :param words: words for the vocabulary, learnt in the same statement
    """
    rows = _rows(patient_id, identifiers)
    if not rows:
        if words:
            teach(words)
        return None
    columns = [
        list(column) for column in zip(*((r.id, r.kind, r.system, _sealed(r), r.value_key) for r in rows), strict=True)
    ]
    if (held := _held_by_another_key(rows)) is not None:
        return held, _holder(act, rows[held])
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, [*lesson(words), act.by, patient_id, *columns])
        written = {row[0] for row in cursor.fetchall()}
    for place, row in enumerate(rows):
        if row.id not in written:
            return place, _holder(act, row)
    return None


def replace_identifiers(
    act: Act, patient_id: UUID, identifiers: Sequence[Mapping[str, str]], *, words: Sequence[str] = ()
) -> Outcome:
    """Make these the patient's numbers: new ones are written, missing ones voided, the others left alone."""
    rows = _rows(patient_id, identifiers)
    known = list(Identifier.objects.filter(patient_id=patient_id, voided_at__isnull=True))
    kept = {(row.kind, row.system, identifier_key(row.value)): row for row in known}
    wanted = {(row.kind, row.system, bytes(row.value_key)) for row in rows}
    gone = [row.id for key, row in kept.items() if key not in wanted or row.value != _shown(identifiers, key)]
    if gone:
        Identifier.objects.filter(id__in=gone).update(
            voided_at=act.at, voided_by_id=act.by, void_reason="replaced by a newer list of numbers"
        )
    fresh = [
        (place, one)
        for place, (one, row) in enumerate(zip(_filled(identifiers), rows, strict=True))
        if (held := kept.get((row.kind, row.system, bytes(row.value_key)))) is None or held.id in gone
    ]
    taken = write_identifiers(act, patient_id, [one for _place, one in fresh], words=words)
    if taken is not None:
        taken = (fresh[taken[0]][0], taken[1])
    return Outcome(bool(gone or fresh), taken)


def _shown(identifiers: Sequence[Mapping[str, str]], key: tuple[str, str, bytes]) -> str:
    """The value as written now: a number that only gained a space is still written anew."""
    for one in _filled(identifiers):
        if (one["kind"], one.get("system", ""), identifier_key(one["value"])) == key:
            return one["value"]
    return ""


def _filled(identifiers: Sequence[Mapping[str, str]]) -> list[Mapping[str, str]]:
    return [one for one in identifiers if one.get("value", "").strip()]


def _rows(patient_id: UUID, identifiers: Sequence[Mapping[str, str]]) -> list[Identifier]:
    rows, seen = [], set()
    for place, one in enumerate(_filled(identifiers)):
        kind, system, value = one["kind"], one.get("system", "").strip(), one["value"].strip()
        if kind not in dict(Identifier.KINDS):
            raise Invalid(**{f"identifiers-{place}-kind": _("Choose one of the list.")})
        key = identifier_key(value)
        if (system, key) in seen:
            raise Invalid(**{f"identifiers-{place}-value": _("This number stands here twice.")})
        seen.add((system, key))
        rows.append(Identifier(id=uuid7(), patient_id=patient_id, kind=kind, system=system, value=value, value_key=key))
    return rows


def _sealed(row: Identifier) -> bytes:
    return crypto.seal("patients_identifier", "value", row.id, row.value)


def hold_numbers(values: Iterable[str]) -> bool:
    """While indexes are moved to another key: nobody else writes these numbers until this transaction ends."""
    return indexes.hold("identifier", map(contacts.identifier, values))


def _held_by_another_key(rows: Sequence[Identifier]) -> int | None:
    """While indexes are moved to another key: the place of the first number that stands there by any of them."""
    if not hold_numbers(row.value for row in rows):
        return None
    wanted = {(row.system, key): place for place, row in enumerate(rows) for key in identifier_indexes(row.value)}
    known = Identifier.objects.filter(value_key__in=[key for _system, key in wanted], voided_at__isnull=True)
    held = known.values_list("system", "value_key")
    return min((wanted[one] for system, key in held if (one := (system, bytes(key))) in wanted), default=None)


def _holder(act: Act, row: Identifier) -> UUID | None:
    """Who has the number, where this act may know it."""
    holders = Patient.objects.visible_to(act).filter(
        identifiers__system=row.system,
        identifiers__value_key__in=identifier_indexes(row.value),
        identifiers__voided_at__isnull=True,
    )
    return holders.values_list("id", flat=True).first()
