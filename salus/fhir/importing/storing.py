"""The one transaction of a bundle: links, rows by COPY, changes one by one, the sources, the fact and the access log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import DatabaseError, OperationalError, connection, transaction

from salus.chart.models import AllergyIntolerance
from salus.core import access, crypto
from salus.core.act import Act
from salus.core.announce import announce
from salus.fhir.checking import Problem
from salus.fhir.facts import RecordImported
from salus.fhir.importing import people, store
from salus.fhir.importing.attachments import OtherPages, move_into_store
from salus.fhir.importing.keys import Key
from salus.fhir.importing.rows import Filed
from salus.fhir.mapping import MAPPINGS, SEALED
from salus.fhir.mapping.context import Row
from salus.fhir.mapping.marks import labels_in
from salus.fhir.models import Source
from salus.patients.access.labels import known
from salus.patients.models import Patient


class Raced(Exception):
    """Another process linked one of the ids at the same moment: everything has to be looked up again."""


TAKEN = "has a national number or passport of another patient who is here: join the two by hand"


class NotStored(Exception):
    """An entry of a transaction could not be stored."""


def store_bundle(act: Act, filed: Sequence[Filed], links: Mapping[Key, str], digest: str, *, careful: bool) -> None:
    """Store what is new, change what came in new words, and tell.

    :param careful: row by row, so that the entry which the database refuses is known (and gets the problem)
    :raises Raced: if one of the links was made by somebody else meanwhile
    """
    if not store.link(links.items()):
        raise Raced
    new = [one for one in filed if not one.is_update]
    if careful:
        for one in new:
            _store_alone(act, one)
    else:
        _store_new(act, new)
    for one in filed:
        if one.is_update:
            _change(act, one)
    stored = [one for one in filed if not one.entry.problems]
    if not stored:
        return
    patients = {UUID(str(one.patient_id)) for one in stored if one.patient_id}
    only = next(iter(patients)) if len(patients) == 1 else None
    announce(act, RecordImported(patient_id=only, file=digest, resources=len(stored)))
    access.write_log(act, dict.fromkeys(patients, "write"))


def _store_alone(act: Act, one: Filed) -> None:
    try:
        with transaction.atomic(), connection.wrap_database_errors:
            _store_new(act, [one])
    except NotStored:
        return
    except OperationalError:
        raise
    except DatabaseError as error:
        one.entry.problems.append(Problem(one.entry.place, f"the database refuses it ({describe(error)})"))


def describe(error: Exception) -> str:
    """What the database says, without the values that it quotes."""
    diagnosis = getattr(error.__cause__, "diag", None)
    where = getattr(diagnosis, "constraint_name", None) or getattr(diagnosis, "column_name", None)
    return " ".join(filter(None, (type(error.__cause__ or error).__name__, where)))


def _store_new(act: Act, new: Sequence[Filed]) -> None:
    tables: dict[Any, list[Row]] = {mapping.model: [] for mapping in MAPPINGS.values()}
    for one in new:
        if one.row is not None:
            tables.setdefault(one.model, []).append(one.row | {"recorded_by_id": act.by} | _labels(one))
    patients = {str(one.patient_id): one for one in new if one.model is Patient}
    try:
        people.store_patients(act, tables.pop(Patient), {key: one.identifiers for key, one in patients.items()})
    except people.NumberTaken as error:
        entry = patients[error.patient_id].entry
        entry.problems.append(Problem(entry.place, TAKEN))
        raise NotStored from None
    _state_once(tables[AllergyIntolerance])
    for model, rows in tables.items():
        store.copy_rows(model, rows)
    store.copy_rows(Source, [_source(act, one) for one in new])


def _labels(one: Filed) -> Row:
    """The labels that it came with, where its rows have such; an allergy is never hidden."""
    if one.model is AllergyIntolerance or not hasattr(one.model, "labels"):
        return {}
    return {"labels": labels_in(one.entry.resource)}


def _source(act: Act, one: Filed) -> Row:
    return {
        "id": one.entry.row_id,
        "type": one.entry.type,
        "facility_id": act.facility_id,
        "patient_id": one.patient_id,
        "recorded_by_id": act.by,
        "digests": [one.entry.digest],
        **_content(act, one),
    }


def _content(act: Act, one: Filed) -> Row:
    if one.files:
        return {"content": move_into_store(act, one.entry, UUID(str(one.patient_id)), one.files), "sealed": None}
    if one.entry.type in SEALED:
        sealed = crypto.seal("fhir_source", "sealed", UUID(one.entry.row_id), one.entry.content)
        return {"content": "", "sealed": sealed}
    return {"content": one.entry.content, "sealed": None}


def _change(act: Act, one: Filed) -> None:
    """The same resource in new words. What was changed here meanwhile is not overwritten."""
    linked = one.entry.linked
    assert linked is not None
    try:
        content = _content(act, one)
    except OtherPages:
        reason = "brings other files than before: the pages of a document do not change"
        one.entry.problems.append(Problem(one.entry.place, reason))
        return
    version: int | None = linked.row_version
    if one.row is not None and one.entry.type in MAPPINGS:
        row = _new_patient_columns(act, one) if one.entry.type == "Patient" else one.row
        if row is None:
            return
        changes = {name: value for name, value in row.items() if name not in ("id", "facility_id")}
        if labels := _labels(one).get("labels"):
            there = one.model.objects.filter(id=one.entry.row_id).values_list("labels", flat=True).first()
            changes["labels"] = known([*(there or ()), *labels])
        version = store.update_row(one.model, one.entry.row_id, changes, version=linked.row_version)
    if version is None:
        reason = "was changed here since it was received; what is here stands"
        one.entry.problems.append(Problem(one.entry.place, reason))
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE fhir_source SET content = %s, sealed = %s, row_version = %s, patient_id = %s, "
            "digests = digests || %s::bytea WHERE id = %s",
            [content["content"], content["sealed"], version, one.patient_id, one.entry.digest, one.entry.row_id],
        )


def _new_patient_columns(act: Act, one: Filed) -> Row | None:
    assert one.row is not None
    if _is_somebody_else(one.row):
        one.entry.problems.append(Problem(one.entry.place, "its id is another person's here: import with --source"))
        return None
    try:
        return people.changed_columns(act, one.row, one.identifiers)
    except people.NumberTaken:
        one.entry.problems.append(Problem(one.entry.place, TAKEN))
        return None


def _state_once(rows: list[Row]) -> None:
    """That no allergy is known is stated once for a patient; said again it stays in the record, without the mark."""
    stating = [row for row in rows if row.get("is_none_known")]
    if not stating:
        return
    stated = AllergyIntolerance.objects.filter(
        patient_id__in={row["patient_id"] for row in stating}, is_none_known=True, status="active", voided_at=None
    )
    seen = {str(patient) for patient in stated.values_list("patient_id", flat=True)}
    for row in stating:
        row["is_none_known"] = row["patient_id"] not in seen
        seen.add(row["patient_id"])


def _is_somebody_else(row: Row) -> bool:
    """Two systems may use one id for two people: family name and birth date both differ."""
    known = Patient.objects.filter(id=row["id"]).values_list("family", "birth_date").first()
    if known is None:
        return False
    family, born = known
    return bool(family.casefold() != row["family"].casefold() and str(born or "") != (row["birth_date"] or ""))
