"""What safety announces: ids and codes, never names."""

from dataclasses import dataclass
from uuid import UUID

from salus.core.facts import Fact


@dataclass(frozen=True, kw_only=True)
class AlertShown(Fact):
    """A safety check stopped or warned somebody.

    `subject` is what the alert is about, `source` the entry that it rests on. `outcome`: `shown` in a draft, `stopped` at
    signing or giving, `overridden` with a reason, or `found` among the orders when an allergy, a problem or a value was
    recorded later; then `practitioner_id` is who ordered it.
    """

    rule: str
    tier: str
    subject: str
    moment: str = ""
    outcome: str = ""
    source: str = ""
    order_id: UUID | None = None
    #: a medicine from outside
    statement_id: UUID | None = None
    practitioner_id: UUID | None = None


@dataclass(frozen=True, kw_only=True)
class RuleDecided(Fact):
    """A facility decided how loudly a rule speaks, whether it speaks, or who answers for it."""

    rule: str
    tier: str = ""
    is_retired: bool = False


@dataclass(frozen=True, kw_only=True)
class RuleReviewed(Fact):
    """Somebody held a statement against its source: `right`, `wrong` or `unsure`."""

    rule: str
    verdict: str


@dataclass(frozen=True, kw_only=True)
class KnowledgeLoaded(Fact):
    """A facility brought lines of its own."""

    file: str
    lines: int
