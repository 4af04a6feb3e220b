"""What is typed about cover."""

from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from salus.coverage.models import Coverage
from salus.ui.dates import DayField, PartialDateField


class CoverageForm(forms.Form):
    """One cover. In a registration it may stay empty: then nothing is recorded."""

    payer = forms.UUIDField(required=False)
    payer_text = forms.CharField(label=_("Who pays"), max_length=200, required=False)
    kind = forms.ChoiceField(label=_("Kind of cover"), choices=[("", "–"), *Coverage.KINDS], required=False)
    member_number = forms.CharField(label=_("Member number"), max_length=80, required=False)
    plan = forms.CharField(label=_("Plan"), max_length=120, required=False)
    relationship = forms.ChoiceField(
        label=_("Insured is"), choices=Coverage.RELATIONSHIPS, initial="self", required=False
    )
    starts = PartialDateField(label=_("From"), required=False)
    ends = PartialDateField(label=_("Last day"), required=False)

    @property
    def is_empty(self) -> bool:
        """Whether nothing was said."""
        return not any(value for name, value in self.cleaned_data.items() if name != "relationship")

    def said(self) -> dict[str, Any]:
        """The arguments of `record_coverage`."""
        data = dict(self.cleaned_data)
        payer: UUID | None = data.pop("payer")
        name = data.pop("payer_text")
        data |= {"starts": data["starts"] or None, "ends": data["ends"] or None}
        return data | {
            "payer_id": payer,
            "payer_name": "" if payer else name,
            "relationship": data["relationship"] or "self",
        }


def initial_of(row: Coverage) -> dict[str, Any]:
    """What the form shows of a known cover."""
    plain = {name: getattr(row, name) for name in ("kind", "member_number", "plan", "relationship")}
    dates = {name: str(getattr(row, name) or "") for name in ("starts", "ends")}
    return plain | dates | {"payer": row.payer_id, "payer_text": row.payer.name if row.payer else row.payer_name}


class EndForm(forms.Form):
    ends = DayField(label=_("Last day"))


class VoidForm(forms.Form):
    reason = forms.CharField(label=_("Why was it wrong?"), max_length=200)
