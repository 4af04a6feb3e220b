"""What a cashier types."""

from django import forms
from django.utils.translation import gettext_lazy as _

from salus.billing.models import Payment
from salus.ui.amounts import AmountField


class PaymentForm(forms.Form):
    method = forms.ChoiceField(label=_("Paid by"), choices=Payment.AT_THE_DESK, widget=forms.RadioSelect)
    amount = AmountField(label=_("Amount"))
    tendered = AmountField(label=_("Cash handed over"), required=False)
    reference = forms.CharField(label=_("Reference"), max_length=120, required=False)
