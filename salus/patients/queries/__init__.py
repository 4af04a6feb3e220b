"""Reads of patients: searching, likely duplicates, identity."""

from salus.patients.queries.duplicates import LikelyDuplicate, likely_duplicates
from salus.patients.queries.identity import Identity, identity_of, patient_by_identifier, patients_by_ids
from salus.patients.queries.lines import PatientLine, flag_similar
from salus.patients.queries.search import search_patients

__all__ = [
    "Identity",
    "LikelyDuplicate",
    "PatientLine",
    "flag_similar",
    "identity_of",
    "likely_duplicates",
    "patient_by_identifier",
    "patients_by_ids",
    "search_patients",
]
