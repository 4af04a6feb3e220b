"""Acts of arriving: an account for somebody whose contact was proved, what he wrote about himself, what he was invited to."""

import json
from collections.abc import Mapping
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from salus.accounts import services as accounts
from salus.core import indexes
from salus.core.act import OWN_DOOR, Act
from salus.core.announce import announce
from salus.core.errors import Conflict, Invalid, NotFound
from salus.core.numbers import next_without_gap, with_check_digit
from salus.portal.arriving import account_with
from salus.portal.contacts import Contact
from salus.portal.facts import AccountOpened, ProxyGranted
from salus.portal.linking import StandsForSomebodyElse, link
from salus.portal.models import Account, Invitation, Proxy, Registration

ARRIVE = "portal.arrive"
_FIRST = 1000


class DoesNotFit(Invalid):
    """This code and birth date do not fit, or the code is too old or was used. Ask the desk for a new one."""


@transaction.atomic
def open_account(act: Act, *, contact: Contact, name: str, language: str, facility_id: UUID) -> Account:
    """An account for somebody who proved that a contact is his; linked to nobody.

    :raises Conflict: if somebody opened one with it at this moment
    """
    act.require(ARRIVE)
    rights = {"accounts.open_patient_user"}
    user = accounts.open_patient_user(
        act.caused_by(rights=rights), display_name=name or _("Visitor"), facility_id=facility_id
    )
    account = Account(
        user=user,
        facility_id=facility_id,
        contact=contact.value,
        contact_kind=contact.kind,
        contact_key=contact.key,
        language=language,
        recorded_by_id=user.id,
    )
    if indexes.hold(f"portal-{contact.kind}", [contact.value]) and account_with(contact):
        raise Conflict
    try:
        with transaction.atomic():
            account.save(force_insert=True)
    except IntegrityError as error:
        raise Conflict from error
    announce(act, AccountOpened(account_id=account.id, user_id=user.id))
    return account


@transaction.atomic
def keep_registration(act: Act, *, account_id: UUID, said: Mapping[str, str]) -> Registration:
    """What somebody wrote about himself waits for the desk; whoever wrote it twice has the newer one."""
    act.require(ARRIVE)
    account = Account.objects.select_for_update().get(id=account_id)
    row = Registration.objects.filter(account=account, state=Registration.PENDING).first()
    if row is None:
        number = with_check_digit(_FIRST + next_without_gap("portal.registration", account.facility_id))
        row = Registration(facility_id=account.facility_id, account=account, recorded_by_id=account.user_id)
        row.number = f"W{number}"
    row.said = json.dumps(dict(said))
    row.save()
    return row


@transaction.atomic
def accept_invitation(act: Act, *, account_id: UUID, invitation_id: UUID) -> Invitation:
    """Link the account to the patient, or let it stand for him; the code is used up.

    :raises DoesNotFit: if it was used, withdrawn or is too old
    :raises StandsForSomebodyElse: if the account is another patient's, or the patient has another account
    """
    act.require_any(ARRIVE, OWN_DOOR)
    account = Account.objects.select_for_update(of=("self",)).get(id=account_id, closed_at=None)
    if not act.may(ARRIVE) and account.user_id != act.by:
        raise NotFound
    found = Invitation.objects.select_for_update().filter(id=invitation_id, facility_id=account.facility_id)
    one = found.filter(used_at=None, withdrawn_at=None, expires_at__gt=act.at).first()
    if one is None:
        raise DoesNotFit
    if one.kind == "self":
        link(act, account, one.patient_id)
    else:
        _stand_for(act, account, one)
    one.used_at, one.account = act.at, account
    one.save(update_fields=["used_at", "account"])
    return one


def _stand_for(act: Act, account: Account, one: Invitation) -> None:
    if account.patient_id == one.patient_id:
        raise StandsForSomebodyElse(_("This is the patient's own account: nobody needs to stand for him or her here."))
    Proxy.objects.filter(account=account, patient_id=one.patient_id, withdrawn_at=None).update(
        withdrawn_at=act.at, withdrawn_by_name=_("a newer one")
    )
    proxy = Proxy(
        account=account,
        patient_id=one.patient_id,
        basis=one.basis,
        scopes=one.scopes,
        starts_at=act.at,
        until=one.until,
        document=one.document,
        by_patient=one.by_patient,
        granted_by_name=one.made_by_name,
        recorded_by_id=one.recorded_by_id,
    )
    proxy.save(force_insert=True)
    announce(act, ProxyGranted(patient_id=one.patient_id, proxy_id=proxy.id, account_id=account.id))
