"""What the steps of the world share: the facility with its visit, and what each page may ask for."""

import base64
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from salus.patients.models import Patient
from tests.cast import Cast

#: one grey point
PHOTO = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg==")

MEDICINE = "paracetamol-500-mg-tablet"

TESTS = ("na", "k", "creat", "glu")


@dataclass
class World:
    """One facility with one visit in it. `ids` has one id for each name that a route may ask for.

    `further`: role and address of pages that offer what the pages of `ids` do not, in their state.
    """

    cast: Cast
    patient: Patient
    encounter_id: UUID
    ids: dict[str, Any] = field(default_factory=dict)
    further: list[tuple[str, str]] = field(default_factory=list)


def secret_of(patient: Patient) -> str:
    """A word that stands in the record of this patient alone: nobody sees it who may not open the record."""
    return f"told-in-confidence-{patient.mrn}"
