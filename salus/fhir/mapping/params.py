"""Search parameters as each type declares them; `serving.search` turns them into SQL and the CapabilityStatement lists them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Kind = Literal["token", "date", "reference", "string", "quantity", "uri"]


@dataclass(frozen=True, kw_only=True)
class Param:
    """One search parameter: its name and where its values stand.

    :param column: the column that is compared
    :param system: token: the column of the code's system, or empty where the system is always `fixed_system`
    :param concept: token: a JSON column with the whole CodeableConcept where it says more than the first coding
    :param text: date: the column of the text as written, which tells how precise the instant in `column` is
    :param ends: date: the column of the end (as written) where it is a period
    :param targets: reference: the types it may lead to
    :param array: whether the column is an array
    :param sorts: whether `_sort` takes it
    """

    name: str
    kind: Kind
    column: str
    system: str = ""
    fixed_system: str = ""
    concept: str = ""
    text: str = ""
    ends: str = ""
    targets: tuple[str, ...] = ()
    array: bool = False
    unit: str = ""
    sorts: bool = False
    special: str = ""
    #: token: other words of ours that one of FHIR's codes stands for
    #: date: a period without an end goes on (a visit), or is over with its beginning (a procedure)
    goes_on: bool = False
    synonyms: Mapping[str, tuple[str, ...]] | None = None
    #: of what was received and stands in no room: the data type of the element (`mapping.said`), or "nowhere"
    said: str = ""


def token(
    name: str, column: str, *, system: str = "", fixed: str = "", concept: str = "", array: bool = False
) -> Param:
    return Param(
        name=name,
        kind="token",
        column=column,
        system=system,
        fixed_system=fixed,
        concept=concept,
        array=array,
        sorts=not array,
    )


def code(name: str = "code") -> Param:
    """The code of an entry of the record."""
    return token(name, "code", system="code_system", concept="codings")


def date(name: str, text: str, column: str, *, ends: str = "", goes_on: bool = False) -> Param:
    return Param(name=name, kind="date", column=column, text=text, ends=ends, goes_on=goes_on, sorts=True)


def instant(name: str, column: str) -> Param:
    return Param(name=name, kind="date", column=column, sorts=True)


def reference(name: str, column: str, *targets: str, array: bool = False) -> Param:
    return Param(name=name, kind="reference", column=column, targets=targets, array=array)


def patient(column: str = "patient_id") -> tuple[Param, Param]:
    return reference("patient", column, "Patient"), reference("subject", column, "Patient")


def string(name: str, column: str, *, special: str = "") -> Param:
    return Param(name=name, kind="string", column=column, special=special, sorts=not special)


def uri(name: str, column: str) -> Param:
    return Param(name=name, kind="uri", column=column)


def canonical(name: str, column: str, target: str) -> Param:
    """A reference by url and version, or by the id of the resource here."""
    return Param(name=name, kind="reference", column=column, targets=(target,), special="canonical")


def special(name: str, kind: Kind, special: str) -> Param:
    """One that its own function in `serving.search` knows how to find."""
    return Param(name=name, kind=kind, column="", special=special)


#: those that every type has
ID = Param(name="_id", kind="token", column="id", sorts=True)
LAST_UPDATED = Param(name="_lastUpdated", kind="date", column="updated_at", sorts=True)
