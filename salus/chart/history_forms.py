"""What is typed about relatives and about life."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from salus.chart import rules
from salus.chart.forms import why_not_a_number
from salus.chart.models import FamilyMember
from salus.chart.services.histories import Illness, Relative
from salus.chart.vocabulary import DRINKS_HOW, PREGNANT, RELATIVES, SMOKES
from salus.ui.dates import PartialDateField

#: illnesses that one form takes
LINES = 4
LIVING = [("", lazy("Not known")), ("alive", lazy("Alive")), ("dead", lazy("Has died"))]


def _choose(form: forms.Form, name: str, options: Any, *, empty: str | None = None) -> None:
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)
    said = [(code, str(words)) for code, words in options]
    field.choices = [("", empty), *said] if empty is not None else said


class RelativeForm(forms.Form):
    """A relative with up to four illnesses; `illness_1_code` is a code of ICD-10-CM where one was picked."""

    relationship = forms.ChoiceField(label=lazy("Relative"))
    name = forms.CharField(label=lazy("Name"), required=False, max_length=120)
    born = PartialDateField(label=lazy("Born"), required=False)
    living = forms.ChoiceField(label=lazy("Living"), required=False)
    death_age = forms.CharField(label=lazy("Age at death"), required=False, max_length=40)
    note = forms.CharField(label=lazy("Remark"), required=False, max_length=500)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _choose(self, "relationship", RELATIVES.items())
        _choose(self, "living", LIVING)
        for n in range(1, LINES + 1):
            self.fields[f"illness_{n}"] = forms.CharField(label=_("Illness"), required=False, max_length=200)
            self.fields[f"onset_{n}"] = forms.CharField(label=_("From the age of"), required=False, max_length=40)
            self.fields[f"fatal_{n}"] = forms.BooleanField(label=_("led to death"), required=False)

    def clean_death_age(self) -> str:
        text: str = self.cleaned_data["death_age"]
        if text and self.data.get("living") == "alive":
            raise forms.ValidationError(_("Who is alive has no age at death."))
        return text

    def relative(self, before: FamilyMember | None = None) -> Relative:
        """What was said; of a relative who was there `before`, codes stay with their words, and what had no line here stays."""
        values = self.cleaned_data
        known = {one["display"]: one for one in before.conditions} if before else {}
        rest = [Illness(**one) for one in before.conditions[LINES:]] if before else []
        illnesses = [
            Illness(
                **(known.get(values[f"illness_{n}"], {}) | {"display": values[f"illness_{n}"]})
                | {"onset": values[f"onset_{n}"], "caused_death": values[f"fatal_{n}"] or None}
            )
            for n in range(1, LINES + 1)
            if values[f"illness_{n}"]
        ]
        names = ("relationship", "name", "born", "death_age", "note")
        living = {"alive": False, "dead": True}.get(values["living"])
        return Relative(**{name: values[name] for name in names}, is_deceased=living, illnesses=[*illnesses, *rest])

    @staticmethod
    def initial_of(row: FamilyMember) -> dict[str, Any]:
        """What the form shows of a relative that is there."""
        living = {True: "dead", False: "alive", None: ""}[row.is_deceased]
        said = {"relationship": row.code, "name": row.name, "born": str(row.born or ""), "living": living}
        for n, one in enumerate(row.conditions[:LINES], start=1):
            said |= {f"illness_{n}": one["display"], f"onset_{n}": one["onset"], f"fatal_{n}": one["caused_death"]}
        return said | {"death_age": row.death_age, "note": row.note}


class SocialForm(forms.Form):
    """What was asked about life; what stays empty was not asked."""

    smoking = forms.ChoiceField(label=lazy("Smoking"), required=False)
    alcohol = forms.ChoiceField(label=lazy("Alcohol"), required=False)
    drinks = forms.CharField(label=lazy("Drinks a day"), required=False, max_length=10)
    occupation = forms.CharField(label=lazy("Occupation"), required=False, max_length=200)
    pregnancy = forms.ChoiceField(label=lazy("Pregnancy"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, options in (("smoking", SMOKES), ("alcohol", DRINKS_HOW), ("pregnancy", PREGNANT)):
            _choose(self, name, [(code, words) for code, (_snomed, words) in options.items()], empty=_("Not asked"))

    def clean_drinks(self) -> Decimal | None:
        text = self.cleaned_data["drinks"]
        if not text:
            return None
        try:
            return rules.read_number(text, 1)
        except rules.NotANumber as error:
            raise forms.ValidationError(why_not_a_number(error, 1)) from error
