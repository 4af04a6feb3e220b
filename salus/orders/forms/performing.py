"""What is typed when something was done, or was not."""

from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from salus.orders.models import Performance
from salus.ui.amounts import AmountField

_STATUSES = [("completed", _("Done")), ("not-done", _("Not done"))]
_GIVEN = [("completed", _("Given")), ("not-done", _("Not given"))]


class PerformForm(forms.Form):
    """Whether a diet, a nursing order, a procedure was done, and if not why."""

    number = forms.IntegerField(min_value=1, max_value=32_000, widget=forms.HiddenInput)
    status = forms.ChoiceField(label=_("What became of it"), choices=_STATUSES, widget=forms.RadioSelect)
    reason_code = forms.ChoiceField(label=_("Why not"), choices=[("", "–"), *Performance.REASONS], required=False)
    reason = forms.CharField(label=_("In words"), max_length=300, required=False)
    clock = forms.CharField(label=_("At"), max_length=5, required=False, help_text=_("Like 08:30; now unless said"))
    note = forms.CharField(label=_("Note"), max_length=500, required=False)
    ends = forms.BooleanField(label=_("Nothing more is to be done"), required=False)

    def clean_clock(self) -> time | None:
        """The time of the day, or None."""
        try:
            return time.fromisoformat(self.cleaned_data["clock"]) if self.cleaned_data["clock"] else None
        except ValueError as error:
            raise forms.ValidationError(_("Write the time like 09:30.")) from error

    def said(self, now: datetime) -> dict[str, Any]:
        """The arguments of the act; a time that has not come today is yesterday's."""
        values = dict(self.cleaned_data)
        clock = values.pop("clock")
        local = timezone.localtime(now)
        at = local.replace(hour=clock.hour, minute=clock.minute, second=0, microsecond=0) if clock else None
        values["at"] = at - timedelta(days=1) if at and at > local else at
        return values

    def mend(self, fields: dict[str, str]) -> None:
        """Show what a service refused beside its field."""
        for name, words in fields.items():
            name = "clock" if name == "at" else name
            self.add_error(name if name in self.fields else None, words)


class AdministerForm(PerformForm):
    """One dose at the bedside."""

    wristband = forms.CharField(
        label=_("Wristband"), max_length=64, help_text=_("Scan it, or type the record number that is on it")
    )
    dose = AmountField(label=_("Dose"), required=False)
    dose_unit = forms.ChoiceField(label=_("Unit"), required=False)
    override_reason = forms.CharField(label=_("Why you go on"), max_length=500, required=False)

    def __init__(self, data: Any = None, *, units: tuple[str, ...] = (), **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        fields: Any = self.fields
        del fields["ends"]
        fields["status"].choices = _GIVEN
        fields["dose_unit"].choices = [(one, one) for one in units]
        self.order_fields(["wristband", "status", "dose", "dose_unit", "reason_code", "reason", "clock", "note"])
