"""The demonstration's people at the patients' own door: a patient, a parent, and somebody who waits at the desk."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.contrib.auth.hashers import make_password

from salus.accounts.models import User
from salus.billing.models import Invoice
from salus.chart.models import Observation
from salus.core.act import Act, system_act
from salus.patients.models import Patient
from salus.places.models import Facility
from salus.portal.contacts import contact_of
from salus.portal.linking import link
from salus.portal.models import Account, ContactChange, Proxy, Release
from salus.portal.scopes import SCOPES
from salus.portal.services import opening
from salus.scheduling.models import Appointment


@dataclass(frozen=True, slots=True)
class Guest:
    """Somebody who signs in at the patients' own door of the demonstration."""

    username: str
    contact: str


PATIENT, PARENT = Guest("demo-patient", "patient@example.org"), Guest("demo-parent", "parent@example.org")


def open_the_patients_door(facility: Facility, at: datetime, password: str) -> None:
    """Two accounts with a password, a child for whom one stands, a registration and a wish that wait for the desk."""
    act = system_act(rights={opening.ARRIVE}, door="demonstration", facility_id=facility.id, at=at)
    booked = Appointment.objects.filter(facility=facility, status="booked", period__startswith__gt=at)
    grown_up, small = at.date() - timedelta(days=30 * 365), at.date() - timedelta(days=12 * 365)
    known = booked.filter(patient__staff_member=None, patient__is_vip=False).order_by("period", "id")
    grown = known.filter(patient__born_on__lt=grown_up, patient__in=Invoice.objects.values("patient_id"))
    patients = list(dict.fromkeys(grown.values_list("patient_id", flat=True)))[:2]
    child = known.filter(patient__born_on__gt=small).values_list("patient_id", flat=True).first()
    for guest, patient_id in zip((PATIENT, PARENT), patients, strict=False):
        account = _account(act, facility, guest, Patient.objects.get(id=patient_id), password)
        _show_results(act, patient_id)
        if guest is PARENT and child:
            Proxy.objects.create(
                account=account,
                patient_id=child,
                basis="parent",
                scopes=list(SCOPES),
                starts_at=at,
                document="Birth certificate",
                granted_by_name="Reception",
            )
    _wait_at_the_desk(act, facility, patients)


def _account(act: Act, facility: Facility, guest: Guest, patient: Patient, password: str) -> Account:
    name = f"{patient.given} {patient.family}"
    contact = contact_of(guest.contact)
    account = opening.open_account(act, contact=contact, name=name, language="en", facility_id=facility.id)
    hashed = make_password(password, salt=f"{account.user_id.hex:.24}")
    User.objects.filter(id=account.user_id).update(username=guest.username, password=hashed)
    link(act, account, patient.id)
    return account


def _show_results(act: Act, patient_id: UUID) -> None:
    """The newest is shown at once by a clinician; all that is older shows by itself."""
    rows = Observation.objects.filter(patient_id=patient_id, category="laboratory", labels=[])
    newest = rows.order_by("-at", "id").first()
    if newest is not None:
        Release.objects.create(
            patient_id=patient_id, observation=newest, is_shown=True, said_at=act.at, said_by_name="Dr Okoye"
        )


def _wait_at_the_desk(act: Act, facility: Facility, patients: Sequence[UUID]) -> None:
    contact = contact_of("newcomer@example.org")
    newcomer = opening.open_account(act, contact=contact, name="Noor Newcomer", language="en", facility_id=facility.id)
    said = {
        "given": "Noor",
        "family": "Newcomer",
        "birth_date": "1991-04-17",
        "gender": "female",
        "email": contact.value,
    }
    opening.keep_registration(act, account_id=newcomer.id, said=said)
    if patients:
        wish = ContactChange(
            patient_id=patients[0], facility_id=facility.id, said=json.dumps({"phone": "+447700900321"})
        )
        wish.save(force_insert=True)
