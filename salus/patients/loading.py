"""Many patients at once by COPY: imports, the simulator and the bench come through here, all others through services.

Nothing is announced and nothing is logged: whoever loads says so once (`RecordImported`).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from itertools import islice
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection

from salus.core import crypto
from salus.core.dates import PartialDate
from salus.core.ids import uuid7
from salus.core.numbers import with_check_digit
from salus.patients.queries.identity import as_text, contact_keys, identifier_key
from salus.patients.rules import names as naming
from salus.patients.vocabulary import teach

BATCH = 5_000

_PATIENT = (
    "id, version, recorded_by_id, void_reason, created_at, updated_at, facility_id, mrn, family, given, title, preferred_name, "
    "names, gender, birth_date, born_on, deceased, is_deceased, language, marital_status, telecom, addresses, contact_keys, "
    "name_words, sort_key, given_key, is_active"
)
_IDENTIFIER = (
    "id, version, recorded_by_id, void_reason, created_at, updated_at, patient_id, kind, system, value, value_key"
)


@dataclass(slots=True)
class NewPatient:
    """A patient to load, in the words of `register_patient`. An empty `mrn` is given here; `at` is when it was recorded."""

    family: str
    given: str = ""
    gender: str = "unknown"
    birth_date: str = ""
    title: str = ""
    preferred_name: str = ""
    names: Sequence[Mapping[str, Any]] = ()
    telecom: Sequence[Mapping[str, Any]] = ()
    addresses: Sequence[Mapping[str, Any]] = ()
    identifiers: Sequence[Mapping[str, str]] = ()
    language: str = ""
    marital_status: str = ""
    deceased: str = ""
    is_deceased: bool = False
    is_active: bool = True
    mrn: str = ""
    at: datetime | None = None
    id: UUID = field(default_factory=uuid7)


def load_patients(
    rows: Iterable[NewPatient], *, facility_id: UUID, recorded_by_id: UUID, at: datetime, batch: int = BATCH
) -> int:
    """Load patients with their numbers and search words; gives how many. Runs in the caller's transaction.

    :param at: when they were recorded, where a row does not say
    :raises psycopg.errors.UniqueViolation: if a number belongs to another patient, or a `mrn` is in use
    """
    known: set[str] = set()
    left, total = iter(rows), 0
    while patients := list(islice(left, batch)):
        _number(patients)
        tokens = [_tokens(one) for one in patients]
        _copy(
            "patients_patient",
            _PATIENT,
            (
                _patient(one, words, facility_id, recorded_by_id, at)
                for one, words in zip(patients, tokens, strict=True)
            ),
        )
        _copy("patients_identifier", _IDENTIFIER, _identifiers(patients, recorded_by_id, at))
        words = {token for token in set().union(*tokens) if naming.is_word(token)} - known
        if words:
            teach(words)
            known |= words
        total += len(patients)
    return total


@dataclass(frozen=True, slots=True)
class NewRelation:
    """A care relation to load: who cares, or where, from when until when."""

    patient_id: UUID
    kind: str
    source: str
    started_at: datetime
    ended_at: datetime | None = None
    practitioner_id: UUID | None = None
    department_id: UUID | None = None


def load_relations(rows: Iterable[NewRelation], *, recorded_by_id: UUID) -> None:
    """Load care relations: of visits that are over, and to own doctors. Runs in the caller's transaction."""
    columns = (
        "id, version, recorded_by_id, void_reason, patient_id, kind, source, started_at, ended_at, "
        "practitioner_id, department_id"
    )
    told = (
        (uuid7(), 1, recorded_by_id, "", one.patient_id, one.kind, one.source, one.started_at, one.ended_at)
        + (one.practitioner_id, one.department_id)
        for one in rows
    )
    _copy("patients_carerelation", columns, told)


def _number(patients: Sequence[NewPatient]) -> None:
    without = [one for one in patients if not one.mrn]
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('patients_mrn_seq') FROM generate_series(1, %s)", [len(without)])
        for one, (number,) in zip(without, cursor.fetchall(), strict=True):
            one.mrn = with_check_digit(number)


def _copy(table: str, columns: str, rows: Iterable[tuple[Any, ...]]) -> None:
    first = next(rows := iter(rows), None)
    if first is None:
        return
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
        copy.write_row(first)
        for row in rows:
            copy.write_row(row)


def _patient(one: NewPatient, tokens: Sequence[str], facility_id: UUID, by: UUID, at: datetime) -> tuple[Any, ...]:
    at = one.at or at
    texts = [as_text(one.telecom), as_text(one.addresses)]
    sealed = [
        crypto.seal("patients_patient", column, one.id, text) if text else None
        for column, text in zip(("telecom", "addresses"), texts, strict=True)
    ]
    words = " ".join(f"'{token}'" for token in tokens)
    record = (one.id, 1, by, "", at, at, facility_id, one.mrn)
    called = (one.family, one.given, one.title, one.preferred_name, as_text(one.names) or "[]", one.gender)
    life = (
        one.birth_date or None,
        _first_day(one.birth_date),
        one.deceased or None,
        one.is_deceased or bool(one.deceased),
    )
    found_by = (_keys(one.telecom), words, *naming.keys(one.family, one.given))
    return (*record, *called, *life, one.language, one.marital_status, *sealed, *found_by, one.is_active)


def _identifiers(patients: Iterable[NewPatient], by: UUID, default_at: datetime) -> Iterator[tuple[Any, ...]]:
    for one in patients:
        at = one.at or default_at
        for number in one.identifiers:
            row, value = uuid7(), number["value"].strip()
            sealed = crypto.seal("patients_identifier", "value", row, value)
            who = (row, 1, by, "", at, at, one.id)
            yield (*who, number["kind"], number.get("system", ""), sealed, identifier_key(value))


def _keys(telecom: Sequence[Mapping[str, Any]]) -> str:
    """An array of `bytea` in PostgreSQL's own words: adapting a list of bytes costs as much as all else of the row."""
    return "{" + ",".join(f'"\\\\x{key.hex()}"' for key in contact_keys(telecom, settings.SALUS_REGION)) + "}"


def _tokens(one: NewPatient) -> list[str]:
    return naming.name_tokens(naming.texts_of_names(one.family, one.given, one.preferred_name, one.names))


@lru_cache(maxsize=50_000)
def _first_day(text: str) -> date | None:
    return PartialDate.parse(text).day if text else None
