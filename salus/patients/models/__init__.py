"""Tables of this room: who people are, and who may see what of them."""

from salus.patients.models.caring import BreakGlass, CareRelation, Consent, SensitiveCode
from salus.patients.models.people import (
    Identifier,
    NameToken,
    NameVariant,
    NextMrn,
    Patient,
    PatientQuerySet,
    PatientSearchArray,
)

__all__ = [
    "BreakGlass",
    "CareRelation",
    "Consent",
    "Identifier",
    "NameToken",
    "NameVariant",
    "NextMrn",
    "Patient",
    "PatientQuerySet",
    "PatientSearchArray",
    "SensitiveCode",
]
