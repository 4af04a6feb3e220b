"""Reading a resource that a client writes: every row that it refers to must be here, and stays what it is about."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from salus.core.act import Act
from salus.core.errors import Conflict, Invalid, NotFound
from salus.fhir.mapping import MAPPINGS
from salus.fhir.mapping.context import Context, Known, Refused, Row, target_of
from salus.fhir.mapping.roles import practitioners_of, roles_in
from salus.fhir.serving.outcomes import FhirError
from salus.fhir.written import JSON, decode

NOTHING_KNOWN = Known({}, {}, {})
#: of the types that a reference may name, those of which the row must be here
ROWS = frozenset({"Patient", "Encounter", "Practitioner"})


def read_referred(
    act: Act,
    kind: str,
    read: Callable[[JSON, Context], Row],
    resource: JSON,
    named: Iterable[Any],
    *,
    known: Known = NOTHING_KNOWN,
    rows: Collection[str] = ROWS,
) -> Row:
    """What a mapping reads in a resource whose references are all here.

    :param named: the references in it
    :raises FhirError: 422 where it names what is not here, or the mapping refuses it
    """
    assert act.facility_id is not None
    listed = list(named)
    roles = practitioners_of(roles_in(listed), {})
    present = _present(act, listed, rows) | {("Practitioner", who) for who in roles.values()}
    context = Context(facility_id=act.facility_id, known=known, present=present, roles=roles)
    try:
        row = read(resource, context)
    except Refused as refusal:
        raise FhirError(422, f"{refusal.element} {refusal.reason}", expression=f"{kind}.{refusal.element}") from None
    if context.absent:
        missing = ", ".join(sorted({one for one, _id in context.absent}))
        raise FhirError(422, f"A reference names something that is not here: {missing}.", code="not-found")
    return row


def patient_and_visit(row: Row) -> Row:
    """The patient and the visit of a row that was read, as the rooms' acts take them."""
    visit = row.get("encounter_id")
    return {"patient_id": UUID(row["patient_id"]), "encounter_id": UUID(visit) if visit else None}


def concept_in_row(row: Row) -> Row:
    """What a row that was read is, as the rooms' acts take it: without extensions, as the resource is kept beside."""
    codings = decode(row["codings"]) if row["codings"] else None
    bare = {key: item for key, item in codings.items() if key != "extension"} if codings else None
    return {"code_system": row["code_system"], "code": row["code"], "display": row["display"], "codings": bare}


def refuse_wrong(kind: str, resource: JSON, element: str = "status") -> None:
    """Nothing; :raises FhirError: 422 for a new resource that says of itself that it is entered in error."""
    if resource.get(element) == "entered-in-error":
        raise FhirError(422, "What is entered in error is not created.", expression=f"{kind}.{element}")


@contextmanager
def mistakes(kind: str) -> Iterator[None]:
    """What a room refuses becomes an outcome that names each mistake.

    :raises FhirError: 422
    """
    try:
        yield
    except Invalid as refusal:
        words = " ".join(dict.fromkeys(refusal.fields.values())) or str(refusal)
        raise FhirError(422, words, expression=kind) from None
    except NotFound:
        raise FhirError(
            422, "A reference names something that is not here.", code="not-found", expression=kind
        ) from None


def keep_patient_and_visit(row: Any, columns: Row) -> None:
    """Refuse a change that would carry an entry to another patient or visit.

    :raises Conflict: if it would
    """
    if (columns["patient_id"], columns["encounter_id"]) != (row.patient_id, row.encounter_id):
        raise Conflict("An entry stays with its patient and visit: mark it entered-in-error and create another.")


def _present(act: Act, named: Iterable[Any], rows: Collection[str]) -> set[tuple[str, str]]:
    """Which of the rows that are named are here, one statement for each type."""
    wanted: dict[str, set[UUID]] = {}
    for target in filter(None, map(target_of, named)):
        if target[0] in rows and re.fullmatch(r"[0-9a-f-]{36}", target[1]):
            wanted.setdefault(target[0], set()).add(UUID(target[1]))
    return {
        (kind, str(identity))
        for kind, ids in wanted.items()
        for identity in MAPPINGS[kind].visible(act).filter(id__in=ids).values_list("id", flat=True)
    }
