"""What an administrator types about departments and places."""

from django import forms
from django.utils.translation import gettext_lazy as _

from salus.places.models import Department, Location


class DepartmentForm(forms.Form):
    code = forms.SlugField(label=_("Code"), max_length=30, help_text=_("Short and unique, such as cardio"))
    name = forms.CharField(label=_("Name"), max_length=120)
    kind = forms.ChoiceField(label=_("Kind"), choices=Department.KINDS)
    specialty = forms.CharField(label=_("Specialty"), max_length=80, required=False)


class LocationForm(forms.Form):
    code = forms.CharField(label=_("Code"), max_length=30)
    name = forms.CharField(label=_("Name"), max_length=120)
    kind = forms.ChoiceField(label=_("Kind"), choices=Location.KINDS)
