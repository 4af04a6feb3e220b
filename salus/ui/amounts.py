"""What people type into an amount field, read strictly: an ambiguous amount is refused, never guessed."""

import re
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

# A point for decimals, no separators of thousands: "1,500" may mean two amounts, so it is asked again.
_AMOUNT = re.compile(r"(0|[1-9][0-9]{0,8})(\.[0-9]{1,4})?")


class AmountField(forms.CharField):
    """An amount of money; an empty one that is not required is None."""

    default_error_messages = {"amount": _("Write an amount with a point for decimals, such as 12.50.")}

    def to_python(self, value: Any) -> Any:
        """The Decimal as it was typed: 12.50 keeps its digits."""
        text = str(value or "").strip()
        if not text:
            return None
        if not _AMOUNT.fullmatch(text):
            raise forms.ValidationError(self.error_messages["amount"], code="amount")
        return Decimal(text)


class QuantityField(AmountField):
    """A dose or a quantity: a plain number above zero. A comma may mean ten times as much, so it is asked again."""

    default_error_messages = {
        "amount": _("Write a plain number, with a point for decimals: 500 or 2.5."),
        "comma": _("Write the number with a point: 1.5, not 1,5."),
        "zero": _("Write a number above 0."),
    }

    def to_python(self, value: Any) -> Any:
        """The Decimal as it was typed, or None."""
        if "," in str(value or ""):
            raise forms.ValidationError(self.error_messages["comma"], code="comma")
        number = super().to_python(value)
        if number is not None and number <= 0:
            raise forms.ValidationError(self.error_messages["zero"], code="zero")
        return number
