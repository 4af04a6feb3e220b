"""What is typed into the builder, and into a form that is filled in."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from salus.questionnaires.rules.answers import OTHER
from salus.questionnaires.rules.items import MOMENTS, Form, Item
from salus.questionnaires.rules.repeating import MOST_TIMES, expanded, times
from salus.ui.dates import NotADate, parse_partial_date

#: the beginning of the names of fields that hold answers
ANSWER = "a."

TYPES = [
    ("string", lazy("Short text")),
    ("text", lazy("Long text")),
    ("boolean", lazy("Yes or no")),
    ("choice", lazy("Choice")),
    ("open-choice", lazy("Choice, or own words")),
    ("integer", lazy("Whole number")),
    ("decimal", lazy("Number")),
    ("quantity", lazy("Number with a unit")),
    ("date", lazy("Date")),
    ("dateTime", lazy("Date and time")),
    ("time", lazy("Time")),
    ("url", lazy("Web address")),
    ("score", lazy("Score: the sum of answers")),
    ("group", lazy("Group of questions")),
    ("display", lazy("Words to read")),
]


def typed_answers(form: Form, data: Any) -> dict[str, list[str]]:
    """The fields of a form that is filled in; dates as FHIR writes them where they can be read."""
    asked = [(one.link, data.getlist(ANSWER + one.link)[:1]) for one in form.groups_again]
    typed: dict[str, list[str]] = {link: said for link, said in asked if said and said[0].isdigit()}
    for item in expanded(form, typed).questions:
        said = [one for one in data.getlist(ANSWER + item.link) if one.strip() and "\0" not in one]
        if item.type == "open-choice":
            own = data.get(f"{ANSWER}{item.link}#own", "").strip()
            said += [OTHER + own] if own and "\0" not in own else []
        elif item.type in MOMENTS:
            said = [_moment(item, one) for one in said]
        if said:
            typed[item.link] = said
    return typed


def once_more(form: Form, typed: dict[str, list[str]], group: str) -> dict[str, list[str]]:
    """What was typed, with a group that repeats once more; any other name changes nothing."""
    if group not in {one.link for one in form.groups_again}:
        return typed
    return typed | {group: [str(min(times(typed, group) + 1, MOST_TIMES))]}


def _moment(item: Item, text: str) -> str:
    if item.type == "time":
        return text
    day, _space, clock = text.strip().partition(" ") if item.type == "dateTime" else (text, "", "")
    try:
        found = parse_partial_date(day)
    except NotADate:
        return text
    return _local(f"{found}T{clock.strip()}") if clock.strip() else found


def _local(text: str) -> str:
    """A typed time without a zone is the hospital's."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return text
    return (timezone.make_aware(at) if at.tzinfo is None else at).isoformat()


class FormForm(forms.Form):
    """What a form is called and what it is for."""

    title = forms.CharField(label=lazy("Title"), max_length=200)
    description = forms.CharField(label=lazy("What it is for"), max_length=1000, required=False, widget=forms.Textarea)
    source = forms.CharField(
        label=lazy("Whose it is"),
        max_length=1000,
        required=False,
        help_text=lazy("Author and licence, if it is not the hospital's own"),
    )


class LineForm(forms.Form):
    """A new line: the rest is said on its own page."""

    kind = forms.ChoiceField(label=lazy("Type"), choices=TYPES)
    text = forms.CharField(label=lazy("Question, or heading"), max_length=1000)


class MendForm(forms.Form):
    """Why something was wrong."""

    reason = forms.CharField(label=lazy("Why was it wrong?"), max_length=500)


class ImportForm(forms.Form):
    """A form as a FHIR resource: a file, or pasted."""

    file = forms.FileField(label=lazy("File"), required=False, help_text=lazy("FHIR R4 Questionnaire, JSON"))
    pasted = forms.CharField(label=lazy("Or paste it"), required=False, max_length=1_000_000, widget=forms.Textarea)

    def clean(self) -> dict[str, Any]:
        file, pasted = self.cleaned_data.get("file"), self.cleaned_data.get("pasted", "")
        if not file and not pasted.strip():
            self.add_error("file", _("Choose a file, or paste the form."))
        return self.cleaned_data | {"text": file.read(1_000_001) if file else pasted}
