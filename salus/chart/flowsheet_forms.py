"""What is typed into a sheet of observations: signs by rows, moments by columns, and anything else by its LOINC code."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from salus.catalog.models import VitalSign
from salus.chart import rules
from salus.chart.forms import RECKONED, why_not_a_number
from salus.chart.queries.signs import limits_of
from salus.chart.services.flowsheets import Column, Reading
from salus.terminology.analytes import converted
from salus.ui import formatting
from salus.ui.dates import PartialDateField

#: columns to write in, and lines for what is not in the catalogue
COLUMNS, OTHERS = 3, 2
#: other units in which a sign may be written, by the sign's own
UNITS: Mapping[str, Sequence[str]] = {
    "Cel": ("Cel", "[degF]"),
    "kg": ("kg", "g", "[lb_av]"),
    "cm": ("cm", "m", "[in_i]"),
    "mg/dL": ("mg/dL", "mmol/L"),
}


class FlowsheetForm(forms.Form):
    """A field for each sign and column. `startling` holds what is asked once more: key -> sentence."""

    on = PartialDateField(label=lazy("Day"), required=False)

    def __init__(self, signs: Sequence[VitalSign], now: datetime, data: Any = None) -> None:
        super().__init__(data)
        self.signs = [sign for sign in signs if sign.code not in RECKONED]
        self.now, self.today = now, formatting.local(now).date()
        self.startling: dict[str, str] = {}
        for column in range(COLUMNS):
            self.fields[f"at-{column}"] = forms.TimeField(
                label=_("Time of column %(n)s") % {"n": column + 1}, required=False, input_formats=["%H:%M"]
            )
            for sign in self.signs:
                self.fields[f"v-{sign.code}-{column}"] = forms.CharField(label=sign.name, required=False, max_length=20)
            for line in range(OTHERS):
                self.fields[f"o{line}-{column}"] = forms.CharField(label=_("Value"), required=False, max_length=200)
        for sign in self.signs:
            offered = UNITS.get(sign.unit, ())
            choices = [(one, rules.shown_unit(one, one)) for one in offered]
            self.fields[f"u-{sign.code}"] = forms.ChoiceField(choices=choices, required=False)
        for line in range(OTHERS):
            self.fields[f"o{line}-code"] = forms.CharField(label=_("LOINC code"), required=False, max_length=12)
            self.fields[f"o{line}-name"] = forms.CharField(label=_("What was observed"), required=False, max_length=200)
            self.fields[f"o{line}-unit"] = forms.CharField(label=_("UCUM unit"), required=False, max_length=40)

    @property
    def rows(self) -> list[tuple[VitalSign, list[forms.BoundField], forms.BoundField | None]]:
        """The signs with their fields by column, and the choice of unit where there is one."""
        return [
            (
                sign,
                [self[f"v-{sign.code}-{column}"] for column in range(COLUMNS)],
                self[f"u-{sign.code}"] if sign.unit in UNITS else None,
            )
            for sign in self.signs
        ]

    @property
    def others(self) -> list[tuple[dict[str, forms.BoundField], list[forms.BoundField]]]:
        """The lines for anything else."""
        return [
            (
                {name: self[f"o{line}-{name}"] for name in ("code", "name", "unit")},
                [self[f"o{line}-{column}"] for column in range(COLUMNS)],
            )
            for line in range(OTHERS)
        ]

    @property
    def times(self) -> list[forms.BoundField]:
        """The time of each column."""
        return [self[f"at-{column}"] for column in range(COLUMNS)]

    def clean(self) -> dict[str, Any]:
        columns = [self._column(place) for place in range(COLUMNS)]
        found = [one for one in columns if one is not None]
        if not found and not self.errors:
            self.add_error(None, _("Write down at least one observation."))
        return self.cleaned_data | {"columns": found, "places": [n for n, one in enumerate(columns) if one is not None]}

    def _column(self, place: int) -> Column | None:
        values: dict[str, Decimal] = {}
        units: dict[str, str] = {}
        for sign in self.signs:
            text = (self.cleaned_data.get(f"v-{sign.code}-{place}") or "").strip()
            if text:
                self._read(sign, place, text, values, units)
        others = [one for line in range(OTHERS) if (one := self._other(line, place)) is not None]
        if not values and not others:
            return None
        self._ask_again(place, values, units)
        return Column(self._at(place), values, units, others)

    def _read(self, sign: VitalSign, place: int, text: str, values: dict[str, Decimal], units: dict[str, str]) -> None:
        unit = self.cleaned_data.get(f"u-{sign.code}") or sign.unit
        try:
            values[sign.code] = rules.read_number(text, sign.decimals if unit == sign.unit else None)
        except rules.NotANumber as error:
            self.add_error(f"v-{sign.code}-{place}", why_not_a_number(error, sign.decimals))
            return
        if unit != sign.unit:
            units[sign.code] = unit

    def _other(self, line: int, place: int) -> Reading | None:
        text = (self.cleaned_data.get(f"o{line}-{place}") or "").strip()
        if not text:
            return None
        said = {name: (self.cleaned_data.get(f"o{line}-{name}") or "").strip() for name in ("code", "name", "unit")}
        if not said["unit"]:
            return Reading(said["code"], said["name"], text=text)
        try:
            number = rules.read_number(text)
        except rules.NotANumber as error:
            self.add_error(f"o{line}-{place}", why_not_a_number(error, 6))
            return None
        return Reading(said["code"], said["name"], number, said["unit"])

    def _ask_again(self, place: int, values: Mapping[str, Decimal], units: Mapping[str, str]) -> None:
        """Ask about what is hard to believe, once for each value."""
        sure = set(self.data.getlist("sure")) if hasattr(self.data, "getlist") else set()
        for sign in self.signs:
            value = values.get(sign.code)
            if value is None:
                continue
            judged = converted(value, units.get(sign.code, sign.unit), sign.unit, sign.loinc)
            key = f"{sign.code}.{place}={value} {units.get(sign.code, '')}".strip()
            limits = limits_of(sign)
            if judged is None or not rules.is_possible(judged, limits) or key in sure:
                continue
            if rules.is_startling(judged, limits):
                unit = rules.shown_unit(units[sign.code], units[sign.code]) if sign.code in units else sign.unit_text
                said = _("%(name)s %(value)s %(unit)s is far from usual.")
                self.startling[key] = said % {"name": sign.name, "value": value, "unit": unit}

    def _at(self, place: int) -> datetime:
        taken: time | None = self.cleaned_data.get(f"at-{place}")
        on = self.cleaned_data.get("on") or ""
        day = date.fromisoformat(on) if len(on) == 10 else self.today
        if taken is None and (place or day != self.today) and f"at-{place}" not in self.errors:
            self.add_error(f"at-{place}", _("Say at what time."))
        if taken is None:
            return self.now
        return timezone.make_aware(datetime.combine(day, taken))

    def clean_on(self) -> str:
        """A whole day, or nothing for today.

        :raises ValidationError: for a month or a year alone
        """
        text: str = self.cleaned_data["on"]
        if text and len(text) != 10:
            raise forms.ValidationError(_("Write the whole date, like 14-Mar-2027."))
        return text

    #: how the acts name their fields -> the fields of this form
    def field_of(self, name: str) -> str | None:
        """The field that a mistake of the act belongs to."""
        code, _dot, place = name.rpartition(".")
        if not place.isdigit():
            return None
        column = self.cleaned_data["places"][int(place)]
        if code == "at":
            return f"at-{column}"
        if code.startswith("other."):
            filled = [n for n in range(OTHERS) if (self.cleaned_data.get(f"o{n}-{column}") or "").strip()]
            return f"o{filled[int(code[6:])]}-{column}"
        name = f"v-{code}-{column}"
        return name if name in self.fields else None
