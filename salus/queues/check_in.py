"""By what somebody was recognised, as a part of the form with which the desk checks in."""

from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from salus.core.act import Act
from salus.encounters.models import Encounter
from salus.queues import queries, services
from salus.queues.models import IdentityCheck

#: what a desk asks for; a code is read by a scanner
ASKED = [one for one in IdentityCheck.IDENTIFIERS if one[0] != "code"]


class IdentityForm(forms.Form):
    """What agreed: two things, or the word that nothing could be confirmed."""

    identifiers = forms.MultipleChoiceField(
        label=_("What the patient says agrees with the record"),
        choices=ASKED,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Ask, do not prompt: two or more. Leave all empty if nothing can be confirmed now."),
    )

    def clean_identifiers(self) -> list[str]:
        found: list[str] = self.cleaned_data["identifiers"]
        if len(found) == 1:
            raise forms.ValidationError(_("One is not enough: confirm two or more."))
        return found


class IdentityPart:
    """Plugged into `encounters.sockets.check_in_parts`."""

    code = "identity"
    template = "queues/_identity.html"

    def form(self, data: Any = None) -> IdentityForm:
        return IdentityForm(data)

    def load(self, act: Act, patient_id: UUID) -> Any:
        """What is missing in the record."""
        return queries.prompts_for(act, patient_id)

    def save(self, act: Act, *, encounter: Encounter, form: IdentityForm) -> None:
        """Keep what agreed, in the transaction of the check-in."""
        if form.cleaned_data["identifiers"]:
            services.confirm_identity(act, encounter_id=encounter.id, identifiers=form.cleaned_data["identifiers"])
