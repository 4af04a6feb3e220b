"""Acts of the desk: who somebody is, who is invited, who stands for whom, what of his own wishes becomes part of the record."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from salus.core.act import Act
from salus.core.announce import announce
from salus.core.errors import Conflict, Invalid, NotFound, Stale
from salus.patients import services as patients
from salus.patients.models import Patient
from salus.patients.queries import identity_of
from salus.portal.contacts import Contact
from salus.portal.facts import (
    AccountClosed,
    AccountMoved,
    ContactChangeDecided,
    InvitationWithdrawn,
    PatientInvited,
    PortalSettingsChanged,
    ProxyWithdrawn,
    RegistrationRefused,
)
from salus.portal.invitations import invitation_mac
from salus.portal.linking import link
from salus.portal.models import Account, ContactChange, Invitation, Proxy, Registration, Setting
from salus.portal.rules import limits as rules
from salus.portal.said import said_of, telecom_of
from salus.portal.scopes import SCOPES

CONFIRM, MANAGE = "portal.confirm_identity", "portal.manage_settings"
GIVE = "portal.give_proxy"


class Decided(Conflict):
    """Somebody decided this already."""


class ContactTaken(Conflict):
    """Somebody else signs in with this contact. Close that account first, or leave it as it is."""


@transaction.atomic
def confirm_registration(
    act: Act, *, registration_id: UUID, version: int, document: str, patient_id: UUID | None = None
) -> Registration:
    """The desk has seen who it is: the account becomes that of a known patient, or of one who is registered now.

    :param patient_id: the patient whom the desk chose; None registers what was written as a new one
    :param document: which paper the desk saw
    :raises Decided: if it does not wait any more
    :raises Stale: if it was written anew since it was read
    """
    act.require(CONFIRM)
    row = _waiting(act, registration_id, version)
    if not document.strip():
        raise Invalid(document=_("Which paper did you see?"))
    if patient_id is None:
        patient_id = _register(act, said_of(row)).id
    elif not Patient.objects.visible_to(act).live().filter(id=patient_id).exists():
        raise NotFound
    account = Account.objects.select_for_update(of=("self",)).get(id=row.account_id)
    link(act, account, patient_id)
    row.state, row.patient_id, row.document = Registration.ACCEPTED, patient_id, document.strip()
    _decide(act, row, "patient", "document")
    return row


@transaction.atomic
def refuse_registration(act: Act, *, registration_id: UUID, version: int) -> Registration:
    """Nobody came, or it is somebody else: the account stays linked to nobody.

    :raises Decided: if it does not wait any more
    """
    act.require(CONFIRM)
    row = _waiting(act, registration_id, version)
    row.state = Registration.REFUSED
    _decide(act, row)
    announce(act, RegistrationRefused(registration_id=row.id))
    return row


def _waiting(act: Act, registration_id: UUID, version: int) -> Registration:
    row = Registration.objects.visible_to(act).select_for_update().filter(id=registration_id).first()
    if row is None:
        raise NotFound
    if row.state != Registration.PENDING:
        raise Decided
    if row.version != version:
        raise Stale
    return row


def _decide(act: Act, row: Any, *also: str) -> None:
    row.decided_at, row.decided_by_name = act.at, act.by_name
    row.save(update_fields=["state", "decided_at", "decided_by_name", *also])


def _register(act: Act, said: dict[str, str]) -> Patient:
    return patients.register_patient(
        act,
        family=said["family"],
        given=said["given"],
        gender=said.get("gender") or "unknown",
        birth_date=said.get("birth_date") or None,
        telecom=telecom_of(said),
        language=said.get("language", ""),
    )


@transaction.atomic
def invite(
    act: Act,
    *,
    patient_id: UUID,
    kind: str,
    basis: str = "",
    scopes: Sequence[str] = (),
    until: date | None = None,
    document: str = "",
) -> tuple[Invitation, str]:
    """A code that links an account to this patient, or lets somebody stand for him; told once, and kept as a hash.

    The desk invites the patient or, having seen a paper, somebody for him; the patient himself invites somebody for him.
    A newer code for the patient ends his older ones.
    :raises Invalid: for a proxy without matters, without a paper at the desk, of a kind that does not exist, or for a patient
        whose whole birth date, which is asked with the code, is not known
    """
    act.require_for(patient_id, CONFIRM if not act.stands_for else GIVE)
    by_patient = bool(act.stands_for)
    patient = Patient.objects.visible_to(act).live().filter(id=patient_id).first()
    if patient is None:
        raise NotFound
    if kind not in dict(Invitation.KINDS) or (by_patient and kind != "proxy"):
        raise Invalid(kind=_("Choose one of these."))
    if kind == "proxy":
        _check_proxy(act, by_patient, basis, scopes, until, document)
    if len(str(patient.birth_date or "")) != len("1964-03-14"):
        raise Invalid(birth_date=_("Write down the whole birth date of the patient first: it is asked with the code."))
    if kind == "self":
        _withdraw_codes(act, Invitation.objects.filter(patient_id=patient_id, facility_id=act.here, kind=kind))
    code = rules.new_invitation()
    one = Invitation(
        facility_id=act.here,
        patient_id=patient_id,
        kind=kind,
        code_mac=invitation_mac(code),
        expires_at=act.at + rules.INVITATION_LIVES,
        basis=basis if kind == "proxy" else "",
        scopes=[one for one in SCOPES if one in scopes] if kind == "proxy" else [],
        until=until,
        document=document.strip(),
        by_patient=by_patient,
        made_by_name=act.by_name,
        recorded_by_id=act.by,
    )
    one.save(force_insert=True)
    announce(act, PatientInvited(patient_id=patient_id, invitation_id=one.id, kind=kind))
    return one, code


@transaction.atomic
def withdraw_invitation(act: Act, *, patient_id: UUID, invitation_id: UUID) -> None:
    """A code opens nothing any more: it was told to the wrong person, or is not needed. Withdrawn once more it stays so.

    :raises Decided: if somebody has used it meanwhile
    """
    act.require_for(patient_id, CONFIRM if not act.stands_for else GIVE)
    found = Invitation.objects.filter(id=invitation_id, patient_id=patient_id, facility_id=act.here)
    row = found.select_for_update().first()
    if row is None:
        raise NotFound
    if row.used_at is not None:
        raise Decided
    _withdraw_codes(act, found)


def _withdraw_codes(act: Act, found: QuerySet[Invitation]) -> None:
    for row in found.filter(used_at=None, withdrawn_at=None).select_for_update().order_by("id"):
        row.withdrawn_at = act.at
        row.save(update_fields=["withdrawn_at"])
        announce(act, InvitationWithdrawn(patient_id=row.patient_id, invitation_id=row.id))


def _check_proxy(
    act: Act, by_patient: bool, basis: str, scopes: Sequence[str], until: date | None, document: str
) -> None:
    wrong = {}
    if not scopes or set(scopes) - set(SCOPES):
        wrong["scopes"] = _("Choose in which matters.")
    if basis not in dict(Proxy.BASES) or (by_patient and basis != "carer"):
        wrong["basis"] = _("Choose why.")
    if until is not None and until < act.at.date():
        wrong["until"] = _("This day is over.")
    if not by_patient and not document.strip():
        wrong["document"] = _("Which paper did you see?")
    if wrong:
        raise Invalid(**wrong)


@transaction.atomic
def withdraw_proxy(act: Act, *, proxy_id: UUID) -> Proxy:
    """Nobody stands for the patient by this any more, from this moment; by the desk, the patient, or who stands for him.

    Withdrawn once more it stays withdrawn.
    """
    act.require_for_some("portal.use", CONFIRM)
    row = Proxy.objects.select_related("account").select_for_update(of=("self",)).filter(id=proxy_id).first()
    if row is None or row.account.facility_id != act.facility_id or not _may_withdraw(act, row):
        raise NotFound
    if row.withdrawn_at is None:
        _withdraw(act, row)
    return row


def _withdraw(act: Act, row: Proxy) -> None:
    row.withdrawn_at, row.withdrawn_by_name = act.at, act.by_name
    row.save(update_fields=["withdrawn_at", "withdrawn_by_name"])
    announce(act, ProxyWithdrawn(patient_id=row.patient_id, proxy_id=row.id))


def _may_withdraw(act: Act, row: Proxy) -> bool:
    return act.may(CONFIRM) or row.patient_id in act.subjects_with(GIVE) or row.account.user_id == act.by


@transaction.atomic
def close_account(act: Act, *, account_id: UUID) -> Account:
    """Nobody comes in with this account any more, and its sessions end; somebody else may use the contact.

    What it gave away ends with it: codes that nobody has used yet, and proxies; links and browsers by the fact's consequence.
    """
    act.require(CONFIRM)
    found = Account.objects.select_for_update(of=("self",)).select_related("user")
    account = found.filter(id=account_id, facility_id=act.here).first()
    if account is None:
        raise NotFound
    if account.closed_at is None:
        account.closed_at = act.at
        account.save(update_fields=["closed_at"])
        account.user.sessions.filter(ended_at=None).update(ended_at=act.at)
        _end_what_it_gave(act, account)
        announce(act, AccountClosed(account_id=account.id, patient_id=account.patient_id))
    return account


def _end_what_it_gave(act: Act, account: Account) -> None:
    """It may have been somebody else's hands: whom the patient does trust, he lets in once more."""
    given = {"patient_id": account.patient_id, "recorded_by_id": account.user_id, "withdrawn_at": None}
    _withdraw_codes(act, Invitation.objects.filter(**given))
    for row in Proxy.objects.select_for_update().filter(**given).order_by("id"):
        _withdraw(act, row)


@transaction.atomic
def decide_change(act: Act, *, change_id: UUID, version: int, is_accepted: bool) -> ContactChange:
    """Take over how a patient says that he is reached, or not.

    :raises Decided: if it does not wait any more
    """
    act.require(CONFIRM)
    row = ContactChange.objects.visible_to(act).select_for_update().filter(id=change_id).first()
    if row is None:
        raise NotFound
    if row.state != "asked":
        raise Decided
    if row.version != version:
        raise Stale
    if is_accepted:
        _take_over(act, row)
    row.state = "accepted" if is_accepted else "refused"
    _decide(act, row)
    announce(act, ContactChangeDecided(patient_id=row.patient_id, change_id=row.id, state=row.state))
    return row


def _take_over(act: Act, row: ContactChange) -> None:
    """What was written comes first; other ways to reach the patient stay."""
    known, said = identity_of(act, row.patient_id), said_of(row)
    fresh = telecom_of(said)
    replaced = {one["system"] for one in fresh}
    telecom = [*fresh, *(one for one in known.telecom if one.get("system") not in replaced)]
    changes: dict[str, Any] = {"telecom": telecom}
    if said.get("address"):
        changes["addresses"] = [{"text": said["address"]}, *known.addresses[1:]]
    patients.update_patient(act, patient_id=row.patient_id, version=known.patient.version, **changes)
    _sign_in_by(act, row, said)


def _sign_in_by(act: Act, row: ContactChange, said: Mapping[str, str]) -> None:
    """Codes go to where the patient is now: the number before may be somebody else's tomorrow. (Nobody who stands for the
    patient can ask for this.)"""
    found = Account.objects.select_for_update(of=("self",)).filter(patient_id=row.patient_id, closed_at=None)
    account = found.first()
    if account is None or not said.get(account.contact_kind):
        return
    contact = Contact(account.contact_kind, said[account.contact_kind])
    account.contact, account.contact_key = contact.value, contact.key
    try:
        with transaction.atomic():
            account.save(update_fields=["contact", "contact_key"])
    except IntegrityError as error:
        raise ContactTaken from error
    announce(act, AccountMoved(account_id=account.id, patient_id=row.patient_id))


@transaction.atomic
def change_settings(act: Act, *, version: int, **values: int) -> Setting:
    """Say what patients of the facility may do on their own.

    :raises Stale: if somebody changed it since it was read
    """
    act.require(MANAGE)
    row = Setting.objects.select_for_update().filter(facility_id=act.here).first()
    if (row.version if row else 0) != version:
        raise Stale
    row = row or Setting(facility_id=act.here, recorded_by_id=act.by)
    for name, value in values.items():
        setattr(row, name, value)
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise Stale from error  # somebody has just saved the first ones
    announce(act, PortalSettingsChanged(facility_id=act.here))
    return row
