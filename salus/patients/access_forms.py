"""What people type about who may see a patient."""

from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from salus.patients.access.labels import LABELS
from salus.patients.models import Consent
from salus.ui.dates import DayField

_EVERYBODY = ("", _("Everybody here"))


class GranteeForm(forms.Form):
    """To whom: a person (`p:<id>`) or a department (`d:<id>`)."""

    to_whom = forms.ChoiceField(label=_("To whom"), required=False)

    def __init__(self, *args: Any, people: list[tuple[str, str]], places: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to_whom"].choices = [  # type: ignore[attr-defined]
            *([_EVERYBODY] if not self.fields["to_whom"].required else []),
            (_("Departments"), places),
            (_("People"), people),
        ]

    def grantee(self) -> dict[str, UUID | None]:
        """As services take it."""
        kind, _mark, text = self.cleaned_data["to_whom"].partition(":")
        found = UUID(text) if text else None
        return {"practitioner_id": found if kind == "p" else None, "department_id": found if kind == "d" else None}


class SignatureForm(forms.Form):
    """Who signed, for whom, and how."""

    signed_by = forms.CharField(label=_("Signed by"), max_length=200)
    signed_as = forms.ChoiceField(label=_("Who is"), choices=Consent.SIGNERS)
    signed_how = forms.ChoiceField(label=_("Signed"), choices=Consent.WAYS, widget=forms.RadioSelect)


class ConsentForm(GranteeForm, SignatureForm):
    """What a patient permits or refuses."""

    decision = forms.ChoiceField(label=_("The patient"), choices=Consent.DECISIONS, widget=forms.RadioSelect)
    labels = forms.MultipleChoiceField(
        label=_("Which part"),
        required=False,
        choices=list(LABELS.items()),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Nothing marked: the whole record. Else only entries with these marks."),
    )
    in_emergency = forms.BooleanField(
        label=_("The refusal holds in an emergency too"),
        required=False,
        help_text=_("Then nobody may break the glass against it. Tell the patient what that may cost."),
    )
    ends_on = DayField(label=_("Until and with"), required=False)
    reason = forms.CharField(label=_("In the patient's words"), required=False, max_length=500, widget=forms.Textarea)

    def ends_at(self) -> datetime | None:
        """The end of the last day, as an instant."""
        day: date | None = self.cleaned_data["ends_on"]
        return timezone.make_aware(datetime.combine(day, time.max)) if day else None


class ReferForm(GranteeForm):
    """To whom a patient is referred, or who is the own doctor."""

    kind = forms.ChoiceField(
        label=_("As"), choices=[("referral", _("Referral, for thirty days")), ("general-practitioner", _("Own doctor"))]
    )
    to_whom = forms.ChoiceField(label=_("To whom"))


class ProtectForm(forms.Form):
    """Whose record is protected."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    is_vip = forms.BooleanField(
        label=_("Somebody whom curiosity would seek out"),
        required=False,
        help_text=_("A public person, a victim, a suspect."),
    )
    staff_id = forms.ChoiceField(label=_("Is one of the staff"), required=False)

    def __init__(self, *args: Any, staff: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["staff_id"].choices = [("", _("No")), *staff]  # type: ignore[attr-defined]
