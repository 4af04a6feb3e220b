"""What coverage announces: ids and codes, never names."""

from dataclasses import dataclass
from uuid import UUID

from salus.core.facts import Fact


@dataclass(frozen=True, kw_only=True)
class CoverageRecorded(Fact):
    """It is known who pays for the patient."""

    coverage_id: UUID


@dataclass(frozen=True, kw_only=True)
class CoverageChanged(Fact):
    """What is known of a cover is other than before: `changed`, `ended` or `voided`."""

    coverage_id: UUID
    change: str
