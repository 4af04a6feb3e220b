"""Sick notes that a patient reads and prints himself, or whoever stands for him in that."""

from uuid import UUID

from django.db.models import QuerySet

from salus.chart.models import Certificate
from salus.core.act import Act

SEE = "portal.see_certificates"
_PAGE = 60


def certificates_of(act: Act, patient_id: UUID) -> list[Certificate]:
    """The sick notes of a patient, the newest first; those that were withdrawn say so."""
    return list(_shown(act, patient_id).order_by("-issued_at", "-id")[:_PAGE])


def certificate_of(act: Act, patient_id: UUID, certificate_id: UUID) -> Certificate | None:
    """One of them that holds, or None: a paper that was withdrawn is made no more."""
    return _shown(act, patient_id).filter(id=certificate_id, status=Certificate.ISSUED).first()


def _shown(act: Act, patient_id: UUID) -> QuerySet[Certificate]:
    act.require_for(patient_id, SEE)
    act.shows(patient_id)
    return Certificate.objects.of_patient(act, patient_id).valid().filter(kind="sick")
