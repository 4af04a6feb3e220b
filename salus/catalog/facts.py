"""What the catalogue announces: ids and codes."""

from dataclasses import dataclass
from uuid import UUID

from salus.core.facts import Fact


@dataclass(frozen=True, kw_only=True)
class PriceSet(Fact):
    """A service has a price in the act's facility, from now or from a day to come."""

    service_id: UUID
    service_code: str
    price_id: UUID


@dataclass(frozen=True, kw_only=True)
class ServiceAdded(Fact):
    """The hospital added a service of its own to what it charges for."""

    service_id: UUID
    service_code: str


@dataclass(frozen=True, kw_only=True)
class ServiceChanged(Fact):
    """How long a visit of this kind takes was changed."""

    service_id: UUID
    service_code: str
