"""Writing problems and allergies through the acts of the chart."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from salus.chart import rules
from salus.chart import services as chart
from salus.chart.models import AllergyIntolerance, Condition
from salus.core.act import Act
from salus.core.dates import PartialDate
from salus.core.errors import Conflict
from salus.fhir.mapping.allergy import read as read_allergy
from salus.fhir.mapping.condition import read as read_condition
from salus.fhir.mapping.context import Context, Known, Row
from salus.fhir.serving.outcomes import FhirError
from salus.fhir.serving.referred import NOTHING_KNOWN, keep_patient_and_visit, read_referred
from salus.fhir.written import JSON, decode

#: the rooms' acts that these writers do
RIGHTS = frozenset({"chart.record_condition", "chart.record_allergy"})

_WRONG = "entered-in-error"
_REASON = "Told by another program"


def _columns(act: Act, kind: str, read: Callable[[JSON, Context], Row], resource: JSON, known: Known) -> Row:
    """The columns of a resource whose references are all here.

    :raises FhirError: 422 where it names what is not here, or no patient
    """
    named = [resource.get(name) for name in ("subject", "patient", "encounter", "recorder")]
    row = read_referred(act, kind, read, resource, named, known=known)
    return row | {
        "codings": _bare(decode(row["codings"])) if row["codings"] else None,
        "patient_id": UUID(row["patient_id"]),
        "encounter_id": UUID(row["encounter_id"]) if row["encounter_id"] else None,
        "recorder_id": UUID(row["recorder_id"]) if row.get("recorder_id") else act.practitioner_id,
        "recorded": PartialDate.parse(row["recorded"]) if row.get("recorded") else None,
    }


def _bare(value: Any) -> Any:
    """Without extensions: they may hold decimals, which a column of ours does not keep; the resource is kept beside."""
    if isinstance(value, dict):
        return {key: _bare(item) for key, item in value.items() if key not in ("extension", "modifierExtension")}
    return [_bare(item) for item in value] if isinstance(value, list) else value


def _when(row: Row) -> Row:
    """When it was written down elsewhere, where that is said."""
    return {name: row[name] for name in ("recorded", "recorded_at") if row.get("recorded")}


def _stays(row: Any, columns: Row) -> None:
    """An entry stays with its patient and visit, and what it is about."""
    keep_patient_and_visit(row, columns)
    if (columns["code_system"], columns["code"]) != (row.code_system, row.code):
        raise Conflict("What an entry is about does not change: mark it entered-in-error and create another.")


def _said_wrong(row: Any) -> bool:
    return row.voided_at is not None


# ---------------------------------------------------------------- Condition


def create_condition(act: Act, resource: JSON) -> UUID:
    columns = _columns(act, "Condition", read_condition, resource, NOTHING_KNOWN)
    if columns["verification"] == _WRONG:
        raise FhirError(422, "What is entered in error is not created.", expression="Condition.verificationStatus")
    return chart.record_condition(
        act,
        patient_id=columns["patient_id"],
        encounter_id=columns["encounter_id"],
        code_system=columns["code_system"],
        code=columns["code"],
        display=columns["display"] or columns["code"],
        onset=columns["onset"] or "",
        **_about_condition(columns),
        **_when(columns),
    ).id


def _about_condition(columns: Row) -> Row:
    said = {
        name: columns[name]
        for name in ("status", "verification", "category", "severity", "note", "codings", "recorder_id")
    }
    return said | {"abatement": PartialDate.parse(columns["abatement"]) if columns["abatement"] else None}


def update_condition(act: Act, resource: JSON, row: Condition) -> None:
    columns = _columns(act, "Condition", read_condition, resource, NOTHING_KNOWN)
    of: dict[str, Any] = {"patient_id": row.patient_id, "condition_id": row.id, "version": row.version}
    _stays(row, columns)
    if columns["verification"] == _WRONG:
        if not _said_wrong(row):
            chart.void_condition(act, **of, reason=columns["note"] or _REASON)
        return
    if columns["status"] != row.status and columns["status"] not in rules.CONDITION_MOVES.get(row.status, ()):
        raise Conflict(
            f"A problem that is {row.status or 'of no state'} does not become {columns['status'] or 'that'}."
        )
    chart.amend_condition(act, **of, onset=columns["onset"] or "", **_about_condition(columns))


# ---------------------------------------------------------------- AllergyIntolerance


def create_allergy(act: Act, resource: JSON) -> UUID:
    columns = _columns(act, "AllergyIntolerance", read_allergy, resource, Known.load())
    if columns["verification"] in (_WRONG, "refuted"):
        raise FhirError(
            422,
            "What is refuted or entered in error is not created.",
            expression="AllergyIntolerance.verificationStatus",
        )
    if columns["is_none_known"]:
        return _confirm_none(act, columns["patient_id"])
    row = chart.record_allergy(
        act,
        patient_id=columns["patient_id"],
        encounter_id=columns["encounter_id"],
        allergen_code=columns.get("allergen_code", ""),
        onset=columns["onset"] or "",
        kind=columns["kind"],
        **_about_allergy(columns),
        **_what_it_is(columns),
        **_when(columns),
    )
    if columns["status"] in ("inactive", "resolved"):
        change = {"status": columns["status"]} | _about_allergy(columns)
        chart.change_allergy(act, patient_id=row.patient_id, allergy_id=row.id, version=1, **change)
    return row.id


def _confirm_none(act: Act, patient_id: UUID) -> UUID:
    standing = AllergyIntolerance.objects.valid().filter(patient_id=patient_id, status="active", is_none_known=True)
    if standing.exists():
        raise Conflict("It is stated already that no allergy is known.")
    return chart.confirm_no_allergies(act, patient_id=patient_id).id


def _what_it_is(columns: Row) -> Row:
    named = ("code_system", "code", "codings", "categories", "ingredients", "allergy_groups")
    known = {name: columns[name] for name in named if columns.get(name)}
    return known | {"display": columns["display"] or columns["code"]}


def _about_allergy(columns: Row) -> Row:
    said = {name: columns[name] for name in ("criticality", "severity", "note", "recorder_id")}
    reactions = _bare(decode(columns["reactions"]))
    return said | {"verification": columns["verification"] or "unconfirmed", "told": reactions}


def update_allergy(act: Act, resource: JSON, row: AllergyIntolerance) -> None:
    columns = _columns(act, "AllergyIntolerance", read_allergy, resource, Known.load())
    of: dict[str, Any] = {"patient_id": row.patient_id, "allergy_id": row.id, "version": row.version}
    _stays(row, columns)
    reason = columns["note"] or _REASON
    if columns["verification"] == _WRONG:
        if not _said_wrong(row):
            chart.void_allergy(act, **of, reason=reason)
    elif columns["verification"] == "refuted":
        if row.verification != "refuted":
            chart.refute_allergy(act, **of, reason=reason)
    elif row.verification == "refuted":
        raise Conflict("An allergy that was refuted is recorded anew.")
    else:
        chart.change_allergy(act, **of, status=columns["status"] or row.status, **_about_allergy(columns))
