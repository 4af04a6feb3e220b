"""What people type to sign in."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from salus.accounts.sockets import scopes


class SignInForm(forms.Form):
    username = forms.CharField(label=_("User name"), max_length=150)
    password = forms.CharField(label=_("Password"), max_length=200, strip=False)


class CodeForm(forms.Form):
    code = forms.CharField(label=_("Code"), max_length=40)


class PasswordForm(forms.Form):
    old = forms.CharField(label=_("Password now"), max_length=200, strip=False)
    new = forms.CharField(label=_("New password"), max_length=200, strip=False)


class PinForm(forms.Form):
    pin = forms.CharField(label=_("PIN"), max_length=12)


class RecoverForm(forms.Form):
    username = forms.CharField(label=_("User name"), max_length=150)
    code = forms.CharField(label=_("Code from your administrator"), max_length=40)
    password = forms.CharField(label=_("New password"), max_length=200, strip=False)


class DeviceForm(forms.Form):
    kind = forms.ChoiceField(
        label=_("This browser is"),
        choices=[
            ("private", _("one person's own: it locks after 15 minutes")),
            ("shared", _("a shared workstation: it locks after 3 minutes, and a PIN unlocks it")),
            ("kiosk", _("a kiosk: it signs out after a minute")),
        ],
    )
    name = forms.CharField(label=_("Name"), max_length=60, required=False, help_text=_("As people here call it"))


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("How do you know that it is this person?"), max_length=300)


class LinkForm(forms.Form):
    arrival_id = forms.UUIDField()
    user_id = forms.UUIDField(label=_("User"))


class ProgramForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=80)
    redirect_uris = forms.CharField(
        label=_("Answers go to"), max_length=3000, widget=forms.Textarea, help_text=_("One address on each line")
    )
    scopes = forms.MultipleChoiceField(label=_("May ask for"), widget=forms.CheckboxSelectMultiple)
    confidential = forms.BooleanField(
        label=_("It runs on a server, and can keep a secret"), required=False, initial=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["scopes"].choices = [(code, one.words) for code, one in scopes.items()]  # type: ignore[attr-defined]

    def clean_redirect_uris(self) -> list[str]:
        """The addresses, one for each line that says something."""
        return [line.strip() for line in self.cleaned_data["redirect_uris"].splitlines() if line.strip()]
