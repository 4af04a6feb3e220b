"""Certificates: composed from the record, signed, numbered without gaps, proved by a secret on the paper, withdrawn."""

import hashlib
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from salus.chart import composing
from salus.chart.codes import new_token
from salus.chart.composing import Birth, Death
from salus.chart.facts import CertificateIssued, CertificateWithdrawn
from salus.chart.models import Certificate, FamilyMember
from salus.chart.standing import has_come, lock_patient, standing
from salus.core.act import Act
from salus.core.announce import announce
from salus.core.dates import PartialDate
from salus.core.errors import Conflict, Invalid, NotAllowed, Stale
from salus.core.ids import uuid7
from salus.core.numbers import next_without_gap
from salus.patients import services as patients
from salus.patients.access import FIND
from salus.patients.access.reading import patient_known
from salus.patients.models import Patient
from salus.places.models import Facility
from salus.ui import formatting

#: a sick note reaches back so far and forward so far
_BACK, _FORWARD = timedelta(days=31), timedelta(days=366)


class AlreadyCertified(Conflict):
    """Such a certificate stands already. Withdraw it before another one is issued."""


class NotHere(Conflict):
    """This cannot be certified of this patient."""


@transaction.atomic
def issue_sick_note(
    act: Act,
    *,
    patient_id: UUID,
    valid_from: date,
    valid_until: date,
    extent: str = "work",
    diagnosis: str = "",
    remark: str = "",
    encounter_id: UUID | None = None,
) -> Certificate:
    """Certify that a patient cannot work, learn or do sports for some days; the diagnosis stands there only if it is given.

    :raises Invalid: for days out of order, or too far back or ahead
    """
    act.require("chart.issue_certificate")
    patient = _patient(act, patient_id, encounter_id)
    today = formatting.local(act.at).date()
    wrong: dict[str, str] = {}
    if valid_until < valid_from:
        wrong["valid_until"] = _("The last day is before the first.")
    elif valid_until - valid_from > _FORWARD:
        wrong["valid_until"] = _("A sick note covers a year at most.")
    if valid_from < today - _BACK or valid_from > today + _BACK:
        wrong["valid_from"] = _("A sick note begins at most a month before or after the day on which it is signed.")
    if patient.is_deceased:
        raise NotHere(_("The patient has died."))
    if wrong:
        raise Invalid(**wrong)
    content = composing.sick_note(patient, valid_from, valid_until, extent=extent, diagnosis=diagnosis, remark=remark)
    period = {"valid_from": valid_from, "valid_until": valid_until}
    return _issue(act, patient, "sick", content, encounter_id=encounter_id, **period)


@transaction.atomic
def issue_birth_certificate(
    act: Act, *, patient_id: UUID, mother_id: UUID, birth: Birth, encounter_id: UUID | None = None
) -> Certificate:
    """Certify that this child was born of this mother; the mother stands among the child's relatives from then on.

    :raises Invalid: if the day is not the child's day of birth, or the mother is not older
    :raises NotFound: if the doer may not find the mother
    :raises AlreadyCertified: if the child has one
    """
    act.require("chart.issue_certificate")
    child = _patient(act, patient_id, encounter_id)
    mother = patient_known(act, mother_id, to=FIND).patient
    wrong: dict[str, str] = {}
    if child.born_on is None or formatting.local(birth.at).date() != child.born_on:
        wrong["born_at"] = _("This is not the child's day of birth as it is registered.")
    if mother.id == child.id or (mother.born_on and child.born_on and mother.born_on >= child.born_on):
        wrong["mother"] = _("This cannot be the mother.")
    if birth.weight is not None and not 100 <= birth.weight <= 9000:
        wrong["weight"] = _("Write the weight in grams.")
    if birth.length is not None and not 10 <= birth.length <= 80:
        wrong["length"] = _("Write the length in centimetres.")
    if wrong:
        raise Invalid(**wrong)
    content = composing.birth(child, mother, birth)
    certificate = _issue(act, child, "birth", content, encounter_id=encounter_id, related_id=mother.id)
    _relate(act, child, mother, certificate)
    return certificate


def _relate(act: Act, child: Patient, mother: Patient, certificate: Certificate) -> None:
    FamilyMember.objects.create(
        patient_id=child.id,
        status="partial",
        code_system=composing.ROLE,
        code="MTH",
        display=composing.mother_word(),
        name=formatting.full_name(mother.family, mother.given),
        gender=mother.gender,
        relative_id=mother.id,
        recorded=PartialDate.of(act.at.replace(microsecond=0)),
        recorded_at=act.at,
        source=f"chart.certificate:{certificate.id}",
        recorded_by_id=act.by,
    )


@transaction.atomic
def issue_death_certificate(
    act: Act, *, patient_id: UUID, death: Death, encounter_id: UUID | None = None
) -> Certificate:
    """Certify a death and its causes; the patient is marked as deceased in the same act.

    :raises Invalid: without a cause, or for a day to come or before birth
    :raises AlreadyCertified: if the patient has one
    """
    act.require("chart.issue_certificate")
    patient = _patient(act, patient_id, encounter_id)
    wrong: dict[str, str] = {}
    try:
        died = PartialDate.parse(death.on)
    except ValueError as error:
        raise Invalid(died=_("Write the date like 14-Mar-1964.")) from error
    if not has_come(died, act.at):
        wrong["died"] = _("This date has not come yet.")
    elif patient.born_on is not None and died.day < patient.born_on:
        wrong["died"] = _("This is before the patient was born.")
    if not any(cause.strip() for cause, _interval in death.causes):
        wrong["cause_1"] = _("Say what led directly to death.")
    if wrong:
        raise Invalid(**wrong)
    certificate = _issue(act, patient, "death", composing.death(patient, death), encounter_id=encounter_id)
    _mark(act, patient, deceased=death.on, is_deceased=True)
    return certificate


def _mark(act: Act, patient: Patient, **changes: Any) -> None:
    """Whoever may certify a death may say that somebody is dead: no other right of the desk comes with it."""
    acting = replace(act, rights=act.rights | {"patients.update_patient"})
    patients.update_patient(acting, patient_id=patient.id, version=patient.version, **changes)


def _patient(act: Act, patient_id: UUID, encounter_id: UUID | None) -> Patient:
    """The patient, locked: of two who certify the same, the second sees what the first did."""
    if act.practitioner_id is None:
        raise NotAllowed("chart.issue_certificate", _("Only who practises here signs certificates."))
    standing(act, patient_id, encounter_id)
    lock_patient(patient_id)
    return Patient.objects.get(id=patient_id)


def _issue(act: Act, patient: Patient, kind: str, content: dict[str, Any], **columns: Any) -> Certificate:
    standing_ones = Certificate.objects.filter(patient_id=patient.id, kind=kind, status=Certificate.ISSUED)
    if kind != "sick" and standing_ones.exists():
        raise AlreadyCertified
    facility = Facility.objects.get(id=act.here)
    year = formatting.local(act.at).year
    token = new_token()
    assert act.practitioner_id is not None, "who signs was asked for before"
    certificate = Certificate(
        id=uuid7(),
        patient_id=patient.id,
        facility=facility,
        kind=kind,
        status=Certificate.ISSUED,
        issued_at=act.at,
        issuer_id=act.practitioner_id,
        issuer_name=act.by_name,
        content=content | {"house": facility.name, "issuer": act.by_name},
        token=token,
        token_key=hashlib.sha256(token.encode()).digest(),
        recorded_by_id=act.by,
        **columns,
    )
    # last: the counter's row stays locked until the act commits
    certificate.number = f"{year}-{next_without_gap(f'certificate-{year}', act.here):06d}"
    certificate.save(force_insert=True)
    announce(act, CertificateIssued(patient_id=patient.id, certificate_id=certificate.id, kind=kind))
    return certificate


@transaction.atomic
def withdraw_certificate(
    act: Act, *, patient_id: UUID, certificate_id: UUID, version: int, reason: str, is_alive: bool = False
) -> Certificate:
    """Withdraw a certificate: whoever asks about the paper from then on is told so.

    :param is_alive: of a death that was certified by mistake: the patient is no more marked as deceased
    :raises Invalid: without a reason
    :raises Stale: if somebody changed it since it was read
    """
    act.require("chart.issue_certificate")
    standing(act, patient_id)
    rows = Certificate.objects.visible_to(act).select_for_update(no_key=True, of=("self",))
    certificate = rows.get(id=certificate_id, patient_id=patient_id)
    if certificate.version != version or certificate.status != Certificate.ISSUED:
        raise Stale
    if not reason.strip():
        raise Invalid(reason=_("Say why it is withdrawn."))
    certificate.status = Certificate.WITHDRAWN
    certificate.withdrawn_at, certificate.withdrawn_by_id, certificate.withdrawal = act.at, act.by, reason.strip()
    certificate.save(update_fields=["status", "withdrawn_at", "withdrawn_by_id", "withdrawal"])
    if certificate.kind == "birth":
        related = FamilyMember.objects.filter(source=f"chart.certificate:{certificate.id}", voided_at__isnull=True)
        related.update(voided_at=act.at, voided_by_id=act.by, void_reason=reason.strip())
    if certificate.kind == "death" and is_alive:
        _mark(act, Patient.objects.get(id=patient_id), deceased=None, is_deceased=False)
    announce(act, CertificateWithdrawn(patient_id=patient_id, certificate_id=certificate.id, kind=certificate.kind))
    return certificate
