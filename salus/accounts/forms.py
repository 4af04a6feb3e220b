"""What people type to sign in."""

from django import forms
from django.utils.translation import gettext_lazy as _


class SignInForm(forms.Form):
    username = forms.CharField(label=_("User name"), max_length=150)
    password = forms.CharField(label=_("Password"), max_length=200, strip=False)


class PasswordForm(forms.Form):
    old = forms.CharField(label=_("Password now"), max_length=200, strip=False)
    new = forms.CharField(label=_("New password"), max_length=200, strip=False)
