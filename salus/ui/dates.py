"""What people type into a date field, read strictly: an ambiguous date is refused, never guessed."""

import re
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from salus.ui.formatting import MONTHS

_ENGLISH = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_SPLIT = re.compile(r"[\s./-]+")


class NotADate(ValueError):
    """What was typed is no date; the message says how to mend it."""


def parse_partial_date(text: str) -> str:
    """Read a date as precise as it was given.

    :param text: ``14-Mar-1964``, ``14/03/1964``, ``1964-03-14``, ``Mar-1964``, ``03/1964``, ``1964-03`` or ``1964``
    :return: FHIR's text: ``1964-03-14``, ``1964-03`` or ``1964``
    :raises NotADate: if it is none of these or not in the calendar
    """
    parts = [part for part in _SPLIT.split(text.strip()) if part]
    if not parts or len(parts) > 3:
        raise NotADate(_("Write the date like 14-Mar-1964, Mar-1964 or 1964."))
    if len(parts[0]) != 4:
        parts.reverse()
    if not re.fullmatch(r"\d{4}", parts[0]):
        raise NotADate(_("Write the year with four digits, like 14-Mar-1964."))
    year = int(parts[0])
    if len(parts) == 1:
        return f"{year:04d}"
    month = _month(parts[1])
    if len(parts) == 2:
        return f"{year:04d}-{month:02d}"
    try:
        return date(year, month, int(parts[2])).isoformat()
    except ValueError:
        raise NotADate(_("There is no such day. Check the day and the month.")) from None


def parse_date(text: str) -> date:
    """Read a whole date.

    :raises NotADate: as :func:`parse_partial_date`, and if the day or the month is missing
    """
    iso = parse_partial_date(text)
    if len(iso) != 10:
        raise NotADate(_("Write day, month and year, like 14-Mar-1964."))
    return date.fromisoformat(iso)


def _month(word: str) -> int:
    if word.isdigit() and 1 <= int(word) <= 12:
        return int(word)
    short = word.casefold()
    for number, (english, own) in enumerate(zip(_ENGLISH, MONTHS, strict=True), start=1):
        if short[:3] == english or short == str(own).casefold():
            return number
    raise NotADate(_("Write the month as Jan, Feb ... Dec or 1 to 12."))


class DayField(forms.CharField):
    """A whole day as people type it; an empty one that is not required is None."""

    widget = forms.DateInput
    #: in which somebody lives or plans
    years = range(1900, 3000)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"max_length": 30} | kwargs)

    def clean(self, value: Any) -> date | None:
        """The day.

        :raises ValidationError: if it is none, or not of these years
        """
        text = super().clean(str(value or ""))
        try:
            day = parse_date(text) if text else None
        except NotADate as error:
            raise forms.ValidationError(str(error)) from None
        if day and day.year not in self.years:
            raise forms.ValidationError(_("Choose a day of this century."))
        return day


class PartialDateInput(forms.TextInput):
    """A text box for a date as precise as it is known (`ui.bound` draws it by this name)."""

    input_type = "partialdate"


class PartialDateField(forms.CharField):
    """A date as precise as it is known: typed as people do, cleaned to FHIR's text; empty where nothing was said."""

    widget = PartialDateInput

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"max_length": 30} | kwargs)

    def clean(self, value: Any) -> str:
        """FHIR's text.

        :raises ValidationError: if it is no date
        """
        text = super().clean(value)
        try:
            return parse_partial_date(text) if text else ""
        except NotADate as error:
            raise forms.ValidationError(str(error)) from None
