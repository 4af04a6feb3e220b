"""What is typed about vaccinations and their schedule."""

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from salus.chart import rules
from salus.chart.forms import why_not_a_number
from salus.chart.models import ScheduledDose
from salus.chart.services.immunizations import Given
from salus.chart.vaccination import words_of_span
from salus.ui.dates import DayField, PartialDateField

HERE, ELSEWHERE, NOT_GIVEN = "here", "elsewhere", "not-given"
HOW = [
    (HERE, lazy("Given now, here")),
    (ELSEWHERE, lazy("Given before or elsewhere")),
    (NOT_GIVEN, lazy("Not given")),
]
#: HL7 v3 ActSite and RouteOfAdministration, as FHIR lists them for vaccinations
SITES = [
    ("", lazy("Not said")),
    ("LA", lazy("Left arm")),
    ("RA", lazy("Right arm")),
    ("LT", lazy("Left thigh")),
    ("RT", lazy("Right thigh")),
    ("BU", lazy("Buttock")),
    ("PO", lazy("By mouth")),
]
ROUTES = [
    ("", lazy("Not said")),
    ("IM", lazy("Into the muscle")),
    ("SC", lazy("Under the skin")),
    ("IDINJ", lazy("Into the skin")),
    ("PO", lazy("By mouth")),
    ("NASINHLC", lazy("Into the nose")),
]
ORIGINS = [
    ("", lazy("Not said")),
    ("record", lazy("A written record: card, letter, register")),
    ("recall", lazy("Told by the patient or the family")),
    ("school", lazy("The school's record")),
    ("jurisdiction", lazy("The state's register")),
]
WHY_NOT = [
    ("", lazy("Another reason, in words")),
    ("PATOBJ", lazy("The patient or the family does not want it")),
    ("MEDPREC", lazy("Medical precaution")),
    ("IMMUNE", lazy("Immune already")),
    ("OSTOCK", lazy("Out of stock")),
]


def _said(options: list[tuple[str, Any]]) -> list[tuple[str, str]]:
    return [(code, str(words)) for code, words in options]


class ImmunizationForm(forms.Form):
    """A vaccination: which, how, and what belongs to it; a dose that is given here names its lot."""

    vaccine = forms.CharField(label=lazy("Vaccine"), required=False, max_length=20)
    vaccine_text = forms.CharField(required=False, max_length=200)
    in_words = forms.BooleanField(label=lazy("Not in the list: keep my own words"), required=False)
    how = forms.ChoiceField(label=lazy("What happened"), widget=forms.RadioSelect, initial=HERE)
    on = PartialDateField(label=lazy("On"), required=False, help_text=lazy("Today, if empty"))
    lot_number = forms.CharField(label=lazy("Lot"), required=False, max_length=60)
    expires_on = DayField(label=lazy("Lot expires"), required=False)
    manufacturer = forms.CharField(label=lazy("Manufacturer"), required=False, max_length=120)
    dose_number = forms.IntegerField(label=lazy("Dose number"), required=False, min_value=1, max_value=20)
    amount = forms.CharField(label=lazy("Amount, in mL"), required=False, max_length=10)
    site = forms.ChoiceField(label=lazy("Site"), required=False)
    route = forms.ChoiceField(label=lazy("Route"), required=False)
    performer_name = forms.CharField(
        label=lazy("Given by"), required=False, max_length=120, help_text=lazy("You, if empty and given here")
    )
    origin = forms.ChoiceField(label=lazy("Known from"), required=False)
    reason_code = forms.ChoiceField(label=lazy("Why not"), required=False)
    reason = forms.CharField(label=lazy("Reason in words"), required=False, max_length=500)
    note = forms.CharField(label=lazy("Remark"), required=False, max_length=500)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        listed = {"how": HOW, "site": SITES, "route": ROUTES, "origin": ORIGINS, "reason_code": WHY_NOT}
        for name, options in listed.items():
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = _said(options)

    def clean(self) -> dict[str, Any]:
        values = self.cleaned_data
        if not values.get("vaccine") and not (values.get("in_words") and values.get("vaccine_text")):
            self.add_error("vaccine", _("Choose a vaccine from the list, or say that it is not there."))
        how = values.get("how")
        if how == HERE and not values.get("lot_number"):
            self.add_error("lot_number", _("Write the lot: it is on the vial."))
        if how == ELSEWHERE and not values.get("on"):
            self.add_error("on", _("Write when; month and year, or the year alone, will do."))
        if how == NOT_GIVEN and not values.get("reason_code") and not values.get("reason"):
            self.add_error("reason", _("Say why it was not given."))
        values["dose"] = self._amount(values.get("amount", ""))
        return values

    def _amount(self, text: str) -> Decimal | None:
        if not text:
            return None
        try:
            return rules.read_number(text, 2)
        except rules.NotANumber as error:
            self.add_error("amount", why_not_a_number(error, 2))
            return None

    @property
    def vaccine_said(self) -> dict[str, str]:
        """Code, or words."""
        values = self.cleaned_data
        return {"code": values["vaccine"], "display": "" if values["vaccine"] else values["vaccine_text"]}

    def day(self, today: date) -> str:
        """The date as FHIR writes it; today where nothing is said."""
        return self.cleaned_data["on"] or today.isoformat()

    def given(self) -> Given:
        """How it was given."""
        values = self.cleaned_data
        is_here = values["how"] == HERE
        names = ("lot_number", "expires_on", "manufacturer", "dose_number", "site", "route", "performer_name", "dose")
        return Given(
            **{name: values[name] for name in names},
            dose_unit="mL" if values["dose"] is not None else "",
            is_primary=is_here,
            origin="" if is_here else values["origin"],
        )


class ScheduledDoseForm(forms.Form):
    """One line of the schedule; durations as printed schedules say them."""

    WORDS = {
        "age": lazy("Recommended at"),
        "late_age": lazy("Overdue at"),
        "min_age": lazy("Not before"),
        "valid_age": lazy("A dose counts from"),
        "max_age": lazy("No more from"),
        "interval": lazy("Recommended after the dose before"),
        "late_interval": lazy("Overdue after the dose before"),
        "min_interval": lazy("Not sooner after the dose before than"),
        "valid_interval": lazy("A dose counts if so long after the one before"),
        "min_from_first": lazy("Not sooner after the first than"),
        "valid_from_first": lazy("A dose counts if so long after the first"),
        "from_first": lazy("Recommended after the first"),
        "skip_from": lazy("Left out from the age of"),
        "start_before": lazy("Series begun only before"),
        "completes_from": lazy("No further dose, if given from"),
    }

    group = forms.SlugField(label=lazy("Short code of the vaccine group"), max_length=20)
    group_name = forms.CharField(label=lazy("Protects from"), required=False, max_length=120)
    dose = forms.IntegerField(label=lazy("Dose"), min_value=1, max_value=20)
    why = forms.CharField(label=lazy("Why, and by whose advice"), max_length=500)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, label in self.WORDS.items():
            self.fields[name] = forms.CharField(label=label, required=False, max_length=60)

    @staticmethod
    def initial_of(row: ScheduledDose) -> dict[str, Any]:
        """What the form shows of a line that is there."""
        spans = {name: words_of_span(getattr(row, name)) for name in ScheduledDose.DURATIONS}
        return {"group": row.group, "group_name": row.group_name, "dose": row.dose, **spans}
