"""What a check finds, and how loudly it is said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from salus.orders.sockets import TIERS, Tier

#: worst first
SEVERITIES = ("contraindicated", "major", "moderate", "minor")
#: Of two medicines, what must never be together is a stop: one of them can be stopped. Everything else may be right for
#: this patient (methotrexate in an ectopic pregnancy), so that it asks why.
_OF_PAIRS: dict[str, Tier] = {
    "contraindicated": "stop",
    "major": "interrupt",
    "moderate": "note",
    "minor": "badge",
}
_OF_ONE: dict[str, Tier] = _OF_PAIRS | {"contraindicated": "interrupt"}


def tier_of(severity: str, *, of_pair: bool = False) -> Tier:
    """How loudly a severity is said where the hospital has not decided otherwise."""
    return (_OF_PAIRS if of_pair else _OF_ONE).get(severity, "note")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found about what stands at `place`.

    `kind` says which words tell it, `says` what goes into them; `rule` is the code of the rule, `row` what it rests on
    (of the record or of the knowledge), `source` the publication behind it, `key` the question that it asks.
    """

    kind: str
    rule: str
    place: int
    tier: Tier
    key: str
    says: Mapping[str, Any] = field(default_factory=dict)
    row: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Setting:
    """What the hospital decided about a rule: another tier (None: as it came), or that it is retired."""

    tier: Tier | None = None
    is_retired: bool = False


def loudness(finding: Finding) -> int:
    """0 is a stop."""
    return TIERS.index(finding.tier)


def as_decided(found: Sequence[Finding], settings: Mapping[str, Setting], floors: Mapping[str, Tier]) -> list[Finding]:
    """Without what the hospital retired, each as loudly as it decided; what has a floor, by its rule or by its kind (a dose
    ten times the most), is never quieter than that, retired or not."""
    kept = []
    for one in found:
        setting, floor = settings.get(one.rule), floors.get(one.rule) or floors.get(one.kind)
        if setting is None:
            kept.append(one)
        elif not setting.is_retired or floor:
            tier = setting.tier or one.tier
            if floor and TIERS.index(tier) > TIERS.index(floor):
                tier = floor
            kept.append(replace(one, tier=tier))
    return kept


def merged(found: Sequence[Finding]) -> list[Finding]:
    """Each question about each place once, the loudest way in which it was found."""
    best: dict[tuple[int, str], Finding] = {}
    for one in found:
        at = (one.place, one.key)
        if at not in best or loudness(one) < loudness(best[at]):
            best[at] = one
    return list(best.values())
