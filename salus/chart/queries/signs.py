"""The vital signs of the catalogue, and what a number says against them."""

from decimal import Decimal

from django.utils.translation import gettext as _

from salus.catalog.models import VitalSign
from salus.chart import rules
from salus.terminology.analytes import converted


def limits_of(sign: VitalSign) -> rules.Limits:
    """The limits of a sign of the catalogue."""
    return rules.Limits(sign.possible_low, sign.possible_high, sign.usual_low, sign.usual_high)


def impossible(sign: VitalSign) -> str:
    """The sentence beside a value that cannot be."""
    return _("Cannot be right: %(name)s lies between %(low)s and %(high)s %(unit)s.") % {
        "name": sign.name,
        "low": f"{sign.possible_low:f}" if sign.possible_low is not None else "–",
        "high": f"{sign.possible_high:f}" if sign.possible_high is not None else "–",
        "unit": sign.unit_text,
    }


def in_own_unit(value: Decimal, sign: VitalSign | None, unit: str) -> Decimal | None:
    """A value in the unit of its sign; None where it cannot be brought there."""
    if sign is None or not unit or unit == sign.unit:
        return value
    return converted(value, unit, sign.unit, sign.loinc)
