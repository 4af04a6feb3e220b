"""Filing what was observed: vital signs at the bedside, and final values that others hand over."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
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
from salus.chart.observing import CHANGES, ObservationItem, record_observations, row_of
from salus.chart.queries.signs import impossible, in_own_unit, limits_of
from salus.chart.standing import Standing, WrongPatient, standing
from salus.core.act import Act
from salus.core.announce import announce
from salus.core.errors import Invalid, Stale

#: A clock may be a little ahead of ours.
AHEAD = timedelta(minutes=5)


@transaction.atomic
def record_vitals(
    act: Act,
    *,
    patient_id: UUID,
    encounter_id: UUID | None = None,
    values: Mapping[str, Decimal],
    at: datetime | None = None,
    signs: Iterable[VitalSign] | None = None,
    units: Mapping[str, str] | None = None,
    who: Standing | None = None,
) -> list[Observation]:
    """File vital signs that were measured together; the two pressures become one panel, weight and height also a BMI.

    :param values: `catalog.VitalSign.code` -> number in that sign's unit
    :param units: UCUM units of those that were measured in another one: they are kept as measured, and judged converted
    :param at: when they were measured; now unless said
    :param signs: the catalogue's signs, where they were just read
    :param who: the patient, where he or she was just read with this visit
    :raises Invalid: for no value, an unknown sign, a value that no living patient has; the fields are the signs' codes
    """
    act.require("chart.record_vitals")
    at = at or act.at
    who = who or standing(act, patient_id, encounter_id)
    known = {one.code: one for one in (VitalSign.objects.filter(code__in=values) if signs is None else signs)}
    measured = {
        code: in_own_unit(value, known.get(code), (units or {}).get(code, "")) for code, value in values.items()
    }
    _refuse_impossible(measured, known, at, act.at)
    visit = _Visit(act, who, encounter_id, at, {code: (values[code], unit) for code, unit in (units or {}).items()})
    judged = {code: value for code, value in measured.items() if value is not None}
    rows = record_observations(act, list(_as_items(visit, judged, known)))
    ids = tuple(row.id for row in rows)
    announce(act, VitalsRecorded(patient_id=patient_id, observation_ids=ids, encounter_id=encounter_id))
    return rows


def _refuse_impossible(
    values: Mapping[str, Decimal | None], signs: Mapping[str, VitalSign], at: datetime, now: datetime
) -> None:
    wrong: dict[str, str] = {}
    if not values:
        wrong["values"] = _("Write down at least one sign.")
    for code, value in values.items():
        sign = signs.get(code)
        if sign is None:
            wrong[code] = _("There is no such sign in the catalogue.")
        elif value is None:
            wrong[code] = _("%(name)s is not measured in this unit.") % {"name": sign.name}
        elif not rules.is_possible(value, limits_of(sign)):
            wrong[code] = impossible(sign)
    systolic, diastolic = values.get("systolic"), values.get("diastolic")
    if diastolic is not None and systolic is None:
        wrong["systolic"] = _("Write the upper value as well.")
    elif systolic is not None and diastolic is not None and systolic <= diastolic:
        wrong["diastolic"] = _("The lower value must be below the upper one.")
    if at > now + AHEAD:
        wrong["at"] = _("This time has not come yet.")
    if wrong:
        raise Invalid(**wrong)


@dataclass(frozen=True, slots=True)
class _Visit:
    """When and of whom signs were taken."""

    act: Act
    who: Standing
    encounter_id: UUID | None
    at: datetime
    #: sign -> the number and unit that were written, where that is not the sign's own
    written: Mapping[str, tuple[Decimal, str]] = field(default_factory=dict)

    @property
    def is_adult(self) -> bool:
        return self.who.is_adult(self.at)

    def item(self, code: str, display: str, **values: Any) -> ObservationItem:
        return ObservationItem(
            patient_id=self.who.patient_id,
            encounter_id=self.encounter_id,
            code=code,
            display=display,
            category="vital-signs",
            at=self.at,
            performer_id=self.act.practitioner_id,
            **values,
        )


def _as_items(
    visit: _Visit, values: Mapping[str, Decimal], signs: Mapping[str, VitalSign]
) -> Iterable[ObservationItem]:
    for code, value in values.items():
        if signs[code].loinc == rules.SYSTOLIC:
            yield _pressure(visit, values, signs)
        elif signs[code].loinc != rules.DIASTOLIC:
            yield _sign(visit, signs[code], value)
    weight, height = values.get("weight"), values.get("height")
    if weight is not None and height is not None and "bmi" not in values:
        index = rules.body_mass_index(weight, height)
        yield visit.item(rules.BMI, "Body mass index", number=index, unit="kg/m²", unit_code="kg/m2")


def _sign(visit: _Visit, sign: VitalSign, value: Decimal) -> ObservationItem:
    # The catalogue's usual ranges are an adult's: a child's pulse of 120 must not look high.
    judged = {"low": sign.usual_low, "high": sign.usual_high, "flag": rules.flag_of(value, limits_of(sign))}
    known = judged if visit.is_adult else {}
    number, unit = visit.written.get(sign.code, (value, sign.unit))
    if unit != sign.unit:  # the limits are in the sign's unit: beside another one they would lie
        known = {"flag": known["flag"]} if known else {}
    shown = sign.unit_text if unit == sign.unit else rules.shown_unit(unit, unit)
    return visit.item(sign.loinc, sign.name, number=number, unit=shown, unit_code=unit, **known)


def _pressure(visit: _Visit, values: Mapping[str, Decimal], signs: Mapping[str, VitalSign]) -> ObservationItem:
    flags = {rules.flag_of(values[c], limits_of(signs[c])) for c in ("systolic", "diastolic") if c in values}
    flag = next((letter for letter in ("H", "L") if letter in flags), "") if visit.is_adult else ""
    components = rules.pressure_components(values["systolic"], values.get("diastolic"))
    words = {"components": components, "unit": "mmHg", "unit_code": "mm[Hg]", "flag": flag}
    return visit.item(rules.BLOOD_PRESSURE, "Blood pressure", **words)


@transaction.atomic
def record_observation(
    act: Act,
    *,
    patient_id: UUID,
    encounter_id: UUID | None = None,
    source: str | None = None,
    code: str,
    display: str,
    at: datetime | None = None,
    category: str = "laboratory",
    version: int | None = None,
    **reading: Any,
) -> Observation:
    """File one reading of a program or a person; the other keywords are those of `ObservationItem`.

    A known `source` corrects the row that it made before: what it said stays in the history. The same reading again
    changes nothing.
    :param version: of the row that the source made, where somebody has read it
    :raises WrongPatient: if the source has already filed something for another patient
    :raises Stale: if somebody changed the row since that version
    """
    act.require("chart.record_observation")
    standing(act, patient_id, encounter_id)
    item = ObservationItem(
        patient_id=patient_id,
        encounter_id=encounter_id,
        source=source,
        code=code,
        display=display,
        at=at,
        category=category,
        **reading,
    )
    known = Observation.objects.select_for_update(no_key=True).filter(source=source).first() if source else None
    if known is not None and known.patient_id != patient_id:
        raise WrongPatient
    if version is not None and (known is None or known.version != version):
        raise Stale
    if known is not None and _same(known, row_of(act, item)):
        return known
    (row,) = record_observations(act, [item])
    row.id = known.id if known else row.id
    announce(act, ObservationRecorded(patient_id=patient_id, observation_ids=(row.id,)))
    return row


def _same(known: Observation, row: Observation) -> bool:
    # 1.0 and 1.00 are equal numbers and different results
    return all(str(getattr(known, name)) == str(getattr(row, name)) for name in CHANGES)
