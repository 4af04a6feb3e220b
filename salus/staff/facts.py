"""What staff announces: ids and codes, never names."""

from dataclasses import dataclass
from uuid import UUID

from salus.core.facts import Fact


@dataclass(frozen=True, kw_only=True)
class StaffMemberChanged(Fact):
    """A member of staff was hired, changed or retired."""

    staff_id: UUID
    change: str
