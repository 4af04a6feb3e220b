"""Acts of the patient, or of who stands for him: through the same services as the desk, within what the facility says."""

import json
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from salus.chart.models import Observation
from salus.core.act import Act
from salus.core.announce import announce
from salus.core.errors import Conflict, Invalid, NotFound
from salus.encounters.models import Encounter
from salus.patients.models import Patient
from salus.portal.contacts import contact_of
from salus.portal.facts import ContactChangeAsked, ResultReleased
from salus.portal.models import ContactChange, Release
from salus.portal.queries.settings import settings_of
from salus.portal.rules import limits as rules
from salus.scheduling.models import BOOK, Appointment
from salus.scheduling.services import booking, day

RELEASE = "portal.release_result"


class TooLateToChange(Conflict):
    """It is too late to change this appointment here. Please call us."""


class NotHereYet(Conflict):
    """You can check in shortly before the appointment, when you are here."""


class TooFarAhead(Invalid):
    """This day cannot be booked here yet."""


@transaction.atomic
def book(
    act: Act, *, patient_id: UUID, schedule_id: UUID, starts_at: datetime, service_code: str, reason: str = ""
) -> Appointment:
    """Give oneself, or whom one stands for, a free time.

    :raises TooManyBooked: if as many are open as the facility allows
    :raises TooFarAhead: beyond the days that it allows
    :raises CannotBook: if it is not free
    """
    act.require_for(patient_id, BOOK)
    known = settings_of(act)
    _within_reach(act, starts_at, known.days_ahead)
    # Two requests at one moment count each other: the patient's row is held until the act ends.
    held = Patient.objects.visible_to(act).select_for_update(no_key=True).filter(id=patient_id)
    if not held.exists():
        raise NotFound
    return booking.book_appointment(
        act,
        patient_id=patient_id,
        schedule_id=schedule_id,
        starts_at=starts_at,
        service_code=service_code,
        reason=reason,
        channel="portal",
        most_ahead=known.open_bookings,
    )


@transaction.atomic
def move(
    act: Act,
    *,
    appointment_id: UUID,
    version: int,
    schedule_id: UUID,
    starts_at: datetime,
    patient_id: UUID | None = None,
) -> Appointment:
    """Another free time in place of the one that was booked, until the facility's deadline.

    :param patient_id: whose page it was
    :raises WrongPatient: if it is another one's
    :raises TooLateToChange: after it
    """
    act.require_for_some(BOOK)
    known = settings_of(act)
    _within_reach(act, starts_at, known.days_ahead)
    return booking.move_appointment(
        act,
        appointment_id=appointment_id,
        version=version,
        schedule_id=schedule_id,
        starts_at=starts_at,
        patient_id=patient_id,
        guard=lambda one: _in_time(act, one, known.cancel_hours),
    )


@transaction.atomic
def cancel(act: Act, *, appointment_id: UUID, version: int) -> Appointment:
    """The patient will not come, and says so until the facility's deadline.

    :raises TooLateToChange: after it
    """
    act.require_for_some(BOOK)
    _in_time(act, _own(act, appointment_id), settings_of(act).cancel_hours)
    return booking.cancel_appointment(act, appointment_id=appointment_id, version=version, reason="pat")


@transaction.atomic
def check_in(act: Act, *, appointment_id: UUID, version: int) -> Encounter:
    """The patient says on the phone that he is here, shortly before the appointment.

    :raises NotHereYet: earlier, or when it is over
    """
    act.require_for_some("encounters.start_encounter")
    one = _own(act, appointment_id)
    minutes = settings_of(act).check_in_minutes
    if not rules.may_check_in(one.period.lower, one.period.upper, act.at, minutes):
        raise NotHereYet
    return day.check_in(act, appointment_id=appointment_id, version=version)


def _own(act: Act, appointment_id: UUID) -> Appointment:
    one = Appointment.objects.visible_to(act).filter(id=appointment_id).first()
    if one is None:
        raise NotFound
    return one


def _in_time(act: Act, one: Appointment, hours: int) -> None:
    if not rules.may_still_change(one.period.lower, act.at, hours):
        words = ngettext(
            "Until %(n)d hour before, an appointment can be changed here. Please call us.",
            "Until %(n)d hours before, an appointment can be changed here. Please call us.",
            hours,
        )
        raise TooLateToChange(words % {"n": hours})


def _within_reach(act: Act, starts_at: datetime, days: int) -> None:
    if starts_at > act.at + timedelta(days=days + 1):
        raise TooFarAhead


@transaction.atomic
def ask_contact_change(act: Act, *, patient_id: UUID, phone: str, email: str, address: str) -> ContactChange:
    """Say how one is reached now; the desk takes it over, or asks back. The newer wish replaces the one that waits.

    :raises Invalid: if nothing, or nothing that can be reached, was written
    """
    act.require_for(patient_id, "portal.ask_change")
    said: dict[str, Any] = {"address": address.strip()[:300]}
    said["phone"] = _reached(phone, "phone")
    said["email"] = _reached(email, "email")
    if not any(said.values()):
        raise Invalid(phone=_("Write what has changed."))
    row = ContactChange.objects.visible_to(act).select_for_update().filter(patient_id=patient_id, state="asked").first()
    row = row or ContactChange(patient_id=patient_id, facility_id=act.here, recorded_by_id=act.by)
    row.said = json.dumps(said)
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise Conflict from error
    announce(act, ContactChangeAsked(patient_id=patient_id, change_id=row.id))
    return row


def _reached(typed: str, kind: str) -> str:
    if not typed.strip():
        return ""
    contact = contact_of(typed, field=kind)
    if contact.kind != kind:
        raise Invalid(**{kind: _("This is something else.")})
    return contact.value


@transaction.atomic
def release_result(act: Act, *, patient_id: UUID, observation_id: UUID, is_shown: bool) -> Release:
    """Show a patient a result now, or hold it back until somebody has talked to him; a clinician's word, the last one counts."""
    act.require(RELEASE)
    found = Observation.objects.visible_to(act).filter(category="laboratory", voided_at=None)
    one = found.filter(id=observation_id, patient_id=patient_id).first()
    if one is None:
        raise NotFound
    row = Release.objects.select_for_update().filter(observation_id=observation_id).first()
    row = row or Release(observation_id=observation_id, patient_id=one.patient_id, recorded_by_id=act.by)
    row.is_shown, row.said_at, row.said_by_name = is_shown, act.at, act.by_name
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise Conflict from error  # another clinician has just said something of it
    announce(act, ResultReleased(patient_id=one.patient_id, observation_id=observation_id, is_shown=is_shown))
    return row
