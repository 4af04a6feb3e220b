"""What a dose amounts to and how long a medicine runs: arithmetic in decimals, without Django."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal

_NUMBER = r"(?:0|[1-9]\d*)(?:\.\d+)?"
_PART = re.compile(rf"({_NUMBER}) ([^\s/]+)(?:/(?:({_NUMBER}) )?([^\s]+))?")

#: what a dose is counted in where the pack itself is not what one takes
DOSE_UNITS: dict[str, tuple[str, ...]] = {
    "inhaler": ("puff",),
    "g": ("application", "g"),
    "bottle": ("drop", "mL", "spray"),
    "pen": (),
}
#: what a bottle of millilitres is counted in, by the one way in which it is given: nobody writes 0.05 mL into an eye
LOCAL_UNITS = {"ophthalmic": ("drop",), "otic": ("drop",), "nasal": ("drop", "spray"), "cutaneous": ("application",)}
#: a medicine whose strength is said in these is dosed in nothing else: a millilitre of insulin is a thousand mistakes
UNITS_ALONE = frozenset({"[iU]", "[IU]", "U"})
#: what is poured or weighed; everything else is given in whole pieces
MEASURED = frozenset({"mL", "L", "g", "mg"})
DAYS_IN = {"d": Decimal(1), "h": Decimal(1) / 24, "wk": Decimal(7), "mo": Decimal(30)}
OPEN_STATUSES = ("active", "on-hold")
#: what can wait: a referral that was sent is with somebody else already, and is taken back instead
HOLDABLE = ("medicine", "test", "image", "procedure", "diet", "nursing")


@dataclass(frozen=True, slots=True)
class Part:
    """One ingredient's share of a strength: `250 mg/5 mL` is 250, mg, 5, mL; without a volume it is one piece's."""

    amount: Decimal
    unit: str
    per: Decimal
    per_unit: str


def parts_of(strength: str) -> tuple[Part, ...]:
    """Read `500 mg`, `250 mg + 125 mg`, `120 mg/5 mL`, `3 mg/mL`; a strength that says something else has no parts."""
    found = []
    for text in strength.split(" + "):
        match = _PART.fullmatch(text.strip())
        if match is None:
            return ()
        amount, unit, per, per_unit = match.groups()
        found.append(Part(Decimal(amount), unit, Decimal(per or 1), per_unit or ""))
    return tuple(found)


def dose_units(unit: str, strength: str, routes: Sequence[str] = ()) -> tuple[str, ...]:
    """The units in which a dose of this pack may be said: pieces first, then weight where one ingredient has it.

    :param routes: by which the pack is given
    """
    counted = DOSE_UNITS.get(unit, (unit,))
    if unit == "mL" and len(routes) == 1:
        counted = (*LOCAL_UNITS.get(routes[0], ()), *counted)
    part = _single(strength)
    if part is None or part.unit in counted or part.unit == "%":
        return counted or (unit,)
    return (part.unit,) if part.unit in UNITS_ALONE else (*counted, part.unit)


def pieces_of(dose: Decimal, dose_unit: str, unit: str, strength: str) -> Decimal | None:
    """How many of the pack's own units one dose takes; None where the pack does not say it."""
    if dose_unit == unit:
        return dose
    part = _single(strength)
    if part is None or part.unit != dose_unit or not part.amount:
        return None
    if part.per_unit == unit or (not part.per_unit and unit not in DOSE_UNITS):
        return dose * part.per / part.amount
    return None


def _single(strength: str) -> Part | None:
    """What a dose by weight goes by: one ingredient, or insulins mixed in one vial, whose units add up."""
    parts = parts_of(strength)
    if len(parts) == 1:
        return parts[0]
    if parts and parts[0].unit in UNITS_ALONE and len({(p.unit, p.per, p.per_unit) for p in parts}) == 1:
        return Part(sum((p.amount for p in parts), Decimal(0)), parts[0].unit, parts[0].per, parts[0].per_unit)
    return None


def doses_in(frequency: int, period: Decimal, period_unit: str, days: int) -> Decimal | None:
    """How many doses fall into so many days (at most, for a medicine as needed)."""
    length = DAYS_IN.get(period_unit)
    if not length or period <= 0:
        return None
    return (Decimal(frequency) * days / (period * length)).to_integral_value(ROUND_CEILING)


def quantity_to_dispense(
    *,
    dose: Decimal,
    dose_unit: str,
    unit: str,
    strength: str,
    frequency: int,
    period: Decimal = Decimal(1),
    period_unit: str = "d",
    days: int,
) -> Decimal | None:
    """What is to be given out for a course, in the pack's units and rounded up; None where it cannot be reckoned."""
    pieces = pieces_of(dose, dose_unit, unit, strength)
    doses = doses_in(frequency, period, period_unit, days)
    if pieces is None or doses is None:
        return None
    return (pieces * doses).to_integral_value(ROUND_CEILING)


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a schedule: `dose`, `frequency` times in `period` `period_unit`, for `days` (0: as long as the order)."""

    dose: Decimal
    frequency: int
    period: Decimal
    period_unit: str
    days: int = 0


def written(steps: Iterable[Step]) -> list[dict[str, object]]:
    """Steps as the row keeps them: decimals as text."""
    return [
        {
            "dose": str(one.dose),
            "frequency": one.frequency,
            "period": str(one.period),
            "period_unit": one.period_unit,
            "days": one.days,
        }
        for one in steps
    ]


def steps_of(kept: Iterable[Mapping[str, object]]) -> tuple[Step, ...]:
    """What `written` kept."""
    return tuple(
        Step(
            Decimal(str(one["dose"])),
            int(str(one["frequency"])),
            Decimal(str(one["period"])),
            str(one["period_unit"]),
            int(str(one["days"])),
        )
        for one in kept
    )


def in_force(pattern: str, steps: Sequence[Step], days: int | None) -> list[Step]:
    """Steps with the days on which each is taken: of an alternating schedule they share the days, the first begins."""
    if pattern != "alternate":
        return [one if one.days else _for_days(one, days or 0) for one in steps]
    share, left = divmod(days or 0, len(steps))
    return [_for_days(one, share + (place < left)) for place, one in enumerate(steps)]


def _for_days(step: Step, days: int) -> Step:
    return Step(step.dose, step.frequency, step.period, step.period_unit, days)


def whole_days(steps: Iterable[Step]) -> int:
    """How long a tapering schedule runs."""
    return sum(one.days for one in steps)


def daily(step: Step) -> Decimal:
    """How much of its unit a step amounts to in a day."""
    return step.dose * step.frequency / (step.period * DAYS_IN[step.period_unit])


def times_a_day(step: Step) -> Decimal:
    """How many doses of a step fall into a day, on average."""
    return step.frequency / (step.period * DAYS_IN[step.period_unit])


def heaviest(steps: Sequence[Step]) -> Step:
    """The step that gives the most in a day: what a safety check has to look at."""
    return max(steps, key=lambda one: (daily(one), one.dose))


def quantity_of_steps(
    steps: Sequence[Step], *, dose_unit: str, unit: str, strength: str, most_per_day: int | None = None
) -> Decimal | None:
    """What is to be given out for a whole schedule, in the pack's units and rounded up once; None if it cannot be said.

    :param most_per_day: of a medicine as needed, how many doses a day at most: no more is given out
    """
    total = Decimal(0)
    for one in steps:
        pieces = pieces_of(one.dose, dose_unit, unit, strength)
        doses = doses_in(one.frequency, one.period, one.period_unit, one.days)
        if pieces is None or doses is None or not one.days:
            return None
        total += pieces * (min(doses, Decimal(most_per_day * one.days)) if most_per_day else doses)
    return total.to_integral_value(ROUND_CEILING)


@dataclass(frozen=True, slots=True)
class Reckoned:
    """A dose by weight: what it comes to exactly, what can be given, and by how many hundredths that is off."""

    exact: Decimal
    given: Decimal
    off_percent: Decimal
    #: in how many of the pack's own units it is given, where that can be said
    pieces: Decimal | None = None


#: below this an oral syringe of 1 mL has lines at 0.01 mL, above it 0.1 mL are measured
_FINE = Decimal(1)


def dose_by_weight(per_kg: Decimal, weight_kg: Decimal, dose_unit: str, unit: str, strength: str) -> Reckoned | None:
    """Reckon a dose per kilogram, and round it to what can be given of this pack; None for nonsense.

    Of a liquid 0.1 mL can be measured (0.01 mL below 1 mL), of a tablet a half can be taken, of anything else a whole
    piece. What is rounded is never nothing.
    """
    if per_kg <= 0 or weight_kg <= 0:
        return None
    exact = per_kg * weight_kg
    pieces = pieces_of(exact, dose_unit, unit, strength)
    rounded = None
    if pieces is None:
        given = exact
    else:
        step = _smallest(unit, pieces)
        rounded = max((pieces / step).to_integral_value(ROUND_HALF_UP) * step, step)
        given = exact * rounded / pieces
    given = given.quantize(Decimal("0.0001")) if given < 1 else given.quantize(Decimal("0.01"))
    return Reckoned(
        exact,
        _plain(given),
        ((given - exact) * 100 / exact).quantize(Decimal(1), ROUND_HALF_UP),
        rounded and _plain(rounded),
    )


def _smallest(unit: str, pieces: Decimal) -> Decimal:
    if unit in MEASURED:
        return Decimal("0.01") if pieces < _FINE else Decimal("0.1")
    return Decimal("0.5") if unit == "tablet" else Decimal(1)


def _plain(value: Decimal) -> Decimal:
    """Without the zeros at the end that nobody wrote."""
    return value.quantize(Decimal(1)) if value == value.to_integral_value() else value.normalize()


def is_whole(quantity: Decimal, unit: str) -> bool:
    """Whether so much of this unit can be given out: no half tablets, no third of a vial."""
    return unit in MEASURED or quantity == quantity.to_integral_value()


def runs_until(authored_on: date, duration_days: int | None) -> date | None:
    """The last day of a course; None when it runs until somebody stops it."""
    return None if duration_days is None else authored_on + timedelta(days=max(duration_days, 1) - 1)


def days_given(
    quantity: Decimal | None, dose: Decimal | None, dose_unit: str, unit: str, strength: str, a_day: Decimal | None
) -> int | None:
    """For how many days what was given out lasts, at so many doses a day; None where that cannot be said."""
    pieces = pieces_of(dose, dose_unit, unit, strength) if dose else None
    if not quantity or not pieces or not a_day:
        return None
    return int((quantity / (pieces * a_day)).to_integral_value(ROUND_CEILING))


def is_current(
    status: str, authored_on: date | None, duration_days: int | None, today: date, *, until_stopped: bool = False
) -> bool:
    """Whether the patient takes it now. One that was given out completely is taken until its course ends.

    :param until_stopped: whether one without an end that can be said goes on until somebody stops it
    """
    if status in OPEN_STATUSES:
        return True
    if status != "completed" or authored_on is None or duration_days is None:
        return status == "completed" and until_stopped and duration_days is None
    last = runs_until(authored_on, duration_days)
    return last is not None and last >= today


def next_status(kind: str, *, done: bool) -> str:
    """FHIR's word for the end of an order: medicines are stopped, requests for a service revoked."""
    if done:
        return "completed"
    return "stopped" if kind == "medicine" else "revoked"


@dataclass(frozen=True, slots=True)
class Wanted:
    """For whom an order of a set is meant; what is empty asks for nothing. Ages half-open, in months."""

    sex: str = ""
    age_from_months: int | None = None
    age_until_months: int | None = None
    problems: tuple[str, ...] = ()


def why_not(wanted: Wanted, sex: str, age_in_months: int | None, problems: Iterable[str]) -> str:
    """Why an order of a set is not meant for a patient: `sex`, `age`, `age-unknown`, `problem`; nothing where it is.

    A problem of the set is met by a code that begins with it, dots aside: `E11` by `E11.9`; a SNOMED code by itself.
    """
    if wanted.sex and wanted.sex != sex:
        return "sex"
    low, high = wanted.age_from_months, wanted.age_until_months
    if low is not None or high is not None:
        if age_in_months is None:
            return "age-unknown"
        if age_in_months < (low or 0) or (high is not None and age_in_months >= high):
            return "age"
    codes = [code.replace(".", "") for code in problems]
    if wanted.problems and not any(_meets(code, one.replace(".", "")) for one in wanted.problems for code in codes):
        return "problem"
    return ""


def _meets(code: str, wanted: str) -> bool:
    return code == wanted if wanted.isdigit() else code.startswith(wanted)


def months_between(born: date | None, today: date) -> int | None:
    """Whole months of age; None where the birth date is not known to the day."""
    if born is None:
        return None
    return (today.year - born.year) * 12 + today.month - born.month - (today.day < born.day)
