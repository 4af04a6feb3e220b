"""The period of a report, as people type it."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from salus.ui.dates import DayField

#: a report of more days than this is a question for an export
MOST_DAYS = 3660


class PeriodForm(forms.Form):
    first = DayField(label=gettext_lazy("From"))
    last = DayField(label=gettext_lazy("To"))

    def clean(self) -> dict[str, Any]:
        found = super().clean() or self.cleaned_data
        first, last = found.get("first"), found.get("last")
        if first and last and last < first:
            self.add_error("last", _("The last day is before the first."))
        elif first and last and (last - first).days >= MOST_DAYS:
            self.add_error("first", _("Choose at most ten years."))
        return found


class DayForm(forms.Form):
    day = DayField(label=gettext_lazy("Day"))
