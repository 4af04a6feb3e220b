"""What is typed about stock."""

import calendar
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from salus.ui.amounts import QuantityField
from salus.ui.dates import NotADate, parse_partial_date


class ExpiryField(forms.CharField):
    """An expiry date as it is printed on packs: a month alone means its last day."""

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        try:
            read = parse_partial_date(text)
        except NotADate as error:
            raise forms.ValidationError(str(error)) from error
        if len(read) == 4:
            raise forms.ValidationError(_("Write the month and the year, like Nov-2027."))
        year, month = int(read[:4]), int(read[5:7])
        return date(year, month, int(read[8:]) if len(read) == 10 else calendar.monthrange(year, month)[1])


class ReceiveForm(forms.Form):
    """What came in."""

    item_id = forms.UUIDField(label=_("Item"), error_messages={"required": _("Choose an item of the list.")})
    department_id = forms.ChoiceField(label=_("Into"))
    lot_number = forms.CharField(label=_("Lot number"), max_length=40)
    expires_on = ExpiryField(label=_("Expires"), max_length=20)
    quantity = QuantityField(label=_("Quantity"))
    delivery = forms.CharField(label=_("Delivery note"), max_length=60, required=False)

    def __init__(self, departments: list[tuple[str, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["department_id"].choices = departments  # type: ignore[attr-defined]

    def mend(self, fields: dict[str, str]) -> None:
        """Show what a service refused beside its field."""
        for name, words in fields.items():
            self.add_error(name if name in self.fields else None, words)


class DiscardForm(forms.Form):
    """Why what is left is taken out."""

    reason = forms.CharField(label=_("Reason"), max_length=300)
