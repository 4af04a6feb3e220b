"""An account becomes a patient's."""

from uuid import UUID

from django.db import IntegrityError, transaction

from salus.accounts import services as accounts
from salus.core.act import Act
from salus.core.announce import announce
from salus.core.errors import Conflict
from salus.patients.models import Patient
from salus.portal.facts import AccountLinked
from salus.portal.models import Account


class StandsForSomebodyElse(Conflict):
    """This account is another patient's already. The patient needs an account of his or her own."""


def link(act: Act, account: Account, patient_id: UUID) -> None:
    """This account is that patient's from now on, and called by his name; for who has seen it or was invited.

    :raises StandsForSomebodyElse: if either has another one
    """
    if account.patient_id not in (None, patient_id):
        raise StandsForSomebodyElse
    account.patient_id = patient_id
    try:
        with transaction.atomic():
            account.save(update_fields=["patient"])
    except IntegrityError as error:
        raise StandsForSomebodyElse from error
    known = Patient.objects.only("given", "family").get(id=patient_id)
    name = " ".join(part for part in (known.given, known.family) if part)
    if name:
        system = act.caused_by(rights={"accounts.open_patient_user"})
        accounts.name_patient_user(system, user_id=account.user_id, display_name=name)
    announce(act, AccountLinked(patient_id=patient_id, account_id=account.id))
