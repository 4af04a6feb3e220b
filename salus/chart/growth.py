"""Growth of children: z-scores and percentiles by the LMS method against WHO and CDC. Pure functions.

Sources: WHO Child Growth Standards, Methods and development (2006), chapter 7 (z-scores of weight beyond 3 SD) and the
igrowup macro (0.7 cm between lying and standing, flags); WHO Growth Reference 2007; CDC 2000. Tables: `data/growth`.
"""

import csv
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, localcontext
from functools import cache
from pathlib import Path
from statistics import NormalDist
from typing import Literal

DATA = Path(__file__).parent / "data" / "growth"

Standard = Literal["who", "cdc"]
Position = Literal["", "lying", "standing"]

WEIGHT, HEIGHT, BMI, HEAD, ARM = "weight-for-age", "height-for-age", "bmi-for-age", "head-for-age", "arm-for-age"
LENGTH = "weight-for-length"
INDICATORS = (WEIGHT, HEIGHT, BMI, HEAD, LENGTH, ARM)

#: from here on a child is measured standing (WHO 2006): 24 months
TWO_YEARS = 731
#: the last day of the standards of 2006; the reference of 2007 follows
_STANDARDS_END = 1856
_THREE_YEARS = 1096
#: the last day of the reference of 2007 and of CDC's
_CHILDHOOD, _GROWN_UP = 6940, 7306
#: a line is drawn by so many steps
_STEPS = 36
MONTH = Decimal("30.4375")
#: what lying adds to the height of the same child standing (WHO 2006, 3.3)
_LYING = Decimal("0.7")
TERM_WEEKS = 40
#: until this age a child born before its time is compared by the age since its term (American Academy of Pediatrics 2004)
_CORRECTED_UNTIL = 731

#: indicators in which weight takes part: right-skewed, so that beyond 3 SD the distance of 2 to 3 SD is gone on with
_SKEWED = {WEIGHT, BMI, LENGTH, ARM}
#: z-scores at which igrowup doubts the measurement
_PLAUSIBLE = {
    WEIGHT: (-6, 5), HEIGHT: (-6, 6), BMI: (-5, 5), LENGTH: (-5, 5), HEAD: (-5, 5), ARM: (-5, 5),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class LMS:
    """Box-Cox power, median and coefficient of variation at one age or length."""

    l: Decimal  # noqa: E741 - the method's own letter
    m: Decimal
    s: Decimal

    def at(self, z: Decimal) -> Decimal:
        """The measurement of a z-score."""
        with localcontext(prec=18):
            if self.l == 0:
                return self.m * (self.s * z).exp()
            inner = 1 + self.l * self.s * z
            return self.m * inner ** (1 / self.l) if inner > 0 else Decimal(0)

    def z(self, value: Decimal, *, skewed: bool) -> Decimal:
        """The z-score of a measurement; `skewed` goes on linearly beyond 3 SD (WHO 2006, chapter 7)."""
        with localcontext(prec=18):
            ratio = value / self.m
            z = ratio.ln() / self.s if self.l == 0 else (ratio**self.l - 1) / (self.l * self.s)
            if skewed and z > 3:
                return 3 + (value - self.at(Decimal(3))) / (self.at(Decimal(3)) - self.at(Decimal(2)))
            if skewed and z < -3:
                return -3 + (value - self.at(Decimal(-3))) / (self.at(Decimal(-2)) - self.at(Decimal(-3)))
            return z


@dataclass(frozen=True, slots=True)
class Score:
    """How a measurement stands: the z-score to two decimals, its percentile, whether igrowup would doubt it."""

    z: Decimal
    is_doubtful: bool

    @property
    def percentile(self) -> Decimal:
        """The share of healthy children below, in percent: a place on a chart, so that it may be reckoned with floats."""
        share = NormalDist().cdf(float(self.z)) * 100
        return Decimal(repr(share)).quantize(Decimal("0.1"), ROUND_HALF_UP)


@dataclass(frozen=True, slots=True)
class _Table:
    xs: tuple[Decimal, ...]
    rows: tuple[LMS, ...]

    def at(self, x: Decimal) -> LMS | None:
        """The values at `x`, between two rows in proportion; None outside of the table."""
        if not self.xs or not self.xs[0] <= x <= self.xs[-1]:
            return None
        place = bisect_left(self.xs, x)
        if self.xs[place] == x:
            return self.rows[place]
        low, high = self.rows[place - 1], self.rows[place]
        share = (x - self.xs[place - 1]) / (self.xs[place] - self.xs[place - 1])
        return LMS(low.l + (high.l - low.l) * share, low.m + (high.m - low.m) * share, low.s + (high.s - low.s) * share)


@cache
def _tables(name: str) -> Mapping[str, _Table]:
    path = DATA / f"{name}.csv"
    found: dict[str, list[tuple[Decimal, LMS]]] = {"male": [], "female": []}
    if path.exists():
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                lms = LMS(Decimal(row["l"]), Decimal(row["m"]), Decimal(row["s"]))
                found[row["sex"]].append((Decimal(row["x"]), lms))
    return {sex: _Table(tuple(x for x, _ in rows), tuple(lms for _, lms in rows)) for sex, rows in found.items()}


def _name(standard: Standard, indicator: str, days: int) -> tuple[str, bool]:
    """The file of an indicator at an age, and whether its ages are months."""
    if standard == "cdc":
        if indicator in (WEIGHT, HEIGHT) and days < TWO_YEARS:
            return f"cdc-{'length' if indicator == HEIGHT else 'weight'}-for-age-infant", True
        return f"cdc-{indicator}", True
    if indicator == LENGTH:
        return ("who-weight-for-length" if days < TWO_YEARS else "who-weight-for-height"), False
    return (f"who-{indicator}" if days <= _STANDARDS_END else f"who2007-{indicator}"), False


def lms_at(standard: Standard, indicator: str, sex: str, *, days: int, length: Decimal | None = None) -> LMS | None:
    """The reference of an indicator for a sex at an age in days (and a length in cm); None where there is none."""
    if sex not in ("male", "female") or days < 0:
        return None
    name, is_monthly = _name(standard, indicator, days)
    if indicator == LENGTH:
        # weight for length is judged in small children only: to 36 months by CDC, to five years by WHO
        if length is None or days > (_THREE_YEARS if standard == "cdc" else _STANDARDS_END):
            return None
        return _tables(name)[sex].at(length)
    return _tables(name)[sex].at(days / MONTH if is_monthly else Decimal(days))


def score(
    standard: Standard, indicator: str, sex: str, value: Decimal, *, days: int, length: Decimal | None = None
) -> Score | None:
    """How a measurement stands among healthy children of the age; None where there is no reference or no such value.

    :param value: kilograms, centimetres or kg/m²
    :param length: for weight for length: the length in cm, as it is measured at that age (`as_measured`)
    """
    lms = lms_at(standard, indicator, sex, days=days, length=length)
    if lms is None or value <= 0:
        return None
    z = lms.z(value, skewed=standard == "who" and indicator in _SKEWED)
    low, high = _PLAUSIBLE[indicator]
    return Score(z.quantize(Decimal("0.01"), ROUND_HALF_UP), not low <= z <= high)


def as_measured(height: Decimal, days: int, position: Position) -> Decimal:
    """A length or height in cm as it would have been measured at that age: lying before two years, standing after."""
    if days < TWO_YEARS and position == "standing":
        return height + _LYING
    if days >= TWO_YEARS and position == "lying":
        return height - _LYING
    return height


def body_mass(weight: Decimal, height: Decimal) -> Decimal:
    """kg/m² with all digits: a z-score is reckoned from it, and rounded once."""
    return weight * 10_000 / (height * height)


def corrected_days(days: int, gestation: Decimal | None) -> int:
    """The age in days since the term of a child born before 37 weeks, until two years; the age itself for all others.

    :param gestation: weeks at birth
    """
    if gestation is None or not 22 <= gestation < 37:
        return days
    corrected = days - int(((TERM_WEEKS - gestation) * 7).to_integral_value(ROUND_HALF_UP))
    return corrected if corrected < _CORRECTED_UNTIL else days


#: the lines of a chart as z-scores, by WHO's charts of z-scores, and those of the percentiles 3, 15, 50, 85, 97
Z_LINES = tuple(Decimal(one) for one in (-3, -2, -1, 0, 1, 2, 3))
PERCENTILES = (3, 15, 50, 85, 97)


def percentile_lines() -> tuple[tuple[int, Decimal], ...]:
    """The percentiles of a chart with their z-scores."""
    return tuple((one, Decimal(repr(round(NormalDist().inv_cdf(one / 100), 6)))) for one in PERCENTILES)


def span_of(standard: Standard, days: int) -> tuple[int, int]:
    """From which day to which a chart runs on which a child of that age stands: two years, five, or all of childhood."""
    if standard == "cdc":
        return (0, TWO_YEARS - 1) if days < TWO_YEARS else (TWO_YEARS, _GROWN_UP - 1)
    return 0, next((end for end in (TWO_YEARS - 1, _STANDARDS_END) if days <= end), _CHILDHOOD)


@cache
def line_of(
    standard: Standard, indicator: str, sex: str, z: Decimal, first: int, last: int
) -> tuple[tuple[float, float], ...]:
    """One line of a chart: places by age in days (by length in cm), as far as the reference reaches; floats, to be drawn."""
    if indicator == LENGTH:
        table = _tables(_name(standard, LENGTH, first)[0])[sex]
        step = max(len(table.xs) // _STEPS, 1)
        return tuple((float(x), float(lms.at(z))) for x, lms in list(zip(table.xs, table.rows, strict=True))[::step])
    drawn = []
    for place in range(_STEPS + 1):
        days = first + (last - first) * place // _STEPS
        lms = lms_at(standard, indicator, sex, days=days)
        if lms is not None:
            drawn.append((float(days), float(lms.at(z))))
    return tuple(drawn)
