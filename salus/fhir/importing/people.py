"""Imported patients: through the loader of their room, with the words and numbers by which they are found."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

from django.conf import settings
from django.db import connection

from salus.core.act import Act
from salus.fhir.mapping.context import Row
from salus.fhir.written import encode_text, raw_numbers
from salus.patients.loading import NewPatient, load_patients
from salus.patients.numbers import hold_numbers, replace_identifiers
from salus.patients.queries.identity import contact_keys, identifier_indexes, identifier_key
from salus.patients.rules import names as naming
from salus.patients.vocabulary import teach, words_of

Number = dict[str, str]

#: two people never share one of these; an insurance number may stand for a family, a record number for anything
_PERSONAL = ("national", "passport")


class NumberTaken(Exception):
    """A number that only one person can have belongs to another patient here."""

    def __init__(self, patient_id: str) -> None:
        super().__init__()
        self.patient_id = patient_id


def store_patients(act: Act, rows: Sequence[Row], numbers: dict[str, list[Number]]) -> None:
    """Add patients, each with a record number of ours.

    :raises NumberTaken: if somebody else has a national number or passport of one of them
    """
    if not rows:
        return
    taken = _taken(one for listed in numbers.values() for one in listed)
    new = [_new_patient(row, _free(str(row["id"]), numbers.get(str(row["id"]), []), taken)) for row in rows]
    assert act.facility_id is not None
    load_patients(new, facility_id=act.facility_id, recorded_by_id=act.by, at=act.at)


def changed_columns(act: Act, row: Row, numbers: list[Number]) -> Row:
    """The columns of a patient who came in new words, with what he or she is found by; the numbers are replaced.

    :raises NumberTaken: as `store_patients`
    """
    patient_id = UUID(str(row["id"]))
    others = {key: holder for key, holder in _taken(numbers).items() if holder != str(patient_id)}
    outcome = replace_identifiers(act, patient_id, _free(str(patient_id), numbers, others))
    if outcome.taken is not None:
        raise NumberTaken(str(patient_id))
    texts = naming.texts_of_names(row["family"], row["given"], "", row["names"])
    teach(words_of(texts))
    sort_key, given_key = naming.keys(row["family"], row["given"])
    return {
        **row,
        "names": encode_text(row["names"]),
        "telecom": encode_text(row["telecom"]) if row["telecom"] else None,
        "addresses": encode_text(row["addresses"]) if row["addresses"] else None,
        "contact_keys": contact_keys(row["telecom"], settings.SALUS_REGION),
        "name_words": " ".join(f"'{token}'" for token in naming.name_tokens(texts)),
        "sort_key": sort_key,
        "given_key": given_key,
    }


def _new_patient(row: Row, numbers: list[Number]) -> NewPatient:
    same = ("family", "given", "gender", "title", "language", "marital_status", "is_deceased", "is_active")
    return NewPatient(
        **{name: row[name] for name in same},
        birth_date=row["birth_date"] or "",
        deceased=row["deceased"] or "",
        names=raw_numbers(row["names"]),
        telecom=raw_numbers(row["telecom"]),
        addresses=raw_numbers(row["addresses"]),
        identifiers=numbers,
        id=UUID(str(row["id"])),
    )


def _free(patient_id: str, numbers: Iterable[Number], taken: dict[tuple[str, bytes], str]) -> list[Number]:
    """The numbers that nobody else has, each once; the received resource keeps the others as well."""
    free: dict[tuple[str, bytes], Number] = {}
    for one in numbers:
        key = (one["system"], identifier_key(one["value"]))
        holder = taken.setdefault(key, patient_id)
        if holder == patient_id:
            free.setdefault(key, one)
        elif one["kind"] in _PERSONAL:
            raise NumberTaken(patient_id)
    return list(free.values())


def _taken(numbers: Iterable[Number]) -> dict[tuple[str, bytes], str]:
    values = {one["value"] for one in numbers}
    hold_numbers(values)
    keys = {key: identifier_key(value) for value in values for key in identifier_indexes(value)}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT system, value_key, patient_id::text FROM patients_identifier "
            "WHERE value_key = ANY(%s::bytea[]) AND voided_at IS NULL",
            [list(keys)],
        )
        return {(system, keys[bytes(key)]): patient for system, key, patient in cursor.fetchall()}
