"""Courses of sessions: begun, each session given or not, ended."""

from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from salus.care.courses import check_course
from salus.care.facts import SessionDone, SessionVoided, TreatmentEnded, TreatmentStarted
from salus.care.models import Session, Treatment
from salus.care.queries.days import today
from salus.care.queries.templates import template_source
from salus.care.rules.treatments import is_complete, planned_days, progress
from salus.chart.models import CarePlan
from salus.chart.standing import standing
from salus.core.act import Act
from salus.core.announce import announce
from salus.core.errors import Conflict, Invalid, NotFound
from salus.orders.models import Order
from salus.orders.rules import OPEN_STATUSES
from salus.places.models import Department

#: nobody plans sessions, or writes them down, further away
FAR = timedelta(days=3660)
ORDER, GIVE = "care.order_treatment", "care.give_session"


class AlreadyDone(Conflict):
    """This session was given, or written down as not given, already. Look at who did it."""


class NotUnderWay(Conflict):
    """This treatment is completed or stopped."""


class OnHold(Conflict):
    """What this treatment was ordered by is on hold: nothing is given until it is resumed."""


class NotToVoid(Conflict):
    """Only what was written down as given or not given is voided, and once."""


class OrderTaken(Conflict):
    """A treatment was begun for this order already, or it is done or stopped."""


@transaction.atomic
def start_treatment(
    act: Act,
    *,
    patient_id: UUID,
    what: str,
    sessions: int,
    first_on: date,
    every_days: int,
    department_id: UUID,
    dose: Decimal | None = None,
    dose_unit: str = "",
    plan_id: UUID | None = None,
    order_id: UUID | None = None,
    encounter_id: UUID | None = None,
    note: str = "",
    template_id: UUID | None = None,
    template_version: int = 0,
) -> Treatment:
    """Order a course of so many sessions, so many days apart; `dose` `dose_unit` (UCUM) is that of each.

    :param order_id: the procedure or nursing that it carries out; it is completed with the last session
    :param template_id: the template of the house that it was begun from, and which version of it
    :raises OrderTaken: if another treatment carries that order out, or it is done or stopped
    :raises Invalid: for what cannot be, by field
    """
    act.require(ORDER)
    standing(act, patient_id, encounter_id)
    check_course(what, sessions, every_days, dose, dose_unit)
    if abs(first_on - today(act)) > FAR:
        raise Invalid(first_on=_("Choose a day within ten years."))
    if not Department.objects.filter(id=department_id, facility_id=act.here, retired_at=None).exists():
        raise NotFound
    if plan_id and not CarePlan.objects.of_patient(act, patient_id).valid().filter(id=plan_id).exists():
        raise NotFound
    if order_id:
        _check_order(act, patient_id, order_id)
    treatment = Treatment(
        patient_id=patient_id,
        encounter_id=encounter_id,
        department_id=department_id,
        plan_id=plan_id,
        order_id=order_id,
        display=what.strip(),
        instantiates=template_source(act, template_id, template_version, "treatment"),
        planned_sessions=sessions,
        dose=dose,
        dose_unit=dose_unit,
        note=note.strip(),
        ordered_at=act.at,
        ordered_by_name=act.by_name,
        recorded_by_id=act.by,
    )
    treatment.save(force_insert=True)
    days = enumerate(planned_days(first_on, every_days, sessions), start=1)
    Session.objects.bulk_create(
        Session(treatment=treatment, number=number, planned_on=day, recorded_by_id=act.by) for number, day in days
    )
    told = TreatmentStarted(
        patient_id=patient_id, treatment_id=treatment.id, sessions=sessions, department_id=department_id
    )
    announce(act, told)
    return treatment


@transaction.atomic
def give_session(
    act: Act, *, session_id: UUID, dose: Decimal | None = None, dose_unit: str = "", note: str = ""
) -> Session:
    """Write down that a session was given, once: of two who do it at once the second is told who has done it.

    :param dose: what was given, where it is not the treatment's
    :raises AlreadyDone: if it was given or not given already
    :raises NotUnderWay: if the treatment is over
    """
    act.require(GIVE)
    treatment, session = _locked(act, session_id)
    if dose is not None and dose <= 0:
        raise Invalid(dose=_("Write a dose above 0."))
    own = (dose, dose_unit or treatment.dose_unit) if dose is not None else (treatment.dose, treatment.dose_unit)
    session.dose, session.dose_unit = own
    session.note = note.strip()
    _done(act, treatment, session, "given")
    _end_if_over(act, treatment)
    return session


@transaction.atomic
def skip_session(act: Act, *, session_id: UUID, reason: str, again_on: date | None = None) -> Session:
    """Write down that a session was not given, and why; `again_on` plans another one for it.

    :raises Invalid: without a reason, or for a day that is over
    :raises AlreadyDone: if it was given or not given already
    """
    act.require(GIVE)
    treatment, session = _locked(act, session_id)
    if not reason.strip():
        raise Invalid(reason=_("Say why it was not given."))
    if again_on is not None and not timedelta() <= again_on - today(act) <= FAR:
        raise Invalid(again_on=_("Choose a day from today on, within ten years."))
    session.reason = reason.strip()
    _done(act, treatment, session, "not-given")
    if again_on is not None:
        last = treatment.sessions.order_by("-number").values_list("number", flat=True)[0]
        another = Session(treatment=treatment, number=last + 1, planned_on=again_on, recorded_by_id=act.by)
        another.save(force_insert=True)
    _end_if_over(act, treatment)
    return session


@transaction.atomic
def stop_treatment(act: Act, *, treatment_id: UUID, reason: str) -> Treatment:
    """End a course before all its sessions were given, and say why."""
    act.require(ORDER)
    rows = Treatment.objects.visible_to(act).valid().select_for_update(no_key=True, of=("self",))
    treatment = rows.get(id=treatment_id)
    if treatment.status != "active":
        raise NotUnderWay
    if not reason.strip():
        raise Invalid(reason=_("Say why it is stopped."))
    treatment.end_reason = reason.strip()
    _end(act, treatment, "stopped")
    return treatment


def _check_order(act: Act, patient_id: UUID, order_id: UUID) -> None:
    rows = Order.objects.of_patient(act, patient_id).filter(
        id=order_id, kind__in=("procedure", "nursing"), voided_at=None
    )
    order = rows.select_for_update(no_key=True, of=("self",)).first()
    if order is None:
        raise NotFound
    if order.status not in OPEN_STATUSES or Treatment.objects.filter(order=order).exists():
        raise OrderTaken


@transaction.atomic
def void_session(act: Act, *, session_id: UUID, reason: str) -> Session:
    """Say that a session was not so written, and plan another one for it today; a course that it had ended goes on,
    and so does the order that the course had completed.

    :raises NotToVoid: if nothing was written down yet, or it was voided already
    :raises Invalid: without a reason
    """
    act.require(GIVE)
    if not reason.strip():
        raise Invalid(reason=_("Say what was wrong."))
    rows = Treatment.objects.visible_to(act).valid().filter(sessions=session_id)
    treatment = rows.select_for_update(no_key=True, of=("self",)).get()
    session = Session.objects.select_for_update(no_key=True).get(id=session_id)
    if session.status == "planned" or session.voided_at:
        raise NotToVoid
    session.void(act, reason)
    reopens = treatment.status != "active" and treatment.ended_at == session.done_at
    if reopens:
        treatment.status, treatment.ended_at, treatment.end_reason = "active", None, ""
        treatment.save(update_fields=["status", "ended_at", "end_reason"])
    if treatment.status == "active":
        last = treatment.sessions.order_by("-number").values_list("number", flat=True)[0]
        another = Session(treatment=treatment, number=last + 1, planned_on=today(act), recorded_by_id=act.by)
        another.save(force_insert=True)
    ids = {"treatment_id": treatment.id, "session_id": session.id, "department_id": treatment.department_id}
    told = SessionVoided(patient_id=treatment.patient_id, reopens=reopens, order_id=treatment.order_id, **ids)
    announce(act, told)
    return session


def _locked(act: Act, session_id: UUID) -> tuple[Treatment, Session]:
    """The treatment first, then its session: two sessions of one course are done one after the other."""
    rows = Treatment.objects.visible_to(act).valid().filter(sessions=session_id)
    treatment = rows.select_for_update(no_key=True, of=("self",)).get()
    session = Session.objects.select_for_update(no_key=True).get(id=session_id)
    if session.status != "planned":
        raise AlreadyDone
    if treatment.status != "active":
        raise NotUnderWay
    if treatment.order_id and Order.objects.filter(id=treatment.order_id, status="on-hold").exists():
        raise OnHold
    return treatment, session


def _done(act: Act, treatment: Treatment, session: Session, status: str) -> None:
    session.status, session.done_at, session.done_by_id, session.done_by_name = status, act.at, act.by, act.by_name
    session.save(
        update_fields=["status", "done_at", "done_by_id", "done_by_name", "dose", "dose_unit", "reason", "note"]
    )
    ids = {"treatment_id": treatment.id, "session_id": session.id, "department_id": treatment.department_id}
    announce(act, SessionDone(patient_id=treatment.patient_id, status=status, **ids))


def _end_if_over(act: Act, treatment: Treatment) -> None:
    """Completed when as many were given as were planned; stopped when nothing is left to give."""
    statuses = list(treatment.sessions.filter(voided_at=None).values_list("status", flat=True))
    if is_complete(statuses, treatment.planned_sessions):
        _end(act, treatment, "completed")
    elif "planned" not in statuses:
        given, planned = progress(statuses, treatment.planned_sessions)
        words = _("%(given)s of %(planned)s sessions were given, and no other is planned.")
        treatment.end_reason = words % {"given": given, "planned": planned}
        _end(act, treatment, "stopped")


def _end(act: Act, treatment: Treatment, status: str) -> None:
    treatment.status, treatment.ended_at = status, act.at
    treatment.save(update_fields=["status", "ended_at", "end_reason"])
    told = TreatmentEnded(
        patient_id=treatment.patient_id, treatment_id=treatment.id, status=status, order_id=treatment.order_id
    )
    announce(act, told)
