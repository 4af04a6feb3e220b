"""What people type into the inbox: what is to be done, by whom, by when; what they write to each other."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any
from uuid import UUID

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from salus.inbox.models import Task
from salus.inbox.rules import BY_HAND
from salus.patients.access.labels import LABELS
from salus.ui.dates import DayField


class WhomField(forms.CharField):
    """A colleague (`p:<id>`) or a department (`d:<id>`), as the box of colleagues writes them; (None, None) for nobody."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"max_length": 40} | kwargs)

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None, None
        kind, _colon, identity = text.partition(":")
        try:
            found = UUID(identity)
        except ValueError as error:
            raise forms.ValidationError(_("Choose somebody of the list.")) from error
        if kind not in ("p", "d"):
            raise forms.ValidationError(_("Choose somebody of the list."))
        return (found, None) if kind == "p" else (None, found)


class TimeField(forms.CharField):
    """A time of the day such as 14:30."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"max_length": 5, "required": False} | kwargs)

    def clean(self, value: Any) -> time | None:
        text = super().clean(value)
        try:
            return time.fromisoformat(text) if text else None
        except ValueError as error:
            raise forms.ValidationError(_("Write the time like 09:30.")) from error


class _WithTime(forms.Form):
    """A form with a day and a time of the day that are one instant; a day alone is its evening."""

    def instant(self, day: str = "on", clock: str = "at") -> datetime | None:
        """The instant, in the time of the facility."""
        values = self.cleaned_data
        if not values.get(day):
            return None
        return timezone.make_aware(datetime.combine(values[day], values.get(clock) or time(18)))

    def clean(self) -> dict[str, Any]:
        values = self.cleaned_data
        if values.get("at") and not values.get("on") and "on" not in self.errors:
            self.add_error("on", _("Say on which day, too."))
        return values


class GiveForm(_WithTime):
    """A task for a colleague or a department."""

    subject = forms.CharField(label=_("What is to be done"), max_length=300)
    whom = WhomField(label=_("By whom"), error_messages={"required": _("Choose a colleague or a department.")})
    kind = forms.ChoiceField(label=_("Kind"), choices=[one for one in Task.KIND_WORDS if one[0] in BY_HAND])
    priority = forms.ChoiceField(label=_("How soon"), choices=Task.PRIORITY_WORDS, required=False)
    on = DayField(label=_("Due on"), required=False, help_text=_("A week from now unless said"))
    at = TimeField(label=_("At"))
    note = forms.CharField(label=_("More about it"), max_length=4000, required=False, widget=forms.Textarea)

    def said(self) -> dict[str, Any]:
        """The arguments of `give_task`."""
        values = self.cleaned_data
        owner, place = values["whom"]
        return {
            "subject": values["subject"],
            "owner_id": owner,
            "department_id": place,
            "kind": values["kind"],
            "priority": values["priority"] or "routine",
            "due_at": self.instant(),
            "note": values["note"],
        }


class FinishForm(_WithTime):
    """A comment, and what is to be done next."""

    comment = forms.CharField(label=_("Comment"), max_length=4000, required=False)
    follow_up = forms.CharField(label=_("What is to be done next"), max_length=300, required=False)
    whom = WhomField(label=_("By whom"), required=False, help_text=_("Yourself unless said"))
    on = DayField(label=_("Due on"), required=False)
    at = TimeField(label=_("At"))


class DelegateForm(forms.Form):
    """To whom a task is given on, and why."""

    whom = WhomField(label=_("Give on to"), error_messages={"required": _("Choose a colleague or a department.")})
    words = forms.CharField(label=_("What they should know"), max_length=4000, required=False)


def marks_field() -> forms.MultipleChoiceField:
    """The sensitivity labels, to be chosen by hand."""
    return forms.MultipleChoiceField(
        label=_("Sensitive because of"),
        required=False,
        choices=list(LABELS.items()),
        widget=forms.CheckboxSelectMultiple,
    )


class MessageForm(_WithTime):
    """A message about a patient."""

    whom = WhomField(label=_("To"), error_messages={"required": _("Choose a colleague or a department.")})
    also = WhomField(label=_("And to"), required=False)
    subject = forms.CharField(label=_("About"), max_length=200)
    body = forms.CharField(label=_("Message"), max_length=4000, widget=forms.Textarea)
    about = forms.CharField(max_length=100, required=False, widget=forms.HiddenInput)
    priority = forms.ChoiceField(label=_("How soon"), choices=Task.PRIORITY_WORDS, required=False)
    on = DayField(label=_("Answer wanted by"), required=False, help_text=_("None: to be acknowledged"))
    at = TimeField(label=_("At"))
    labels = marks_field()

    def said(self) -> dict[str, Any]:
        """The arguments of `send_message`."""
        values = self.cleaned_data
        to = [values["whom"], values["also"] or (None, None)]
        return {
            "subject": values["subject"],
            "body": values["body"],
            "practitioner_ids": [owner for owner, _place in to if owner],
            "department_ids": [place for _owner, place in to if place],
            "priority": values["priority"] or "routine",
            "answer_by": self.instant(),
            "about": values["about"],
            "labels": values["labels"],
        }


class MarksForm(forms.Form):
    """How sensitive what was written is."""

    labels = marks_field()


class AnswerForm(forms.Form):
    body = forms.CharField(label=_("Answer"), max_length=4000, widget=forms.Textarea)


class LadderForm(forms.Form):
    """Minutes of one kind of task."""

    due = forms.IntegerField(label=_("Due after"), min_value=1, max_value=525_600)
    deputy = forms.IntegerField(label=_("Deputy after"), min_value=0, max_value=525_600, required=False)
    head = forms.IntegerField(label=_("Head after"), min_value=0, max_value=525_600, required=False)
    department = forms.IntegerField(label=_("Department after"), min_value=0, max_value=525_600)


class HeadForm(forms.Form):
    whom = WhomField(label=_("Head of the department"), required=False)


class DeputyForm(forms.Form):
    """Who stands in, and from which day until which while one is away."""

    whom = WhomField(label=_("Who stands in"), error_messages={"required": _("Choose a colleague.")})
    away_from = DayField(label=_("Away from"), required=False, help_text=_("Empty: always, for what I do not see to"))
    away_until = DayField(label=_("Back on"), required=False)

    def said(self) -> dict[str, Any]:
        """The arguments of `name_deputy`: whole days of the facility."""
        values = self.cleaned_data
        return {
            "deputy_id": values["whom"][0],
            "away_from": _morning(values["away_from"]),
            "away_until": _morning(values["away_until"]),
        }

    def clean_whom(self) -> Any:
        if self.cleaned_data["whom"][0] is None:
            raise forms.ValidationError(_("Choose a colleague."))
        return self.cleaned_data["whom"]


def _morning(day: Any) -> datetime | None:
    return timezone.make_aware(datetime.combine(day, time())) if day else None
