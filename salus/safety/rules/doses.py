"""Whether a dose lies within what is published for this patient: one dose, and the day with everything else taken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from salus.orders.sockets import TIERS, Proposed, Tier
from salus.safety.rules.findings import Finding, tier_of
from salus.safety.rules.knowledge import DoseLimit, Knowledge
from salus.safety.rules.measures import Amount, doses_a_day, every_dose, ingredient_amounts
from salus.safety.rules.people import Person

#: so many times the published maximum is a slip of the keyboard or of the unit, not a decision
SLIP = 10
#: a child's dose goes by its weight: without one somebody says why
CHILD = 12


@dataclass(frozen=True, slots=True)
class Judged:
    """What was found about doses, and the places where a published limit was met by what is written."""

    found: tuple[Finding, ...]
    within: frozenset[int]


@dataclass(frozen=True, slots=True)
class _Limit:
    """A limit as it is for this patient: absolute, in `said.unit`."""

    said: DoseLimit
    low: Decimal | None
    high: Decimal | None
    row: str = ""


def check_doses(
    draft: Sequence[tuple[int, Proposed]], taken: Sequence[Proposed], person: Person, known: Knowledge
) -> Judged:
    """Every ingredient of every dose that is written, against every limit that holds for this patient."""
    found: list[Finding] = []
    within: set[int] = set()
    ids = {one.order_id for _place, one in draft if one.order_id}
    others = [one for one in taken if one.order_id not in ids]
    for n, (place, one) in enumerate(draft):
        before = [*others, *(earlier for _place, earlier in draft[:n])]
        limited = [said for said in known.of(DoseLimit) if _concerns(said, one, known)]
        if limited and one.dose is not None and not _amounts(one):
            found.append(_note("dose.unchecked", place, one, "badge"))
        verdicts = [
            _judge(place, one, name, amount, _inside(before, name, known), limited, person)
            for name, amount in _amounts(one).items()
        ]
        lighter = [
            _judge(place, step, name, amount, before, _single(limited), person)[0]
            for step in every_dose(one)[1:]
            for name, amount in _amounts(step).items()
        ]
        found += _loudest([finding for told in (*(told for told, _ok in verdicts), *lighter) for finding in told])
        if verdicts and all(is_within for _told, is_within in verdicts) and not any(lighter):
            within.add(place)
    return Judged(tuple(found), frozenset(within))


def _amounts(one: Proposed) -> dict[str, Amount]:
    if one.dose is None:
        return {}
    return ingredient_amounts(one.ingredients, one.dose, one.dose_unit, one.unit, one.strength)


def _inside(before: Sequence[Proposed], name: str, known: Knowledge) -> list[Proposed]:
    """Of what is taken besides, all that reaches the blood."""
    return [other for other in before if not known.is_spared(other, name, "dose")]


def _single(limits: Sequence[DoseLimit]) -> list[DoseLimit]:
    """Of the lighter days of a taper only the single dose is looked at, and only whether it is too much."""
    return [replace(said, low=None) for said in limits if said.per == "dose" and said.high is not None]


def _concerns(said: DoseLimit, one: Proposed, known: Knowledge) -> bool:
    """A limit of a route by that route; one of any route by those that reach the blood."""
    names = {name.strip().casefold() for name in one.ingredients}
    if said.ingredient not in names:
        return False
    return said.route == one.route if said.route else not known.is_spared(one, said.ingredient, "dose")


def _judge(
    place: int,
    one: Proposed,
    name: str,
    amount: Amount,
    before: Sequence[Proposed],
    limited: Sequence[DoseLimit],
    person: Person,
) -> tuple[list[Finding], bool]:
    """What is found about one ingredient, and whether some published maximum was compared with it and holds."""
    found: list[Finding] = []
    compared = False
    limits, missing = _for_person([said for said in limited if said.ingredient == name], person)
    if missing:
        years = person.years
        found.append(_note(missing, place, one, "interrupt" if years is not None and years < CHILD else "note"))
    lows_from = [limit for limit in limits if limit.said.is_special] or limits
    for limit in limits:
        mine, together = _taken(one, name, amount, before, limit.said)
        if mine is None:
            found.append(_note("dose.unchecked", place, one, "badge"))
        elif limit.high is not None and together is not None and together > limit.high:
            found.append(_too_much(place, one, name, mine, together, limit))
        elif limit.low is not None and mine < limit.low and limit in lows_from:
            found.append(_beyond("dose.low", place, one, name, mine, mine, limit, "note"))
        else:
            compared = compared or limit.high is not None
    is_beyond = any(one.kind not in ("dose.unchecked", "dose.no-kidneys") for one in found)
    return _loudest(found), compared and not is_beyond


def _for_person(limits: Sequence[DoseLimit], person: Person) -> tuple[list[_Limit], str]:
    """The limits that hold for this patient, and what is missing to apply one."""
    held: list[_Limit] = []
    missing = ""
    kidneys = person.kidneys
    for said in limits:
        aged = person.is_aged(said.age_from, said.age_until)
        if aged is False:
            continue
        if aged is None:
            missing = missing or "dose.no-age"
            continue
        if said.is_renal and (kidneys is None or not _lies_in(kidneys.egfr, said)):
            if kidneys is None and person.kidneys_matter:
                missing = missing or "dose.no-kidneys"
            continue
        if said.hepatic and not (person.liver and person.liver in ("unknown", said.hepatic) or _any(said, person)):
            continue
        size = {"": Decimal(1), "kg": person.weight, "m2": person.surface}[said.basis]
        if size is None:
            missing = "dose.no-weight" if said.basis == "kg" else "dose.no-height"
            continue
        row = kidneys.row if kidneys and said.is_renal else said.row
        held.append(_Limit(said, _times(said.low, size), _times(said.high, size), row))
    return held, missing


def _any(said: DoseLimit, person: Person) -> bool:
    return said.hepatic in ("any", "yes", "impaired") and bool(person.liver)


def _lies_in(egfr: Decimal, said: DoseLimit) -> bool:
    return (said.egfr_from is None or egfr >= said.egfr_from) and (said.egfr_until is None or egfr < said.egfr_until)


def _times(value: Decimal | None, size: Decimal) -> Decimal | None:
    return None if value is None else value * size


def _taken(
    one: Proposed, name: str, amount: Amount, before: Sequence[Proposed], said: DoseLimit
) -> tuple[Decimal | None, Decimal | None]:
    """This order's own amount in the limit's unit, and for a limit of the day that of all orders together."""
    own = amount.in_unit(said.unit)
    if own is None or said.per == "dose":
        return own, own
    often = doses_a_day(one.frequency, one.period, one.period_unit)
    if often is None:
        return None, None
    mine = own * often
    rest = Decimal(0)
    for other in before:
        theirs = _amounts(other).get(name)
        times = doses_a_day(other.frequency, other.period, other.period_unit)
        in_unit = theirs.in_unit(said.unit) if theirs else None
        if in_unit is not None and times is not None and (not said.route or said.route == other.route):
            rest += in_unit * times
    return mine, mine + rest


def _too_much(place: int, one: Proposed, name: str, mine: Decimal, together: Decimal, limit: _Limit) -> Finding:
    """More than the most: a stop where it cannot be meant, else as severe as the limit says."""
    is_slip = bool(limit.high) and mine >= SLIP * (limit.high or 0)
    kind = "dose.slip" if is_slip else "dose.high" if mine > (limit.high or 0) else "dose.together"
    tier: Tier = "stop" if is_slip else tier_of(limit.said.severity)
    return _beyond(kind, place, one, name, mine, together, limit, tier)


def _beyond(
    kind: str, place: int, one: Proposed, name: str, mine: Decimal, together: Decimal, limit: _Limit, tier: Tier
) -> Finding:
    said = limit.said
    says = {
        "medicine": one.name,
        "ingredient": name,
        "amount": mine,
        "together": together,
        "low": limit.low,
        "high": limit.high,
        "unit": said.unit,
        "per": said.per,
        "basis": said.basis,
        "statement": said.statement,
        "is_renal": said.is_renal,
        "is_hepatic": bool(said.hepatic),
    }
    key = f"dose|{one.medicine_id}|{said.per}|{together.normalize():f}{said.unit}"
    return Finding(kind, said.code, place, tier, key, says, limit.row, said.source)


def _note(kind: str, place: int, one: Proposed, tier: Tier) -> Finding:
    return Finding(kind, kind, place, tier, f"{kind}|{one.medicine_id}", {"medicine": one.name})


def _loudest(found: Sequence[Finding]) -> list[Finding]:
    """One word about one dose and one about one day: of several limits that are passed, the strictest."""
    best: dict[str, Finding] = {}
    for one in found:
        about = f"{one.says.get('ingredient', '')}|{one.says.get('per', one.kind)}"
        old = best.get(about)
        if old is None or (TIERS.index(one.tier), one.says.get("high") or 0) < (
            TIERS.index(old.tier),
            old.says.get("high") or 0,
        ):
            best[about] = one
    return list(best.values())
