"""Ten- and thousand-fold mistakes where nobody published a limit: does a dose fit what it is taken from?

A tablet is made to be taken one or a few at a time. So a dose of 5 tablets and more, or of less than half of one, is asked
about; 50 tablets are a slip. Every span is at most ten-fold wide: of a dose and the ten-fold of it never both pass
unseen, whatever the medicine. Where a published limit was compared with the dose and holds, it knows better, and an
unusual number is only said.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from decimal import Decimal

from salus.orders.rules import UNITS_ALONE
from salus.orders.sockets import Proposed, Tier
from salus.safety.rules.findings import Finding
from salus.safety.rules.measures import every_dose, pieces_and_kind, whole_part

#: kind -> (least, first that is too much) of one dose; never wider than ten-fold
SPANS: dict[str, tuple[Decimal, Decimal]] = {
    "piece": (Decimal("0.5"), Decimal(5)),
    "puff": (Decimal(1), Decimal(10)),
    "spray": (Decimal(1), Decimal(10)),
    "drop": (Decimal(1), Decimal(10)),
    "application": (Decimal(1), Decimal(10)),
    "g": (Decimal("0.5"), Decimal(5)),
    #: of a bottle to be infused, whatever it holds
    "bottle": (Decimal("0.5"), Decimal(5)),
    "mL oral": (Decimal("2.5"), Decimal(25)),
    "mL injected": (Decimal(1), Decimal(10)),
    "mL of units": (Decimal("0.05"), Decimal("0.5")),
}
#: so many times the first that is too much is no decision of anybody
SLIP = 10
#: units in a millilitre: U-40 to U-500; ten units of oxytocin are a whole millilitre
_INSULINS = (Decimal(40), Decimal(500))


def check_magnitudes(draft: Sequence[tuple[int, Proposed]], within: Collection[int] = ()) -> list[Finding]:
    """Doses that do not fit their pack.

    :param within: places where a published limit was compared with the dose and holds
    """
    found = []
    for place, one in draft:
        for step in every_dose(one):
            odd = _odd(place, step, within)
            found += [odd] if odd else []
    return found


def _odd(place: int, one: Proposed, within: Collection[int]) -> Finding | None:
    measured = measure(one)
    if measured is None:
        return None
    pieces, kind = measured
    least, too_much = SPANS[kind]
    if least <= pieces < too_much:
        return None
    rule, tier = _verdict(pieces, kind, too_much)
    if place in within:
        # A child's few drops of a syrup were compared; a tenth of a tablet cannot be measured whatever is published.
        if rule == "magnitude.low" and kind != "piece":
            return None
        tier = "note"
    says = {"medicine": one.name, "pieces": pieces, "kind": kind, "unit": one.unit, "strength": one.strength}
    says["holds"] = one.pack_size
    return Finding(rule, rule, place, tier, f"magnitude|{one.presentation_id}|{pieces.normalize():f}", says)


def _verdict(pieces: Decimal, kind: str, too_much: Decimal) -> tuple[str, Tier]:
    if pieces >= SLIP * too_much:
        return "magnitude.slip", "stop"
    if pieces >= too_much:
        return "magnitude.high", "interrupt"
    # Half a millilitre into a vein is usual: it is marked, and interrupts nobody.
    return "magnitude.low", "badge" if kind == "mL injected" else "note"


def measure(one: Proposed) -> tuple[Decimal, str] | None:
    """How much of its pack a dose takes, and the kind in `SPANS`; None where nothing can be said."""
    if one.dose is None:
        return None
    measured = pieces_and_kind(one.dose, one.dose_unit, one.unit, one.strength, one.route)
    if measured is None or measured[1] != "mL injected":
        return measured
    part = whole_part(one.strength)
    if part and part.unit in UNITS_ALONE and _INSULINS[0] <= part.amount / part.per <= _INSULINS[1]:
        return measured[0], "mL of units"
    if one.unit == "mL" and one.pack_size:  # a bottle to be infused
        return measured[0] / one.pack_size, "bottle"
    return measured
