"""All checks over one case, merged, each as loudly as the hospital decided; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from salus.orders.sockets import Moment, Proposed, Tier
from salus.safety.rules import (
    allergies,
    conditions,
    cross,
    doses,
    frequencies,
    magnitudes,
    pairs,
    repeats,
    reproduction,
)
from salus.safety.rules.allergies import KnownAllergy, Ordered, Substance
from salus.safety.rules.findings import Finding, as_decided, merged
from salus.safety.rules.knowledge import Knowledge
from salus.safety.rules.people import Person, Seen

#: What can be made no quieter than this by anybody.
FLOORS: dict[str, Tier] = {
    "allergy.ingredient": "stop",
    "allergy.group": "stop",
    "allergy.code": "stop",
    "allergy.name": "stop",
    "dose.slip": "stop",
    "frequency": "interrupt",
    "magnitude.slip": "interrupt",
    "magnitude.high": "note",
    "high-alert.countersign": "interrupt",
}


@dataclass(frozen=True, slots=True)
class Case:
    """Everything that the checks judge by: what is proposed for whom, what the patient takes, what is known.

    `waiting` says since when a test is ordered and not done, by its LOINC code; `answers` the questions that somebody
    answered already about what still runs, and what was said.
    """

    proposed: Sequence[Proposed]
    moment: Moment
    person: Person
    taken: Sequence[Proposed] = ()
    allergies: Sequence[KnownAllergy] = ()
    substances: Sequence[Substance] = ()
    known: Knowledge = field(default_factory=Knowledge)
    results: Mapping[str, Seen] = field(default_factory=dict)
    waiting: Mapping[str, date] = field(default_factory=dict)


def judge(case: Case) -> list[Finding]:
    """What the checks find, each question about each place once, the loudest way."""
    medicines = [(place, one) for place, one in enumerate(case.proposed) if one.kind == "medicine"]
    tests = [(place, one) for place, one in enumerate(case.proposed) if one.kind == "test"]
    found = [*_of_medicines(medicines, case), *_of_tests(tests, case)]
    return merged(as_decided(found, case.known.settings, FLOORS))


def _of_medicines(medicines: Sequence[tuple[int, Proposed]], case: Case) -> list[Finding]:
    if not medicines:
        return []
    # What a list offers are alternatives: none of them meets another, and nothing is said of what is not written.
    alone = case.moment == "search"
    stops = _allergies(medicines, case)
    stopped: dict[int, set[object]] = {}
    for one in stops:
        stopped.setdefault(one.place, set()).add(one.says["allergy"].id)
    met = list(pairs.pairs(medicines, case.taken, alone=alone))
    judged = doses.check_doses(medicines, case.taken, case.person, case.known)
    return [
        *stops,
        *cross.check_cross_reactions(medicines, case.allergies, case.known, case.substances, stopped),
        *pairs.check_interactions(met, case.known),
        *pairs.check_duplicates(met, case.known),
        *judged.found,
        *magnitudes.check_magnitudes(medicines, judged.within),
        *frequencies.check_frequencies(medicines, case.person, case.known),
        *conditions.check_conditions(medicines, case.person, case.known),
        *conditions.check_ages(medicines, case.person, case.known),
        *reproduction.check_reproduction(medicines, case.person, case.known),
        *_second_signer(medicines, case.moment),
    ]


def _of_tests(tests: Sequence[tuple[int, Proposed]], case: Case) -> list[Finding]:
    if not tests or case.moment != "order":
        return []
    return repeats.check_repeats(tests, case.results, case.waiting, case.person.today, case.known)


def _allergies(medicines: Sequence[tuple[int, Proposed]], case: Case) -> list[Finding]:
    found = []
    for place, one in medicines:
        ordered = Ordered(one.name, one.synonyms, one.ingredients, one.allergy_groups, one.codes)
        for match in allergies.matches(ordered, case.allergies, case.substances):
            says = {"medicine": one.name, "allergy": match.allergy, "by": match.by, "what": match.what}
            key = f"allergy|{one.medicine_id}|{match.allergy.id}"
            row = f"chart.allergyintolerance:{match.allergy.id}"
            rule = f"allergy.{match.by}"
            found.append(Finding("allergy", rule, place, "stop", key, says, row))
    return found


def _second_signer(medicines: Sequence[tuple[int, Proposed]], moment: Moment) -> list[Finding]:
    """A high-alert medicine that waits for its second signature is neither given out nor given."""
    rule = "high-alert.countersign"
    return [
        Finding(rule, rule, place, "stop", f"{rule}|{one.order_id}", {"medicine": one.name})
        for place, one in medicines
        if one.awaits_countersign and moment in ("dispense", "administer")
    ]


def quieted(found: Sequence[Finding], answers: Mapping[str, object]) -> list[Finding]:
    """A question that somebody answered about what still runs is told, and not asked again."""
    return [replace(one, tier="note") if one.tier == "interrupt" and one.key in answers else one for one in found]
