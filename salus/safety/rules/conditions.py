"""What speaks against a medicine in this patient: a disease, or the age."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from salus.orders.sockets import Proposed
from salus.safety.rules.findings import Finding, tier_of
from salus.safety.rules.knowledge import AgeLimit, Contraindication, Knowledge
from salus.safety.rules.people import Person, first_met


def check_conditions(draft: Sequence[tuple[int, Proposed]], person: Person, known: Knowledge) -> list[Finding]:
    """Active problems that speak against a medicine."""
    found = []
    for place, one in draft:
        meant = known.meant(one, "contraindication")
        for said in known.of(Contraindication):
            is_meant = meant.by(said.medicine, said.routes)
            problem = first_met(person.problems, said.conditions) if is_meant else None
            if problem is None:
                continue
            says: dict[str, Any] = {"medicine": one.name, "problem": problem.display, "statement": said.statement}
            says["by_route"] = said.by_route
            key = f"contraindication|{one.medicine_id}|{problem.code}"
            tier = tier_of(said.severity)
            row = problem.row or said.row
            found.append(Finding("contraindication", said.code, place, tier, key, says, row, said.source))
    return found


def check_ages(draft: Sequence[tuple[int, Proposed]], person: Person, known: Knowledge) -> list[Finding]:
    """Ages at which something speaks against a medicine."""
    found = []
    for place, one in draft:
        meant = known.meant(one, "age")
        for said in known.of(AgeLimit):
            if meant.by(said.medicine, said.routes) and person.is_aged(said.age_from, said.age_until):
                says: dict[str, Any] = {"medicine": one.name, "years": person.years, "statement": said.statement}
                says["by_route"] = said.by_route
                key = f"age|{one.medicine_id}"
                tier = tier_of(said.severity)
                found.append(Finding("age", said.code, place, tier, key, says, said.row, said.source))
    return found
