"""Imported patients: their rows with the words by which they are found, and the numbers by which others know them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection

from salus.core import crypto
from salus.core.ids import uuid7
from salus.core.numbers import with_check_digit
from salus.fhir.importing import store
from salus.fhir.mapping.context import Row
from salus.fhir.written import encode_text
from salus.patients.models import Identifier, Patient


def store_patients(rows: Sequence[Row], identifiers: Sequence[tuple[str, list[dict[str, str]]]]) -> None:
    """Add patients, each with a record number of ours, and their identifiers."""
    numbers = _record_numbers(len(rows))
    store.copy_rows(Patient, [sealed(row) | {"mrn": mrn} for row, mrn in zip(rows, numbers, strict=True)])
    store.copy_rows(Identifier, [_identifier(patient_id, one) for patient_id, listed in identifiers for one in listed])


def sealed(row: Row) -> Row:
    """The row as its table holds it: contacts sealed, words to find it by."""
    words = " ".join(f"'{word}'" for word in sorted(_words(row)))
    return row | {
        "names": encode_text(row["names"]),
        "telecom": _seal("telecom", row),
        "addresses": _seal("addresses", row),
        "name_words": words,
    }


def _words(row: Row) -> set[str]:
    texts = [row["family"], row["given"], *(text for name in row["names"] for text in _texts(name))]
    return {word.replace("'", "").replace("\\", "") for text in texts for word in text.lower().split()} - {""}


def _texts(name: dict[str, Any]) -> list[str]:
    return [name.get("family", ""), name.get("text", ""), *filter(None, name.get("given", ()))]


def _seal(column: str, row: Row) -> bytes | None:
    return crypto.seal("patients_patient", column, row["id"], row[column]) if row[column] else None


def _identifier(patient_id: str, one: dict[str, str]) -> Row:
    identity = uuid7()
    return {
        "id": identity,
        "patient_id": patient_id,
        **one,
        "value": crypto.seal("patients_identifier", "value", identity, one["value"]),
        "value_key": crypto.blind_index("identifier", one["value"]),
    }


def _record_numbers(count: int) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('patients_mrn_seq') FROM generate_series(1, %s)", [count])
        return [with_check_digit(number) for (number,) in cursor.fetchall()]
