"""What tests of the patients' own door are made of."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from django.db import transaction
from django.test import Client

from salus.accounts.queries import person_by_id
from salus.core.act import Act, system_act
from salus.patients.models import Patient
from salus.portal.linking import link
from salus.portal.models import Account, Proxy
from salus.portal.scopes import SCOPES
from tests import cast

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def an_account(patient: Patient | None, contact: str = "ann@example.org", *, facility: Any = None) -> Account:
    """An account with this contact, linked to the patient where there is one."""
    here = patient.facility_id if patient else facility.id
    account = cast.an_account(here, contact, f"{patient.given} {patient.family}" if patient else "Somebody")
    if patient is not None:
        with transaction.atomic():
            link(system_act(rights=(), door="test", facility_id=here), account, patient.id)
    return account


def a_proxy(account: Account, patient: Patient, scopes: Sequence[str] = tuple(SCOPES), **changes: Any) -> Proxy:
    """The account stands for the patient; a carer with the patient's consent unless said."""
    values: dict[str, Any] = {"basis": "carer", "by_patient": True, "starts_at": LONG_AGO}
    return Proxy.objects.create(account=account, patient=patient, scopes=list(scopes), **(values | changes))


def act_of(account: Account, **changes: Any) -> Act:
    """A fresh act of who holds the account, as a door would make it."""
    person = person_by_id(str(account.user_id), door="test")
    assert person is not None
    values = {name: getattr(person.act, name) for name in Act.__dataclass_fields__ if name not in ("id", "at", "trace")}
    return Act(**(values | {"proved_at": datetime.now(UTC)} | changes))


def own_client(account: Account, *, proved: bool = True, **kwargs: Any) -> Client:
    """A browser in which the holder of the account has just come in at the patients' own door."""
    return cast.own_session(Client(**kwargs), account.user, proved=proved)
