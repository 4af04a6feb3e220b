"""An allergy to one substance that speaks against another."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from salus.orders.sockets import Proposed
from salus.safety.rules.allergies import KnownAllergy, Substance, named_in
from salus.safety.rules.findings import Finding, tier_of
from salus.safety.rules.knowledge import CrossReaction, Knowledge, terms


def check_cross_reactions(
    draft: Sequence[tuple[int, Proposed]],
    allergies: Sequence[KnownAllergy],
    known: Knowledge,
    substances: Sequence[Substance] = (),
    stopped: Mapping[int, Collection[object]] | None = None,
) -> list[Finding]:
    """Medicines that may do what a recorded allergy did.

    :param stopped: by place, the ids of allergies that stop it already: they are not told twice
    """
    statements = known.of(CrossReaction)
    if not statements or not allergies:
        return []
    meant = [(one, _terms(one, known, substances)) for one in allergies]
    found = []
    for place, one in draft:
        mine = known.meant(one, "cross")
        for said in (said for said in statements if mine.by(said.medicine, said.routes)):
            for allergy, words in meant:
                if said.allergy not in words or allergy.id in (stopped or {}).get(place, ()):
                    continue
                says: dict[str, Any] = {"medicine": one.name, "allergy": allergy.display, "statement": said.statement}
                says["by_route"] = said.by_route
                key = f"cross|{one.medicine_id}|{allergy.id}"
                row = f"chart.allergyintolerance:{allergy.id}"
                found.append(Finding("cross", said.code, place, tier_of(said.severity), key, says, row, said.source))
    return found


def _terms(allergy: KnownAllergy, known: Knowledge, substances: Sequence[Substance]) -> frozenset[str]:
    named = () if allergy.is_read else named_in(allergy.display, substances)
    ingredients = [*allergy.ingredients, *(one for substance in named for one in substance.ingredients)]
    groups = [*allergy.allergy_groups, *(one for substance in named for one in substance.allergy_groups)]
    return frozenset(terms(ingredients, groups, known.groups))
