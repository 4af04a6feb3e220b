"""Rules between the elements of one type. Source: hl7.org/fhir/R4, the constraint named at each."""

from collections.abc import Callable, Mapping

from salus.core.dates import PartialDate
from salus.fhir.written import JSON

Invariant = Callable[[JSON], str]


def _period(value: JSON) -> str:
    """per-1"""
    start, end = value.get("start"), value.get("end")
    if start and end and start != end:
        try:
            if PartialDate.parse(start).start >= PartialDate.parse(end).end:
                return "ends before it starts"
        except (ValueError, TypeError):
            return ""  # the format is told already
    return ""


def _contact(value: JSON) -> str:
    """cpt-2"""
    return "has a value and no system" if "value" in value and "system" not in value else ""


def _quantity(value: JSON) -> str:
    """qty-3"""
    return "has a code and no system" if "code" in value and "system" not in value else ""


def _extension(value: JSON) -> str:
    """ext-1"""
    has_value = any(key.lstrip("_").startswith("value") for key in value)
    if has_value == ("extension" in value):
        return "must have either a value or extensions"
    return ""


def _observation(value: JSON) -> str:
    """obs-6"""
    if "dataAbsentReason" in value and any(key.startswith("value") for key in value):
        return "says why the value is absent, and has a value"
    return ""


#: type -> what it says of a value that is wrong, or nothing
INVARIANTS: Mapping[str, Invariant] = {
    "ContactPoint": _contact,
    "Extension": _extension,
    "Observation": _observation,
    "ObservationComponent": _observation,
    "Period": _period,
    "Quantity": _quantity,
}
