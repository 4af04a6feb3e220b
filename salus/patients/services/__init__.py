"""Acts on patients: who they are, and who cares for them."""

from salus.patients.services.identity import BadPhoto, IdentifierTaken, register_patient, update_patient
from salus.patients.services.relations import end_care_relation, start_care_relation

__all__ = [
    "BadPhoto",
    "IdentifierTaken",
    "end_care_relation",
    "register_patient",
    "start_care_relation",
    "update_patient",
]
