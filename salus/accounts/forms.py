"""What people type to sign in."""

import json
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from salus.accounts.models import Role
from salus.accounts.rules.oauth import SYSTEM
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
            ("kiosk", _("a kiosk for patients: it signs out after a minute")),
            ("wall", _("a display on a wall: it shows what is for everybody, and signs out after a minute")),
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
        self.fields["scopes"].choices = _scopes(of_a_system=False)  # type: ignore[attr-defined]

    def clean_redirect_uris(self) -> list[str]:
        """The addresses, one for each line that says something."""
        return [line.strip() for line in self.cleaned_data["redirect_uris"].splitlines() if line.strip()]


class BackendForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=80)
    keys = forms.CharField(
        label=_("Its public keys"),
        max_length=20_000,
        widget=forms.Textarea,
        help_text=_("A JSON Web Key Set: RSA of at least 2048 bits, or EC P-384"),
    )
    scopes = forms.MultipleChoiceField(label=_("May ask for"), widget=forms.CheckboxSelectMultiple)
    role_code = forms.ChoiceField(label=_("With the rights of"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["scopes"].choices = _scopes(of_a_system=True)  # type: ignore[attr-defined]
        self.fields["role_code"].choices = Role.objects.order_by("name").values_list("code", "name")  # type: ignore[attr-defined]

    def clean_keys(self) -> Any:
        """The set, as it was pasted; the service says whether its keys are good."""
        try:
            return json.loads(self.cleaned_data["keys"])
        except (ValueError, RecursionError):
            raise forms.ValidationError(gettext("This is no JSON.")) from None


def _scopes(*, of_a_system: bool) -> list[tuple[str, Any]]:
    return [(code, one.words) for code, one in scopes.items() if code.startswith(SYSTEM) is of_a_system]
