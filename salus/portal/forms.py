"""What people type at the patients' own door, and at the desk about it."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from salus.patients.models import Patient
from salus.portal.models import Proxy, Setting
from salus.portal.scopes import SCOPES
from salus.scheduling.queries.choices import Choices
from salus.ui.dates import NotADate, parse_date

_OLDEST = 140
#: no facility lets patients book a year ahead
_FARTHEST = timedelta(days=2 * 365)
TIMES = [("", _("Any time")), ("am", _("Morning")), ("pm", _("Afternoon")), ("eve", _("Evening"))]


class DayField(forms.CharField):
    """A day as people type it; a `date`."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**({"max_length": 40} | kwargs))

    def clean(self, value: Any) -> date | None:
        text = super().clean(value).strip()
        if not text:
            return None
        try:
            return parse_date(text)
        except NotADate as error:
            raise forms.ValidationError(str(error)) from error


class ContactForm(forms.Form):
    contact = forms.CharField(label=_("Phone number or e-mail"), max_length=120)


class GoOnForm(forms.Form):
    body = forms.CharField(label=_("Message"), max_length=4000, widget=forms.Textarea)


class AskForm(GoOnForm):
    """What somebody asks, and whom."""

    department_id = forms.ChoiceField(label=_("To"))
    subject = forms.CharField(label=_("About"), max_length=200)
    field_order = ("department_id", "subject", "body")

    def __init__(self, teams: Sequence[tuple[str, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["department_id"].choices = teams  # type: ignore[attr-defined]


class CodeForm(forms.Form):
    code = forms.CharField(label=_("Code"), max_length=40)


class PasswordForm(forms.Form):
    contact = forms.CharField(label=_("Phone number or e-mail"), max_length=120)
    password = forms.CharField(label=_("Password"), max_length=200, strip=False)


class NewPasswordForm(forms.Form):
    new = forms.CharField(label=_("New password"), max_length=200, strip=False)


class RegisterForm(forms.Form):
    given = forms.CharField(label=_("Given name"), max_length=100)
    family = forms.CharField(label=_("Family name"), max_length=100)
    birth_date = DayField(label=_("Birth date"))
    gender = forms.ChoiceField(label=_("Sex"), choices=Patient.GENDERS)
    contact = forms.CharField(
        label=_("Phone number or e-mail"),
        max_length=120,
        help_text=_("We send a code to it now, and later each time you sign in."),
    )

    def clean_birth_date(self) -> str:
        """FHIR date text; a day of a living person's life."""
        born: date = self.cleaned_data["birth_date"]
        today = timezone.localdate()
        if not born <= today or today.year - born.year > _OLDEST:
            raise forms.ValidationError(gettext("Is this day right?"))
        return born.isoformat()


class InvitationForm(forms.Form):
    code = forms.CharField(label=_("Code of the invitation"), max_length=40)
    birth_date = DayField(label=_("Birth date of the patient"))
    #: of who accepts it, where he has no account yet: the patient must know whom he let in
    given = forms.CharField(label=_("Your given name"), max_length=100)
    family = forms.CharField(label=_("Your family name"), max_length=100)
    contact = forms.CharField(label=_("Your phone number or e-mail"), max_length=120)

    def __init__(self, *args: Any, is_known: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if is_known:
            for name in ("given", "family", "contact"):
                del self.fields[name]


class SearchForm(forms.Form):
    """What somebody wishes; drawn from the choices that there are."""

    specialty = forms.CharField(max_length=80, required=False)
    schedule_id = forms.UUIDField(required=False)
    department_id = forms.UUIDField(required=False)
    language = forms.CharField(max_length=20, required=False)
    service = forms.CharField(max_length=80, required=False)
    day = DayField(required=False)
    time = forms.ChoiceField(choices=TIMES, required=False)


class TimeForm(forms.Form):
    """The time that somebody chose."""

    schedule_id = forms.UUIDField()
    starts_at = forms.DateTimeField(input_formats=["%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%M%z"])
    service = forms.CharField(max_length=80, required=False)
    reason = forms.CharField(label=_("What is it about?"), max_length=200, required=False)

    def clean_starts_at(self) -> datetime:
        """A time that a plan may have: days around the end of the calendar cannot even be reckoned with."""
        told: datetime = self.cleaned_data["starts_at"]
        now = timezone.now()
        if not now - timedelta(days=1) <= told <= now + _FARTHEST:
            raise forms.ValidationError(gettext("Is this day right?"))
        return told


class WishForm(forms.Form):
    """What somebody waits for: one doctor, or anybody of a specialty."""

    specialty = forms.ChoiceField(label=_("Specialty"), required=False)
    schedule_id = forms.ChoiceField(label=_("With"), required=False)
    service = forms.ChoiceField(label=_("For"), required=False)
    last_on = DayField(label=_("At the latest"), required=False)
    time = forms.ChoiceField(label=_("Time of day"), choices=TIMES, required=False)
    replaces = forms.ChoiceField(
        label=_("Instead of an appointment that I have"),
        required=False,
        help_text=_("If you take an earlier time, this one is moved there"),
    )
    short_notice = forms.BooleanField(label=_("I can come at short notice"), required=False)
    note = forms.CharField(label=_("What is it about?"), max_length=200, required=False)

    def __init__(self, *args: Any, choices: Choices, later: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        """:param later: the appointments that an earlier time may replace"""
        super().__init__(*args, **kwargs)
        for name, offered in (
            ("replaces", later),
            ("specialty", choices.specialties),
            ("schedule_id", choices.schedules),
            ("service", choices.services),
        ):
            self.fields[name].choices = [("", "–"), *offered]  # type: ignore[attr-defined]

    def clean_schedule_id(self) -> UUID | None:
        """The schedule that was chosen."""
        text = self.cleaned_data["schedule_id"]
        return UUID(text) if text else None


class ReachForm(forms.Form):
    phone = forms.CharField(label=_("Phone number"), max_length=60, required=False)
    email = forms.CharField(label=_("E-mail"), max_length=120, required=False)
    address = forms.CharField(label=_("Address"), max_length=300, required=False, widget=forms.Textarea)


class GiveProxyForm(forms.Form):
    scopes = forms.MultipleChoiceField(
        label=_("In which matters"), choices=list(SCOPES.items()), widget=forms.CheckboxSelectMultiple
    )
    until = DayField(label=_("Until"), required=False)


class InviteForm(forms.Form):
    """The desk makes somebody a proxy."""

    basis = forms.ChoiceField(label=_("Who stands for the patient"), choices=Proxy.BASES)
    scopes = forms.MultipleChoiceField(
        label=_("In which matters"), choices=list(SCOPES.items()), widget=forms.CheckboxSelectMultiple
    )
    until = DayField(label=_("Until"), required=False)
    document = forms.CharField(label=_("Paper that you saw"), max_length=200)


class ConfirmForm(forms.Form):
    patient_id = forms.UUIDField(required=False)
    document = forms.CharField(label=_("Paper that you saw"), max_length=200)


class SettingForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Setting
        fields = (
            "open_bookings",
            "days_ahead",
            "cancel_hours",
            "release_days",
            "parents_until_age",
            "check_in_minutes",
        )
