"""The period of a report, as people type it."""

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from salus.ui.dates import NotADate, parse_date

#: a report of more days than this is a question for an export
MOST_DAYS = 3660


class _Day(forms.CharField):
    def clean(self, value: Any) -> date:
        try:
            return parse_date(super().clean(value))
        except NotADate as error:
            raise ValidationError(str(error)) from None


class PeriodForm(forms.Form):
    first = _Day(label=gettext_lazy("From"), max_length=30)
    last = _Day(label=gettext_lazy("To"), max_length=30)

    def clean(self) -> dict[str, Any]:
        found = super().clean() or self.cleaned_data
        first, last = found.get("first"), found.get("last")
        if first and last and last < first:
            self.add_error("last", _("The last day is before the first."))
        elif first and last and (last - first).days >= MOST_DAYS:
            self.add_error("first", _("Choose at most ten years."))
        return found


class DayForm(forms.Form):
    day = _Day(label=gettext_lazy("Day"), max_length=30)

    def clean_day(self) -> date:
        day: date = self.cleaned_data["day"]
        if not 1900 <= day.year <= 2999:
            raise ValidationError(_("Choose a day of this century."))
        return day
