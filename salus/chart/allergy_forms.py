"""What is typed about an allergy."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from salus.chart.models import AllergyIntolerance
from salus.chart.queries.allergies import manifestation_of
from salus.chart.services import Reaction
from salus.ui.dates import PartialDateField

CRITICALITIES = [
    ("", lazy("Not assessed")),
    ("high", lazy("High: may be life-threatening")),
    ("low", lazy("Low: not expected to be life-threatening")),
    ("unable-to-assess", lazy("Cannot be assessed")),
]
SEVERITIES = [
    ("", lazy("Not known")),
    ("mild", lazy("Mild")),
    ("moderate", lazy("Moderate")),
    ("severe", lazy("Severe")),
]
VERIFICATIONS = [("confirmed", lazy("Confirmed")), ("unconfirmed", lazy("Told, not confirmed"))]


_WORSE = [code for code, _words in SEVERITIES]
#: so many reactions has the form; one that is filled brings the next
REACTIONS = 4


class ReactionForm(forms.Form):
    """What an allergy does: up to four reactions, each with its severity and its day."""

    criticality = forms.ChoiceField(label=lazy("Danger of the next exposure"), required=False)
    verification = forms.ChoiceField(label=lazy("Certainty"))
    review = PartialDateField(
        label=lazy("Look at it again on"),
        required=False,
        help_text=lazy("A day, where a test or a dose under watch is planned."),
    )
    note = forms.CharField(label=lazy("Remark"), required=False, max_length=500)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, options in (("criticality", CRITICALITIES), ("verification", VERIFICATIONS)):
            _offer(self.fields[name], options)
        for number in range(REACTIONS):
            end = f"_{number + 1}" if number else ""
            words = _("Reaction") if not number else _("Reaction %(n)s") % {"n": number + 1}
            hint = _("What happened: anaphylaxis, rash, vomiting") if not number else ""
            self.fields[f"reaction{end}"] = forms.CharField(label=words, required=False, max_length=300, help_text=hint)
            self.fields[f"severity{end}"] = forms.ChoiceField(label=_("Severity of that reaction"), required=False)
            self.fields[f"began{end}"] = PartialDateField(label=_("It happened on"), required=False)
            _offer(self.fields[f"severity{end}"], SEVERITIES)

    @property
    def rows(self) -> list[tuple[forms.BoundField, forms.BoundField, forms.BoundField]]:
        """The reactions as three fields each: those that are filled, and one more."""
        ends = ["", *(f"_{number + 1}" for number in range(1, REACTIONS))]
        found = [(self[f"reaction{end}"], self[f"severity{end}"], self[f"began{end}"]) for end in ends]
        filled = max((place for place, row in enumerate(found) if any(one.value() for one in row)), default=-1)
        return found[: max(filled + 2, 1)]

    @property
    def reactions(self) -> list[Reaction]:
        """What was written down, in its order."""
        ends = ["", *(f"_{number + 1}" for number in range(1, REACTIONS))]
        said = self.cleaned_data
        found = [Reaction(said[f"reaction{end}"], said[f"severity{end}"], said[f"began{end}"]) for end in ends]
        return [one for one in found if one.manifestation or one.severity or one.onset]

    def clean_review(self) -> date | None:
        """The day, or nothing.

        :raises ValidationError: for a month or a year alone
        """
        text = self.cleaned_data["review"]
        if not text:
            return None
        try:
            return date.fromisoformat(text)
        except ValueError:
            raise forms.ValidationError(_("Write the whole date, like 14-Mar-2027.")) from None

    @property
    def said(self) -> dict[str, Any]:
        """What was said, as the acts take it."""
        values = self.cleaned_data
        known = {name: values[name] for name in ("criticality", "verification", "note")}
        return known | {"reactions": self.reactions, "review_on": values["review"]}

    def said_of(self, row: AllergyIntolerance) -> dict[str, Any]:
        """What was said of an allergy that is there: a reaction that stands as it stood keeps its codes, and what had no line
        here stays."""
        was, said = self.initial_of(row), self.said
        told = []
        for number, end in enumerate(["", *(f"_{n + 1}" for n in range(1, REACTIONS))]):
            names = (f"reaction{end}", f"severity{end}", f"began{end}")
            one = Reaction(*(self.cleaned_data[name] for name in names))
            if number < len(row.reactions) and all(self.cleaned_data[name] == was[name] for name in names):
                told.append(row.reactions[number])
            elif one.manifestation or one.severity or one.onset:
                told.append(one.as_fhir)
        told += row.reactions[REACTIONS:]
        worst = max((one.get("severity", "") for one in told), key=_WORSE.index, default=row.severity)
        del said["reactions"]
        return said | {"told": told, "severity": worst if row.severity else ""}

    @staticmethod
    def initial_of(row: AllergyIntolerance) -> dict[str, str]:
        """What the form shows of an allergy that is there."""
        shown = {
            "criticality": row.criticality,
            "verification": row.verification,
            "note": row.note,
            "review": row.review_on.isoformat() if row.review_on else "",
        }
        for number, one in enumerate(row.reactions[:REACTIONS]):
            end = f"_{number + 1}" if number else ""
            shown |= {
                f"reaction{end}": manifestation_of(one),
                f"severity{end}": one.get("severity", ""),
                f"began{end}": str(one.get("onset", ""))[:10],
            }
        return shown


def _offer(field: forms.Field, options: list[tuple[str, Any]]) -> None:
    assert isinstance(field, forms.ChoiceField)
    # the kit reads a lazy text as a group of options
    field.choices = [(code, str(words)) for code, words in options]


class AllergyForm(ReactionForm):
    """An allergy: a substance of the formulary's list, or one in words."""

    allergen = forms.CharField(label=lazy("Substance"), required=False, max_length=80)
    allergen_text = forms.CharField(required=False, max_length=200)
    in_words = forms.BooleanField(
        label=lazy("Not in the list: keep my own words"),
        required=False,
        help_text=lazy("Orders cannot be checked against words."),
    )
    kind = forms.ChoiceField(label=lazy("Kind"))
    onset = PartialDateField(label=lazy("Since"), required=False)

    field_order = ("allergen", "allergen_text", "in_words", "kind")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer(self.fields["kind"], [("allergy", _("Allergy")), ("intolerance", _("Intolerance"))])

    def clean(self) -> dict[str, Any]:
        values = self.cleaned_data
        if not values.get("allergen") and not (values.get("in_words") and values.get("allergen_text")):
            self.add_error("allergen", _("Choose a substance from the list, or say that it is not there."))
        return values
