"""A medicine that is given once a week: daily it kills."""

from __future__ import annotations

from collections.abc import Sequence

from salus.orders.sockets import Proposed, Tier
from salus.safety.rules.findings import Finding, tier_of
from salus.safety.rules.knowledge import Frequency, Knowledge
from salus.safety.rules.measures import doses_a_day
from salus.safety.rules.people import Person, first_met


def check_frequencies(draft: Sequence[tuple[int, Proposed]], person: Person, known: Knowledge) -> list[Finding]:
    """What is written more often than its source allows: a stop, unless the patient has what it is given more often for.

    As needed is as often as anybody likes.
    """
    found = []
    for place, one in draft:
        names = {name.strip().casefold() for name in one.ingredients}
        often = one.most_a_day or doses_a_day(one.frequency, one.period, one.period_unit)
        for said in known.of(Frequency):
            if said.ingredient not in names or (said.route and said.route != one.route) or one.dose is None:
                continue
            if not one.as_needed and (often is None or often * said.days <= said.times):
                continue
            says = {"medicine": one.name, "times": said.times, "days": said.days, "statement": said.statement}
            key = f"frequency|{one.medicine_id}|{one.frequency}/{one.period}{one.period_unit}"
            is_meant = first_met(person.problems, said.unless) is not None
            tier: Tier = "stop" if said.severity == "contraindicated" and not is_meant else tier_of(said.severity)
            found.append(Finding("frequency", said.code, place, tier, key, says, said.row, said.source))
    return found
