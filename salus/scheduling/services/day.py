"""Acts of the day: who had an appointment is here, did not come, was seen."""

from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q

from salus.catalog.models import Service
from salus.core.act import Act
from salus.core.announce import announce
from salus.core.errors import Conflict
from salus.encounters import services as encounters
from salus.encounters.models import Encounter
from salus.scheduling.facts import AppointmentFulfilled, AppointmentMissed, PatientArrived
from salus.scheduling.holding import IsOver, locked
from salus.scheduling.models import BOOK, Appointment, note_change
from salus.scheduling.queries.plans import clock_of
from salus.scheduling.rules.calendar import is_due, minutes

FOLLOW = "scheduling.follow_visit"


class NotToday(Conflict):
    """This appointment is on another day. Move it to today, or check the patient in without it."""


class NotYet(Conflict):
    """The appointment has not begun: the patient may still come."""


@transaction.atomic
def check_in(act: Act, *, appointment_id: UUID, version: int) -> Encounter:
    """The patient is here: a visit begins as it was booked. Where one is open at that department, it is that one.

    An open visit that it joins is charged for it too, and whom else the patient comes to see cares for him or her as well.

    :raises NotToday: on another day where the facility is, and not within a few hours
    :raises IsOver: if the appointment is cancelled, or the patient is here already
    """
    act.require_for_some("encounters.start_encounter")
    appointment = locked(act, appointment_id, version, states=("booked", "noshow"))
    act.require_for(appointment.patient_id, "encounters.start_encounter")
    clock = clock_of(act)
    if not is_due(minutes(appointment.period.lower), minutes(act.at), clock):
        raise NotToday
    known = Service.objects.filter(code=appointment.service_code, is_active=True).exists()
    try:
        visit = encounters.start_encounter(
            act,
            patient_id=appointment.patient_id,
            department_id=appointment.department_id,
            practitioner_id=appointment.practitioner_id,
            service_code=appointment.service_code if known else "",
            reason=appointment.reason,
        )
    except encounters.AlreadyHere as there:
        visit = Encounter.objects.get(Q(id=there.encounter_id))
        _arrive(act, appointment, visit.id, joined=True, owes=_owed(appointment, visit) if known else "")
    else:
        _arrive(act, appointment, visit.id)
    return visit


def _owed(appointment: Appointment, visit: Encounter) -> str:
    """The kind of visit that an open visit was not begun with: another one, or the same once more for another appointment."""
    is_its_own = appointment.service_code == visit.service_code
    kept = Appointment.objects.filter(encounter_id=visit.id, voided_at=None).exclude(id=appointment.id)
    return "" if is_its_own and not kept.exists() else appointment.service_code


@transaction.atomic
def mark_missed(act: Act, *, appointment_id: UUID, version: int) -> Appointment:
    """Write down that the patient did not come.

    :raises NotYet: before it began
    :raises IsOver: if the patient came, or it was cancelled
    """
    act.require(BOOK)
    appointment = locked(act, appointment_id, version)
    if appointment.period.lower > act.at:
        raise NotYet
    _miss(act, appointment)
    return appointment


@transaction.atomic
def mark_all_missed(act: Act, *, before: object, most: int = 500) -> int:
    """Write down of everyone who was awaited until then that he or she did not come; returns how many.

    :param before: an instant: appointments that had ended by then
    """
    act.require(BOOK)
    late = Appointment.objects.visible_to(act).filter(status="booked", period__endswith__lte=before)
    rows = list(late.select_for_update(skip_locked=True, no_key=True, of=("self",))[:most])
    for one in rows:
        _miss(act, one)
    return len(rows)


def _miss(act: Act, appointment: Appointment) -> None:
    appointment.status, appointment.ended_at = "noshow", act.at
    appointment.save(update_fields=["status", "ended_at"])
    note_change(act, appointment, "missed")
    fact = AppointmentMissed(
        patient_id=appointment.patient_id,
        appointment_id=appointment.id,
        schedule_id=appointment.schedule_id,
        starts_at=appointment.period.lower,
    )
    announce(act, fact)


@transaction.atomic
def meet_appointment(act: Act, *, encounter_id: UUID) -> None:
    """A visit began without looking for an appointment: of that day's at that department the nearest in time is kept by it.

    A visit keeps one: where it has met its own, at whatever door, nothing happens. It may be over before this is said.
    """
    act.require(FOLLOW)
    visits = Encounter.objects.filter(id=encounter_id, facility_id=act.here, voided_at=None)
    visit = visits.exclude(status="cancelled").select_for_update(no_key=True).first()
    if visit is None or Appointment.objects.filter(encounter_id=encounter_id, voided_at=None).exists():
        return
    for one in _awaited_by(act, visit):
        try:
            _arrive(act, one, visit.id)
        except IsOver:
            continue
        if visit.status == "finished":
            _fulfil(act, one)
        return


def _awaited_by(act: Act, visit: Encounter) -> list[Appointment]:
    """The appointments of the visit's day or night that it may be for, the nearest in time first; locked."""
    came, clock = visit.arrived_at or act.at, clock_of(act)
    rows = Appointment.objects.filter(
        Q(department_id=visit.department_id),
        facility_id=act.here,
        patient_id=visit.patient_id,
        status__in=("booked", "noshow"),
        voided_at=None,
        period__startswith__range=(came - timedelta(days=2), came + timedelta(days=2)),
    )
    if visit.practitioner_id:
        rows = rows.filter(Q(practitioner_id=visit.practitioner_id) | Q(practitioner_id=None))
    locked_ones = rows.select_for_update(no_key=True, of=("self",)).order_by("id")
    found = [one for one in locked_ones if is_due(minutes(one.period.lower), minutes(came), clock)]
    return sorted(found, key=lambda one: abs(one.period.lower - came))


def _arrive(act: Act, appointment: Appointment, encounter_id: UUID, *, joined: bool = False, owes: str = "") -> None:
    appointment.status, appointment.encounter_id, appointment.ended_at = "arrived", encounter_id, None
    try:
        with transaction.atomic():
            appointment.save(update_fields=["status", "encounter", "ended_at"])
    except IntegrityError as error:
        # Who was missed and has another appointment at that time meanwhile comes for that one.
        raise IsOver from error
    note_change(act, appointment, "arrived")
    fact = PatientArrived(
        patient_id=appointment.patient_id,
        appointment_id=appointment.id,
        encounter_id=encounter_id,
        department_id=appointment.department_id,
        joined_by_id=appointment.practitioner_id if joined else None,
        service_code=owes,
    )
    announce(act, fact)


@transaction.atomic
def follow_visit(act: Act, *, encounter_id: UUID, is_seen: bool, but_for: Collection[UUID] = ()) -> None:
    """The visit of an appointment is over: the patient was seen, or is awaited again because the visit was cancelled.

    :param but_for: other appointments that it joined, for which the patient was not seen
    """
    act.require(FOLLOW)
    rows = Appointment.objects.filter(encounter_id=encounter_id, status="arrived").select_for_update(no_key=True)
    for one in rows:
        if is_seen and one.id not in but_for:
            _fulfil(act, one)
        else:
            one.status, one.encounter_id = "booked", None
            one.save(update_fields=["status", "encounter"])
            note_change(act, one, "waiting")


def _fulfil(act: Act, appointment: Appointment) -> None:
    appointment.status, appointment.ended_at = "fulfilled", act.at
    appointment.save(update_fields=["status", "ended_at"])
    note_change(act, appointment, "fulfilled")
    announce(act, AppointmentFulfilled(patient_id=appointment.patient_id, appointment_id=appointment.id))
