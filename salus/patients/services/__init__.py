"""Acts on patients: who they are, and who cares for them."""

from salus.patients.services.consents import (
    AlreadyWithdrawn,
    ForOneself,
    end_referral,
    protect_patient,
    record_consent,
    refer_patient,
    withdraw_consent,
)
from salus.patients.services.emergency import AlreadyReviewed, OwnCase, break_glass, end_glass, review_glass
from salus.patients.services.identity import BadPhoto, IdentifierTaken, register_patient, update_patient
from salus.patients.services.relations import end_care_relation, start_care_relation
from salus.patients.services.sensitive import add_sensitive_code, set_sensitive_code

__all__ = [
    "AlreadyReviewed",
    "AlreadyWithdrawn",
    "BadPhoto",
    "ForOneself",
    "IdentifierTaken",
    "OwnCase",
    "add_sensitive_code",
    "break_glass",
    "end_care_relation",
    "end_glass",
    "end_referral",
    "protect_patient",
    "record_consent",
    "refer_patient",
    "register_patient",
    "review_glass",
    "set_sensitive_code",
    "start_care_relation",
    "update_patient",
    "withdraw_consent",
]
