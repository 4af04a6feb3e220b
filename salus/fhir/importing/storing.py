"""The one transaction of a bundle: links, rows by COPY, changes one by one, the sources, the fact and the access log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import DataError, IntegrityError, connection, transaction

from salus.core import access, crypto
from salus.core.act import Act
from salus.core.announce import announce
from salus.fhir.checking import Problem
from salus.fhir.facts import RecordImported
from salus.fhir.importing import people, store
from salus.fhir.importing.keys import Key
from salus.fhir.importing.rows import Filed
from salus.fhir.mapping import MAPPINGS, SEALED
from salus.fhir.mapping.context import Row
from salus.fhir.models import Source
from salus.patients.models import Patient


class Raced(Exception):
    """Another process linked one of the ids at the same moment: everything has to be looked up again."""


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
        with transaction.atomic():
            _store_new(act, [one])
    except (IntegrityError, DataError) as error:
        name = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None) or ""
        reason = f"the database refuses it ({type(error.__cause__).__name__} {name})"
        one.entry.problems.append(Problem(one.entry.place, reason.replace(" )", ")")))


def _store_new(act: Act, new: Sequence[Filed]) -> None:
    tables: dict[Any, list[Row]] = {mapping.model: [] for mapping in MAPPINGS.values()}
    for one in new:
        if one.row is not None:
            tables.setdefault(one.model, []).append(one.row | {"recorded_by_id": act.by})
    people.store_patients(
        tables.pop(Patient), [(str(one.patient_id), one.identifiers) for one in new if one.identifiers]
    )
    for model, rows in tables.items():
        store.copy_rows(model, rows)
    store.copy_rows(Source, [_source(act, one) for one in new])


def _source(act: Act, one: Filed) -> Row:
    return {
        "id": one.entry.row_id,
        "type": one.entry.type,
        "facility_id": act.facility_id,
        "patient_id": one.patient_id,
        "recorded_by_id": act.by,
        "digests": [one.entry.digest],
        **_content(one),
    }


def _content(one: Filed) -> Row:
    if one.entry.type in SEALED:
        sealed = crypto.seal("fhir_source", "sealed", UUID(one.entry.row_id), one.entry.content)
        return {"content": "", "sealed": sealed}
    return {"content": one.entry.content, "sealed": None}


def _change(act: Act, one: Filed) -> None:
    """The same resource in new words. What was changed here meanwhile is not overwritten."""
    linked = one.entry.linked
    assert linked is not None
    version: int | None = linked.row_version
    if one.row is not None and one.entry.type in MAPPINGS:
        if one.entry.type == "Patient" and _is_somebody_else(one.row):
            one.entry.problems.append(Problem(one.entry.place, "its id is another person's here: import with --source"))
            return
        row = people.sealed(one.row) if one.entry.type == "Patient" else one.row
        changes = {name: value for name, value in row.items() if name not in ("id", "facility_id")}
        version = store.update_row(one.model, one.entry.row_id, changes, version=linked.row_version)
    if version is None:
        reason = "was changed here since it was received; what is here stands"
        one.entry.problems.append(Problem(one.entry.place, reason))
        return
    content = _content(one)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE fhir_source SET content = %s, sealed = %s, row_version = %s, patient_id = %s, "
            "digests = digests || %s::bytea WHERE id = %s",
            [content["content"], content["sealed"], version, one.patient_id, one.entry.digest, one.entry.row_id],
        )


def _is_somebody_else(row: Row) -> bool:
    """Two systems may use one id for two people: family name and birth date both differ."""
    known = Patient.objects.filter(id=row["id"]).values_list("family", "birth_date").first()
    if known is None:
        return False
    family, born = known
    return bool(family.casefold() != row["family"].casefold() and str(born or "") != (row["birth_date"] or ""))
