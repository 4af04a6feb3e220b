"""What coverage announces: ids and codes, never names."""

from dataclasses import dataclass
from uuid import UUID

from salus.core.facts import Fact


@dataclass(frozen=True, kw_only=True)
class CoverageRecorded(Fact):
    """It is known who pays for the patient."""

    coverage_id: UUID
