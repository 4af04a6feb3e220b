"""What referrals learn from other rooms: an order of that kind, an appointment, a visit. Each may be told twice."""

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from salus.care.facts import ReferralMoved, ReferralSent
from salus.care.models import Referral
from salus.care.rules.referrals import may_follow
from salus.core.act import Act
from salus.core.announce import announce, announce_all
from salus.encounters.models import Encounter
from salus.orders.models import Order

FOLLOW = "care.follow_referral"


@transaction.atomic
def open_referrals(act: Act, *, order_ids: Sequence[UUID]) -> None:
    """Send what was ordered to the department that is asked; an order that is here already stays as it is."""
    act.require(FOLLOW)
    known = set(Referral.objects.filter(order_id__in=order_ids).values_list("order_id", flat=True))
    rows = Order.objects.filter(id__in=order_ids, kind="referral").order_by("id")
    made = [_of_order(act, order) for order in rows if order.id not in known]
    Referral.objects.bulk_create(made)
    announce_all(act, [_sent(one) for one in made])


def _of_order(act: Act, order: Order) -> Referral:
    question = "\n".join(str(one["text"]) for one in order.reasons if one.get("text")) or order.note or order.display
    return Referral(
        patient_id=order.patient_id,
        encounter_id=order.encounter_id,
        order=order,
        status="sent",
        code_system=order.code_system,
        code=order.code,
        display=order.display,
        note=order.note,
        question=question,
        priority=order.priority if order.priority in ("routine", "urgent", "stat") else "routine",
        from_department_id=order.department_id,
        referrer_id=order.requester_id,
        referrer_name=order.requester_name,
        to_department_id=order.performer_id,
        labels=list(order.labels),
        sent_at=order.authored_at or act.at,
        status_at=act.at,
        status_by_name=order.requester_name,
        recorded_by_id=order.recorded_by_id,
    )


def _sent(one: Referral) -> ReferralSent:
    asked = {"department_id": one.to_department_id, "practitioner_id": one.to_practitioner_id}
    asked |= {"referrer_id": one.referrer_id, "from_department_id": one.from_department_id}
    return ReferralSent(patient_id=one.patient_id, referral_id=one.id, priority=one.priority, **asked)


@transaction.atomic
def follow_order(act: Act, *, order_id: UUID, reason: str = "") -> None:
    """Take back what belongs to a stopped order, unless the patient was seen already."""
    act.require(FOLLOW)
    referral = _lock(Referral.objects.filter(order_id=order_id)).select_related("order").first()
    if referral is None or not may_follow(referral.status, "cancelled"):
        return
    referral.reason = reason or (referral.order.stop_reason if referral.order else "") or "-"
    _to(act, referral, "cancelled", "reason")


@transaction.atomic
def follow_booking(
    act: Act,
    *,
    patient_id: UUID,
    appointment_id: UUID,
    department_id: UUID | None,
    practitioner_id: UUID | None,
) -> None:
    """The patient has a time where he or she was referred to: the oldest such referral is booked."""
    act.require(FOLLOW)
    rows = _asked_of(patient_id, department_id, practitioner_id).filter(status__in=("sent", "accepted"))
    referral = _lock(rows.order_by("sent_at", "id")).first()
    if referral is not None and not Referral.objects.filter(appointment_id=appointment_id).exists():
        referral.appointment_id = appointment_id
        _to(act, referral, "booked", "appointment")


@transaction.atomic
def follow_cancellation(act: Act, *, appointment_id: UUID) -> None:
    """The time is gone: the referral waits for another."""
    act.require(FOLLOW)
    referral = _lock(Referral.objects.filter(appointment_id=appointment_id, status="booked")).first()
    if referral is not None:
        referral.appointment_id = None
        _to(act, referral, "accepted", "appointment")


@transaction.atomic
def follow_visit(
    act: Act, *, patient_id: UUID, encounter_id: UUID, department_id: UUID | None, practitioner_id: UUID | None
) -> None:
    """The patient has come where he or she was referred to: seen, and to be answered."""
    act.require(FOLLOW)
    began = Encounter.objects.filter(id=encounter_id).values("started_at")
    rows = _asked_of(patient_id, department_id, practitioner_id).filter(sent_at__lte=began)
    rows = rows.filter(status__in=("sent", "accepted", "booked"))
    for referral in _lock(rows.exclude(encounter_id=encounter_id).order_by("id")):
        referral.seen_in_id, referral.seen_at = encounter_id, act.at
        _to(act, referral, "seen", "seen_in", "seen_at")


def _asked_of(patient_id: UUID, department_id: UUID | None, practitioner_id: UUID | None) -> QuerySet[Referral]:
    to = Q(to_department_id=department_id, to_department__isnull=False)
    to |= Q(to_practitioner_id=practitioner_id, to_practitioner__isnull=False)
    return Referral.objects.filter(to, patient_id=patient_id, voided_at=None)


def _lock(rows: QuerySet[Referral]) -> QuerySet[Referral]:
    return rows.select_for_update(no_key=True, of=("self",))


def _to(act: Act, referral: Referral, then: str, *fields: str) -> None:
    referral.status, referral.status_at, referral.status_by_name = then, act.at, ""
    referral.save(update_fields=["status", "status_at", "status_by_name", *fields])
    announce(act, ReferralMoved(patient_id=referral.patient_id, referral_id=referral.id, status=then))
