"""Observation <-> chart.Observation."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from salus.chart.models import Observation
from salus.fhir.mapping import params
from salus.fhir.mapping.base import Mapping
from salus.fhir.mapping.concepts import (
    CLINICAL,
    UCUM,
    code_of,
    concept_columns,
    concept_json,
    concept_of,
    exact,
    first_instant,
    instant_text,
    notes_json,
    notes_text,
    one_code,
    quantity_json,
    reference_to,
    without_empty,
)
from salus.fhir.mapping.context import Context, Row
from salus.fhir.written import JSON, encode_text, plain, same

#: the beginning of `source` of rows that came as FHIR; every other one is kept by the department that made it
FILED_AS = "fhir.observation:"
CATEGORY = f"{CLINICAL}observation-category"
INTERPRETATION = f"{CLINICAL}v3-ObservationInterpretation"
ABSENT = f"{CLINICAL}data-absent-reason"


def read(resource: JSON, context: Context) -> Row:
    effective = _effective(resource)
    issued = resource.get("issued")
    return {
        "patient_id": context.patient(resource, "subject"),
        "encounter_id": context.row(resource.get("encounter"), "Encounter"),
        "status": resource["status"],
        **concept_columns(resource.get("code")),
        "category": code_of(resource.get("category")),
        **value_columns(resource),
        "components": encode_text(resource["component"]) if "component" in resource else "",
        "absent_reason": code_of(resource.get("dataAbsentReason")),
        "flag": code_of(resource.get("interpretation")),
        **_range_columns(resource.get("referenceRange")),
        "effective": effective,
        "at": first_instant(effective),
        "issued_at": first_instant(issued),
        "performer_id": next(filter(None, map(context.practitioner, resource.get("performer") or ())), None),
        "members": context.rows(resource.get("hasMember"), "Observation"),
        "note": notes_text(resource.get("note")),
    }


def _effective(resource: JSON) -> str | None:
    period = resource.get("effectivePeriod") or {}
    timing = resource.get("effectiveTiming") or {}
    events = timing.get("event") or [None]
    said: str | None = resource.get("effectiveDateTime") or resource.get("effectiveInstant")
    return said or period.get("start") or period.get("end") or events[0]


def _range_columns(ranges: Any) -> Row:
    first = (ranges or [{}])[0]
    low, high = (first.get(side, {}).get("value") for side in ("low", "high"))
    return {
        "low": Decimal(low) if low is not None else None,
        "high": Decimal(high) if high is not None else None,
        "reference_text": first.get("text", ""),
    }


# ---------------------------------------------------------------- value[x]


#: `valueString` is of the type `string`
_PRIMITIVES = {one[0].upper() + one[1:]: one for one in ("boolean", "dateTime", "integer", "string", "time")}


def value_columns(resource: JSON) -> Row:
    """The columns of `value[x]`; `value` holds the whole where the others would say less than was written."""
    key = next((k for k in resource if k.startswith("value") and k != "value"), "")
    if not key:
        return {"value_type": ""}
    kind, value = _PRIMITIVES.get(key[len("value") :], key[len("value") :]), resource[key]
    columns: Row = {"value_type": kind}
    if kind in _COLUMNS:
        columns |= _COLUMNS[kind](value)
    if kind not in _WRITERS or not same(_WRITERS[kind](_Like(columns)), value):
        columns["value"] = encode_text(value)
    return columns


class _Like:
    """Columns read as a row, to see what it would say."""

    def __init__(self, columns: Row) -> None:
        self._columns = columns

    def __getattr__(self, name: str) -> Any:
        return self._columns.get(name, None if name in ("number", "low", "high") else "")


def _quantity_columns(value: JSON) -> Row:
    number = value.get("value")
    return {
        "number": Decimal(number) if number is not None else None,
        "comparator": value.get("comparator", ""),
        "unit": value.get("unit", ""),
        "unit_code": value.get("code", "") if value.get("system") == UCUM else "",
    }


def _concept_value_columns(value: JSON) -> Row:
    columns = concept_columns(value)
    return {"value_code": columns["code"], "text": columns["display"]}


_COLUMNS: dict[str, Callable[[Any], Row]] = {
    "Quantity": _quantity_columns,
    "CodeableConcept": _concept_value_columns,
    "string": lambda value: {"text": value},
    "integer": lambda value: {"number": Decimal(value)},
}

_WRITERS: dict[str, Callable[[Any], Any]] = {
    "Quantity": lambda row: quantity_json(row.number, row.unit, row.unit_code, row.comparator),
    "CodeableConcept": lambda row: concept_json("", row.value_code, row.text),
    "string": lambda row: row.text,
    "integer": lambda row: plain(row.number),
}


def _value(row: Any) -> JSON:
    if not row.value_type:
        return {}
    key = f"value{row.value_type[0].upper()}{row.value_type[1:]}"
    if row.value:
        return {key: exact(row.value)}
    writer = _WRITERS.get(row.value_type)
    value = writer(row) if writer else None
    return {key: value} if value not in (None, "", {}) else {}


# ---------------------------------------------------------------- out


def write(row: Observation) -> JSON:
    return without_empty(
        {
            "resourceType": "Observation",
            "id": str(row.id),
            "status": "entered-in-error" if row.voided_at else row.status or "unknown",
            "category": [one_code(CATEGORY, row.category)] if row.category else [],
            "code": concept_of(row),
            "subject": reference_to("Patient", row.patient_id),
            "encounter": reference_to("Encounter", row.encounter_id),
            "effectiveDateTime": str(row.effective) if row.effective else instant_text(row.at),
            "issued": instant_text(row.issued_at),
            "performer": [reference_to("Practitioner", row.performer_id)] if row.performer_id else [],
            **_value(row),
            "dataAbsentReason": one_code(ABSENT, row.absent_reason) if row.absent_reason else None,
            "interpretation": [one_code(INTERPRETATION, row.flag)] if row.flag else [],
            "note": notes_json(row.note),
            "referenceRange": _range(row),
            "hasMember": [reference_to("Observation", one) for one in row.members],
            "component": exact(row.components) if row.components else [],
        }
    )


def _range(row: Any) -> list[JSON]:
    def side(number: Decimal | None) -> JSON | None:
        return quantity_json(number, row.unit, row.unit_code) if number is not None else None

    said = without_empty({"low": side(row.low), "high": side(row.high), "text": row.reference_text})
    return [said] if said else []


MAPPING = Mapping(
    type="Observation",
    model=Observation,
    read=read,
    write=write,
    params=(
        *params.patient(),
        params.reference("encounter", "encounter_id", "Encounter"),
        params.reference("performer", "performer_id", "Practitioner"),
        params.reference("has-member", "members", "Observation", array=True),
        params.code(),
        params.token("category", "category", fixed=CATEGORY),
        params.token("status", "status"),
        params.token("value-concept", "value_code"),
        params.token("data-absent-reason", "absent_reason", fixed=ABSENT),
        params.date("date", "effective", "at"),
        params.Param(name="value-quantity", kind="quantity", column="number", unit="unit_code"),
    ),
)
