"""What patients announces: ids and codes, never names."""

from dataclasses import dataclass
from uuid import UUID

from salus.core.facts import Fact


@dataclass(frozen=True, kw_only=True)
class PatientRegistered(Fact):
    """Somebody is known here from now on."""

    facility_id: UUID


@dataclass(frozen=True, kw_only=True)
class PatientUpdated(Fact):
    """Who the patient is, or how to reach him or her, was changed."""

    changed: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class CareRelationStarted(Fact):
    """Somebody, or a department, cares for the patient from now on."""

    relation_id: UUID
