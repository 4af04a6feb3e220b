"""What is typed into the record: numbers read strictly, dates as precise as they are known."""

from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from salus.catalog.models import VitalSign
from salus.chart import rules
from salus.chart.queries.signs import impossible, limits_of

#: so long after midnight a time of the evening before is written down
_NIGHT = timedelta(hours=6)
#: Signs that are reckoned from others.
RECKONED = ("bmi",)


def why_not_a_number(error: rules.NotANumber, decimals: int) -> str:
    """The sentence beside a number that could be read in two ways."""
    if error.problem == "comma":
        return _("Write the decimal with a point, like 37.2, and no comma anywhere.")
    if error.problem == "too_many_decimals":
        return _("Write whole numbers.") if decimals == 0 else _("At most %(n)s decimals.") % {"n": decimals}
    return _("Write one number, like 72 or 37.2.")


class VitalsForm(forms.Form):
    """One field for each sign of the catalogue. `startling` holds what is asked once more: code -> sentence."""

    taken = forms.TimeField(
        label=lazy("Time of measurement"),
        required=False,
        input_formats=["%H:%M"],
        help_text=lazy("24 hours; now, if empty"),
    )

    def __init__(self, signs: Sequence[VitalSign], before: Mapping[str, Decimal], data: Any = None) -> None:
        super().__init__(data)
        self.signs = [sign for sign in signs if sign.code not in RECKONED]
        self.before = before
        self.startling: dict[str, str] = {}
        for sign in self.signs:
            self.fields[sign.code] = forms.CharField(label=sign.name, required=False, max_length=20)

    def clean(self) -> dict[str, Any]:
        values: dict[str, Decimal] = {}
        for sign in self.signs:
            text = (self.cleaned_data.get(sign.code) or "").strip()
            if text:
                self._read(sign, text, values)
        if not values and not self.errors:
            self.add_error(None, _("Write down at least one sign."))
        self._ask_again(values)
        return self.cleaned_data | {"values": values, "at": self._at()}

    def _read(self, sign: VitalSign, text: str, values: dict[str, Decimal]) -> None:
        try:
            value = rules.read_number(text, sign.decimals)
        except rules.NotANumber as error:
            self.add_error(sign.code, why_not_a_number(error, sign.decimals))
            return
        if rules.is_possible(value, limits_of(sign)):
            values[sign.code] = value
        else:
            self.add_error(sign.code, impossible(sign))

    def _ask_again(self, values: Mapping[str, Decimal]) -> None:
        """Ask about what is hard to believe, once for each value: a changed value is asked about again."""
        sure = set(self.data.getlist("sure")) if hasattr(self.data, "getlist") else set()
        for sign in self.signs:
            value = values.get(sign.code)
            if value is None or f"{sign.code}={value}" in sure:
                continue
            before = self.before.get(sign.code)
            if rules.is_startling(value, limits_of(sign)):
                said = _("%(value)s %(unit)s is far from usual.")
                self.startling[sign.code] = said % {"value": value, "unit": sign.unit_text}
            elif before is not None and sign.code in ("weight", "height") and rules.is_startling_change(value, before):
                said = _("%(value)s %(unit)s is far from the last, %(before)s %(unit)s.")
                self.startling[sign.code] = said % {"value": value, "unit": sign.unit_text, "before": before}

    def _at(self) -> datetime | None:
        taken: time | None = self.cleaned_data.get("taken")
        if taken is None:
            return None
        at = timezone.make_aware(datetime.combine(timezone.localdate(), taken))
        # shortly after midnight 23:50 was yesterday; a time that is hours ahead is a mistake
        before = at - timedelta(days=1)
        return before if at > timezone.now() + timedelta(minutes=5) and timezone.now() - before < _NIGHT else at


class EndForm(forms.Form):
    """Why something is ended or was wrong."""

    reason = forms.CharField(label=lazy("Reason"), max_length=500)


class NoteForm(forms.Form):
    """A note as it comes from the page, whatever its sections: nothing is required before it is signed."""

    visit = forms.UUIDField(required=False)
    version = forms.RegexField(r"^[0-9]{0,20}$", required=False)
    writer = forms.CharField(required=False, max_length=60)
    note_type = forms.SlugField(required=False, max_length=40)
    diagnosis = forms.CharField(required=False, max_length=20)
    cosigner = forms.UUIDField(required=False)

    def clean(self) -> dict[str, Any]:
        if any("\0" in text for name in self.data for text in [str(self.data.get(name, ""))]):
            self.add_error(None, "NUL")
        return self.cleaned_data

    @property
    def sections(self) -> dict[str, str]:
        """Everything as typed; the note's type knows which of it are its sections."""
        return {name: str(self.data.get(name, "")) for name in self.data}

    @property
    def copied(self) -> dict[str, str]:
        """Which sections were copied forward from which note."""
        said = self.data.getlist("copied") if hasattr(self.data, "getlist") else []
        pairs = (one.partition(":") for one in said[:40])
        return {name: note for name, colon, note in pairs if colon}

    @property
    def said(self) -> dict[str, str]:
        """What else the page asks, to be kept with the draft."""
        names = ("cosigner", "cosigner_text", "addressee", "show")
        return {name: str(self.data.get(name, ""))[:200] for name in names if self.data.get(name)}

    @property
    def diagnoses(self) -> list[str]:
        """The codes on the list, and the one that was picked and not yet added."""
        codes = self.data.getlist("diagnoses") if hasattr(self.data, "getlist") else []
        picked = self.data.get("diagnosis", "")
        removed = self.data.get("remove", "")
        return [code[:20] for code in dict.fromkeys([*codes, picked]) if code and code != removed][:20]


class CosignerForm(forms.Form):
    """Who is asked to sign a note too."""

    cosigner = forms.UUIDField(label=lazy("Second signature by"))


class AddendumForm(forms.Form):
    """What is added to a signed note."""

    text = forms.CharField(label=lazy("Addendum"), widget=forms.Textarea, max_length=20_000)


class ToldForm(forms.Form):
    """The history that the patient tells; everything may stay empty."""

    told_by = forms.CharField(
        label=lazy("Told by"),
        required=False,
        max_length=120,
        help_text=lazy("The patient, or who speaks for the patient"),
    )
    past_illnesses = forms.CharField(
        label=lazy("Past illnesses"), required=False, widget=forms.Textarea, max_length=5000
    )
    operations = forms.CharField(label=lazy("Operations"), required=False, widget=forms.Textarea, max_length=5000)
    medicines = forms.CharField(
        label=lazy("Medicines taken now"), required=False, widget=forms.Textarea, max_length=5000
    )
    allergies = forms.CharField(
        label=lazy("Allergies, as told"),
        required=False,
        widget=forms.Textarea,
        max_length=5000,
        help_text=lazy("A nurse or doctor records them afterwards, so that orders are checked."),
    )
    family = forms.CharField(
        label=lazy("Illnesses in the family"), required=False, widget=forms.Textarea, max_length=5000
    )
    smoking = forms.ChoiceField(label=lazy("Smoking"), required=False)
    smoking_detail = forms.CharField(label=lazy("How much, since when"), required=False, max_length=200)
    alcohol = forms.ChoiceField(label=lazy("Alcohol"), required=False)
    alcohol_detail = forms.CharField(label=lazy("How much"), required=False, max_length=200)
    occupation = forms.CharField(label=lazy("Occupation"), required=False, max_length=200)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, options in (("smoking", SMOKING), ("alcohol", ALCOHOL)):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = [("", _("Not asked")), *((code, str(words)) for code, words in options)]

    @property
    def is_empty(self) -> bool:
        """Whether nothing was told (who told it does not count)."""
        return not any(value for name, value in self.cleaned_data.items() if name != "told_by")


SMOKING = [("never", lazy("Never smoked")), ("former", lazy("Stopped smoking")), ("current", lazy("Smokes"))]
ALCOHOL = [("none", lazy("None")), ("some", lazy("Sometimes")), ("daily", lazy("Every day"))]
