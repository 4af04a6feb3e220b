"""What people do with referrals: ask, say yes or no, see, answer, take note."""

from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from salus.care.facts import ReferralAnswered, ReferralClosed, ReferralDecided, ReferralMoved, ReferralSent
from salus.care.models import Referral
from salus.care.models.referrals import PRIORITIES
from salus.care.rules.referrals import may_follow
from salus.catalog.models import Orderable
from salus.chart.models import Document, Note
from salus.chart.standing import standing
from salus.core.act import Act
from salus.core.announce import announce
from salus.core.errors import Conflict, Invalid, NotAllowed, NotFound, Stale
from salus.orders import services as orders
from salus.orders.items import ServiceItem
from salus.orders.rules import OPEN_STATUSES
from salus.patients import access
from salus.places.models import Department
from salus.staff.models import StaffMember

REFER, TAKE, REGISTER = "care.refer", "care.take_referral", "care.register_referral"
_LONGEST = 4000


class NotItsTurn(Conflict):
    """This referral is in another state by now. Look at what it says, then go on from there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receiver:
    """To whom a patient is referred: one of the three."""

    department_id: UUID | None = None
    practitioner_id: UUID | None = None
    outside: str = ""


@transaction.atomic
def send_referral(
    act: Act,
    *,
    patient_id: UUID,
    encounter_id: UUID | None,
    orderable_id: UUID,
    to: Receiver,
    question: str,
    priority: str = "routine",
    note: str = "",
) -> Referral:
    """Refer a patient: the order is signed and its referral sent, to a department, a colleague, or out of the house.

    :raises Invalid: without a question or a receiver
    """
    act.require(REFER)
    _check(act, to, question, priority)
    item = ServiceItem(
        kind="referral",
        orderable_id=orderable_id,
        performer_id=to.department_id,
        reason=question.strip(),
        priority=priority,
        note=note.strip(),
    )
    if not Orderable.objects.filter(id=orderable_id, kind="referral", is_active=True).exists():
        raise Invalid(orderable_id=_("Choose what is asked for."))
    (order,) = orders.place_orders(act, patient_id=patient_id, encounter_id=encounter_id, items=[item])
    # The order's own consequence has opened it, in this act; a colleague or somebody outside is no word of an order.
    referral = Referral.objects.visible_to(act).select_for_update(no_key=True, of=("self",)).get(order=order)
    if to.department_id is None:
        referral.to_practitioner_id, referral.to_outside = to.practitioner_id, to.outside.strip()
        referral.save(update_fields=["to_practitioner", "to_outside"])
        _announce_sent(act, referral)
    return referral


@transaction.atomic
def register_referral(
    act: Act,
    *,
    patient_id: UUID,
    from_whom: str,
    department_id: UUID | None,
    question: str,
    priority: str = "routine",
    display: str = "",
) -> Referral:
    """Write down that somebody outside has referred this patient to a department of the house.

    :raises Invalid: without the sender, the department or the question
    """
    act.require(REGISTER)
    standing(act, patient_id, to=access.OPEN if act.may("patients.open") else access.FIND)
    if not from_whom.strip():
        raise Invalid(from_whom=_("Write who sends the patient."))
    _check(act, Receiver(department_id=department_id), question, priority)
    referral = Referral(
        patient_id=patient_id,
        is_incoming=True,
        status="sent",
        display=display.strip() or _("Referral from outside"),
        question=question.strip(),
        priority=priority,
        referrer_name=from_whom.strip(),
        to_department_id=department_id,
        sent_at=act.at,
        status_at=act.at,
        recorded_by_id=act.by,
    )
    referral.save(force_insert=True)
    _announce_sent(act, referral)
    return referral


@transaction.atomic
def accept_referral(act: Act, *, referral_id: UUID, version: int) -> Referral:
    """Say that the patient will be seen."""
    act.require_any(TAKE, REFER)
    referral = _locked(act, referral_id, version)
    _require_receiver(act, referral)
    _step(act, referral, "accepted")
    _announce_decided(act, referral)
    return referral


@transaction.atomic
def decline_referral(act: Act, *, referral_id: UUID, version: int, reason: str) -> Referral:
    """Say no, and why: it goes back to the referrer, who asks somebody else or takes note."""
    act.require_any(TAKE, REFER)
    referral = _locked(act, referral_id, version)
    _require_receiver(act, referral)
    referral.reason = _said(reason, reason=_("Say why it is declined."))
    _step(act, referral, "declined", "reason")
    _announce_decided(act, referral)
    return referral


@transaction.atomic
def resend_referral(act: Act, *, referral_id: UUID, version: int, to: Receiver) -> Referral:
    """Ask somebody else after a refusal, or say to whom what was ordered without a name goes.

    :raises NotItsTurn: unless it was declined, or nobody is asked yet
    """
    act.require(REFER)
    referral = _locked(act, referral_id, version)
    _require_referrer(act, referral)
    if not referral.wants_receiver:
        raise NotItsTurn
    if referral.order is not None and referral.order.status not in OPEN_STATUSES:
        raise NotItsTurn(_("Its order was stopped. Order it anew, or take note of the refusal."))
    _check(act, to, referral.question, referral.priority)
    referral.to_department_id, referral.to_practitioner_id = to.department_id, to.practitioner_id
    referral.to_outside = to.outside.strip()
    fields = ("to_department", "to_practitioner", "to_outside")
    if referral.status == "sent":
        referral.save(update_fields=list(fields))
    else:
        _step(act, referral, "sent", *fields)
    _announce_sent(act, referral)
    return referral


@transaction.atomic
def mark_seen(act: Act, *, referral_id: UUID, version: int) -> Referral:
    """Say that the patient was seen; a visit to the department that was asked says it by itself."""
    act.require_any(TAKE, REFER)
    referral = _locked(act, referral_id, version)
    _require_receiver(act, referral)
    referral.seen_at = act.at
    _step(act, referral, "seen", "seen_at")
    announce(act, ReferralMoved(patient_id=referral.patient_id, referral_id=referral.id, status="seen"))
    return referral


@transaction.atomic
def answer_referral(
    act: Act,
    *,
    referral_id: UUID,
    version: int,
    answer: str = "",
    note_id: UUID | None = None,
    document_id: UUID | None = None,
) -> Referral:
    """Answer with words, a signed note or a document of this patient; the order is done, the referrer has to take note.

    :raises Invalid: without any of them, or with one that is not this patient's
    """
    act.require_any(TAKE, REFER)
    referral = _locked(act, referral_id, version)
    _require_receiver(act, referral)
    of = referral.patient_id
    if note_id and not Note.objects.of_patient(act, of).valid().filter(id=note_id, signed_at__isnull=False).exists():
        raise Invalid(note_id=_("Choose a signed note of this patient."))
    if document_id and not Document.objects.of_patient(act, of).valid().filter(id=document_id).exists():
        raise Invalid(document_id=_("Choose a document of this patient."))
    if not (answer.strip() or note_id or document_id):
        raise Invalid(answer=_("Write the answer, or choose the note or document that has it."))
    referral.answer, referral.answer_note_id, referral.answer_document_id = answer.strip(), note_id, document_id
    referral.answered_at, referral.answered_by_name = act.at, act.by_name
    fields = ("answer", "answer_note", "answer_document", "answered_at", "answered_by_name")
    _step(act, referral, "answered", *fields)
    asked_by = {"referrer_id": referral.referrer_id, "department_id": referral.from_department_id}
    told = ReferralAnswered(patient_id=of, referral_id=referral.id, order_id=referral.order_id, **asked_by)
    announce(act, told)
    return referral


@transaction.atomic
def acknowledge_referral(act: Act, *, referral_id: UUID, version: int) -> Referral:
    """Take note of the answer, or of the refusal, as the referrer: only then the loop is closed.

    Of what came from outside, whoever answers says so when the report has gone out.
    """
    act.require_any(REFER, TAKE)
    referral = _locked(act, referral_id, version)
    if referral.is_incoming:
        _require_receiver(act, referral)
    else:
        _require_referrer(act, referral)
    was = referral.status
    _end_order(act, referral)
    referral.closed_at, referral.closed_by_id = act.at, act.by
    _step(act, referral, "closed", "closed_at", "closed_by_id")
    announce(act, ReferralClosed(patient_id=referral.patient_id, referral_id=referral.id, was=was))
    return referral


@transaction.atomic
def cancel_referral(act: Act, *, referral_id: UUID, version: int, reason: str) -> Referral:
    """Take a referral back before the patient was seen; its order is stopped in the same act.

    :raises NotItsTurn: if the patient was seen or it is over
    """
    act.require_any(REFER, REGISTER)
    referral = _locked(act, referral_id, version)
    if not referral.is_incoming:
        _require_referrer(act, referral)
    elif referral.recorded_by_id != act.by:  # who wrote it down by mistake takes it back, and who is asked
        _require_receiver(act, referral)
    words = _said(reason, reason=_("Say why it is taken back."))
    if not may_follow(referral.status, "cancelled"):
        raise NotItsTurn
    if referral.order_id:
        orders.stop_order(act, order_id=referral.order_id, reason=words)  # which takes this one back with it
        referral.refresh_from_db()
        return referral
    referral.reason = words
    _step(act, referral, "cancelled", "reason")
    announce(act, ReferralMoved(patient_id=referral.patient_id, referral_id=referral.id, status="cancelled"))
    return referral


def _locked(act: Act, referral_id: UUID, version: int) -> Referral:
    rows = Referral.objects.visible_to(act).valid().select_for_update(no_key=True, of=("self",))
    referral = rows.get(id=referral_id)
    if referral.version != version:
        raise Stale
    return referral


def _step(act: Act, referral: Referral, then: str, *fields: str) -> None:
    if not may_follow(referral.status, then):
        raise NotItsTurn
    referral.status, referral.status_at, referral.status_by_name = then, act.at, act.by_name
    referral.save(update_fields=["status", "status_at", "status_by_name", *fields])


def _end_order(act: Act, referral: Referral) -> None:
    """What was refused for good is ordered no longer."""
    order = referral.order
    if referral.status == "declined" and order is not None and order.status in OPEN_STATUSES:
        orders.stop_order(act, order_id=order.id, reason=referral.reason)


def _require_receiver(act: Act, referral: Referral) -> None:
    """Those who were asked; of what left the house, the referrer's side, who hears of it."""
    if referral.is_outgoing:
        _require_referrer(act, referral)
        return
    act.require(TAKE)
    is_asked = act.practitioner_id is not None and referral.to_practitioner_id == act.practitioner_id
    if not (is_asked or referral.to_department_id in act.places):
        raise NotAllowed(TAKE, _("Only those to whom it was sent can do this."))


def _require_referrer(act: Act, referral: Referral) -> None:
    act.require(REFER)
    is_own = act.practitioner_id is not None and referral.referrer_id == act.practitioner_id
    if not (is_own or referral.from_department_id in act.places):
        raise NotAllowed(REFER, _("Only who referred the patient, or that department, can do this."))


def _check(act: Act, to: Receiver, question: str, priority: str) -> None:
    if not question.strip():
        raise Invalid(question=_("Write what you ask."))
    if len(question) > _LONGEST or priority not in dict(PRIORITIES):
        raise Invalid(_("This page is out of date. Reload it and try again."))
    if len([one for one in (to.department_id, to.practitioner_id, to.outside.strip()) if one]) != 1:
        raise Invalid(to_whom=_("Choose to whom, in the house or outside it."))
    here = {"facility_id": act.here, "retired_at": None}
    if to.department_id and not Department.objects.filter(id=to.department_id, **here).exists():
        raise NotFound
    if to.practitioner_id:
        if to.practitioner_id == act.practitioner_id:
            raise Invalid(to_whom=_("You cannot refer a patient to yourself."))
        if not StaffMember.objects.filter(practitioner_id=to.practitioner_id, **here).exists():
            raise NotFound


def _said(text: str, **otherwise: str) -> str:
    if not text.strip():
        raise Invalid(**otherwise)
    return text.strip()[:_LONGEST]


def _announce_sent(act: Act, referral: Referral) -> None:
    told = ReferralSent(
        patient_id=referral.patient_id,
        referral_id=referral.id,
        department_id=referral.to_department_id,
        practitioner_id=referral.to_practitioner_id,
        referrer_id=referral.referrer_id,
        from_department_id=referral.from_department_id,
        priority=referral.priority,
    )
    announce(act, told)


def _announce_decided(act: Act, referral: Referral) -> None:
    told = ReferralDecided(
        patient_id=referral.patient_id,
        referral_id=referral.id,
        status=referral.status,
        department_id=referral.from_department_id,
        referrer_id=referral.referrer_id,
    )
    announce(act, told)
