"""What patients permit and refuse, whose record is protected, and to whom a patient is referred."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from salus.core.act import Act
from salus.core.announce import announce
from salus.core.errors import Conflict, Invalid, NotFound, Stale
from salus.patients import access
from salus.patients.access.labels import known
from salus.patients.access.reading import patient_known
from salus.patients.facts import ConsentRecorded, ConsentWithdrawn, PatientProtected, PatientReferred
from salus.patients.models import CareRelation, Consent, Patient
from salus.places.models import Department
from salus.staff.models import StaffMember

REFERRAL_LASTS = timedelta(days=30)
REFERRALS = ("general-practitioner", "referral")


class ForOneself(Conflict):
    """Nobody gives access to himself or herself. Ask a colleague to write it down."""


class AlreadyWithdrawn(Conflict):
    """This was taken back already."""


@transaction.atomic
def record_consent(
    act: Act,
    *,
    patient_id: UUID,
    decision: str,
    signed_by: str,
    signed_as: str,
    signed_how: str,
    labels: Sequence[str] = (),
    practitioner_id: UUID | None = None,
    department_id: UUID | None = None,
    in_emergency: bool = False,
    ends_at: datetime | None = None,
    reason: str = "",
) -> Consent:
    """Write down what a patient permits or refuses, with who signed it and how.

    :param labels: only entries with these labels; of the whole record where there are none
    :param in_emergency: a refusal that holds even against breaking the glass
    :raises ForOneself: for a permission that the writer would profit from
    :raises Invalid: for what cannot be
    """
    act.require("patients.record_consent")
    patient_known(act, patient_id, to=access.FIND)
    if decision == Consent.PERMIT:
        _not_for_oneself(act, patient_id, practitioner_id)
    wrong = _wrong(act, decision, signed_by, signed_as, signed_how, ends_at)
    if wrong:
        raise Invalid(**wrong)
    _grantee(act, practitioner_id, department_id)
    consent = Consent.objects.create(
        patient_id=patient_id,
        decision=decision,
        practitioner_id=practitioner_id,
        department_id=department_id,
        labels=known(labels),
        in_emergency=in_emergency and decision == Consent.DENY,
        starts_at=act.at,
        ends_at=ends_at,
        reason=reason.strip(),
        signed_by=signed_by.strip(),
        signed_as=signed_as,
        signed_how=signed_how,
        signed_at=act.at,
        recorded_by_name=act.by_name,
        recorded_by_id=act.by,
    )
    fact = ConsentRecorded(
        patient_id=patient_id, consent_id=consent.id, decision=decision, labels=tuple(consent.labels)
    )
    announce(act, fact)
    return consent


def _wrong(
    act: Act, decision: str, signed_by: str, signed_as: str, signed_how: str, ends_at: datetime | None
) -> dict[str, str]:
    checks = {
        "decision": (decision in dict(Consent.DECISIONS), _("Choose what the patient says.")),
        "signed_by": (bool(signed_by.strip()), _("Write who has signed.")),
        "signed_as": (signed_as in dict(Consent.SIGNERS), _("Choose for whom he or she signs.")),
        "signed_how": (signed_how in dict(Consent.WAYS), _("Choose how it was signed.")),
        "ends_on": (ends_at is None or ends_at > act.at, _("This day is over already.")),
    }
    return {name: words for name, (is_good, words) in checks.items() if not is_good}


def _not_for_oneself(act: Act, patient_id: UUID, practitioner_id: UUID | None) -> None:
    """Who opens records writes a permission only where it gives him nothing: he may open this one already."""
    is_mine = practitioner_id is not None and practitioner_id == act.practitioner_id
    if is_mine or (act.may("patients.open") and not act.trace.decided[act.by, patient_id].allows):
        raise ForOneself


def _grantee(act: Act, practitioner_id: UUID | None, department_id: UUID | None) -> None:
    if practitioner_id and department_id:
        raise Invalid(to_whom=_("Choose a person or a department."))
    here = {"facility_id": act.here, "retired_at": None}
    if practitioner_id and not StaffMember.objects.filter(practitioner_id=practitioner_id, **here).exists():
        raise Invalid(to_whom=_("Choose somebody who works here."))
    if department_id and not Department.objects.filter(id=department_id, **here).exists():
        raise Invalid(to_whom=_("Choose a department that is open."))


@transaction.atomic
def withdraw_consent(
    act: Act,
    *,
    patient_id: UUID,
    consent_id: UUID,
    version: int,
    withdrawn_by: str,
    withdrawn_as: str,
    withdrawn_how: str,
) -> Consent:
    """Write down that the patient takes back what was permitted or refused, with who signed that.

    :raises AlreadyWithdrawn: if it was before
    :raises ForOneself: for a refusal, if the writer would profit from its end
    """
    act.require("patients.record_consent")
    patient_known(act, patient_id, to=access.FIND)
    consent = Consent.objects.select_for_update().filter(id=consent_id, patient_id=patient_id, voided_at=None).first()
    if consent is None:
        raise NotFound
    if consent.version != version:
        raise Stale
    if consent.withdrawn_at is not None:
        raise AlreadyWithdrawn
    if consent.decision == Consent.DENY:
        _not_for_oneself(act, consent.patient_id, consent.practitioner_id)
    wrong = _wrong(act, consent.decision, withdrawn_by, withdrawn_as, withdrawn_how, None)
    if wrong:
        raise Invalid(**{name.replace("signed", "withdrawn"): words for name, words in wrong.items()})
    consent.withdrawn_at, consent.withdrawn_by = act.at, withdrawn_by.strip()
    consent.withdrawn_as, consent.withdrawn_how = withdrawn_as, withdrawn_how
    consent.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawn_as", "withdrawn_how"])
    announce(act, ConsentWithdrawn(patient_id=consent.patient_id, consent_id=consent.id))
    return consent


@transaction.atomic
def protect_patient(act: Act, *, patient_id: UUID, version: int, is_vip: bool, staff_id: UUID | None = None) -> Patient:
    """Protect the record of a VIP, or of a member of staff who is a patient; or protect it no longer.

    :raises ForOneself: if somebody who opens records would take away what bars himself, or protects his own
    :raises Stale: if somebody changed the patient since it was read
    """
    act.require("patients.protect_patient")
    patient_known(act, patient_id, to=access.FIND)
    patient = Patient.objects.visible_to(act).select_for_update().get(id=patient_id)
    if patient.version != version:
        raise Stale
    loosens = (patient.is_vip and not is_vip) or (patient.staff_member_id and patient.staff_member_id != staff_id)
    mine = act.staff_id is not None and act.staff_id in (patient.staff_member_id, staff_id)
    if mine or (loosens and act.may("patients.open") and not act.trace.decided[act.by, patient_id].allows):
        raise ForOneself
    if staff_id and not StaffMember.objects.filter(id=staff_id, facility_id=act.here).exists():
        raise Invalid(staff_id=_("Choose somebody who works here."))
    if (patient.is_vip, patient.staff_member_id) == (is_vip, staff_id):
        return patient
    patient.is_vip, patient.staff_member_id = is_vip, staff_id
    patient.save(update_fields=["is_vip", "staff_member"])
    announce(act, PatientProtected(patient_id=patient_id, is_vip=is_vip, staff_id=staff_id))
    return patient


@transaction.atomic
def refer_patient(
    act: Act,
    *,
    patient_id: UUID,
    kind: str,
    practitioner_id: UUID | None = None,
    department_id: UUID | None = None,
) -> CareRelation:
    """Refer a patient to a colleague or a department (for thirty days), or name the own doctor.

    :raises ForOneself: to oneself
    :raises Invalid: to nobody, or to somebody who does not work here
    """
    act.require("patients.refer_patient")
    patient_known(act, patient_id, to=access.OPEN if act.may("patients.open") else access.FIND)
    if kind not in REFERRALS or (practitioner_id is None and department_id is None):
        raise Invalid(to_whom=_("Choose to whom."))
    if practitioner_id is not None and practitioner_id == act.practitioner_id:
        raise ForOneself
    _grantee(act, practitioner_id, department_id)
    relation = CareRelation(
        patient_id=patient_id,
        kind=kind,
        practitioner_id=practitioner_id,
        department_id=department_id,
        started_at=act.at,
        ended_at=act.at + REFERRAL_LASTS if kind == "referral" else None,
        recorded_by_id=act.by,
    )
    relation.source = f"patients.carerelation:{relation.id}"
    relation.save(force_insert=True)
    announce(act, PatientReferred(patient_id=patient_id, relation_id=relation.id, kind=kind))
    return relation


@transaction.atomic
def end_referral(act: Act, *, patient_id: UUID, relation_id: UUID, version: int) -> None:
    """End a referral of this patient, or that somebody is the own doctor."""
    act.require("patients.refer_patient")
    here = Patient.objects.visible_to(act).filter(id=patient_id).values("id")
    rows = CareRelation.objects.select_for_update().filter(id=relation_id, patient_id__in=here, kind__in=REFERRALS)
    relation = rows.first()
    if relation is None:
        raise NotFound
    if relation.version != version:
        raise Stale
    relation.ended_at = act.at
    relation.save(update_fields=["ended_at"])
    act.shows(relation.patient_id, action="write")
