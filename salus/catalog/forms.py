"""What the administrator types into the price list."""

from django import forms
from django.utils.translation import gettext_lazy as _

from salus.catalog.models import Service
from salus.ui.amounts import AmountField
from salus.ui.dates import DayField


class PriceForm(forms.Form):
    amount = AmountField(label=_("New price"))
    starts_on = DayField(label=_("From"), required=False)


class LengthForm(forms.Form):
    minutes = forms.IntegerField(
        label=_("Minutes of a visit"),
        min_value=0,
        max_value=480,
        required=False,
        help_text=_("Longer than a slot: so many neighbouring ones are booked. Empty: one slot"),
    )


class ServiceForm(LengthForm):
    code = forms.RegexField(
        r"^[A-Za-z0-9][A-Za-z0-9:._-]*$",
        label=_("Code"),
        max_length=80,
        error_messages={"invalid": _("Use letters, digits and : . _ - only.")},
    )
    name = forms.CharField(label=_("Name"), max_length=200)
    kind = forms.ChoiceField(label=_("Kind"), choices=Service.KINDS)
    field_order = ("code", "name", "kind", "minutes")
