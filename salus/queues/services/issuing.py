"""Giving out numbers: by itself where a visit begins, at the desk to a walk-in."""

from uuid import UUID

from django.db import transaction
from django.db.models import Case, Exists, IntegerField, Q, Value, When
from django.utils.translation import gettext as _

from salus.core.act import Act
from salus.core.errors import Invalid, NotFound
from salus.encounters.models import Encounter
from salus.patients.models import Patient
from salus.queues.holding import queue_worked
from salus.queues.models import FOLLOW, ISSUE, OF_THE_VISIT, Queue, Token
from salus.queues.numbering import issued
from salus.queues.onward import call_by, given_anew
from salus.queues.rules import CATEGORIES
from salus.scheduling.models import Appointment

#: where a visit begins, of the queues that its department has
_FIRST = ("triage", "consultation", "registration")


@transaction.atomic
def issue_token(
    act: Act,
    *,
    queue_id: UUID,
    patient_id: UUID | None = None,
    encounter_id: UUID | None = None,
    category: str = "routine",
    practitioner_id: UUID | None = None,
    room_id: UUID | None = None,
) -> Token:
    """Give a number to somebody who stands at the desk.

    :param patient_id: None for a walk-in who is not registered yet
    :param encounter_id: the patient's visit that the waiting is part of
    :raises AlreadyWaits: if the patient has an open number in this queue
    :raises Invalid: for a category that does not exist
    """
    act.require(ISSUE)
    queue = queue_worked(act, queue_id)
    if category not in CATEGORIES:
        raise Invalid(category=_("Choose one of these."))
    if patient_id is not None and not Patient.objects.visible_to(act).filter(id=patient_id).exists():
        raise NotFound
    if encounter_id is not None:
        visits = Encounter.objects.visible_to(act).open().filter(Q(patient_id=patient_id), id=encounter_id)
        if not visits.exists():
            raise NotFound
    return issued(
        act,
        queue,
        patient_id=patient_id,
        encounter_id=encounter_id,
        category=category,
        practitioner_id=practitioner_id,
        for_room_id=room_id,
    )


@transaction.atomic
def give_token(
    act: Act, *, encounter_id: UUID, patient_id: UUID, department_id: UUID, practitioner_id: UUID | None = None
) -> Token | None:
    """A visit has begun: the patient waits where the department's visits begin. Told twice, there is one number.

    :return: None where the department has no queue, or the visit has a number
    """
    act.require(FOLLOW)
    queue = _first_queue(act, department_id, but_for=encounter_id)
    if queue is None:
        return None
    whom = practitioner_id if queue.kind == "consultation" else None
    return issued(act, queue, patient_id=patient_id, encounter_id=encounter_id, practitioner_id=whom)


@transaction.atomic
def note_appointment(act: Act, *, encounter_id: UUID, appointment_id: UUID) -> None:
    """The visit was booked: its number is called by the time of the appointment. Where the visit waits for nobody any more, as
    it was open before and this is its second appointment, there is a new number for whom the patient comes to see; where it
    still waits for another, there will be one when that is done."""
    act.require(FOLLOW)
    booked = Appointment.objects.filter(id=appointment_id, encounter_id=encounter_id).first()
    tokens = Token.objects.open().filter(encounter_id=encounter_id, facility_id=act.here, queue__kind__in=OF_THE_VISIT)
    tokens = tokens.select_related("queue", "encounter")
    token = tokens.select_for_update(no_key=True, of=("self",)).order_by("issued_at").first()
    if booked is not None and token is None:
        token = given_anew(act, booked)
    if booked is None or token is None or token.appointment_id or not _may_be_for(token, booked):
        return
    call_by(token, booked)


def _may_be_for(token: Token, booked: Appointment) -> bool:
    named_by_visit = token.encounter.practitioner_id if token.encounter else None
    waits_for = token.practitioner_id or named_by_visit
    return None in (waits_for, booked.practitioner_id) or waits_for == booked.practitioner_id


def _first_queue(act: Act, department_id: UUID, *, but_for: UUID) -> Queue | None:
    """Where visits begin; none for a visit that waits somewhere already."""
    waits = Token.objects.open().filter(encounter_id=but_for)
    place = Case(*(When(kind=kind, then=Value(n)) for n, kind in enumerate(_FIRST)), output_field=IntegerField())
    here = Queue.objects.here(act).filter(~Exists(waits), department_id=department_id, kind__in=_FIRST)
    return here.select_related("facility").order_by(place).first()
