"""For whom an order of a set is meant; medicines from outside."""

import re
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from salus.core.dates import PartialDate
from salus.orders.models import MedicationStatement, OrderSetItem
from salus.orders.words import OFTEN, often_words
from salus.ui.dates import PartialDateField

_AGE = re.compile(r"(\d{1,3}) ?(y|m)?")
_CODE = re.compile(r"[A-Z]\d[0-9A-Z](\.[0-9A-Z]{1,4})?|[1-9]\d{5,17}")


class AgeField(forms.CharField):
    """An age in years (`5`, `5 y`) or months (`6 m`), as months."""

    def to_python(self, value: Any) -> Any:
        """Months, or None where nothing is typed."""
        text = str(value or "").strip().lower()
        if not text:
            return None
        found = _AGE.fullmatch(text)
        if found is None or int(found[1]) > 150 * (12 if found[2] == "m" else 1):
            raise forms.ValidationError(_("Write an age in years, or in months like 6 m."))
        return int(found[1]) * (1 if found[2] == "m" else 12)


class SetItemForm(forms.Form):
    """For whom an order of a set is meant."""

    sex = forms.ChoiceField(choices=OrderSetItem.SEXES, required=False)
    age_from_months = AgeField(required=False)
    age_until_months = AgeField(required=False)
    problems = forms.CharField(max_length=300, required=False)
    is_chosen = forms.BooleanField(required=False)

    def clean_problems(self) -> list[str]:
        """The codes, one by one."""
        codes: list[str] = [one.upper() for one in re.split(r"[\s,;]+", self.cleaned_data["problems"]) if one]
        if any(not _CODE.fullmatch(one) for one in codes):
            raise forms.ValidationError(_("Write codes of ICD-10 like E11 or N39.0, or of SNOMED CT."))
        return codes


class StatementForm(forms.Form):
    """A medicine that the patient takes without an order of this house."""

    medicine = forms.UUIDField(required=False)
    medicine_text = forms.CharField(label=_("Medicine"), max_length=200)
    dosage_text = forms.CharField(label=_("How it is taken"), max_length=300, required=False)
    times = forms.ChoiceField(label=_("How often"), required=False)
    as_needed = forms.BooleanField(label=_("Only as needed"), required=False)
    status = forms.ChoiceField(
        label=_("Is it taken"),
        choices=[
            ("active", _("Yes")),
            ("on-hold", _("Paused")),
            ("stopped", _("No more")),
            ("unknown", _("Not known")),
        ],
    )
    informant = forms.ChoiceField(label=_("Told by"), choices=MedicationStatement.INFORMANTS)
    started = PartialDateField(label=_("Since"), required=False)
    ended = PartialDateField(label=_("Until"), required=False)
    reason = forms.CharField(label=_("For"), max_length=200, required=False)

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        times: Any = self.fields["times"]
        times.choices = [("", _("not told")), *((code, often_words(*often)) for code, often in OFTEN.items())]

    def said(self) -> dict[str, Any]:
        """What the service is told."""
        data = self.cleaned_data
        often = OFTEN.get(data["times"])
        medicine: UUID | None = data["medicine"]
        return {
            "display": data["medicine_text"],
            "medicine_id": medicine,
            "frequency": often[0] if often else None,
            "period": often[1] if often else None,
            "period_unit": often[2] if often else "",
            **{name: data[name] for name in ("dosage_text", "as_needed", "status", "informant", "reason")},
            **{name: PartialDate.parse(data[name]) if data[name] else None for name in ("started", "ended")},
        }


class StatementEndForm(forms.Form):
    """What became of a medicine from outside."""

    status = forms.ChoiceField(
        label=_("What became of it"),
        choices=[
            ("stopped", _("It is taken no more")),
            ("completed", _("The course is over")),
            ("on-hold", _("It is paused")),
            ("active", _("It is taken")),
            ("not-taken", _("It was never taken")),
            ("entered-in-error", _("It was written down in error")),
        ],
    )
    reason = forms.CharField(label=_("Reason"), max_length=500, required=False)
