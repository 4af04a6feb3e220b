"""What encounters announces: ids and codes, never names."""

from dataclasses import dataclass
from uuid import UUID

from salus.core.facts import Fact


@dataclass(frozen=True, kw_only=True)
class EncounterStarted(Fact):
    """The patient is here."""

    encounter_id: UUID
    department_id: UUID | None = None
    practitioner_id: UUID | None = None
    service_code: str = ""


@dataclass(frozen=True, kw_only=True)
class EncounterMoved(Fact):
    """The visit has come to another state; whoever calls the patient in becomes the one who treats."""

    encounter_id: UUID
    status: str
    was: str = ""
    practitioner_id: UUID | None = None


@dataclass(frozen=True, kw_only=True)
class EncounterFinished(Fact):
    """The visit is over."""

    encounter_id: UUID
