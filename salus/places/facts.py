"""What places announces: ids and codes, never names."""

from dataclasses import dataclass
from uuid import UUID

from salus.core.facts import Fact


@dataclass(frozen=True, kw_only=True)
class DepartmentChanged(Fact):
    """A department was made, changed or retired."""

    department_id: UUID
    change: str
