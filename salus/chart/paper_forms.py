"""What is typed about documents and certificates."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from salus.chart import rules
from salus.chart.composing import EXTENTS, MANNERS, PLURALITIES, Birth, Death
from salus.chart.forms import why_not_a_number
from salus.chart.services.documents import About
from salus.chart.vocabulary import DOCUMENT_TYPES
from salus.ui.dates import DayField, PartialDateField


def _choose(form: forms.Form, name: str, options: Any, *, empty: str | None = None) -> None:
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)
    said = [(code, str(words)) for code, words in dict(options).items()]
    field.choices = [("", empty), *said] if empty is not None else said


class DocumentForm(forms.Form):
    """What a document is; its files come beside."""

    type_code = forms.ChoiceField(label=lazy("Kind of document"), required=False)
    title = forms.CharField(
        label=lazy("Title"), required=False, max_length=200, help_text=lazy("The kind of document, if empty")
    )
    on = PartialDateField(label=lazy("Date of the document"), required=False, help_text=lazy("Today, if empty"))
    author_name = forms.CharField(label=lazy("Written by"), required=False, max_length=200)
    note = forms.CharField(label=lazy("Remark"), required=False, max_length=500)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _choose(self, "type_code", DOCUMENT_TYPES, empty=_("Another kind"))

    def about(self) -> About:
        """What was said."""
        return About(**{name: self.cleaned_data[name] for name in ("type_code", "title", "on", "author_name", "note")})


class SickNoteForm(forms.Form):
    """A sick note; the diagnosis goes to the employer only where the doctor writes it."""

    valid_from = DayField(label=lazy("First day"))
    valid_until = DayField(label=lazy("Last day"))
    extent = forms.ChoiceField(label=lazy("The patient"))
    diagnosis = forms.CharField(
        label=lazy("Diagnosis, as it shall stand there"),
        required=False,
        max_length=300,
        help_text=lazy("Whoever gets the paper reads it. Leave it empty unless it must be told."),
    )
    remark = forms.CharField(label=lazy("Remark"), required=False, max_length=500)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _choose(self, "extent", EXTENTS)


class BirthForm(forms.Form):
    """A birth: when, of whom, weight and length in grams and centimetres."""

    born_at = forms.TimeField(label=lazy("Time of birth"), input_formats=["%H:%M"], help_text=lazy("24 hours"))
    mother = forms.UUIDField(
        label=lazy("Mother"),
        error_messages={
            "required": lazy("Choose the mother from the list."),
            "invalid": lazy("Choose her from the list."),
        },
    )
    mother_text = forms.CharField(required=False, max_length=200)
    weight = forms.CharField(label=lazy("Weight"), required=False, max_length=10)
    length = forms.CharField(label=lazy("Length"), required=False, max_length=10)
    plurality = forms.ChoiceField(label=lazy("Birth"))
    remark = forms.CharField(label=lazy("Remark"), required=False, max_length=500)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _choose(self, "plurality", PLURALITIES)

    def clean(self) -> dict[str, Any]:
        for name, decimals in (("weight", 0), ("length", 1)):
            text = self.cleaned_data.get(name) or ""
            self.cleaned_data[name] = self._number(name, text, decimals) if text else None
        return self.cleaned_data

    def _number(self, name: str, text: str, decimals: int) -> Decimal | None:
        try:
            return rules.read_number(text, decimals)
        except rules.NotANumber as error:
            self.add_error(name, why_not_a_number(error, decimals))
            return None

    def birth(self, day: Any, zone: str) -> Birth:
        """What was said, of a child that was born on this day in this zone."""
        values = self.cleaned_data
        at = datetime.combine(day, values["born_at"], ZoneInfo(zone) if zone else timezone.get_current_timezone())
        said = {name: values[name] for name in ("weight", "length", "plurality", "remark")}
        return Birth(at=at.astimezone(UTC), **said)


class DeathForm(forms.Form):
    """A death and its causes, as WHO's international form asks for them."""

    died = PartialDateField(label=lazy("Died on"))
    cause_1 = forms.CharField(label=lazy("Direct cause"), max_length=300)
    interval_1 = forms.CharField(label=lazy("Since"), required=False, max_length=60)
    cause_2 = forms.CharField(label=lazy("Due to"), required=False, max_length=300)
    interval_2 = forms.CharField(label=lazy("Since"), required=False, max_length=60)
    cause_3 = forms.CharField(label=lazy("Due to"), required=False, max_length=300)
    interval_3 = forms.CharField(label=lazy("Since"), required=False, max_length=60)
    cause_4 = forms.CharField(label=lazy("Due to"), required=False, max_length=300)
    interval_4 = forms.CharField(label=lazy("Since"), required=False, max_length=60)
    contributing = forms.CharField(label=lazy("Other significant conditions"), required=False, max_length=500)
    manner = forms.ChoiceField(label=lazy("Manner of death"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _choose(self, "manner", MANNERS)

    def death(self) -> Death:
        """What was said."""
        values = self.cleaned_data
        causes = [(values[f"cause_{n}"], values[f"interval_{n}"]) for n in range(1, 5)]
        return Death(on=values["died"], causes=causes, contributing=values["contributing"], manner=values["manner"])


class WithdrawForm(forms.Form):
    """Why a certificate is withdrawn."""

    reason = forms.CharField(label=lazy("Reason"), max_length=500)
    is_alive = forms.BooleanField(label=lazy("The patient is alive"), required=False)
