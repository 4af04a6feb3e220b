"""For whom somebody stands, who stands for a patient, and what waits for the desk."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import connection

from salus.core.act import Act
from salus.patients.models import Patient
from salus.portal.models import Account, ContactChange, Invitation, Proxy, Registration
from salus.ui import formatting

_WAITING = """
    SELECT (SELECT count(*) FROM portal_registration WHERE facility_id = %(here)s AND state = 'pending'),
           (SELECT count(*) FROM portal_contactchange WHERE facility_id = %(here)s AND state = 'asked')
"""


@dataclass(frozen=True, slots=True)
class Whose:
    """A patient for whom somebody stands, as this door names him: never more than the own family needs."""

    id: UUID
    given: str
    family: str
    title: str
    birth_date: Any
    mrn: str
    is_self: bool
    language: str = ""

    @property
    def name(self) -> str:
        return " ".join(part for part in (self.given, self.family) if part)

    @property
    def initials(self) -> str:
        return formatting.initials(self.family, self.given)


def people_of(act: Act) -> list[Whose]:
    """The patients for whom this act stands: oneself first, then by name; one statement.

    Which of them a page is about only the caller knows, and notes it.
    """
    act.require("portal.use")
    if not act.stands_for:
        return []
    rows = Patient.objects.visible_to(act).only(
        "id", "given", "family", "title", "birth_date", "mrn", "language", "facility_id"
    )
    selves = {one.patient_id for one in act.stands_for if one.is_self}
    found = [Whose(p.id, p.given, p.family, p.title, p.birth_date, p.mrn, p.id in selves, p.language) for p in rows]
    return sorted(found, key=lambda one: (not one.is_self, one.given, one.family))


def account_of(act: Act) -> Account:
    """The account with which somebody came in.

    :raises DoesNotExist: if it was closed
    """
    act.require("portal.use")
    return Account.objects.get(user_id=act.by, closed_at=None)


def registration_of(account: Account) -> Registration | None:
    """What somebody wrote about himself last."""
    return Registration.objects.filter(account=account).order_by("-created_at", "-id").first()


@dataclass(frozen=True, slots=True)
class StandsFor:
    """One proxy as its patient, its holder and the desk see it."""

    id: UUID
    name: str
    basis: str
    scopes: list[str]
    starts_at: datetime
    until: date | None
    withdrawn_at: datetime | None
    withdrawn_by: str
    granted_by: str
    document: str


def proxies_of(act: Act, patient_id: UUID) -> list[StandsFor]:
    """Who stands, or stood, for a patient: for himself and for the desk; the newest first."""
    act.require_for(patient_id, "portal.give_proxy" if act.stands_for else "portal.confirm_identity")
    rows = Proxy.objects.filter(patient_id=patient_id, account__facility_id=act.here).select_related("account__user")
    found = rows.order_by("withdrawn_at", "-starts_at")[:50]
    return [
        StandsFor(
            one.id,
            one.account.user.display_name,
            one.get_basis_display(),
            one.scopes,
            one.starts_at,
            one.until,
            one.withdrawn_at,
            one.withdrawn_by_name,
            one.granted_by_name,
            one.document,
        )
        for one in found
    ]


def proxies_held(act: Act) -> list[Proxy]:
    """The proxies that somebody holds, for his own page."""
    act.require("portal.use")
    rows = Proxy.objects.filter(account__user_id=act.by, withdrawn_at=None).select_related("patient")
    return list(rows.filter(patient_id__in=act.subjects).order_by("starts_at"))


def invitations_of(act: Act, patient_id: UUID) -> list[Invitation]:
    """Invitations of a patient that nobody has used yet."""
    act.require_for(patient_id, "portal.give_proxy" if act.stands_for else "portal.confirm_identity")
    rows = Invitation.objects.filter(patient_id=patient_id, facility_id=act.here, used_at=None, withdrawn_at=None)
    return list(rows.filter(expires_at__gt=act.at).order_by("-created_at")[:20])


def account_of_patient(act: Act, patient_id: UUID) -> Account | None:
    """The account of a patient, for the desk."""
    act.require("portal.confirm_identity")
    rows = Account.objects.filter(patient_id=patient_id, facility_id=act.here, closed_at=None)
    return rows.select_related("user").first()


def waiting(act: Act) -> tuple[list[Registration], list[ContactChange], tuple[int, int]]:
    """What waits for the desk, the longest waiting first, and how much of each; three statements."""
    act.require("portal.confirm_identity")
    with connection.cursor() as cursor:
        cursor.execute(_WAITING, {"here": act.here})
        counts = cursor.fetchone()
    registrations = Registration.objects.visible_to(act).filter(state=Registration.PENDING)
    changes = ContactChange.objects.visible_to(act).filter(state="asked").select_related("patient")
    shown = list(changes.order_by("created_at")[:50])
    act.shows(*(one.patient_id for one in shown))
    return list(registrations.order_by("created_at")[:50]), shown, counts
