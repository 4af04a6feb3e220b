"""What lab announces: ids and codes, never names."""

from dataclasses import dataclass
from uuid import UUID

from salus.core.facts import Fact


@dataclass(frozen=True, kw_only=True)
class SpecimenCollected(Fact):
    """A specimen was taken."""

    specimen_id: UUID
    request_ids: tuple[UUID, ...]


@dataclass(frozen=True, kw_only=True)
class SpecimenRejected(Fact):
    """A specimen cannot be used; the test waits for another."""

    request_id: UUID
    reason: str


@dataclass(frozen=True, kw_only=True)
class ResultEntered(Fact):
    """Values were entered; a second person has to verify them."""

    request_id: UUID


@dataclass(frozen=True, kw_only=True)
class ResultVerified(Fact):
    """The results of one request are final."""

    request_id: UUID
    order_id: UUID
    test_code: str
    service_code: str = ""
    encounter_id: UUID | None = None
    department_id: UUID | None = None
    is_critical: bool = False


@dataclass(frozen=True, kw_only=True)
class ResultCorrected(Fact):
    """A final result was corrected."""

    request_id: UUID
    result_id: UUID
