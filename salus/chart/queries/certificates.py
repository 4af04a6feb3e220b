"""Certificates of a patient, and whether a paper that somebody holds is genuine."""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from salus.chart.codes import as_typed
from salus.chart.models import Certificate
from salus.core.act import Act
from salus.core.errors import NotFound
from salus.patients.access.reading import require_open
from salus.ui import formatting


def certificates_of(act: Act, patient_id: UUID) -> list[Certificate]:
    """The certificates that were issued about a patient, newest first."""
    return list(Certificate.objects.of_patient(act, patient_id).order_by("-issued_at")[:40])


def certificate_of(act: Act, patient_id: UUID, certificate_id: UUID) -> Certificate:
    """One certificate, for printing.

    :raises Barred: if the record is not open to the doer
    :raises NotFound: if it is none of this patient's that the act may read
    """
    require_open(act, patient_id)
    row = Certificate.objects.of_patient(act, patient_id).filter(id=certificate_id).first()
    if row is None:
        raise NotFound
    return row


@dataclass(frozen=True, slots=True)
class Proof:
    """All that whoever holds a paper is told: nothing that does not stand on it."""

    patient_id: UUID
    facility_id: UUID
    house: str
    kind: str
    number: str
    issued_at: datetime
    issuer: str
    initials: str
    birth_year: str
    valid_until: date | None
    withdrawn_at: datetime | None


def proof_of(act: Act, code: str) -> Proof | None:
    """What is proved by the secret of a paper, or nothing if we did not give it."""
    act.require("chart.prove_certificate")
    key = hashlib.sha256(as_typed(code).encode()).digest()
    row = (
        Certificate.objects.select_related("patient", "facility").filter(token_key=key, voided_at__isnull=True).first()
    )
    if row is None:
        return None
    patient = row.patient
    return Proof(
        patient.id,
        row.facility_id,
        row.facility.name,
        row.kind,
        row.number,
        row.issued_at,
        row.issuer_name,
        formatting.initials(patient.given, patient.family),
        str(patient.born_on.year) if patient.born_on else "",
        row.valid_until,
        row.withdrawn_at,
    )
