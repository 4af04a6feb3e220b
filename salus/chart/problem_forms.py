"""What is typed about a problem."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from salus.chart.models import Condition
from salus.ui.dates import PartialDateField

COURSES = [("", lazy("Not said")), ("acute", lazy("Acute")), ("chronic", lazy("Chronic"))]
#: SNOMED CT's three degrees, as FHIR's preferred value set has them (hl7.org/fhir/R4/valueset-condition-severity.html)
SEVERITIES = [
    ("", lazy("Not said")),
    ("255604002", lazy("Mild")),
    ("6736007", lazy("Moderate")),
    ("24484000", lazy("Severe")),
]
VERIFICATIONS = [
    ("confirmed", lazy("Confirmed")),
    ("provisional", lazy("Provisional: treated as if it were so")),
    ("differential", lazy("Differential: one of several")),
    ("unconfirmed", lazy("Not confirmed")),
    ("refuted", lazy("Refuted: it proved not to be so")),
]


class AmendForm(forms.Form):
    """What can be said more exactly of a problem."""

    onset = PartialDateField(label=lazy("Since"), required=False)
    course = forms.ChoiceField(label=lazy("Course"), required=False)
    severity = forms.ChoiceField(label=lazy("Severity"), required=False)
    verification = forms.ChoiceField(label=lazy("Certainty"), required=False)
    is_principal = forms.BooleanField(
        label=lazy("This is the principal problem"),
        required=False,
        help_text=lazy("The one before makes room for it."),
    )
    note = forms.CharField(label=lazy("Remark"), required=False, max_length=500)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, options in (("course", COURSES), ("severity", SEVERITIES), ("verification", VERIFICATIONS)):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            known = [(code, str(words)) for code, words in options]
            now = str(self.initial.get(name, ""))
            # a record from elsewhere may say it in words of its own: they are kept unless somebody changes them
            field.choices = known if now in dict(known) else [*known, (now, now)]

    @staticmethod
    def initial_of(row: Condition) -> dict[str, Any]:
        """What the form shows of a problem that is there."""
        return {
            "onset": str(row.onset or ""),
            "course": row.course,
            "severity": row.severity,
            "verification": row.verification or "confirmed",
            "is_principal": row.is_principal,
            "note": row.note,
        }

    @property
    def said(self) -> dict[str, Any]:
        """What was said, as the acts take it."""
        return {name: self.cleaned_data[name] for name in AmendForm.base_fields}


class ConditionForm(AmendForm):
    """A problem: a code of ICD-10-CM or of SNOMED CT, or the doctor's own words where no code fits."""

    condition = forms.CharField(label=lazy("Problem"), required=False, max_length=40)
    condition_text = forms.CharField(required=False, max_length=300)
    in_words = forms.BooleanField(label=lazy("No code fits: keep my own words"), required=False)

    field_order = ("condition", "condition_text", "in_words")

    def clean(self) -> dict[str, Any]:
        values = self.cleaned_data
        if not values.get("condition") and not (values.get("in_words") and values.get("condition_text")):
            self.add_error("condition", _("Choose a problem from the list, or say that no code fits."))
        return values
