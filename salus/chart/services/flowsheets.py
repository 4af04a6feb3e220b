"""Filing a sheet of observations: several moments and several signs at once, anything with a LOINC code; and mending one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from salus.catalog.models import VitalSign
from salus.chart import rules
from salus.chart.facts import ObservationRecorded
from salus.chart.models import Observation
from salus.chart.observing import ObservationItem, record_observations
from salus.chart.queries.signs import impossible, in_own_unit, limits_of
from salus.chart.services.observations import AHEAD, record_vitals
from salus.chart.standing import standing
from salus.core.act import Act
from salus.core.announce import announce
from salus.core.errors import Conflict, Invalid, Stale
from salus.terminology.ucum import is_unit


@dataclass(frozen=True, slots=True)
class Reading:
    """One observation by its LOINC code: a number with its UCUM unit, or words."""

    code: str
    display: str
    number: Decimal | None = None
    unit: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """What was observed at one moment: signs of the catalogue by code, the units of those in another one, and what else."""

    at: datetime
    values: Mapping[str, Decimal] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)
    others: Sequence[Reading] = ()


class KeptElsewhere(Conflict):
    """This value is kept by the department or program that made it: it is corrected there."""


@transaction.atomic
def record_flowsheet(
    act: Act,
    *,
    patient_id: UUID,
    encounter_id: UUID | None = None,
    columns: Sequence[Column],
    signs: Sequence[VitalSign] | None = None,
) -> list[Observation]:
    """File all columns of a sheet, or none of them.

    :raises Invalid: with the fields `<code>.<column>` (`other.<n>.<column>` for the others), as `record_vitals` names them
    """
    act.require("chart.record_vitals")
    wrong: dict[str, str] = {}
    rows: list[Observation] = []
    known = list(VitalSign.objects.all()) if signs is None else list(signs)
    if not any(one.values or one.others for one in columns):
        wrong["values"] = _("Write down at least one observation.")
    for place, one in enumerate(columns):
        try:
            rows += _record_column(act, patient_id, encounter_id, one, known)
        except Invalid as mistakes:
            wrong |= {f"{name}.{place}": words for name, words in mistakes.fields.items()}
    if wrong:
        raise Invalid(**wrong)
    return rows


def _record_column(
    act: Act, patient_id: UUID, encounter_id: UUID | None, column: Column, signs: Sequence[VitalSign]
) -> list[Observation]:
    of: dict[str, Any] = {"patient_id": patient_id, "encounter_id": encounter_id}
    rows = []
    if column.values:
        rows = record_vitals(act, **of, values=column.values, units=column.units, at=column.at, signs=signs)
    if column.others:
        standing(act, patient_id, encounter_id)
        if column.at > act.at + AHEAD:
            raise Invalid(at=_("This time has not come yet."))
        wrong = {f"other.{n}": words for n, one in enumerate(column.others) if (words := _mistake(one))}
        if wrong:
            raise Invalid(**wrong)
        filed = record_observations(
            act, [_item(act, patient_id, encounter_id, column.at, one) for one in column.others]
        )
        announce(act, ObservationRecorded(patient_id=patient_id, observation_ids=tuple(row.id for row in filed)))
        rows += filed
    return rows


def _mistake(one: Reading) -> str:
    if not rules.is_loinc(one.code):
        return _("%(code)s is no LOINC code.") % {"code": one.code[:20]}
    if not one.display.strip():
        return _("Say what was observed.")
    if one.number is None and not one.text.strip():
        return _("Write down the value.")
    if one.number is not None and not is_unit(one.unit):
        return _("%(unit)s is no unit of UCUM. Write mg/dL, mm[Hg], 10*9/L, or 1 where there is none.") % {
            "unit": one.unit[:20] or "–"
        }
    return ""


def _item(act: Act, patient_id: UUID, encounter_id: UUID | None, at: datetime, one: Reading) -> ObservationItem:
    said = {"number": one.number, "unit": rules.shown_unit(one.unit, one.unit), "unit_code": one.unit}
    return ObservationItem(
        patient_id=patient_id,
        encounter_id=encounter_id,
        code=one.code,
        display=one.display.strip(),
        category="exam",
        at=at,
        performer_id=act.practitioner_id,
        **(said if one.number is not None else {"text": one.text.strip()}),
    )


@transaction.atomic
def correct_observation(
    act: Act, *, patient_id: UUID, observation_id: UUID, version: int, number: Decimal, reason: str
) -> Observation:
    """Put another number in the place of one that was written down wrongly; pages show the old one struck out.

    :raises KeptElsewhere: for what a department or a program keeps
    :raises Invalid: without a reason, or for what is no number in the record
    :raises Stale: if somebody changed it since it was read
    """
    act.require("chart.record_vitals")
    row = _locked(act, patient_id, observation_id, version)
    if not reason.strip():
        raise Invalid(reason=_("Say why it was wrong."))
    if row.number is None:
        raise Invalid(number=_("This is no single number: mark it as wrong and write it down anew."))
    sign = VitalSign.objects.filter(loinc=row.code).first()
    judged = in_own_unit(number, sign, row.unit_code)
    if sign is not None and judged is not None and not rules.is_possible(judged, limits_of(sign)):
        raise Invalid(number=impossible(sign))
    row.number, row.status, row.flag = number, "corrected", ""
    if row.low is not None or row.high is not None:
        row.flag = rules.flag_of(number, rules.Limits(usual_low=row.low, usual_high=row.high))
    row.note, row.recorded_by_id = f"{row.note}\n{reason.strip()}".strip(), act.by
    row.save(update_fields=["number", "status", "flag", "note", "recorded_by_id"])
    announce(act, ObservationRecorded(patient_id=patient_id, observation_ids=(row.id,)))
    return row


@transaction.atomic
def void_observation(act: Act, *, patient_id: UUID, observation_id: UUID, version: int, reason: str) -> Observation:
    """Mark an observation as entered in error (the wrong patient); it stays, and no page reckons with it any more.

    :raises KeptElsewhere: for what a department or a program keeps
    :raises Invalid: without a reason
    :raises Stale: if somebody changed it since it was read
    """
    act.require("chart.record_vitals")
    row = _locked(act, patient_id, observation_id, version)
    if not reason.strip():
        raise Invalid(reason=_("Say why it was wrong."))
    row.status = "entered-in-error"
    row.voided_at, row.voided_by_id, row.void_reason = act.at, act.by, reason.strip()
    row.save(update_fields=["status", "voided_at", "voided_by_id", "void_reason"])
    announce(act, ObservationRecorded(patient_id=patient_id, observation_ids=(row.id,)))
    return row


def _locked(act: Act, patient_id: UUID, observation_id: UUID, version: int) -> Observation:
    standing(act, patient_id)
    rows = Observation.objects.visible_to(act).valid().select_for_update(no_key=True, of=("self",))
    row = rows.get(id=observation_id, patient_id=patient_id)
    if row.version != version:
        raise Stale
    if row.source:
        raise KeptElsewhere
    return row
