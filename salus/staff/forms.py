"""What an administrator types about staff."""

from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from salus.accounts.models import Role
from salus.core.act import Act
from salus.core.photos import LARGEST_UPLOAD
from salus.places.models import Department
from salus.staff.models import StaffMember
from salus.staff.sockets import fee_choices
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
    more_specialties = forms.CharField(
        label=_("Further specialties"), max_length=300, required=False, help_text=_("Separated by commas")
    )
    registration_body = forms.CharField(label=_("Registered with"), max_length=120, required=False)
    registration_number = forms.CharField(label=_("Registration number"), max_length=60, required=False)
    languages = forms.CharField(
        label=_("Languages"), max_length=200, required=False, help_text=_("Separated by commas")
    )
    started_on = DayField(label=_("Works here since"), required=False)
    fee_codes = forms.MultipleChoiceField(
        label=_("A visit is charged as"), required=False, widget=forms.CheckboxSelectMultiple
    )
    department_ids = forms.TypedMultipleChoiceField(
        label=_("Departments"), coerce=UUID, required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, act: Act, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        open_ones = Department.objects.filter(facility_id=act.here, retired_at=None).order_by("name")
        self.fields["department_ids"].choices = [(str(d.id), d.name) for d in open_ones]  # type: ignore[attr-defined]
        fees = [one for told in fee_choices for one in told()]
        self.fields["fee_codes"].choices = fees  # type: ignore[attr-defined]
        if not fees:
            del self.fields["fee_codes"]

    def clean_languages(self) -> list[str]:
        return _listed(self.cleaned_data["languages"], ",")

    def clean_more_specialties(self) -> list[str]:
        return _listed(self.cleaned_data["more_specialties"], ",")


class ProfileForm(forms.Form):
    """What somebody says of himself or herself."""

    qualifications = forms.CharField(
        label=_("Qualifications"),
        max_length=2000,
        required=False,
        widget=forms.Textarea,
        help_text=_("One on each line, such as MD, Nairobi 2009"),
    )
    languages = forms.CharField(
        label=_("Languages"), max_length=200, required=False, help_text=_("Separated by commas")
    )
    photo = forms.FileField(label=_("Photo from a file"), required=False)
    photo_away = forms.BooleanField(label=_("Take the photo away"), required=False)

    def clean_qualifications(self) -> list[str]:
        return _listed(self.cleaned_data["qualifications"], "\n")

    def clean_languages(self) -> list[str]:
        return _listed(self.cleaned_data["languages"], ",")

    def clean_photo(self) -> bytes | None:
        upload = self.cleaned_data["photo"]
        if upload is not None and upload.size > LARGEST_UPLOAD:
            raise forms.ValidationError(_("A photo may have 8 MB at most. Take it with a lower resolution."))
        return upload.read() if upload is not None else None


def _listed(text: str, mark: str) -> list[str]:
    return [word.strip() for word in text.split(mark) if word.strip()]


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
