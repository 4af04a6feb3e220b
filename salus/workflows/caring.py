"""Who comes to care for a patient, and from which fact that follows."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from salus.chart.facts import VitalsRecorded
from salus.core.act import Act
from salus.core.consequences import consequence
from salus.encounters import services as encounters
from salus.encounters.facts import EncounterFinished, EncounterMoved, EncounterStarted
from salus.inbox.facts import CommunicationSent, TaskDelegated, TaskEscalated, TaskPut
from salus.orders import queries as orders
from salus.orders.facts import (
    CountersignAsked,
    OrderCompleted,
    OrderHandedOver,
    OrderPlaced,
    OrderReopened,
    OrderStopped,
)
from salus.patients import services as patients
from salus.patients.queries.access import was_related
from salus.places import queries as places
from salus.queues.facts import TokenTransferred
from salus.scheduling.facts import AppointmentBooked, AppointmentCancelled, AppointmentMoved, PatientArrived
from salus.scheduling.queries import day as scheduling

#: so long after the last order the department that works on it cares for the patient
ORDERED = timedelta(days=14)
#: so long whoever stands in may read what nobody saw to in time
CALLED = timedelta(days=3)
#: so long after the last message those who were written to may read on
WRITTEN = timedelta(days=14)
#: so long before an appointment those whom the patient will see may prepare for it
PREPARES = timedelta(days=7)
#: so long whoever is asked to sign an order sees whose it is; being asked again begins anew
ANSWERS = timedelta(days=30)
#: whoever answers for an order sees whose it is until the last of his is done or stopped; this ends what nobody ends
OPEN_ORDER = timedelta(days=3650)
_WORKS_ON = {"test": "laboratory", "medicine": "pharmacy", "image": "imaging"}


@consequence("patients.relate")
def relate_the_team(act: Act, fact: EncounterStarted) -> None:
    if fact.patient_id and (fact.practitioner_id or fact.department_id):
        patients.start_care_relation(
            act,
            patient_id=fact.patient_id,
            kind="encounter",
            practitioner_id=fact.practitioner_id,
            department_id=fact.department_id,
            source=f"encounters.encounter:{fact.encounter_id}",
        )


@consequence("patients.relate")
def relate_whom_else(act: Act, fact: PatientArrived) -> None:
    if fact.patient_id and fact.joined_by_id:
        patients.start_care_relation(
            act,
            patient_id=fact.patient_id,
            kind="encounter",
            practitioner_id=fact.joined_by_id,
            source=f"encounters.encounter:{fact.encounter_id}",
        )


@consequence("patients.relate")
def relate_where_sent(act: Act, fact: TokenTransferred) -> None:
    if fact.patient_id and fact.encounter_id and fact.department_id:
        patients.start_care_relation(
            act,
            patient_id=fact.patient_id,
            kind="encounter",
            department_id=fact.department_id,
            source=f"encounters.encounter:{fact.encounter_id}",
        )


@consequence("patients.relate")
def relate_who_calls(act: Act, fact: EncounterMoved) -> None:
    source = f"encounters.encounter:{fact.encounter_id}"
    if fact.patient_id and fact.status == "cancelled":
        patients.end_care_relation(act, patient_id=fact.patient_id, source=source)
    elif fact.patient_id and fact.practitioner_id:
        patients.start_care_relation(
            act,
            patient_id=fact.patient_id,
            kind="encounter",
            practitioner_id=fact.practitioner_id,
            source=source,
        )


@consequence("patients.relate")
def end_with_the_visit(act: Act, fact: EncounterFinished) -> None:
    if fact.patient_id:
        source = f"encounters.encounter:{fact.encounter_id}"
        patients.end_care_relation(act, patient_id=fact.patient_id, source=source)


@consequence("patients.relate")
def relate_who_works_on_it(act: Act, fact: OrderPlaced) -> None:
    department = places.first_of_kind(act, _WORKS_ON.get(fact.kind, ""))
    if fact.patient_id and department:
        patients.start_care_relation(
            act,
            patient_id=fact.patient_id,
            kind="order",
            department_id=department,
            source=f"orders.{fact.kind}:{fact.patient_id}",
            until=act.at + ORDERED,
        )


@consequence("patients.relate")
def relate_who_answers(act: Act, fact: OrderHandedOver) -> None:
    """Whoever answers for an order sees whose it is."""
    if fact.patient_id:
        patients.start_care_relation(
            act,
            patient_id=fact.patient_id,
            kind="order",
            practitioner_id=fact.practitioner_id,
            source=_answers(fact.patient_id, fact.practitioner_id),
            until=act.at + OPEN_ORDER,
        )


@consequence("patients.relate", "orders.view")
def relate_who_placed_it(act: Act, fact: OrderPlaced | OrderReopened) -> None:
    """Whoever answers for an order keeps sight of the patient while it is open, also when the visit is over."""
    if fact.patient_id:
        for practitioner in orders.who_answers_for(act, _orders_of(fact)):
            patients.start_care_relation(
                act,
                patient_id=fact.patient_id,
                kind="order",
                practitioner_id=practitioner,
                source=_answers(fact.patient_id, practitioner),
                until=act.at + OPEN_ORDER,
            )


@consequence("patients.relate", "orders.view")
def end_with_the_order(act: Act, fact: OrderStopped | OrderCompleted) -> None:
    act.require("patients.relate")
    if fact.patient_id:
        for practitioner in orders.who_answers_no_more(act, fact.patient_id, order_ids=(fact.order_id,)):
            patients.end_care_relation(act, patient_id=fact.patient_id, source=_answers(fact.patient_id, practitioner))


@consequence("patients.relate", "orders.view")
def end_who_answered(act: Act, fact: OrderHandedOver) -> None:
    act.require("patients.relate")
    if fact.patient_id:
        for practitioner in orders.who_answers_no_more(act, fact.patient_id, practitioner_ids=fact.from_ids):
            patients.end_care_relation(act, patient_id=fact.patient_id, source=_answers(fact.patient_id, practitioner))


def _orders_of(fact: OrderPlaced | OrderReopened) -> Sequence[UUID]:
    return fact.order_ids if isinstance(fact, OrderPlaced) else (fact.order_id,)


def _answers(patient_id: UUID, practitioner_id: UUID) -> str:
    return f"orders.responsible:{patient_id}:{practitioner_id}"


@consequence("patients.relate")
def relate_who_is_asked_to_sign(act: Act, fact: CountersignAsked) -> None:
    """Whoever is asked for the second signature sees what is to be signed."""
    if fact.patient_id and fact.practitioner_id:
        patients.start_care_relation(
            act,
            patient_id=fact.patient_id,
            kind="order",
            practitioner_id=fact.practitioner_id,
            source=f"orders.countersign:{fact.patient_id}:{fact.practitioner_id}",
            until=act.at + ANSWERS,
        )


@consequence("patients.relate")
def relate_who_is_written_to(act: Act, fact: CommunicationSent) -> None:
    """Only where the writer may refer the patient; what the patient refuses holds all the same."""
    if not fact.relates or not fact.patient_id:
        return
    whom: list[tuple[UUID | None, UUID | None]] = [(one, None) for one in fact.practitioner_ids]
    for practitioner, department in [*whom, *((None, one) for one in fact.department_ids)]:
        patients.start_care_relation(
            act,
            patient_id=fact.patient_id,
            kind="referral",
            practitioner_id=practitioner,
            department_id=department,
            source=f"inbox.thread:{fact.thread_id}",
            until=act.at + WRITTEN,
        )


@consequence("patients.relate")
def relate_who_has_it(act: Act, fact: TaskPut | TaskDelegated) -> None:
    """Only where the giver may open the record and refer the patient."""
    if fact.relates and fact.patient_id:
        _relate_for_task(act, fact.patient_id, fact.task_id, WRITTEN, fact.owner_id, fact.department_id)


@consequence("patients.relate")
def relate_who_is_called(act: Act, fact: TaskEscalated) -> None:
    """Whoever stands in for somebody must be able to read what waits; what the patient refuses holds all the same."""
    if fact.patient_id:
        for one in fact.practitioner_ids:
            _relate_for_task(act, fact.patient_id, fact.task_id, CALLED, one, None)
        for one in fact.department_ids:
            _relate_for_task(act, fact.patient_id, fact.task_id, CALLED, None, one)


def _relate_for_task(
    act: Act,
    patient_id: UUID,
    task_id: UUID,
    lasts: timedelta,
    practitioner_id: UUID | None,
    department_id: UUID | None,
) -> None:
    patients.start_care_relation(
        act,
        patient_id=patient_id,
        kind="referral",
        practitioner_id=practitioner_id,
        department_id=None if practitioner_id else department_id,
        source=f"inbox.task:{task_id}",
        until=act.at + lasts,
    )


@consequence("encounters.move_encounter")
def triage_after_vitals(act: Act, fact: VitalsRecorded) -> None:
    if fact.encounter_id:
        encounters.triage_encounter(act, encounter_id=fact.encounter_id)


@consequence("patients.relate", "scheduling.view")
def relate_who_awaits(act: Act, fact: AppointmentBooked) -> None:
    if fact.relates:
        _relate_who_awaits(act, fact)


@consequence("patients.relate", "scheduling.view")
def relate_who_awaits_now(act: Act, fact: AppointmentMoved) -> None:
    if fact.patient_id is None:
        return
    # at the same time it may be another doctor
    sources = [_awaited(fact.appointment_id, starts_at) for starts_at in dict.fromkeys((fact.was_at, fact.starts_at))]
    who = {"practitioner_id": fact.practitioner_id, "department_id": fact.department_id}
    relates = fact.relates or was_related(act, patient_id=fact.patient_id, sources=sources, **who)
    for source in sources:
        patients.end_care_relation(act, patient_id=fact.patient_id, source=source)
    if relates:
        _relate_who_awaits(act, fact)


@consequence("patients.relate")
def end_with_the_appointment(act: Act, fact: AppointmentCancelled) -> None:
    if fact.patient_id:
        source = _awaited(fact.appointment_id, fact.starts_at)
        patients.end_care_relation(act, patient_id=fact.patient_id, source=source)


def _relate_who_awaits(act: Act, fact: AppointmentBooked | AppointmentMoved) -> None:
    # A job that is told late: the time may be cancelled or moved since, and its relation over, or another's.
    awaited = scheduling.awaited_at(act, fact.appointment_id, fact.starts_at) if fact.patient_id else None
    if awaited is not None:
        patients.start_care_relation(
            act,
            patient_id=awaited.patient_id,
            kind="appointment",
            practitioner_id=awaited.practitioner_id,
            department_id=awaited.department_id,
            source=_awaited(fact.appointment_id, fact.starts_at),
            since=max(act.at, fact.starts_at - PREPARES),
            until=max(act.at, awaited.period.upper),
        )


def _awaited(appointment_id: UUID, starts_at: datetime) -> str:
    """A moved appointment is another relation: it begins at another time."""
    return f"scheduling.appointment:{appointment_id}@{starts_at:%Y%m%dT%H%M}"
