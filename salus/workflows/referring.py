"""Who is asked by a referral, and what it learns of orders, appointments and visits."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from salus.care import services as care
from salus.care.facts import (
    ReferralAnswered,
    ReferralClosed,
    ReferralDecided,
    ReferralMoved,
    ReferralSent,
    SessionDone,
    SessionVoided,
    TreatmentEnded,
    TreatmentStarted,
)
from salus.care.models import Referral
from salus.core.act import Act
from salus.core.consequences import consequence
from salus.encounters.facts import EncounterStarted
from salus.inbox import services as inbox
from salus.orders import services as orders
from salus.orders.facts import OrderPlaced, OrderStopped
from salus.patients import services as patients
from salus.scheduling.facts import AppointmentBooked, AppointmentCancelled, AppointmentMissed, AppointmentMoved
from salus.scheduling.queries import day as scheduling

_ASKED, _ANSWERED, _UNNAMED, _WAITS = "#asked", "#answered", "#unnamed", "#waits"
_FOLLOWS = "care.follow_referral"
#: so long who is asked may open the record, unless it is over sooner
WAITS = timedelta(days=180)


@consequence(_FOLLOWS)
def route_referrals(act: Act, fact: OrderPlaced) -> None:
    if fact.kind == "referral":
        care.open_referrals(act, order_ids=fact.order_ids)


@consequence(_FOLLOWS)
def take_back_the_referral(act: Act, fact: OrderStopped) -> None:
    if fact.kind == "referral":
        care.follow_order(act, order_id=fact.order_id)


@consequence("patients.relate")
def relate_who_is_asked(act: Act, fact: ReferralSent) -> None:
    """Those who are asked until they refuse; those who wait for the answer until the loop is closed, so that none is lost."""
    _relate(act, fact, _source(fact), fact.practitioner_id, fact.department_id)
    _relate(act, fact, f"{_source(fact)}{_WAITS}", fact.referrer_id, fact.from_department_id)


def _relate(
    act: Act, fact: ReferralSent, source: str, practitioner_id: UUID | None, department_id: UUID | None
) -> None:
    if fact.patient_id and (department_id or practitioner_id):
        patients.start_care_relation(
            act,
            patient_id=fact.patient_id,
            kind="referral",
            practitioner_id=practitioner_id,
            department_id=department_id,
            source=source,
            until=act.at + WAITS,
        )


@consequence("patients.relate")
def end_with_a_refusal(act: Act, fact: ReferralDecided) -> None:
    if fact.patient_id and fact.status == "declined":
        patients.end_care_relation(act, patient_id=fact.patient_id, source=_source(fact))


@consequence("patients.relate")
def end_with_a_cancellation(act: Act, fact: ReferralMoved) -> None:
    if fact.patient_id and fact.status == "cancelled":
        _end(act, fact)


@consequence("patients.relate")
def end_with_the_loop(act: Act, fact: ReferralClosed) -> None:
    if fact.patient_id:
        _end(act, fact)


def _end(act: Act, fact: ReferralMoved | ReferralClosed) -> None:
    assert fact.patient_id
    for source in (_source(fact), f"{_source(fact)}{_WAITS}"):
        patients.end_care_relation(act, patient_id=fact.patient_id, source=source)


@consequence("orders.complete_order")
def complete_referred(act: Act, fact: ReferralAnswered) -> None:
    if fact.order_id:
        orders.complete_order(act, order_id=fact.order_id)


@consequence("patients.relate")
def relate_who_gives(act: Act, fact: TreatmentStarted | SessionDone | SessionVoided) -> None:
    """The department that gives sessions, as long as it gives them."""
    if fact.patient_id and fact.department_id:
        patients.start_care_relation(
            act,
            patient_id=fact.patient_id,
            kind="order",
            department_id=fact.department_id,
            source=f"care.treatment:{fact.treatment_id}",
            until=act.at + WAITS,
        )


@consequence("patients.relate")
def end_with_the_treatment(act: Act, fact: TreatmentEnded) -> None:
    if fact.patient_id:
        patients.end_care_relation(act, patient_id=fact.patient_id, source=f"care.treatment:{fact.treatment_id}")


@consequence(_FOLLOWS, "scheduling.view")
def follow_the_appointment(act: Act, fact: AppointmentBooked) -> None:
    _follow_the_time(act, fact)


@consequence(_FOLLOWS, "scheduling.view")
def follow_the_new_time(act: Act, fact: AppointmentMoved) -> None:
    """Another day, or somebody else: what it was booked for is looked for anew."""
    _wait(act, fact)
    _follow_the_time(act, fact)


@consequence(_FOLLOWS)
def wait_for_another_time(act: Act, fact: AppointmentCancelled | AppointmentMissed) -> None:
    _wait(act, fact)


def _follow_the_time(act: Act, fact: AppointmentBooked | AppointmentMoved) -> None:
    # A job that is told late: the time may be cancelled or moved since.
    awaited = scheduling.awaited_at(act, fact.appointment_id, fact.starts_at)
    if awaited is None:
        return
    where: dict[str, Any] = {"department_id": awaited.department_id, "practitioner_id": awaited.practitioner_id}
    of: dict[str, Any] = {"patient_id": awaited.patient_id, "appointment_id": awaited.id}
    care.follow_booking(act, **of, **where)
    care.follow_up_booking(act, starts_at=fact.starts_at, **of, **where)


def _wait(act: Act, fact: AppointmentCancelled | AppointmentMissed | AppointmentMoved) -> None:
    care.follow_cancellation(act, appointment_id=fact.appointment_id)
    care.follow_up_cancellation(act, appointment_id=fact.appointment_id)


@consequence(_FOLLOWS)
def follow_the_visit(act: Act, fact: EncounterStarted) -> None:
    if fact.patient_id:
        who = {"department_id": fact.department_id, "practitioner_id": fact.practitioner_id}
        care.follow_visit(act, patient_id=fact.patient_id, encounter_id=fact.encounter_id, **who)
        care.follow_up_visit(act, patient_id=fact.patient_id, encounter_id=fact.encounter_id, **who)


# ---------------------------------------------------------------- what waits in an inbox


@consequence("inbox.put_task")
def ask_the_receiver(act: Act, fact: ReferralSent) -> None:
    """One that was ordered without a name waits with who ordered it."""
    row = Referral.objects.filter(id=fact.referral_id, status="sent").first()
    if row is None:
        return
    if row.wants_receiver:
        _put(act, row, _UNNAMED, row.referrer_id, None if row.referrer_id else row.from_department_id)
        return
    inbox.complete_task(act, source=f"{_source(fact)}{_UNNAMED}")
    if row.to_department_id or row.to_practitioner_id:
        _put(act, row, f"{_ASKED}@{row.status_at:%Y%m%dT%H%M%S}", row.to_practitioner_id, row.to_department_id)


@consequence("inbox.put_task")
def end_what_was_asked(act: Act, fact: ReferralMoved) -> None:
    for which in (_ASKED, _UNNAMED):
        inbox.complete_task(act, source=f"{_source(fact)}{which}")


@consequence("inbox.put_task")
def pass_on_the_decision(act: Act, fact: ReferralDecided) -> None:
    """The receiver has decided; a refusal waits for the referrer."""
    inbox.complete_task(act, source=f"{_source(fact)}{_ASKED}")
    _ask_the_referrer(act, fact, "declined")


@consequence("inbox.put_task")
def pass_on_the_answer(act: Act, fact: ReferralAnswered) -> None:
    for which in (_ASKED, _UNNAMED):
        inbox.complete_task(act, source=f"{_source(fact)}{which}")
    _ask_the_referrer(act, fact, "answered")


@consequence("inbox.put_task")
def end_what_was_answered(act: Act, fact: ReferralClosed) -> None:
    inbox.complete_task(act, source=f"{_source(fact)}{_ANSWERED}")


def _ask_the_referrer(act: Act, fact: ReferralDecided | ReferralAnswered, status: str) -> None:
    row = Referral.objects.filter(id=fact.referral_id, status=status, is_incoming=False).first()
    if row is not None:
        which = f"{_ANSWERED}@{row.status_at:%Y%m%dT%H%M%S}"
        _put(act, row, which, fact.referrer_id, None if fact.referrer_id else fact.department_id)


def _put(act: Act, row: Referral, which: str, owner_id: UUID | None, department_id: UUID | None) -> None:
    inbox.put_task(
        act,
        source=f"care.referral:{row.id}{which}",
        kind="referral",
        patient_id=row.patient_id,
        owner_id=owner_id,
        department_id=department_id,
        subject=row.display,
        note=row.get_status_display(),
        about=[f"care.referral:{row.id}", *([f"orders.order:{row.order_id}"] if row.order_id else [])],
        priority="urgent" if row.priority != "routine" else "routine",
        route="care:referral",
        route_args={"referral_id": str(row.id)},
    )


def _source(
    fact: ReferralSent | ReferralDecided | ReferralMoved | ReferralAnswered | ReferralClosed,
) -> str:
    return f"care.referral:{fact.referral_id}"
