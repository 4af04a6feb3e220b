"""What a cashier types."""

import re
from decimal import Decimal

from django import forms
from django.utils.translation import gettext_lazy as _

from salus.billing.models import Payment

# A point for decimals, no separators of thousands: "1,500" may mean two amounts, so it is asked again.
_AMOUNT = re.compile(r"(0|[1-9][0-9]{0,9})(\.[0-9]{1,4})?")


class AmountField(forms.CharField):
    """An amount of money, read strictly."""

    default_error_messages = {"amount": _("Write an amount with a point for decimals, such as 12.50.")}

    def to_python(self, value: object) -> Decimal | None:  # type: ignore[override]
        text = str(value or "").strip()
        if not text:
            return None
        if not _AMOUNT.fullmatch(text):
            raise forms.ValidationError(self.error_messages["amount"])
        return Decimal(text)


class PaymentForm(forms.Form):
    method = forms.ChoiceField(label=_("Paid by"), choices=Payment.METHODS, widget=forms.RadioSelect)
    amount = AmountField(label=_("Amount"))
    tendered = AmountField(label=_("Handed over"), required=False)
    reference = forms.CharField(label=_("Reference"), max_length=120, required=False)
