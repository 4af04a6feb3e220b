"""What is typed into the screens of the record of access."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from salus.audit.doors_in_words import all_doors
from salus.audit.models import Alarm, Amendment
from salus.audit.queries import entries
from salus.audit.queries.entries import SORTS, Asked
from salus.core.act import Act
from salus.ui.dates import DayField

ACTIONS = [
    ("read", lazy("Seen")),
    ("search", lazy("Searched")),
    ("print", lazy("Printed")),
    ("export", lazy("Exported")),
    ("write", lazy("Changed")),
    ("refused", lazy("Refused")),
]
OUTCOMES = [("ok", lazy("Done")), ("refused", lazy("Refused")), ("failed", lazy("Not done"))]
#: days that are shown unless asked otherwise
USUAL_DAYS = 7


class SearchForm(forms.Form):
    """Which entries are looked for; sent by POST, so that no address holds a record number."""

    patient = forms.CharField(label=lazy("Patient (record number)"), required=False, max_length=40)
    person = forms.CharField(label=lazy("Person (user name)"), required=False, max_length=150)
    first = DayField(label=lazy("From"), required=False)
    last = DayField(label=lazy("To"), required=False)
    action = forms.ChoiceField(label=lazy("What was done"), required=False)
    door = forms.ChoiceField(label=lazy("Where"), required=False)
    outcome = forms.ChoiceField(label=lazy("Outcome"), required=False)
    order = forms.ChoiceField(required=False, choices=[(o, o) for one in SORTS for o in (f"{one} down", f"{one} up")])
    page = forms.IntegerField(required=False, min_value=1, max_value=10_000)

    def __init__(self, *args: Any, act: Act, zone: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.act, self.zone = act, zone
        for name, options in (("action", ACTIONS), ("door", all_doors()), ("outcome", OUTCOMES)):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = [("", _("Any")), *((code, str(words)) for code, words in options)]

    def clean_patient(self) -> Any:
        return self._known("patient", entries.patient_with_mrn, _("No patient here has this record number."))

    def clean_person(self) -> Any:
        return self._known("person", entries.user_named, _("Nobody has this user name."))

    def _known(self, name: str, find: Any, trouble: str) -> Any:
        typed = self.cleaned_data[name]
        found = find(self.act, typed) if typed else None
        if typed and found is None:
            raise ValidationError(trouble)
        return found

    def clean(self) -> dict[str, Any]:
        found = super().clean() or self.cleaned_data
        first, last = found.get("first"), found.get("last")
        if first and last and last < first:
            self.add_error("last", _("The last day is before the first."))
        return found

    def asked(self) -> Asked:
        """What a valid form looks for."""
        told = self.cleaned_data
        sort, _space, way = (told["order"] or "at down").partition(" ")
        return Asked(
            patient_id=told["patient"],
            person_id=told["person"],
            since=self._midnight(told["first"]),
            until=self._midnight(told["last"] + timedelta(days=1)) if told["last"] else None,
            action=told["action"],
            door=told["door"],
            outcome=told["outcome"],
            sort=sort,
            backwards=way == "down",
            page=told["page"] or 1,
        )

    def _midnight(self, day: date | None) -> datetime | None:
        return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(self.zone)) if day else None


class VerdictForm(forms.Form):
    verdict = forms.ChoiceField(label=lazy("What was it?"), choices=Alarm.VERDICTS, widget=forms.RadioSelect)
    remark = forms.CharField(label=lazy("What you found out"), max_length=2_000, widget=forms.Textarea)


class WishForm(forms.Form):
    asked_on = DayField(label=lazy("Asked on"))
    wish = forms.CharField(label=lazy("What is wrong, and how it should read"), max_length=4_000, widget=forms.Textarea)


class AnswerForm(forms.Form):
    answer = forms.ChoiceField(label=lazy("Answer"), choices=Amendment.ANSWERS, widget=forms.RadioSelect)
    answer_text = forms.CharField(label=lazy("In words, for the patient"), max_length=4_000, widget=forms.Textarea)
