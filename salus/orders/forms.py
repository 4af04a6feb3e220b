"""What is typed into the order composer."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from salus.core.ids import uuid7
from salus.orders import rules, words
from salus.orders.drafts import Line
from salus.orders.items import MedicineItem, OrderItem, TestItem, reckon_quantity
from salus.terminology.models import Presentation
from salus.ui import formatting
from salus.ui.amounts import QuantityField

PRIORITIES = [("routine", _("Routine")), ("urgent", _("Urgent")), ("stat", _("At once"))]


class MedicineLineForm(forms.Form):
    """How one medicine is to be given."""

    dose = QuantityField(label=_("Dose"))
    dose_unit = forms.ChoiceField(label=_("Unit"))
    route = forms.ChoiceField(label=_("Route"))
    times = forms.ChoiceField(label=_("How often"))
    duration_days = forms.IntegerField(label=_("Days"), min_value=1, max_value=365, required=False)
    quantity = QuantityField(label=_("To give out"), required=False)
    as_needed = forms.BooleanField(label=_("Only as needed"), required=False)
    as_needed_for = forms.CharField(label=_("Needed for"), max_length=100, required=False)
    priority = forms.ChoiceField(label=_("Priority"), choices=PRIORITIES)
    note = forms.CharField(label=_("Note to the pharmacy"), max_length=500, required=False)

    def __init__(self, pack: Presentation, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.pack = pack
        routes = pack.routes or pack.medicine.routes
        self._choose("dose_unit", [(u, formatting.unit_name(u)) for u in rules.dose_units(pack.unit, pack.strength)])
        self._choose("route", [(route, words.route_words(route)) for route in routes])
        self._choose("times", [(code, words.often_words(*often)) for code, often in words.OFTEN.items()])

    def _choose(self, name: str, choices: list[tuple[str, str]]) -> None:
        self.fields[name].choices = choices  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if self.errors:
            return data
        quantity = data["quantity"] or self.reckoned()
        if quantity is None:
            self.add_error("quantity", _("Write how much is to be given out: it does not follow from the dose."))
        elif not rules.is_whole(quantity, self.pack.unit):
            self.add_error("quantity", _("Write a whole number."))
        return data

    def reckoned(self) -> Decimal | None:
        """What the dose and the days typed so far amount to; None while that cannot be said."""
        data = self.cleaned_data
        if not all(data.get(name) for name in ("dose", "dose_unit", "times", "duration_days")):
            return None
        return reckon_quantity(medicine_item(self.line(""), data["dose"], None), self.pack)

    def line(self, key: str | None = None) -> Line:
        """The line of the draft that this valid form makes."""
        typed = {name: str(self.cleaned_data.get(name) or "") for name in ("dose", "duration_days", "quantity")}
        chosen = {name: self.cleaned_data.get(name) or "" for name in ("dose_unit", "route", "times", "as_needed_for")}
        rest = {"priority": self.cleaned_data.get("priority") or "routine", "note": self.cleaned_data.get("note") or ""}
        return Line(
            key=uuid7().hex if key is None else key,
            kind="medicine",
            subject=self.pack.id,
            as_needed=bool(self.cleaned_data.get("as_needed")),
            **typed,
            **chosen,
            **rest,
        )


class TestLineForm(forms.Form):
    """How one test is to be done."""

    priority = forms.ChoiceField(label=_("Priority"), choices=PRIORITIES)
    note = forms.CharField(label=_("Note to the laboratory"), max_length=500, required=False)

    def line(self, subject: Any) -> Line:
        """The line of the draft that this valid form makes."""
        return Line(key=uuid7().hex, kind="test", subject=subject, **self.cleaned_data)


class StopForm(forms.Form):
    """Why an order is stopped."""

    reason = forms.CharField(label=_("Reason"), max_length=500)


def item_of(line: Line, override_reason: str = "") -> OrderItem:
    """The order that a line of a draft asks for."""
    if line.kind == "test":
        return TestItem(test_id=line.subject, priority=line.priority, note=line.note, override_reason=override_reason)
    return medicine_item(line, Decimal(line.dose), Decimal(line.quantity) if line.quantity else None, override_reason)


def medicine_item(line: Line, dose: Decimal, quantity: Decimal | None, override_reason: str = "") -> MedicineItem:
    """The medicine that a line asks for."""
    frequency, period, period_unit = words.OFTEN[line.times]
    return MedicineItem(
        presentation_id=line.subject,
        dose=dose,
        dose_unit=line.dose_unit,
        route=line.route,
        frequency=frequency,
        period=period,
        period_unit=period_unit,
        duration_days=int(line.duration_days) if line.duration_days else None,
        quantity=quantity,
        as_needed=line.as_needed,
        as_needed_for=line.as_needed_for,
        priority=line.priority,
        note=line.note,
        override_reason=override_reason,
    )
