"""Clinical judgement of the record: what a typed number says, whether it can be true, how a value is shown."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Any, Literal

#: Adult limits of vital signs hold from this age on (NEWS2, Royal College of Physicians 2017, is for 16 and over).
ADULT_YEARS = 16

LOINC = "http://loinc.org"
UCUM = "http://unitsofmeasure.org"
#: the blood pressure panel of FHIR's vital signs profile and its two components
BLOOD_PRESSURE, SYSTOLIC, DIASTOLIC = "85354-9", "8480-6", "8462-4"
#: more decimals than any measurement has
LONGEST_FRACTION = 5
#: the power of ten beyond which nothing is measured
_LARGEST = 20
WEIGHT, HEIGHT, BMI = "29463-7", "8302-2", "39156-5"

_NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,8})(\.[0-9]{1,6})?", re.ASCII)

Problem = Literal["comma", "not_a_number", "too_many_decimals"]


class NotANumber(ValueError):
    """What was typed cannot be read as one number; `problem` says why."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        self.problem: Problem = problem


@dataclass(frozen=True, slots=True)
class Limits:
    """What is possible and what is usual for a sign; None is without a limit."""

    possible_low: Decimal | None = None
    possible_high: Decimal | None = None
    usual_low: Decimal | None = None
    usual_high: Decimal | None = None


def read_number(text: str, decimals: int | None = None) -> Decimal:
    """Read a typed measurement; whatever two people could read differently is refused, never guessed.

    A comma is refused wherever it stands (1,500 is one and a half or fifteen hundred), so are groups, signs before,
    exponents, digits of other scripts, and a bare leading or trailing point (ISMP: `.5` is read as 5).
    :param decimals: at most so many
    :raises NotANumber: with the problem
    """
    text = text.strip()
    if "," in text or "\N{ARABIC DECIMAL SEPARATOR}" in text or "'" in text:
        raise NotANumber("comma")
    match = _NUMBER.fullmatch(text)
    if match is None or text.startswith("-0") and not text.strip("-0."):
        raise NotANumber("not_a_number")
    if decimals is not None and len(match[2] or ".") - 1 > decimals:
        raise NotANumber("too_many_decimals")
    return Decimal(text)


def is_possible(value: Decimal, limits: Limits) -> bool:
    """Whether a living patient can have this value."""
    return (limits.possible_low is None or value >= limits.possible_low) and (
        limits.possible_high is None or value <= limits.possible_high
    )


def flag_of(value: Decimal, limits: Limits) -> str:
    """`L` or `H` beyond what is usual, empty within."""
    if limits.usual_low is not None and value < limits.usual_low:
        return "L"
    return "H" if limits.usual_high is not None and value > limits.usual_high else ""


def is_startling(value: Decimal, limits: Limits) -> bool:
    """Whether to ask once more: a third of the way from the usual to the impossible, or beyond.

    Anything merely abnormal is flagged and not asked about: a nurse who must confirm each fever stops reading.
    """
    low, high, least, most = limits.usual_low, limits.usual_high, limits.possible_low, limits.possible_high
    if low is not None and least is not None and value < low - (low - least) / 3:
        return True
    return high is not None and most is not None and value > high + (most - high) / 3


def is_startling_change(value: Decimal, before: Decimal, tolerance: Decimal = Decimal("0.2")) -> bool:
    """Whether a weight or height is so far from the one before that a unit or a patient may be mixed up."""
    return before > 0 and abs(value - before) > before * tolerance


def body_mass_index(weight_kg: Decimal, height_cm: Decimal) -> Decimal:
    """kg/m² with one decimal, rounded half up."""
    metres = height_cm / 100
    return (weight_kg / (metres * metres)).quantize(Decimal("0.1"), ROUND_HALF_UP)


def pressure_components(systolic: Decimal, diastolic: Decimal | None) -> str:
    """The components of a blood pressure as FHIR JSON; a pressure felt at the wrist has no diastolic, and says so."""
    parts = [_component(SYSTOLIC, "Systolic blood pressure", systolic)]
    parts.append(_component(DIASTOLIC, "Diastolic blood pressure", diastolic))
    return "[" + ",".join(parts) + "]"


def _component(code: str, display: str, value: Decimal | None) -> str:
    # Written by hand: the digits of a decimal must come out as they went in, and json knows floats only.
    coding = json.dumps({"coding": [{"system": LOINC, "code": code, "display": display}]})
    if value is None:
        said = '"dataAbsentReason": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/data-absent-reason", '
        said += '"code": "not-performed"}]}'
    else:
        said = f'"valueQuantity": {{"value": {value:f}, "unit": "mmHg", "system": "{UCUM}", "code": "mm[Hg]"}}'
    return f'{{"code": {coding}, {said}}}'


def components_of(text: str) -> dict[str, Decimal]:
    """The numbers of a stored list of components by their code, digits as written."""
    if not text:
        return {}
    found: dict[str, Decimal] = {}
    for part in json.loads(text, parse_float=Decimal, parse_int=Decimal):
        value = (part.get("valueQuantity") or {}).get("value")
        for coding in (part.get("code") or {}).get("coding") or ():
            if value is not None and coding.get("code"):
                found.setdefault(coding["code"], value)
    return found


def is_overlong(number: Decimal) -> bool:
    """Whether a number has more decimals than anything that is measured: a program reckoned it."""
    exponent = number.as_tuple().exponent
    return isinstance(exponent, int) and exponent < -LONGEST_FRACTION


def is_drawable(number: Decimal) -> bool:
    """Whether a number is of a size that is measured at all: no arithmetic holds the digits of a larger one."""
    return number.adjusted() <= _LARGEST


def rounded(number: Decimal, step: Decimal) -> Decimal:
    """To a step, half up; what is larger than anything that is measured stays as it came."""
    return number.quantize(step, ROUND_HALF_UP) if is_drawable(number) else number


def shown_number(number: Decimal, decimals: int | None = None) -> str:
    """A result as written; 184.66227942386993 is read as ≈184.66 (what was written stays in the record).

    :param decimals: so many of such a number, where it is known how many the measurement has
    """
    if not is_overlong(number):
        return f"{number:f}"
    if decimals is not None:
        return f"≈{rounded(number, Decimal(1).scaleb(-decimals)):f}"
    small = abs(number) < 1 and number != 0
    step = Decimal(1).scaleb(number.adjusted() - 2) if small else Decimal("0.01")
    return f"≈{rounded(number, step):f}"


def rounded_like(written: Decimal, converted: Decimal) -> Decimal:
    """A converted value with as many significant digits as were written, three at the least: 98.6 °F are 37.0 °C."""
    digits = max(len(written.as_tuple().digits), 3)
    if not converted:
        return converted
    step = Decimal(1).scaleb(converted.adjusted() - digits + 1)
    return rounded(converted, min(step, Decimal(1)))


def shown_value(row: Mapping[str, Any]) -> str:
    """An observation's value for people, without its unit: `< 0.01`, `114/66`, `Positive`; empty where there is none.

    :param row: the columns `number`, `comparator`, `text`, `components`, `code`, `value_type` and `value`
    """
    if row["number"] is not None:
        comparator = f"{row['comparator']} " if row["comparator"] else ""
        return f"{comparator}{shown_number(row['number'])}"
    if row["text"]:
        return str(row["text"])
    if row["components"]:
        return _shown_components(row["code"], row["components"])
    if row["value_type"] == "boolean":
        return {"true": "yes", "false": "no"}.get(str(row["value"]), str(row["value"]))
    return _shown_json(row["value_type"], row["value"]) if row["value"] else ""


def _shown_json(kind: str, value: str) -> str:
    """The other types of FHIR's values, kept as JSON: a ratio as 1:128, a range or a period with a dash."""
    if not value.startswith("{"):
        return value.strip('"')
    parts = json.loads(value, parse_float=Decimal, parse_int=Decimal)

    def number(name: str) -> str:
        quantity = parts.get(name) or {}
        found = quantity.get("value")
        return f"{quantity.get('comparator', '')}{found:f}" if isinstance(found, Decimal) else ""

    if kind == "Ratio":
        return f"{number('numerator')}:{number('denominator')}"
    if kind == "Range":
        return f"{number('low')} – {number('high')}".strip(" –")
    if kind == "Period":
        return " – ".join(str(parts[end])[:16].replace("T", " ") for end in ("start", "end") if parts.get(end))
    return ""


def _shown_components(code: str, components: str) -> str:
    numbers = components_of(components)
    if SYSTOLIC in numbers:
        upper, lower = numbers[SYSTOLIC], numbers.get(DIASTOLIC)
        about = "≈" if is_overlong(upper) or (lower is not None and is_overlong(lower)) else ""
        shown = [
            f"{one.to_integral_value(ROUND_HALF_UP) if about else one:f}" for one in (upper, lower) if one is not None
        ]
        return about + "/".join(shown if lower is not None else [*shown, "–"])
    return ", ".join(shown_number(value) for value in numbers.values())


#: `resolved` needs no more care, `inactive` may come back (FHIR condition-clinical)
CONDITION_MOVES: dict[str, tuple[str, ...]] = {
    "active": ("resolved", "inactive", "remission"),
    "recurrence": ("resolved", "inactive", "remission"),
    "relapse": ("resolved", "inactive", "remission"),
    "inactive": ("active", "resolved"),
    "remission": ("active", "relapse", "resolved"),
    "resolved": ("active", "recurrence"),
}

#: Under which other codes records name the same sign: the panel of pressures (and the panel's older code), oral
#: temperature, saturation in arterial blood.
ALSO: tuple[tuple[str, str], ...] = (
    (SYSTOLIC, BLOOD_PRESSURE),
    (SYSTOLIC, "55284-4"),
    ("8310-5", "8331-1"),
    ("59408-5", "2708-6"),
)

_FLAGS = {"N": "", "HU": "HH", "LU": "LL", "POS": "A", "DET": "A", "NEG": "", "ND": ""}


def flag_letters(code: str) -> str:
    """The letters to show for an interpretation code (HL7 v3 ObservationInterpretation): L, H, A, LL, HH, AA or nothing."""
    known = _FLAGS.get(code.upper(), code.upper())
    return known if known in ("L", "H", "A", "LL", "HH", "AA") else ""


def sign_code(code: str) -> str:
    """The one code under which a sign is shown: the catalogue's, and the panel's for both pressures."""
    sign = next((sign for sign, also in ALSO if also == code), code)
    return BLOOD_PRESSURE if sign == SYSTOLIC else sign


_UNITS = {
    "mm[Hg]": "mmHg",
    "Cel": "°C",
    "[degF]": "°F",
    "[pH]": "",
    "[lb_av]": "lb",
    "[in_i]": "in",
    "mL/min/{1.73_m2}": "mL/min/1.73 m²",
}
_SUPERSCRIPT = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
_POWER = re.compile(r"10[*^](-?[0-9]+)")
_ANNOTATION = re.compile(r"/?\{[^}]*\}")


@lru_cache(maxsize=1024)
def shown_unit(unit: str, unit_code: str) -> str:
    """A unit as people write it; only a bare UCUM code is turned into words of the trade, others stay as written.

    `10*3/uL` is ×10³/µL, `m[IU]/L` is mIU/L; an annotation (`{nominal}`) is no unit.
    """
    if not unit_code or unit != unit_code:
        return unit
    shown = _ANNOTATION.sub("", _UNITS.get(unit, unit))
    shown = _POWER.sub(lambda power: "×10" + power[1].translate(_SUPERSCRIPT), shown)
    return re.sub(r"(^|/)u(?=[a-zA-Z])", "\\1µ", shown.replace("[IU]", "IU").replace("[iU]", "IU"))
