"""What a dose amounts to: exact decimals, from UCUM units and from what stands on the pack; pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from salus.orders.rules import DAYS_IN, UNITS_ALONE, Part, parts_of
from salus.orders.sockets import Proposed

#: unit -> (dimension, factor to the dimension's base)
UNITS: dict[str, tuple[str, Decimal]] = {
    "kg": ("mass", Decimal("1e3")),
    "g": ("mass", Decimal(1)),
    "mg": ("mass", Decimal("1e-3")),
    "ug": ("mass", Decimal("1e-6")),
    "ng": ("mass", Decimal("1e-9")),
    "mol": ("substance", Decimal(1)),
    "mmol": ("substance", Decimal("1e-3")),
    "umol": ("substance", Decimal("1e-6")),
    "eq": ("charge", Decimal(1)),
    "meq": ("charge", Decimal("1e-3")),
    "[iU]": ("international units", Decimal(1)),
    "[IU]": ("international units", Decimal(1)),
    "k[iU]": ("international units", Decimal("1e3")),
    "m[iU]": ("international units", Decimal("1e-3")),
    "U": ("units", Decimal(1)),
    "L": ("volume", Decimal(1)),
    "mL": ("volume", Decimal("1e-3")),
}
_MASSES = frozenset(unit for unit, (dimension, _factor) in UNITS.items() if dimension == "mass")


@dataclass(frozen=True, slots=True)
class Amount:
    """So much of something."""

    number: Decimal
    unit: str

    def in_unit(self, unit: str) -> Decimal | None:
        """The same amount in another unit of its dimension; None where there is no such thing."""
        if unit == self.unit:
            return self.number
        mine, other = UNITS.get(self.unit), UNITS.get(unit)
        if mine is None or other is None or mine[0] != other[0]:
            return None
        return self.number * mine[1] / other[1]


def amounts_of(dose: Decimal, dose_unit: str, unit: str, strength: str) -> tuple[Amount, ...]:
    """How much of each ingredient one dose has, in the order of the strength; empty where the pack does not say it.

    >>> amounts_of(Decimal(2), "tablet", "tablet", "500 mg + 125 mg")[1].number
    Decimal('250')
    """
    parts = parts_of(strength)
    if not parts:
        return ()
    if dose_unit == unit and all(part.per_unit in _MASSES for part in parts):
        # Grams of a gel, not of what is in it.
        shares = [_share(dose, dose_unit, unit, part) for part in parts]
        return tuple(share for share in shares if share is not None) if None not in shares else ()
    if UNITS.get(dose_unit, ("volume",))[0] != "volume":
        same = Amount(dose, dose_unit).in_unit(parts[0].unit)
        # A weight of several ingredients together says nothing of each.
        return (Amount(dose, dose_unit),) if len(parts) == 1 and same is not None else ()
    if dose_unit == "puff" and all(part.per_unit == "{actuat}" for part in parts):
        return tuple(Amount(dose * part.amount / part.per, part.unit) for part in parts)
    shares = [_share(dose, dose_unit, unit, part) for part in parts]
    return tuple(share for share in shares if share is not None) if None not in shares else ()


def _share(dose: Decimal, dose_unit: str, unit: str, part: Part) -> Amount | None:
    if not part.per_unit:
        return Amount(dose * part.amount, part.unit) if dose_unit == unit else None
    volume = Amount(dose, dose_unit).in_unit(part.per_unit)
    return None if volume is None else Amount(volume * part.amount / part.per, part.unit)


def ingredient_amounts(
    ingredients: Sequence[str], dose: Decimal, dose_unit: str, unit: str, strength: str
) -> dict[str, Amount]:
    """How much of each named ingredient one dose has; empty where names and strengths do not go together."""
    amounts = amounts_of(dose, dose_unit, unit, strength)
    if not strength and len(ingredients) == 1 and UNITS.get(dose_unit, ("volume",))[0] != "volume":
        # Told from home, or ordered elsewhere: there is no pack, and the dose says itself how much it is.
        amounts = (Amount(dose, dose_unit),)
    if len(amounts) != len(ingredients):
        return {}
    return {name.strip().casefold(): amount for name, amount in zip(ingredients, amounts, strict=True)}


def every_dose(one: Proposed) -> list[Proposed]:
    """The proposed thing with each of its single doses, that of the heaviest day first; without a dose nothing."""
    if one.dose is None:
        return []
    return [replace(one, dose=dose) for dose in dict.fromkeys((one.dose, *one.step_doses))]


def doses_a_day(frequency: int | None, period: Decimal | None, period_unit: str) -> Decimal | None:
    """How many doses fall into a day, on average; None where it is not said."""
    length = DAYS_IN.get(period_unit)
    if not frequency or not period or period <= 0 or not length:
        return None
    return Decimal(frequency) / (period * length)


def pieces_and_kind(dose: Decimal, dose_unit: str, unit: str, strength: str, route: str) -> tuple[Decimal, str] | None:
    """How much of the pack one dose takes, and of what kind that is counted; None where it cannot be said.

    Kinds: `piece` (tablets, vials, patches), `puff`, `drop`, `spray`, `application`, `mL oral`, `mL injected`, `g`.
    """
    if dose_unit in ("puff", "drop", "spray", "application"):
        return dose, dose_unit
    if dose_unit == unit and dose_unit not in UNITS:
        return dose, "piece"
    volume = Amount(dose, dose_unit).in_unit("mL")
    if volume is not None:
        return volume, _poured(route)
    part = whole_part(strength)
    own = Amount(dose, dose_unit).in_unit(part.unit) if part else None
    if part is None or own is None or not part.amount:
        return (dose, "g") if dose_unit == "g" and unit == "g" else None
    taken = own / part.amount * part.per
    if not part.per_unit:
        return taken, "piece"
    return (taken, _poured(route)) if part.per_unit == "mL" else None


def whole_part(strength: str) -> Part | None:
    """What a dose by weight goes by: one ingredient, or insulins mixed in one vial, whose units add up."""
    parts = parts_of(strength)
    if len({(part.unit, part.per, part.per_unit) for part in parts}) != 1:
        return None
    first = parts[0]
    if len(parts) > 1 and first.unit not in UNITS_ALONE:
        return None
    return Part(sum((part.amount for part in parts), Decimal(0)), first.unit, first.per, first.per_unit)


def _poured(route: str) -> str:
    return "mL oral" if route in ("oral", "sublingual", "rectal") else "mL injected"
