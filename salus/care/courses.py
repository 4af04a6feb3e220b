"""What a course of sessions may be, of a patient or in a template."""

from decimal import Decimal

from django.utils.translation import gettext as _

from salus.care.rules.treatments import MOST
from salus.core.errors import Invalid
from salus.terminology.ucum import is_unit


def check_course(what: str, sessions: int, every_days: int, dose: Decimal | None, dose_unit: str) -> None:
    """Nothing, for a course that can be; else :raises Invalid: by field."""
    wrong = {}
    if not what.strip():
        wrong["what"] = _("Write what is given.")
    if not 1 <= sessions <= MOST:
        wrong["sessions"] = _("Write 1 to 200 sessions.")
    if not 1 <= every_days <= 365:
        wrong["every_days"] = _("Write 1 to 365 days.")
    if dose is not None and (dose <= 0 or not dose_unit.strip()):
        wrong["dose"] = _("Write a dose above 0 and its unit.")
    elif dose_unit.strip() and not is_unit(dose_unit):
        wrong["dose_unit"] = _("Write a unit of UCUM, such as mg, h or mL.")
    if wrong:
        raise Invalid(**wrong)
