"""Two medicines that should not meet: interactions, and the same therapy twice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from salus.orders.sockets import Proposed, Tier
from salus.safety.rules.findings import SEVERITIES, Finding, tier_of
from salus.safety.rules.knowledge import GROUP, Interaction, Knowledge, Meant

#: ATC down to the chemical subgroup: five characters (C09AA, ACE inhibitors)
LEVEL_4 = 5


@dataclass(frozen=True, slots=True)
class Pair:
    """What is proposed at `place`, and another one that is proposed with it, or is taken already."""

    place: int
    one: Proposed
    other: Proposed
    is_taken: bool

    @property
    def key(self) -> str:
        """The two medicines, whichever came first."""
        return "|".join(sorted((str(self.one.medicine_id), str(self.other.medicine_id))))

    @property
    def orders(self) -> str:
        """The two orders: a third of the same medicine is another question."""
        one, other = self.one, self.other
        return "|".join(sorted((str(one.order_id or one.medicine_id), str(other.order_id or other.medicine_id))))


def pairs(draft: Sequence[tuple[int, Proposed]], taken: Sequence[Proposed], *, alone: bool = False) -> Iterator[Pair]:
    """Everything proposed with all that is taken, and with what stands before it in the draft.

    :param alone: the proposed things are alternatives, of which one will be taken
    """
    ids = {one.order_id for _place, one in draft if one.order_id}
    for n, (place, one) in enumerate(draft):
        yield from (Pair(place, one, other, True) for other in taken if other.order_id not in ids)
        if not alone:
            yield from (Pair(place, one, other, False) for _place, other in draft[:n])


def check_interactions(found_pairs: Sequence[Pair], known: Knowledge) -> list[Finding]:
    """The worst interaction of each pair of different medicines."""
    statements = sorted(known.of(Interaction), key=lambda said: SEVERITIES.index(said.severity))
    found = []
    for pair in found_pairs if statements else ():
        mine, others = known.meant(pair.one, "interaction"), known.meant(pair.other, "interaction")
        said = next((said for said in statements if _meets(said, mine, others)), None)
        if said is not None and pair.one.medicine_id != pair.other.medicine_id:
            found.append(_interaction(pair, said))
    return found


def _meets(said: Interaction, mine: Meant, others: Meant) -> bool:
    sides = ((said.a, said.a_routes), (said.b, said.b_routes))
    for (a, a_routes), (b, b_routes) in (sides, sides[::-1]):
        if not mine.by(a, a_routes) or not others.by(b, b_routes):
            continue
        # One ingredient in both is the same therapy twice, not an interaction with itself.
        left = {a} if not a.startswith(GROUP) else {one for one in mine.every if not one.startswith(GROUP)}
        right = {b} if not b.startswith(GROUP) else {one for one in others.every if not one.startswith(GROUP)}
        if left != right or len(left) > 1:
            return True
    return False


def _interaction(pair: Pair, said: Interaction) -> Finding:
    says = {
        "medicine": pair.one.name,
        "other": pair.other.name,
        "statement": said.statement,
        "management": said.management,
        "severity": said.severity,
        "is_taken": pair.is_taken,
        "by_route": said.by_route,
    }
    tier = tier_of(said.severity, of_pair=True)
    return Finding("interaction", said.code, pair.place, tier, f"interaction|{pair.key}", says, said.row, said.source)


def check_duplicates(found_pairs: Sequence[Pair], known: Knowledge) -> list[Finding]:
    """The same ingredient twice, or two medicines of one chemical subgroup."""
    found = []
    for pair in found_pairs:
        shared = sorted({i.casefold() for i in pair.one.ingredients} & {i.casefold() for i in pair.other.ingredients})
        twice = [one for one in shared if not _is_elsewhere(pair, one, known)]
        if twice:
            found.append(_duplicate(pair, "duplicate.ingredient", ", ".join(twice)))
        elif shared:
            continue
        elif len(pair.one.atc) >= LEVEL_4 and pair.one.atc[:LEVEL_4] == pair.other.atc[:LEVEL_4]:
            found.append(_duplicate(pair, "duplicate.class", pair.one.atc[:LEVEL_4]))
    return found


def _is_elsewhere(pair: Pair, ingredient: str, known: Knowledge) -> bool:
    """By two routes, by one of which it stays where it is put: drops for the ear beside tablets are not the same twice."""
    spared = any(known.is_spared(one, ingredient, "duplicate") for one in (pair.one, pair.other))
    return spared and pair.one.route != pair.other.route


def _duplicate(pair: Pair, rule: str, what: str) -> Finding:
    says = {"medicine": pair.one.name, "other": pair.other.name, "what": what, "is_taken": pair.is_taken}
    says["since"] = pair.other.at
    # A tablet and its drip, or the regular dose and one as needed, are often meant so.
    meant = pair.one.route != pair.other.route or pair.one.as_needed != pair.other.as_needed
    tier: Tier = "interrupt" if rule == "duplicate.ingredient" and not meant else "note"
    return Finding(rule, rule, pair.place, tier, f"{rule}|{pair.orders}", says)
