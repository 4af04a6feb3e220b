"""A visit that came for more than one appointment: its number is for one after another."""

from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from salus.core.act import Act
from salus.encounters.models import Encounter
from salus.queues import live
from salus.queues.models import Queue, Token
from salus.queues.numbering import issued
from salus.scheduling.models import Appointment


def give_next(act: Act, encounter_id: UUID) -> None:
    """Something that a visit waited for is done: if it waits for nobody now, it does for the next of its appointments."""
    waits = Token.objects.open().filter(encounter_id=encounter_id)
    arrived = Appointment.objects.filter(encounter_id=encounter_id, status="arrived", voided_at=None)
    named = Token.objects.filter(appointment_id=OuterRef("id"), encounter_id=encounter_id)
    booked = arrived.filter(~Exists(waits), ~Exists(named)).order_by("period", "id").first()
    token = given_anew(act, booked) if booked is not None else None
    if booked is not None and token is not None:
        call_by(token, booked)


def given_anew(act: Act, booked: Appointment) -> Token | None:
    """A new number in the line of whom the patient comes to see; None where there is none, or the visit is over."""
    here = Queue.objects.here(act).filter(department_id=booked.department_id, kind="consultation")
    queue = here.select_related("facility").first()
    is_open = Encounter.objects.open().filter(Q(id=booked.encounter_id)).exists()
    if queue is None or not is_open:
        return None
    of_visit = {"patient_id": booked.patient_id, "encounter_id": booked.encounter_id}
    return issued(act, queue, **of_visit, practitioner_id=booked.practitioner_id)


def call_by(token: Token, booked: Appointment) -> None:
    """The number is that of an appointment from now on, and called by its time."""
    token.appointment_id, token.due_at = booked.id, booked.period.lower
    token.save(update_fields=["appointment", "due_at"])
    live.tell(token.queue.department_id)
