"""Reads of patients: searching, likely duplicates, identity."""

from salus.patients.queries.duplicates import LikelyDuplicate, likely_duplicates
from salus.patients.queries.identity import (
    Carer,
    Identity,
    identity_of,
    identity_with,
    patient_by_identifier,
    patients_by_ids,
    patients_in_care,
    who_cares,
)
from salus.patients.queries.lines import PatientLine, flag_similar
from salus.patients.queries.search import search_patients

__all__ = [
    "Carer",
    "Identity",
    "LikelyDuplicate",
    "PatientLine",
    "flag_similar",
    "identity_of",
    "identity_with",
    "likely_duplicates",
    "patient_by_identifier",
    "patients_by_ids",
    "patients_in_care",
    "search_patients",
    "who_cares",
]
