"""Filing a sheet of observations: several moments and several signs at once, anything with a LOINC code; and mending one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from salus.catalog.models import VitalSign
from salus.chart import rules
from salus.chart.facts import ObservationRecorded
from salus.chart.models import Observation
from salus.chart.observing import ObservationItem, record_observations
from salus.chart.queries.signs import impossible, in_own_unit, limits_of
from salus.chart.services.observations import AHEAD, record_vitals
from salus.chart.standing import Standing, standing
from salus.core.act import Act
from salus.core.announce import announce
from salus.core.errors import Conflict, Invalid, Stale
from salus.terminology.queries import loinc_names
from salus.terminology.rules import is_loinc
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
        others = _named(column.others)
        wrong = {f"other.{n}": words for n, one in enumerate(others) if (words := _mistake(one))}
        if wrong:
            raise Invalid(**wrong)
        filed = record_observations(act, [_item(act, patient_id, encounter_id, column.at, one) for one in others])
        announce(act, ObservationRecorded(patient_id=patient_id, observation_ids=tuple(row.id for row in filed)))
        rows += filed
    return rows


def _named(others: Sequence[Reading]) -> list[Reading]:
    """Each with the name that LOINC gives its code, where nobody wrote one and the hospital has loaded LOINC."""
    nameless = {one.code for one in others if not one.display.strip()}
    names = loinc_names(nameless) if nameless else {}
    return [replace(one, display=one.display.strip() or names.get(one.code, "")) for one in others]


def _mistake(one: Reading) -> str:
    if not is_loinc(one.code):
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
    row, who = _locked(act, patient_id, observation_id, version)
    if not reason.strip():
        raise Invalid(reason=_("Say why it was wrong."))
    if row.number is None:
        raise Invalid(number=_("This is no single number: mark it as wrong and write it down anew."))
    sign = VitalSign.objects.filter(loinc=row.code).first()
    judged = in_own_unit(number, sign, row.unit_code)
    if sign is not None and judged is not None and not rules.is_possible(judged, limits_of(sign)):
        raise Invalid(number=impossible(sign))
    index = _index_of(row)
    row.number, row.status, row.flag = number, "corrected", ""
    if row.low is not None or row.high is not None:
        row.flag = rules.flag_of(number, rules.Limits(usual_low=row.low, usual_high=row.high))
    elif sign is not None and judged is not None and row.unit_code != sign.unit and who.is_adult(row.at or act.at):
        row.flag = rules.flag_of(judged, limits_of(sign))  # in another unit no limits stand beside it
    _keep_corrected(act, row, reason)
    ids = [row.id]
    if index is not None and (reckoned := _reckoned(row)) is not None:
        index.number, index.status = reckoned, "corrected"
        _keep_corrected(act, index, reason)
        ids.append(index.id)
    announce(act, ObservationRecorded(patient_id=patient_id, observation_ids=tuple(ids)))
    return row


def _keep_corrected(act: Act, row: Observation, reason: str) -> None:
    row.note, row.recorded_by_id = f"{row.note}\n{reason.strip()}".strip(), act.by
    row.save(update_fields=["number", "status", "flag", "note", "recorded_by_id"])


@transaction.atomic
def void_observation(act: Act, *, patient_id: UUID, observation_id: UUID, version: int, reason: str) -> Observation:
    """Mark an observation as entered in error (the wrong patient); it stays, and no page reckons with it any more.

    :raises KeptElsewhere: for what a department or a program keeps
    :raises Invalid: without a reason
    :raises Stale: if somebody changed it since it was read
    """
    act.require("chart.record_vitals")
    row, _who = _locked(act, patient_id, observation_id, version)
    index = _index_of(row)
    gone = [row, *([index] if index is not None else [])]
    for one in gone:
        one.status = "entered-in-error"
        one.void(act, reason, "status")
    announce(act, ObservationRecorded(patient_id=patient_id, observation_ids=tuple(one.id for one in gone)))
    return row


def _index_of(row: Observation) -> Observation | None:
    """The body mass index that was reckoned from a weight or height when both were written down: it is as wrong as they are."""
    reckoned = _reckoned(row)
    if reckoned is None:
        return None
    found = _beside(row, rules.BMI).filter(number=reckoned)
    return found.select_for_update(no_key=True, of=("self",)).first()


def _reckoned(row: Observation) -> Decimal | None:
    """The body mass index of a weight or height with the other one of the same moment; None where there is no pair."""
    other = {rules.WEIGHT: rules.HEIGHT, rules.HEIGHT: rules.WEIGHT}.get(row.code)
    pair = _beside(row, other).order_by("-id").first() if other else None
    if pair is None:
        return None
    of = {one.loinc: one for one in VitalSign.objects.filter(loinc__in=(rules.WEIGHT, rules.HEIGHT))}
    said = {one.code: in_own_unit(one.number, of.get(one.code), one.unit_code) for one in (row, pair) if one.number}
    weight, height = said.get(rules.WEIGHT), said.get(rules.HEIGHT)
    return None if not weight or not height else rules.body_mass_index(weight, height)


def _beside(row: Observation, code: str) -> QuerySet[Observation]:
    """What was written down of a code in the same moment."""
    same = {"patient_id": row.patient_id, "encounter_id": row.encounter_id, "at": row.at, "source": None}
    return Observation.objects.valid().filter(code=code, **same)


def _locked(act: Act, patient_id: UUID, observation_id: UUID, version: int) -> tuple[Observation, Standing]:
    who = standing(act, patient_id)
    rows = Observation.objects.visible_to(act).valid().select_for_update(no_key=True, of=("self",))
    row = rows.get(id=observation_id, patient_id=patient_id)
    if row.version != version:
        raise Stale
    if not row.is_ours:
        raise KeptElsewhere
    return row, who
