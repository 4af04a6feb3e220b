"""Vaccinations: given here, told of, not given, entered in error."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from salus.chart.facts import ImmunizationRecorded, ImmunizationVoided
from salus.chart.models import Immunization, Vaccine
from salus.chart.standing import Standing, has_come, lock_patient, standing
from salus.chart.vaccination import CVX
from salus.core.act import Act
from salus.core.announce import announce
from salus.core.dates import PartialDate
from salus.core.errors import Conflict, Invalid, Stale
from salus.ui import formatting


class AlreadyRecorded(Conflict):
    """This vaccine is recorded for this day already. Look at the list before you record it again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """How a vaccine was given; `performer_name` is for one who does not work here."""

    lot_number: str = ""
    expires_on: date | None = None
    manufacturer: str = ""
    dose: Decimal | None = None
    dose_unit: str = ""
    dose_number: int | None = None
    site: str = ""
    route: str = ""
    performer_id: UUID | None = None
    performer_name: str = ""
    is_primary: bool = True
    origin: str = ""


@transaction.atomic
def record_immunization(
    act: Act,
    *,
    patient_id: UUID,
    code: str,
    display: str = "",
    code_system: str = CVX,
    on: str,
    given: Given,
    note: str = "",
    encounter_id: UUID | None = None,
) -> Immunization:
    """Record a vaccine that was given, here or elsewhere.

    :param code: of the vaccine, or empty for one that `display` says in words
    :param on: when, as a FHIR date of any precision
    :raises AlreadyRecorded: if the same vaccine is recorded for the same day
    :raises Invalid: for a day before birth or to come, a lot that had expired, an unknown vaccine
    """
    act.require("chart.record_immunization")
    who = standing(act, patient_id, encounter_id)
    lock_patient(patient_id)
    day = _day(act, who, on)
    if given.expires_on is not None and given.expires_on < day.day:
        raise Invalid(expires_on=_("This lot had expired by then. Check the date on the vial."))
    row = Immunization(
        patient_id=patient_id,
        encounter_id=encounter_id,
        status=Immunization.COMPLETED,
        **_vaccine(code_system, code, display),
        occurrence=day,
        at=act.at if given.is_primary and day.day == formatting.local(act.at).date() else day.start,
        **{name: getattr(given, name) for name in Given.__dataclass_fields__},
        note=note.strip(),
        recorded_by_id=act.by,
    )
    if given.is_primary and not given.performer_name and given.performer_id is None:
        row.performer_id, row.performer_name = act.practitioner_id, act.by_name
    return _recorded(act, row)


@transaction.atomic
def record_not_given(
    act: Act,
    *,
    patient_id: UUID,
    code: str,
    display: str = "",
    code_system: str = CVX,
    on: str,
    reason_code: str,
    reason: str = "",
    encounter_id: UUID | None = None,
) -> Immunization:
    """Record that a vaccine was not given, and why; who is immune is not asked again.

    :param reason_code: one of `vaccination.REASONS`, or empty with words in `reason`
    :raises Invalid: without a reason
    """
    act.require("chart.record_immunization")
    who = standing(act, patient_id, encounter_id)
    lock_patient(patient_id)
    if not reason_code and not reason.strip():
        raise Invalid(reason=_("Say why it was not given."))
    day = _day(act, who, on)
    row = Immunization(
        patient_id=patient_id,
        encounter_id=encounter_id,
        status=Immunization.NOT_DONE,
        **_vaccine(code_system, code, display),
        occurrence=day,
        at=day.start,
        reason_code=reason_code,
        reason=reason.strip(),
        performer_id=act.practitioner_id,
        performer_name=act.by_name,
        recorded_by_id=act.by,
    )
    return _recorded(act, row)


def _vaccine(code_system: str, code: str, display: str) -> dict[str, str]:
    known = Vaccine.objects.filter(code=code).first() if code and code_system == CVX else None
    words = display.strip() or (known.name if known else "")
    if not words or (code and code_system == CVX and known is None and not display.strip()):
        raise Invalid(vaccine=_("Choose a vaccine from the list, or say which one it was."))
    return {"code_system": code_system if code else "", "code": code, "display": words}


def _day(act: Act, who: Standing, text: str) -> PartialDate:
    try:
        day = PartialDate.parse(text)
    except ValueError as error:
        raise Invalid(on=_("Write the date like 14-Mar-1964, Mar-1964 or 1964.")) from error
    if not has_come(day, act.at):
        raise Invalid(on=_("This date has not come yet."))
    if who.born_on is not None and len(str(day)) >= 10 and day.day < who.born_on:
        raise Invalid(on=_("This is before the patient was born."))
    return day


def _recorded(act: Act, row: Immunization) -> Immunization:
    same = Immunization.objects.valid().filter(patient_id=row.patient_id, status=row.status, occurrence=row.occurrence)
    if same.filter(code=row.code, display=row.display).exists():
        raise AlreadyRecorded
    row.save(force_insert=True)
    told: dict[str, Any] = {"immunization_id": row.id, "status": row.status, "encounter_id": row.encounter_id}
    announce(act, ImmunizationRecorded(patient_id=row.patient_id, **told))
    return row


@transaction.atomic
def void_immunization(act: Act, *, patient_id: UUID, immunization_id: UUID, version: int, reason: str) -> Immunization:
    """Mark a vaccination as entered in error; the row stays, with the reason.

    :raises Invalid: without a reason
    :raises Stale: if somebody changed it since it was read
    """
    act.require("chart.record_immunization")
    rows = Immunization.objects.visible_to(act).valid().select_for_update(no_key=True, of=("self",))
    row = rows.get(id=immunization_id, patient_id=patient_id)
    if row.version != version:
        raise Stale
    row.void(act, reason)
    announce(act, ImmunizationVoided(patient_id=patient_id, immunization_id=row.id))
    return row
