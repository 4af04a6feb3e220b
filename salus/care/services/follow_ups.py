"""Planning that a patient comes again, taking it back, and what follow-ups learn of appointments and visits."""

from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from salus.care.facts import FollowUpMoved, FollowUpPlanned
from salus.care.models import FollowUp
from salus.care.models.follow_ups import BOOK_FOLLOW_UP
from salus.care.queries.days import day_of, today
from salus.care.rules.follow_ups import fits
from salus.chart.models import Note
from salus.chart.standing import standing
from salus.core.act import Act
from salus.core.announce import announce
from salus.core.errors import Conflict, Invalid, NotFound, Stale
from salus.encounters.models import Encounter
from salus.places.models import Department
from salus.staff.models import StaffMember

PLAN, FOLLOW = "care.plan_follow_up", "care.follow_referral"
_LONGEST = timedelta(days=3660)


class FollowUpOver(Conflict):
    """The patient has come already, or it is no longer needed."""


@transaction.atomic
def plan_follow_up(
    act: Act,
    *,
    patient_id: UUID,
    reason: str,
    due_on: date,
    department_id: UUID,
    practitioner_id: UUID | None = None,
    encounter_id: UUID | None = None,
    note_id: UUID | None = None,
    note: str = "",
) -> FollowUp:
    """Plan that a patient comes again by a day, from a visit or a note.

    :raises Invalid: without a reason, or for a day that is over or ten years away
    """
    act.require(PLAN)
    standing(act, patient_id, encounter_id)
    if not reason.strip():
        raise Invalid(reason=_("Say why the patient comes again."))
    if not timedelta() <= due_on - today(act) <= _LONGEST:
        raise Invalid(due_on=_("Choose a day from today on, within ten years."))
    _here(act, department_id, practitioner_id)
    if note_id and not Note.objects.of_patient(act, patient_id).valid().filter(id=note_id).exists():
        raise Invalid(note_id=_("Choose a signed note of this patient."))
    row = FollowUp(
        patient_id=patient_id,
        encounter_id=encounter_id,
        from_note_id=note_id,
        facility_id=act.here,
        department_id=department_id,
        practitioner_id=practitioner_id,
        display=reason.strip(),
        note=note.strip(),
        due_on=due_on,
        planned_at=act.at,
        planned_by_name=act.by_name,
        status_at=act.at,
        recorded_by_id=act.by,
    )
    row.save(force_insert=True)
    told = FollowUpPlanned(patient_id=patient_id, follow_up_id=row.id, due_on=due_on, department_id=department_id)
    announce(act, told)
    return row


@transaction.atomic
def cancel_follow_up(act: Act, *, follow_up_id: UUID, version: int, reason: str) -> FollowUp:
    """Say that a follow-up is not needed, and why.

    :raises FollowUpOver: if the patient has come, or it was cancelled
    """
    act.require_any(PLAN, BOOK_FOLLOW_UP)
    rows = FollowUp.objects.visible_to(act) if act.may(PLAN) else FollowUp.objects.at_the_desk(act)
    row = _lock(rows).get(id=follow_up_id)
    if row.version != version:
        raise Stale
    if row.status not in ("planned", "booked"):
        raise FollowUpOver
    if not reason.strip():
        raise Invalid(reason=_("Say why it is not needed."))
    row.cancel_reason = reason.strip()
    _to(act, row, "cancelled", "cancel_reason")
    return row


@transaction.atomic
def follow_up_booking(
    act: Act,
    *,
    patient_id: UUID,
    appointment_id: UUID,
    starts_at: datetime,
    department_id: UUID | None,
    practitioner_id: UUID | None,
) -> None:
    """The patient has a time there: the follow-up that is due first, if the time is about when it was planned."""
    act.require(FOLLOW)
    if FollowUp.objects.filter(appointment_id=appointment_id).exists():
        return
    for row in _lock(
        _there(patient_id, department_id, practitioner_id).filter(status="planned").order_by("due_on", "id")
    ):
        if fits(day_of(act, row.planned_at), row.due_on, day_of(act, starts_at)):
            row.appointment_id = appointment_id
            _to(act, row, "booked", "appointment")
            return


@transaction.atomic
def follow_up_cancellation(act: Act, *, appointment_id: UUID) -> None:
    """The time is gone: it is to be booked again."""
    act.require(FOLLOW)
    row = _lock(FollowUp.objects.filter(appointment_id=appointment_id, status="booked")).first()
    if row is not None:
        row.appointment_id = None
        _to(act, row, "planned", "appointment")


@transaction.atomic
def follow_up_visit(
    act: Act, *, patient_id: UUID, encounter_id: UUID, department_id: UUID | None, practitioner_id: UUID | None
) -> None:
    """The patient has come there, about when it was planned: done."""
    act.require(FOLLOW)
    began = Encounter.objects.filter(id=encounter_id).values("started_at")
    rows = _there(patient_id, department_id, practitioner_id).filter(planned_at__lte=began)
    rows = rows.filter(status__in=("planned", "booked"))
    for row in _lock(rows.exclude(encounter_id=encounter_id).order_by("id")):
        if fits(day_of(act, row.planned_at), row.due_on, today(act)):
            row.came_in_id = encounter_id
            _to(act, row, "done", "came_in")


def _there(patient_id: UUID, department_id: UUID | None, practitioner_id: UUID | None) -> QuerySet[FollowUp]:
    place = Q(department_id=department_id) | Q(practitioner_id=practitioner_id, practitioner__isnull=False)
    return FollowUp.objects.filter(place, patient_id=patient_id, voided_at=None)


def _lock(rows: QuerySet[FollowUp]) -> QuerySet[FollowUp]:
    return rows.select_for_update(no_key=True, of=("self",))


def _to(act: Act, row: FollowUp, then: str, *fields: str) -> None:
    row.status, row.status_at = then, act.at
    row.save(update_fields=["status", "status_at", *fields])
    announce(act, FollowUpMoved(patient_id=row.patient_id, follow_up_id=row.id, status=then))


def _here(act: Act, department_id: UUID, practitioner_id: UUID | None) -> None:
    here = {"facility_id": act.here, "retired_at": None}
    if not Department.objects.filter(id=department_id, **here).exists():
        raise NotFound
    if practitioner_id and not StaffMember.objects.filter(practitioner_id=practitioner_id, **here).exists():
        raise NotFound
