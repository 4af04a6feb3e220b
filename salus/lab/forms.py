"""What people type in the laboratory."""

from uuid import UUID

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _


class CollectForm(forms.Form):
    """Which of the waiting tests a specimen was taken for."""

    request_ids = forms.TypedMultipleChoiceField(label=_("Tests"), coerce=UUID)

    def __init__(self, data: QueryDict, waiting: list[UUID]) -> None:
        super().__init__(data)
        self.fields["request_ids"].choices = [(str(one), str(one)) for one in waiting]  # type: ignore[attr-defined]


class VersionForm(forms.Form):
    """Which version of the row was on the screen."""

    version = forms.IntegerField()


class RejectForm(VersionForm):
    reason = forms.CharField(label=_("Reason"), max_length=500)


class EnterForm(VersionForm):
    comment = forms.CharField(label=_("Comment"), max_length=2000, required=False)


class CorrectForm(VersionForm):
    value = forms.CharField(label=_("Corrected value"), max_length=500)
    reason = forms.CharField(label=_("Reason"), max_length=500)
