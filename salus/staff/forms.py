"""What an administrator types about staff."""

from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from salus.accounts.models import Role
from salus.core.act import Act
from salus.places.models import Department
from salus.staff.models import StaffMember
from salus.ui.dates import DayField


class StaffForm(forms.Form):
    title = forms.CharField(label=_("Title"), max_length=30, required=False)
    given = forms.CharField(label=_("Given name"), max_length=120)
    family = forms.CharField(label=_("Family name"), max_length=120)
    gender = forms.ChoiceField(
        label=_("Sex"),
        required=False,
        choices=[("", "—"), ("female", _("Female")), ("male", _("Male")), ("other", _("Other"))],
    )
    staff_number = forms.CharField(label=_("Staff number"), max_length=40, help_text=_("Unique in the hospital"))
    profession = forms.ChoiceField(label=_("Profession"), choices=StaffMember.PROFESSIONS)
    specialty = forms.CharField(label=_("Specialty"), max_length=80, required=False)
    registration_body = forms.CharField(label=_("Registered with"), max_length=120, required=False)
    registration_number = forms.CharField(label=_("Registration number"), max_length=60, required=False)
    languages = forms.CharField(
        label=_("Languages"), max_length=200, required=False, help_text=_("Separated by commas")
    )
    started_on = DayField(label=_("Works here since"), required=False)
    department_ids = forms.TypedMultipleChoiceField(
        label=_("Departments"), coerce=UUID, required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, act: Act, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        open_ones = Department.objects.filter(facility_id=act.here, retired_at=None).order_by("name")
        self.fields["department_ids"].choices = [(str(d.id), d.name) for d in open_ones]  # type: ignore[attr-defined]

    def clean_languages(self) -> list[str]:
        return [word.strip() for word in self.cleaned_data["languages"].split(",") if word.strip()]


class RolesForm(forms.Form):
    role_codes = forms.MultipleChoiceField(label=_("Roles"), required=False, widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        roles = Role.objects.order_by("name").values_list("code", "name")
        self.fields["role_codes"].choices = list(roles)  # type: ignore[attr-defined]


class SignInForm(RolesForm):
    username = forms.CharField(label=_("User name"), max_length=60)
    password = forms.CharField(
        label=_("First password"),
        max_length=200,
        strip=False,
        help_text=_("At least ten characters; told to the person, who then changes it"),
    )
