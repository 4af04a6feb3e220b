"""Who a medicine is for: age, weight, kidneys, liver, problems; pure."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

#: years from which the adult formula of kidney function holds
ADULT = 18
#: a measurement is good for so many days; an infant outgrows its weight in a month
_WEIGHT_GOOD_FOR = ((1, 31), (3, 92), (ADULT, 183))
_ADULT_WEIGHT_GOOD_FOR = 2 * 365
KIDNEY_GOOD_FOR = 365
#: years from which kidneys are seldom as they were
OLD = 65

_DURATION = re.compile(r"P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?")
_TO_KG = {"kg": Decimal(1), "g": Decimal("0.001"), "[lb_av]": Decimal("0.45359237")}
_TO_CM = {"cm": Decimal(1), "m": Decimal(100), "[in_i]": Decimal("2.54")}
#: creatinine: 1 mg/dL is 88.42 umol/L
_TO_MG_DL = {"mg/dL": Decimal(1), "umol/L": 1 / Decimal("88.42"), "mmol/L": 1000 / Decimal("88.42")}

#: LOINC codes under which the record may hold what a check needs
WEIGHTS, HEIGHTS = ("29463-7", "3141-9"), ("8302-2", "8306-3")
EGFRS = ("98979-8", "98980-6", "62238-1", "77147-7", "69405-9", "50044-7", "48642-3", "48643-1", "33914-3")
CREATININES = ("2160-0", "38483-4", "14682-9")
#: ICD-10 and SNOMED: kidneys that fail, at once or slowly
_KIDNEYS_ILL = ("N17", "N18", "N19", "709044004", "431855005", "431856006", "433144002", "431857002", "433146000")
#: ICD-10: failure of the liver and what goes with it; cirrhosis and other lasting disease
_LIVER_FAILS, _LIVER_ILL = ("K72", "K76.7", "K70.4", "I85"), ("K70.3", "K71.7", "K74", "K76.6", "K73")
_LIVER_SNOMED = {"59927004": "severe", "19943007": "unknown", "235856003": "unknown", "328383001": "unknown"}


@dataclass(frozen=True, slots=True)
class Seen:
    """The newest value under one code."""

    code: str
    on: date
    number: Decimal | None = None
    unit: str = ""
    value_code: str = ""
    text: str = ""
    row: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """An active problem; `on` is when it was recorded or began."""

    system: str
    code: str
    display: str
    on: date | None = None
    row: str = ""
    #: of a code of ICD-11: the nearest category of ICD-10
    nearest: str = ""

    def is_one_of(self, codes: Iterable[str]) -> bool:
        """Whether a prefix of ICD-10 or a SNOMED code of these means it; of ICD-11 its nearest category of ICD-10 counts."""
        if not self.code:
            return False
        known = self.code if "icd-10" in self.system else self.nearest
        if known:
            return any(known.startswith(code) for code in codes)
        return self.code in codes


@dataclass(frozen=True, slots=True)
class Kidneys:
    """eGFR in mL/min/1.73 m², of which day, and whether we reckoned it from a creatinine."""

    egfr: Decimal
    on: date
    is_reckoned: bool = False
    row: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """What the checks know of a patient; None is not known, or too old to go by."""

    today: date
    sex: str = "unknown"
    born_on: date | None = None
    problems: tuple[Problem, ...] = ()
    seen: tuple[Seen, ...] = ()

    @property
    def years(self) -> int | None:
        """Completed years of age."""
        if self.born_on is None:
            return None
        before = (self.today.month, self.today.day) < (self.born_on.month, self.born_on.day)
        return self.today.year - self.born_on.year - before

    def newest(self, codes: Iterable[str], good_for: int) -> Seen | None:
        """The newest value under these codes that is not older than so many days."""
        found = [one for one in self.seen if one.code in codes and 0 <= (self.today - one.on).days <= good_for]
        return max(found, key=lambda one: one.on, default=None)

    @property
    def weight(self) -> Decimal | None:
        """kg."""
        years = self.years
        days = next((days for until, days in _WEIGHT_GOOD_FOR if years is not None and years < until), None)
        return _in(self.newest(WEIGHTS, days or _ADULT_WEIGHT_GOOD_FOR), _TO_KG)

    @property
    def height(self) -> Decimal | None:
        """cm."""
        grows = self.years is None or self.years < ADULT
        return _in(self.newest(HEIGHTS, 183 if grows else 3650), _TO_CM)

    @property
    def surface(self) -> Decimal | None:
        """Body surface in m² (Mosteller, N Engl J Med 1987;317:1098)."""
        if not self.weight or not self.height:
            return None
        return (self.weight * self.height / 3600).sqrt()

    @property
    def kidneys(self) -> Kidneys | None:
        """The newest of a measured eGFR and one reckoned from creatinine, of the last year."""
        known = []
        measured = self.newest(EGFRS, KIDNEY_GOOD_FOR)
        if measured and measured.number is not None:
            known.append(Kidneys(measured.number, measured.on, row=measured.row))
        creatinine = self.newest(CREATININES, KIDNEY_GOOD_FOR)
        value = _in(creatinine, _TO_MG_DL)
        reckoned = self._egfr(value) if value else None
        if creatinine and reckoned is not None:
            known.append(Kidneys(reckoned, creatinine.on, True, creatinine.row))
        return max(known, key=lambda one: (one.on, not one.is_reckoned), default=None)

    def _egfr(self, creatinine: Decimal) -> Decimal | None:
        years = self.years
        if years is None or creatinine <= 0:
            return None
        if years < ADULT:
            return bedside_schwartz(creatinine, self.height) if self.height and years >= 1 else None
        return ckd_epi(creatinine, years, is_female=self.sex == "female") if self.sex in ("female", "male") else None

    @property
    def kidneys_matter(self) -> bool:
        """Whether not knowing the kidneys is worth a word: they are ill, or the patient is old."""
        return (self.years or 0) >= OLD or any(one.is_one_of(_KIDNEYS_ILL) for one in self.problems)

    @property
    def liver(self) -> str:
        """`severe` where the liver fails, `unknown` where it is ill and nobody graded it, empty where nothing is known."""
        if any(one.is_one_of(_LIVER_FAILS) for one in self.problems):
            return "severe"
        graded = [_LIVER_SNOMED[one.code] for one in self.problems if one.code in _LIVER_SNOMED]
        if "severe" in graded:
            return "severe"
        ill = any(one.is_one_of(_LIVER_ILL) for one in self.problems)
        return "unknown" if ill or graded else ""

    def is_aged(self, age_from: str, age_until: str) -> bool | None:
        """Whether the age lies in this half-open span; None where it is not known."""
        if not age_from and not age_until:
            return True
        if self.born_on is None:
            return None
        if age_from and after(self.born_on, age_from) > self.today:
            return False
        return not age_until or self.today < after(self.born_on, age_until)


def _in(seen: Seen | None, factors: dict[str, Decimal]) -> Decimal | None:
    if seen is None or seen.number is None or seen.unit not in factors:
        return None
    return seen.number * factors[seen.unit]


def after(day: date, duration: str) -> date:
    """The day that lies so long after; `P18Y`, `P6M`, `P2W`, `P1Y6M`.

    :raises ValueError: for what is no such duration
    """
    match = _DURATION.fullmatch(duration)
    if match is None or duration == "P":
        raise ValueError(duration)
    years, months, weeks, days = (int(part or 0) for part in match.groups())
    month = day.month - 1 + months
    year, month = day.year + years + month // 12, month % 12 + 1
    if year > date.max.year:
        return date.max
    begin = date(year, month, min(day.day, monthrange(year, month)[1]))
    return date.fromordinal(min(begin.toordinal() + weeks * 7 + days, date.max.toordinal()))


def ckd_epi(creatinine: Decimal, years: int, *, is_female: bool) -> Decimal:
    """eGFR of an adult from creatinine in mg/dL (CKD-EPI 2021, N Engl J Med 2021;385:1737)."""
    kappa, alpha = (Decimal("0.7"), Decimal("-0.241")) if is_female else (Decimal("0.9"), Decimal("-0.302"))
    share = creatinine / kappa
    value = 142 * min(share, Decimal(1)) ** alpha * max(share, Decimal(1)) ** Decimal("-1.2")
    value *= Decimal("0.9938") ** years * (Decimal("1.012") if is_female else 1)
    return value.quantize(Decimal(1))


def bedside_schwartz(creatinine: Decimal, height_cm: Decimal) -> Decimal:
    """eGFR of a child from creatinine in mg/dL (J Am Soc Nephrol 2009;20:629)."""
    return (Decimal("0.413") * height_cm / creatinine).quantize(Decimal(1))


def first_met(problems: Sequence[Problem], codes: Iterable[str]) -> Problem | None:
    """The first of the problems that these codes mean."""
    wanted = tuple(codes)
    return next((one for one in problems if one.is_one_of(wanted)), None)
