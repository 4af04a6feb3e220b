"""What is typed into the order composer."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from salus.catalog.models import Orderable
from salus.core.ids import uuid7
from salus.orders import lines, rules, words
from salus.orders.drafts import Line
from salus.orders.items import reckon_quantity
from salus.orders.rules import Reckoned
from salus.terminology.models import Presentation
from salus.ui import formatting
from salus.ui.amounts import QuantityField
from salus.ui.dates import DayField

PRIORITIES = [("routine", _("Routine")), ("urgent", _("Urgent")), ("stat", _("At once"))]
PATTERNS = [
    ("", _("The same dose all the time")),
    ("taper", _("One dose after the other")),
    ("alternate", _("Doses in turn, day by day")),
]
#: rows for the later steps of a schedule
MORE = range(2, 7)


def _often() -> list[tuple[str, str]]:
    return [(code, words.often_words(*often)) for code, often in words.OFTEN.items()]


class MedicineLineForm(forms.Form):
    """How one medicine is to be given."""

    dose = QuantityField(label=_("Dose"), required=False)
    dose_unit = forms.ChoiceField(label=_("Unit"))
    route = forms.ChoiceField(label=_("Route"))
    times = forms.ChoiceField(label=_("How often"))
    duration_days = forms.IntegerField(label=_("Days"), min_value=1, max_value=365, required=False)
    quantity = QuantityField(label=_("To give out"), required=False)
    as_needed = forms.BooleanField(label=_("Only as needed"), required=False)
    as_needed_for = forms.CharField(label=_("Needed for"), max_length=100, required=False)
    most_per_day = forms.IntegerField(label=_("Doses a day at most"), min_value=1, max_value=24, required=False)
    per_kg = QuantityField(label=_("Dose for each kilogram"), required=False)
    weight = QuantityField(label=_("Weight"), required=False)
    pattern = forms.ChoiceField(label=_("Schedule"), choices=PATTERNS, required=False)
    repeats = forms.IntegerField(label=_("Repeats"), min_value=0, max_value=12, required=False)
    expires_on = DayField(label=_("Last day to give it out"), required=False)
    priority = forms.ChoiceField(label=_("Priority"), choices=PRIORITIES)
    note = forms.CharField(label=_("Note to the pharmacy"), max_length=500, required=False)

    def __init__(self, pack: Presentation, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.pack = pack
        routes = pack.routes or pack.medicine.routes
        self._choose(
            "dose_unit", [(u, formatting.unit_name(u)) for u in rules.dose_units(pack.unit, pack.strength, pack.routes)]
        )
        self._choose("route", [(route, words.route_words(route)) for route in routes])
        self._choose("times", _often())
        for place in MORE:
            self._add_step(place)

    def _add_step(self, place: int) -> None:
        n = {"n": place}
        kept = (self.initial.get("more") or ())[place - 2 : place - 1]
        dose, times, days = kept[0] if kept else ("", "", "")
        self.fields[f"dose_{place}"] = QuantityField(label=_("Dose %(n)s") % n, required=False, initial=dose)
        self.fields[f"times_{place}"] = forms.ChoiceField(
            label=_("How often, dose %(n)s") % n,
            choices=[("", _("as the first")), *_often()],
            required=False,
            initial=times,
        )
        self.fields[f"days_{place}"] = forms.IntegerField(
            label=_("Days, dose %(n)s") % n, min_value=1, max_value=365, required=False, initial=days
        )

    @property
    def step_rows(self) -> list[tuple[Any, Any, Any]]:
        """The bound fields of the later steps, row by row."""
        return [(self[f"dose_{n}"], self[f"times_{n}"], self[f"days_{n}"]) for n in MORE]

    def _choose(self, name: str, choices: list[tuple[str, str]]) -> None:
        self.fields[name].choices = choices  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if self.errors:
            return data
        reckoned = self.by_weight()
        if bool(data["per_kg"]) and reckoned is None:
            self.add_error("per_kg", _("Choose a unit of weight for the dose, and write the patient's weight."))
        if data["dose"] is None:
            data["dose"] = reckoned.given if reckoned else None
        if data["dose"] is None:
            self.add_error("dose", _("Write the dose."))
            return data
        self._clean_schedule(data)
        if not self.errors:
            self._clean_quantity(data)
        return data

    def _clean_schedule(self, data: dict[str, Any]) -> None:
        if data["expires_on"] and data["expires_on"] < timezone.localdate():
            self.add_error("expires_on", _("Choose today or a later day."))
        if data["most_per_day"] and not data["as_needed"]:
            self.add_error("most_per_day", _("Only a medicine as needed has a most of doses a day."))
        if data["pattern"] and not self.later_steps():
            self.add_error("dose_2", _("Write the next dose."))
        if data["pattern"] == "taper":
            if not data["duration_days"]:
                self.add_error("duration_days", _("Write for how many days the first dose is taken."))
            for place in MORE:
                if data.get(f"dose_{place}") and not data.get(f"days_{place}"):
                    self.add_error(f"days_{place}", _("Write for how many days."))
        if not data["pattern"] and self.later_steps():
            self.add_error("pattern", _("Say how the doses follow each other."))

    def _clean_quantity(self, data: dict[str, Any]) -> None:
        quantity = data["quantity"] or self.reckoned()
        if quantity is None:
            known = data["duration_days"]
            self.add_error(
                "quantity",
                _("Write how much is to be given out: it does not follow from the dose.")
                if known
                else _("Write for how many days, or how much is to be given out."),
            )
        elif not rules.is_whole(quantity, self.pack.unit):
            self.add_error("quantity", _("Write a whole number."))

    def later_steps(self) -> tuple[tuple[str, str, str], ...]:
        """The later steps that were typed: dose, times, days."""
        data = self.cleaned_data
        return tuple(
            (str(data[f"dose_{n}"]), data.get(f"times_{n}") or "", str(data.get(f"days_{n}") or ""))
            for n in MORE
            if data.get(f"dose_{n}")
        )

    def by_weight(self) -> Reckoned | None:
        """What the dose for each kilogram comes to; None while that cannot be said."""
        data = self.cleaned_data
        per_kg, weight, unit = data.get("per_kg"), data.get("weight"), data.get("dose_unit")
        part = rules.parts_of(self.pack.strength)
        if not per_kg or not weight or not unit or not any(one.unit == unit for one in part):
            return None
        return rules.dose_by_weight(per_kg, weight, unit, self.pack.unit, self.pack.strength)

    def reckoned(self) -> Decimal | None:
        """What the dose and the days typed so far amount to; None while that cannot be said."""
        data = self.cleaned_data
        dose = data.get("dose") or ((given := self.by_weight()) and given.given)
        if not dose or not all(data.get(name) for name in ("dose_unit", "times", "duration_days")):
            return None
        return reckon_quantity(lines.medicine_item(self.line(""), dose, None), self.pack)

    def line(self, key: str | None = None) -> Line:
        """The line of the draft that this valid form makes."""
        data = self.cleaned_data
        numbers = ("dose", "duration_days", "quantity", "per_kg", "weight", "most_per_day", "repeats", "expires_on")
        typed = {name: str(data.get(name) or "") for name in numbers}
        chosen = {
            name: data.get(name) or "" for name in ("dose_unit", "route", "times", "as_needed_for", "pattern", "note")
        }
        return Line(
            key=uuid7().hex if key is None else key,
            kind="medicine",
            subject=self.pack.id,
            as_needed=bool(data.get("as_needed")),
            priority=data.get("priority") or "routine",
            more=self.later_steps() if data.get("pattern") else (),
            **typed,
            **chosen,
        )


class TestLineForm(forms.Form):
    """How one test is to be done."""

    priority = forms.ChoiceField(label=_("Priority"), choices=PRIORITIES)
    note = forms.CharField(label=_("Note to the laboratory"), max_length=500, required=False)

    def line(self, subject: UUID) -> Line:
        """The line of the draft that this valid form makes."""
        return Line(key=uuid7().hex, kind="test", subject=subject, **self.cleaned_data)


class ServiceLineForm(forms.Form):
    """How an image, a procedure, a diet, nursing or a referral is to be done, and by whom."""

    reason = forms.CharField(label=_("Question or reason"), max_length=500, required=False)
    times = forms.ChoiceField(label=_("How often"), required=False)
    duration_days = forms.IntegerField(label=_("Days"), min_value=1, max_value=365, required=False)
    performer = forms.ChoiceField(label=_("Asked of"), required=False)
    priority = forms.ChoiceField(label=_("Priority"), choices=PRIORITIES)
    note = forms.CharField(label=_("Note"), max_length=500, required=False)

    def __init__(self, what: Orderable, performers: Sequence[tuple[str, str]], data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.what = what
        times: Any = self.fields["times"]
        times.choices = [("", _("once, or as it says")), *_often()]
        if what.kind in ("image", "referral"):
            del self.fields["times"], self.fields["duration_days"]
        if what.kind == "referral":
            performer: Any = self.fields["performer"]
            performer.choices = [("", _("whoever takes it")), *performers]
        else:
            del self.fields["performer"]
        if what.asks:
            self.fields["reason"].label = what.asks
        self.fields["reason"].required = what.kind in ("image", "referral")

    def line(self, subject: UUID) -> Line:
        """The line of the draft that this valid form makes."""
        typed: dict[str, Any] = {name: str(value or "") for name, value in self.cleaned_data.items()}
        return Line(key=uuid7().hex, kind=self.what.kind, subject=subject, **typed)


class StopForm(forms.Form):
    """Why an order is stopped or waits."""

    reason = forms.CharField(label=_("Reason"), max_length=500)
