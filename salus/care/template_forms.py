"""What people type about templates, and what they change of one before it becomes a plan."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from salus.care.forms import AddressedForm, GoalForm, PlanForm
from salus.care.models import PlanTemplate
from salus.care.services.plans import Aim
from salus.care.services.templates import AimTemplate, Written

MOST_GOALS, EMPTY_ROWS = 20, 3


class _Row(forms.Form):
    """One goal of several; a row without words is left out, unless something else stands in it."""

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if not said.get("text") and any(one not in (None, "") for name, one in said.items() if name != "text"):
            self.add_error("text", _("Write what is aimed at."))
        return said


class AimRow(_Row):
    """A goal of a template: in so many days."""

    text = forms.CharField(label=_("Goal"), max_length=300, required=False)
    target = forms.DecimalField(label=_("Value to reach"), required=False, max_digits=12)
    target_unit = forms.CharField(label=_("Unit"), max_length=30, required=False)
    days = forms.IntegerField(label=_("Within days"), min_value=1, max_value=3660, required=False)


class GoalRow(GoalForm, _Row):
    """A goal of a plan that is being begun: by a day."""

    field_order = ["text", "target", "target_unit", "due_on"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["text"].required = False


_LIMITS: dict[str, Any] = {"extra": EMPTY_ROWS, "max_num": MOST_GOALS, "absolute_max": MOST_GOALS}
AimRows = forms.formset_factory(AimRow, **_LIMITS)
GoalRows = forms.formset_factory(GoalRow, **_LIMITS)


def lines_of(text: str) -> list[str]:
    """What was typed one in each line."""
    return [line.strip()[:300] for line in text.splitlines() if line.strip()]


class _Problems(forms.Form):
    """For whom a template is meant."""

    problems = forms.CharField(
        label=_("For the problems"), max_length=300, required=False, help_text=_("Codes: E11, N39.0")
    )

    def codes(self) -> list[str]:
        """The codes that were typed."""
        return [one.strip() for one in self.cleaned_data["problems"].split(",") if one.strip()]


class _Activities(forms.Form):
    """What is to be done, one in each line."""

    activities = forms.CharField(
        label=_("Activities"), max_length=6000, required=False, widget=forms.Textarea, help_text=_("One in each line")
    )


class PlanTemplateForm(_Activities, PlanForm, _Problems):
    """A template of plans of care; its goals are rows of their own."""

    field_order = ["title", "problems", "note", "activities"]

    def written(self, rows: Any) -> Written:
        """What a service takes."""
        said = self.cleaned_data
        aims = [
            AimTemplate(one["text"], one["target"], one["target_unit"], one["days"])
            for one in (row.cleaned_data for row in rows)
            if one.get("text")
        ]
        return Written(
            title=said["title"],
            problems=self.codes(),
            note=said["note"],
            goals=aims,
            activities=lines_of(said["activities"]),
        )


class TreatmentTemplateForm(_Problems):
    """A template of treatments in sessions."""

    title = forms.CharField(label=_("What is given"), max_length=300)
    sessions = forms.IntegerField(label=_("Sessions"), min_value=1, max_value=200)
    every_days = forms.IntegerField(label=_("Days between them"), min_value=1, max_value=365, initial=7)
    dose = forms.DecimalField(label=_("Dose of each session"), required=False, max_digits=12)
    dose_unit = forms.CharField(label=_("Unit"), max_length=30, required=False)
    note = forms.CharField(label=_("Note"), max_length=1000, required=False)
    field_order = ["title", "problems", "sessions", "every_days", "dose", "dose_unit", "note"]

    def written(self, rows: Any = None) -> Written:
        """What a service takes."""
        said = {name: one for name, one in self.cleaned_data.items() if name != "problems"}
        return Written(problems=self.codes(), **said)


class BegunPlanForm(_Activities, AddressedForm, PlanForm):
    """A plan as a template has it, to be changed before it is kept; its goals are rows of their own."""

    template_version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)
    field_order = ["title", "conditions", "note", "activities"]

    def said(self, rows: Any) -> dict[str, Any]:
        """The arguments of `draft_plan`."""
        values = dict(self.cleaned_data)
        goals = [
            Aim(one["text"], one["due_on"], one["target"], one["target_unit"])
            for one in (row.cleaned_data for row in rows)
            if one.get("text")
        ]
        return values | {"goals": goals, "activities": lines_of(values["activities"])}


def initial_of(row: PlanTemplate) -> dict[str, Any]:
    """A template as its form shows it, and what is begun from it."""
    first = {name: getattr(row, name) for name in ("title", "note", "sessions", "every_days", "dose", "dose_unit")}
    return first | {"problems": ", ".join(row.problems), "activities": "\n".join(row.activities)}


def course_of(row: PlanTemplate) -> dict[str, Any]:
    """What a template fills into the form of a treatment."""
    said = {name: getattr(row, name) for name in ("sessions", "every_days", "dose", "dose_unit", "note")}
    return said | {"what": row.title, "template": row.id, "template_version": row.version}


def rows_of(row: PlanTemplate, today: date | None = None) -> list[dict[str, Any]]:
    """Its goals as their rows show them: within days, or with `today` by a day."""
    rows = []
    for one in row.goals:
        said = {"text": one["text"], "target": one["target"], "target_unit": one["unit"], "days": one["days"]}
        days = said.pop("days") if today else None
        rows.append(said | ({"due_on": today + timedelta(days=days) if days else None} if today else {}))
    return rows


def mistakes_in(form: forms.BaseForm, rows: Any) -> Sequence[tuple[str, list[str]]]:
    """All that has to be mended, as `(field's name on the page, words)`, in the order of the page."""
    found = [(name, [str(one) for one in words]) for name, words in form.errors.items()]
    for row in rows or ():
        found += [(row.add_prefix(name), [str(one) for one in words]) for name, words in row.errors.items()]
    return found
