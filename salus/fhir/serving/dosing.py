"""A Dosage in the terms of an order: every number in a unit of the pack, or refused; no word of it is lost."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from salus.fhir.mapping.concepts import UCUM, code_of
from salus.fhir.mapping.context import words_of
from salus.fhir.serving.outcomes import FhirError
from salus.fhir.written import JSON
from salus.orders import rules, words
from salus.terminology.models import Presentation

_DOSAGE = "MedicationRequest.dosageInstruction"

#: words for units -> UCUM; a unit is said in one of these or not at all
_UNITS = {
    "milligram": "mg",
    "gram": "g",
    "microgram": "ug",
    "mg": "mg",
    "mcg": "ug",
    "µg": "ug",
    "μg": "ug",
    "ml": "mL",
    "milliliter": "mL",
    "millilitre": "mL",
    "cc": "mL",
    "iu": "[iU]",
    "[iu]": "[iU]",
    "international unit": "[iU]",
    "unit": "U",
    "u": "U",
    "day": "d",
    "hour": "h",
    "week": "wk",
    "month": "mo",
}
#: what a code of HL7's GTSAbbreviation says: times in a period
_TIMES = {
    **{"QD": (1, 1, "d"), "BID": (2, 1, "d"), "TID": (3, 1, "d"), "QID": (4, 1, "d"), "QOD": (1, 2, "d")},
    **{f"Q{hours}H": (1, hours, "h") for hours in (1, 2, 3, 4, 6, 8, 12)},
}


def refused(message: str, element: str) -> FhirError:
    """A dosage that cannot be signed as it is said."""
    return FhirError(422, message, code="business-rule", expression=element)


def number(value: Any) -> Decimal:
    """A number of the resource.

    :raises FhirError: 422 if it is none
    """
    try:
        return Decimal(str(value))
    except ArithmeticError:
        raise FhirError(422, "A number that can be read.") from None


def unit_of(quantity: JSON, units: Sequence[str], element: str) -> str:
    """In which of these units a quantity is said: by its code, which its words must not contradict.

    :raises FhirError: 422 for another unit, or for a code and words that differ
    """
    named = _units_in(quantity)
    if len(named) > 1:
        raise refused("The unit's code and its words say different units.", element)
    found = next((one for one in units if _known(one) in named), None)
    if found is None:
        raise refused(f"A quantity in one of: {', '.join(units)}.", element)
    return found


def is_single(instruction: JSON) -> bool:
    """Whether a dosage has one dose at most, in one unit."""
    rates = instruction.get("doseAndRate") or [{}]
    return len(rates) == 1 and len(_units_in(rates[0].get("doseQuantity") or {})) <= 1


def _units_in(quantity: JSON) -> set[str]:
    return {_known(str(text)) for text in (quantity.get("code"), quantity.get("unit")) if text}


def _known(text: str) -> str:
    """One name for a unit, however it is written."""
    bare = text.strip().strip("{}")
    bare = bare.removesuffix("(s)")
    folded = bare.casefold()
    singular = folded.removesuffix("s") if len(folded) > 3 else folded
    return _UNITS.get(folded) or _UNITS.get(singular) or (singular if len(bare) > 3 else bare)


def dosage(instructions: Sequence[JSON], pack: Presentation, today: date) -> dict[str, Any]:
    """The dose, how often, how long from today on and by which route, as `MedicineItem` has them.

    :raises FhirError: 422 where it says less or other than an order can
    """
    if len(instructions) != 1 or len(instructions[0].get("doseAndRate") or ()) > 1:
        raise refused("One dosage at a time.", _DOSAGE)
    first = instructions[0]
    timing = first.get("timing") or {}
    repeat = _repeated(timing)
    quantity = ((first.get("doseAndRate") or [{}])[0]).get("doseQuantity") or {}
    if quantity.get("value") is None or not repeat.get("frequency") or repeat.get("period") is None:
        raise refused("A dose and how often it is given.", _DOSAGE)
    _agrees(timing.get("code") or {}, repeat)
    dose = number(quantity["value"])
    unit = unit_of(
        quantity, rules.dose_units(pack.unit, pack.strength, pack.routes), f"{_DOSAGE}.doseAndRate.doseQuantity"
    )
    needed = first.get("asNeededCodeableConcept")
    as_needed = bool(first.get("asNeededBoolean") or needed)
    return {
        "dose": dose,
        "dose_unit": unit,
        "route": _route(first.get("route"), pack),
        "frequency": int(repeat["frequency"]),
        "period": number(repeat["period"]),
        "period_unit": repeat.get("periodUnit", ""),
        "duration_days": _days(repeat, today),
        "as_needed": as_needed,
        "as_needed_for": short(said(needed), 100, f"{_DOSAGE}.asNeededCodeableConcept"),
        "most_per_day": _most(first.get("maxDosePerPeriod"), dose, unit, as_needed=as_needed),
    }


def _repeated(timing: JSON) -> JSON:
    """How often it is given: in numbers, or by a code that stands for numbers."""
    repeat: JSON = timing.get("repeat") or {}
    codes = [_TIMES.get(str(one.get("code", "")).upper()) for one in (timing.get("code") or {}).get("coding", ())]
    if codes and codes[0] and not repeat.keys() & {"frequency", "period", "periodUnit"}:
        frequency, period, unit = codes[0]
        return repeat | {"frequency": frequency, "period": period, "periodUnit": unit}
    return repeat


def in_words(instruction: JSON) -> list[str]:
    """What a dosage says in words, for the note: whoever gives the medicine reads it there."""
    extra = [said(one) for one in instruction.get("additionalInstruction", ())]
    told = (
        instruction.get("text", ""),
        *extra,
        instruction.get("patientInstruction", ""),
        said(instruction.get("method")),
    )
    return [one for one in told if one]


def said(concept: Any) -> str:
    """A concept in words, or by its code where it has none."""
    return words_of(concept or {}) or code_of(concept or {})


def short(text: str, most: int, element: str) -> str:
    """A text that is kept whole.

    :raises FhirError: 422 if it is too long
    """
    if len(text) > most:
        raise refused(f"At most {most} characters.", element)
    return text


def joined(parts: Iterable[str]) -> str:
    """Lines of a note, none of them twice."""
    return "\n".join(dict.fromkeys(part for part in parts if part))


def amount(quantity: JSON, unit: str) -> Decimal | None:
    """How much is to be given out, in the pack's unit.

    :raises FhirError: 422 for another unit
    """
    if quantity.get("value") is None:
        return None
    if quantity.get("code") or quantity.get("unit"):
        unit_of(quantity, [unit], "MedicationRequest.dispenseRequest.quantity")
    return number(quantity["value"])


def day(text: Any) -> date | None:
    """A whole day.

    :raises FhirError: 422 for a month or a year
    """
    if not text:
        return None
    if len(text) < 10:
        raise refused("A whole day.", "MedicationRequest.dispenseRequest.validityPeriod.end")
    return date.fromisoformat(text[:10])


def _agrees(code: JSON, repeat: JSON) -> None:
    """A code is a whole timing by itself: one that we do not know, or that says another, is not passed over."""
    if not code:
        return
    names = {str(one.get("code", "")).upper() for one in code.get("coding", ())} or {code.get("text", "").upper()}
    asked = (repeat["frequency"], repeat["period"], repeat.get("periodUnit"))
    if any(_TIMES.get(name) != asked for name in names):
        raise refused("The timing's code and its numbers must say the same.", f"{_DOSAGE}.timing.code")


def _route(route: Any, pack: Presentation) -> str:
    routes = pack.routes or pack.medicine.routes
    if not route:
        if len(routes) != 1:
            raise refused("The route by which it is given.", f"{_DOSAGE}.route")
        return str(routes[0])
    asked = {said(route).casefold(), *(str(one.get("code", "")).casefold() for one in route.get("coding", ()))} - {""}
    found = [one for one in routes if asked & {one, words.route_words(one).casefold()}]
    if len(found) != 1:
        raise refused(f"A route of this medicine, in words: {', '.join(routes)}.", f"{_DOSAGE}.route")
    return str(found[0])


def days_of(bounds: JSON | None, element: str = _DOSAGE) -> int | None:
    """For how many days.

    :raises FhirError: 422 where they are no whole days
    """
    if bounds is None:
        return None
    place = f"{element}.timing.repeat.boundsDuration"
    if bounds.get("value") is None:
        raise refused("How long it is given.", place)
    days = number(bounds["value"]) * rules.DAYS_IN[unit_of(bounds, list(rules.DAYS_IN), place)]
    if days != days.to_integral_value():
        raise refused("Whole days.", place)
    return int(days)


def _days(repeat: JSON, today: date) -> int | None:
    """For how many days from today on: an order begins at once, and a day that is named as the last one is a whole one.

    :raises FhirError: 422 for what begins later or is over, and where whole days are not said
    """
    if "boundsPeriod" not in repeat:
        return days_of(repeat.get("boundsDuration"))
    place = f"{_DOSAGE}.timing.repeat.boundsPeriod"
    start, end = (str(repeat["boundsPeriod"].get(name, "")) for name in ("start", "end"))
    if any(0 < len(one) < 10 for one in (start, end)) or not (start or end):
        raise refused("From which day until which.", place)
    if start and date.fromisoformat(start[:10]) > today:
        raise refused("An order here begins at once: send it on the day on which it begins.", place)
    if not end:
        return None
    if len(end) > 10:
        return _whole_days(start, end, today, place)
    days = (date.fromisoformat(end) - today).days + 1
    if days < 1:
        raise refused("This is over.", place)
    return days


def _whole_days(start: str, end: str, today: date, place: str) -> int:
    """Of a period of instants, which is to begin today: so many times 24 hours."""
    if len(start) > 10 and start[:10] == today.isoformat():
        span = datetime.fromisoformat(end) - datetime.fromisoformat(start)
        if span > timedelta(0) and span % timedelta(days=1) == timedelta(0):
            return span.days
    raise refused("Whole days, from today on.", place)


def _most(ratio: JSON | None, dose: Decimal, unit: str, *, as_needed: bool) -> int | None:
    """How many doses in a day at most."""
    if ratio is None:
        return None
    place = f"{_DOSAGE}.maxDosePerPeriod"
    top, bottom = ratio.get("numerator") or {}, ratio.get("denominator") or {}
    if not as_needed or top.get("value") is None or bottom.get("value") is None or dose <= 0:
        raise refused("The most in a day is said of a medicine as needed, as an amount in one day.", place)
    if unit_of(top, [unit], place) != unit or bottom.get("system", UCUM) != UCUM:
        raise refused("The most in a day is said in the unit of the dose.", place)
    days = number(bottom["value"]) * rules.DAYS_IN[unit_of(bottom, ["d", "h"], place)]
    doses = number(top["value"]) / dose
    if days != 1 or doses != doses.to_integral_value():
        raise refused("The most in a day is a whole number of doses.", place)
    return int(doses)
