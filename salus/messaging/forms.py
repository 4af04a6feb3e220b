"""What an administrator types about words and hours."""

from django import forms
from django.utils.translation import gettext_lazy as _


class WordingForm(forms.Form):
    subject = forms.CharField(label=_("Subject"), max_length=200, required=False)
    body = forms.CharField(label=_("Words"), max_length=4000, required=False, widget=forms.Textarea)


class QuietForm(forms.Form):
    since = forms.TimeField(label=_("From"), input_formats=["%H:%M"], help_text=_("Such as 21:00"))
    until = forms.TimeField(
        label=_("To"), input_formats=["%H:%M"], help_text=_("The same as From: they may always ring")
    )


class BrowserForm(forms.Form):
    endpoint = forms.CharField(max_length=1000)
    p256dh = forms.CharField(max_length=200)
    auth = forms.CharField(max_length=100)
    device = forms.CharField(max_length=60, required=False)
