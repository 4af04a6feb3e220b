"""What safety announces: ids and codes, never names."""

from dataclasses import dataclass

from salus.core.facts import Fact


@dataclass(frozen=True, kw_only=True)
class AlertShown(Fact):
    """A safety check stopped or warned somebody."""

    rule: str
    tier: str
    subject: str
