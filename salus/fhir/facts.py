"""What fhir announces: ids and codes, never names."""

from dataclasses import dataclass

from salus.core.facts import Fact


@dataclass(frozen=True, kw_only=True)
class RecordImported(Fact):
    """A record came in from elsewhere. It neither bills nor pages anyone."""

    file: str
    resources: int
