"""Filing what was observed: vital signs at the bedside, and final values that others hand over."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from salus.catalog.models import VitalSign
from salus.chart import rules
from salus.chart.facts import ObservationRecorded, VitalsRecorded
from salus.chart.models import Observation
from salus.chart.services.standing import Standing, WrongPatient, standing
from salus.core.act import Act
from salus.core.announce import announce
from salus.core.dates import PartialDate
from salus.core.errors import Invalid

#: A clock may be a little ahead of ours.
_AHEAD = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One observation to file; the fields are those of `chart.Observation`. `source` makes it repeatable."""

    code: str
    display: str
    source: str | None = None
    code_system: str = rules.LOINC
    codings: Any = None
    category: str = "laboratory"
    status: str = "final"
    value_type: str = ""
    number: Decimal | None = None
    comparator: str = ""
    unit: str = ""
    unit_code: str = ""
    value_code: str = ""
    text: str = ""
    value: str = ""
    components: str = ""
    absent_reason: str = ""
    flag: str = ""
    low: Decimal | None = None
    high: Decimal | None = None
    reference_text: str = ""
    effective: PartialDate | None = None
    at: datetime | None = None
    issued_at: datetime | None = None
    performer_id: UUID | None = None
    note: str = ""

    def filled(self) -> "Reading":
        """With its type of value and its time in both forms."""
        kind = self.value_type or ("Quantity" if self.number is not None else "string" if self.text else "")
        effective = self.effective or (PartialDate.of(self.at.replace(microsecond=0)) if self.at else None)
        at = self.at or (effective.start if effective else None)
        return replace(self, value_type=kind, effective=effective, at=at)

    def columns(self) -> dict[str, Any]:
        """Column -> value, without the source."""
        return {name: getattr(self, name) for name in _FIELDS}


_FIELDS = [name for name in Reading.__dataclass_fields__ if name != "source"]


@transaction.atomic
def record_vitals(
    act: Act,
    *,
    patient_id: UUID,
    encounter_id: UUID | None = None,
    values: Mapping[str, Decimal],
    at: datetime | None = None,
) -> list[Observation]:
    """File vital signs that were measured together; the two pressures become one panel, weight and height also a BMI.

    :param values: `catalog.VitalSign.code` -> number in that sign's unit
    :param at: when they were measured; now unless said
    :raises Invalid: for no value, an unknown sign, a value that no living patient has; the fields are the signs' codes
    """
    act.require("chart.record_vitals")
    at = at or act.at
    who = standing(act, patient_id, encounter_id)
    signs = {sign.code: sign for sign in VitalSign.objects.filter(code__in=values)}
    _refuse_impossible(values, signs, at, act.at)
    rows = [
        Observation(
            **reading.filled().columns(),
            patient_id=patient_id,
            encounter_id=encounter_id,
            recorded_by_id=act.by,
        )
        for reading in _as_readings(act, who, values, signs, at)
    ]
    Observation.objects.bulk_create(rows)
    ids = tuple(row.id for row in rows)
    announce(act, VitalsRecorded(patient_id=patient_id, observation_ids=ids, encounter_id=encounter_id))
    return rows


def limits_of(sign: VitalSign) -> rules.Limits:
    """The limits of a sign of the catalogue."""
    return rules.Limits(sign.possible_low, sign.possible_high, sign.usual_low, sign.usual_high)


def _refuse_impossible(
    values: Mapping[str, Decimal], signs: Mapping[str, VitalSign], at: datetime, now: datetime
) -> None:
    wrong: dict[str, str] = {}
    if not values:
        wrong["values"] = _("Write down at least one sign.")
    for code, value in values.items():
        sign = signs.get(code)
        if sign is None:
            wrong[code] = _("There is no such sign in the catalogue.")
        elif not rules.is_possible(value, limits_of(sign)):
            wrong[code] = impossible(sign)
    systolic, diastolic = values.get("systolic"), values.get("diastolic")
    if diastolic is not None and systolic is None:
        wrong["systolic"] = _("Write the upper value as well.")
    elif systolic is not None and diastolic is not None and systolic <= diastolic:
        wrong["diastolic"] = _("The lower value must be below the upper one.")
    if at > now + _AHEAD:
        wrong["at"] = _("This time has not come yet.")
    if wrong:
        raise Invalid(**wrong)


def impossible(sign: VitalSign) -> str:
    """The sentence beside a value that cannot be."""
    return _("Cannot be right: %(name)s lies between %(low)s and %(high)s %(unit)s.") % {
        "name": sign.name,
        "low": f"{sign.possible_low:f}" if sign.possible_low is not None else "–",
        "high": f"{sign.possible_high:f}" if sign.possible_high is not None else "–",
        "unit": sign.unit_text,
    }


def _as_readings(
    act: Act, who: Standing, values: Mapping[str, Decimal], signs: Mapping[str, VitalSign], at: datetime
) -> Iterable[Reading]:
    years = who.years(at.date())
    # The catalogue's usual ranges are an adult's: a child's pulse of 120 must not look high.
    is_adult = years is None or years >= rules.ADULT_YEARS
    for code, value in values.items():
        sign = signs[code]
        if sign.loinc == rules.SYSTOLIC:
            yield _pressure(act, values, signs, at, is_adult)
        elif sign.loinc != rules.DIASTOLIC:
            yield _sign(act, sign, value, at, is_adult)
    weight, height = values.get("weight"), values.get("height")
    if weight is not None and height is not None and "bmi" not in values:
        index = rules.body_mass_index(weight, height)
        yield _vital(act, rules.BMI, "Body mass index", at, number=index, unit="kg/m²", unit_code="kg/m2")


def _sign(act: Act, sign: VitalSign, value: Decimal, at: datetime, is_adult: bool) -> Reading:
    known = {"low": sign.usual_low, "high": sign.usual_high} if is_adult else {}
    flag = rules.flag_of(value, limits_of(sign)) if is_adult else ""
    words = {"number": value, "unit": sign.unit_text, "unit_code": sign.unit, "flag": flag}
    return _vital(act, sign.loinc, sign.name, at, **words, **known)


def _pressure(
    act: Act, values: Mapping[str, Decimal], signs: Mapping[str, VitalSign], at: datetime, is_adult: bool
) -> Reading:
    flags = {rules.flag_of(values[c], limits_of(signs[c])) for c in ("systolic", "diastolic") if c in values}
    flag = next((letter for letter in ("H", "L") if letter in flags), "") if is_adult else ""
    components = rules.pressure_components(values["systolic"], values.get("diastolic"))
    words = {"components": components, "unit": "mmHg", "unit_code": "mm[Hg]", "flag": flag}
    return _vital(act, rules.BLOOD_PRESSURE, "Blood pressure", at, **words)


def _vital(act: Act, code: str, display: str, at: datetime, **values: Any) -> Reading:
    return Reading(
        code=code, display=display, category="vital-signs", at=at, performer_id=act.practitioner_id, **values
    )


@transaction.atomic
def record_observations(
    act: Act, *, patient_id: UUID, encounter_id: UUID | None = None, readings: Sequence[Reading]
) -> list[Observation]:
    """File readings that were made final together; one with a known `source` corrects the row that it made before.

    What a reading said before a correction stays in the history. The same reading again changes nothing.
    :raises WrongPatient: if a source has already filed something for another patient
    """
    act.require("chart.record_observation")
    standing(act, patient_id, encounter_id)
    known = {
        row.source: row
        for row in Observation.objects.select_for_update(no_key=True).filter(
            source__in=[reading.source for reading in readings if reading.source]
        )
    }
    if any(row.patient_id != patient_id for row in known.values()):
        raise WrongPatient
    rows, changed = [], []
    for reading in readings:
        row, is_changed = _merged(act, known.get(reading.source or ""), reading.filled(), patient_id, encounter_id)
        rows.append(row)
        changed += [row] if is_changed else []
    if changed:
        Observation.objects.bulk_create(
            changed, update_conflicts=True, unique_fields=["source"], update_fields=[*_FIELDS, "encounter_id"]
        )
        ids = tuple(row.id for row in changed)
        announce(act, ObservationRecorded(patient_id=patient_id, observation_ids=ids))
    return rows


def _merged(
    act: Act, row: Observation | None, reading: Reading, patient_id: UUID, encounter_id: UUID | None
) -> tuple[Observation, bool]:
    values = reading.columns()
    if row is None:
        whose = {"patient_id": patient_id, "encounter_id": encounter_id, "recorded_by_id": act.by}
        return Observation(**values, **whose, source=reading.source), True
    before = {name: getattr(row, name) for name in _FIELDS}
    for name in _FIELDS:
        setattr(row, name, values[name])
    # 1.0 and 1.00 are equal numbers and different results
    is_same = all(str(before[name]) == str(values[name]) for name in _FIELDS)
    return row, not is_same


def record_observation(act: Act, *, patient_id: UUID, encounter_id: UUID | None = None, **reading: Any) -> Observation:
    """File one reading; the keywords are those of `Reading`. See `record_observations`."""
    readings = [Reading(**reading)]
    return record_observations(act, patient_id=patient_id, encounter_id=encounter_id, readings=readings)[0]
