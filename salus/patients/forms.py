"""What is typed about a patient: read strictly, kept as typed when something has to be mended."""

import base64
import binascii
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from babel import Locale
from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as __

from salus.core.photos import LARGEST_UPLOAD
from salus.patients.models import Identifier, Patient
from salus.patients.rules import contacts
from salus.patients.rules.asked import Asked
from salus.ui.dates import PartialDateField

#: the languages in which most patients of most hospitals are spoken to; others stay as they came
_LANGUAGES = (
    "am", "ar", "bn", "cs", "da", "de", "el", "en", "es", "fa", "fi", "fr", "gu", "ha", "he", "hi", "hu", "ig", "it", "ja",
    "km", "ko", "ku", "lo", "ml", "mr", "ms", "my", "nb", "ne", "nl", "pa", "pl", "ps", "pt", "ro", "ru", "rw", "si", "sk",
    "so", "sq", "sr", "sv", "sw", "ta", "te", "th", "ti", "tl", "tr", "uk", "ur", "uz", "vi", "yo", "zh", "zu",
)  # fmt: skip
#: FHIR ValueSet marital-status
MARITAL = [
    ("", __("Not asked")),
    ("S", __("Never married")),
    ("M", __("Married")),
    ("T", __("Domestic partner")),
    ("L", __("Legally separated")),
    ("D", __("Divorced")),
    ("W", __("Widowed")),
    ("UNK", __("Unknown")),
]


def marital_choices() -> list[tuple[str, str]]:
    """The marital states to choose from, in the reader's language."""
    return [(code, str(words)) for code, words in MARITAL]


class Phone(forms.TextInput):
    """A text box that brings up the keys of a telephone."""

    input_type = "tel"


class PersonForm(forms.Form):
    """Who somebody is and how to reach him or her."""

    family = forms.CharField(
        label=__("Family name"),
        max_length=120,
        help_text=__("Or the only name"),
        error_messages={"required": __("Write the family name, or the only name.")},
    )
    given = forms.CharField(label=__("Given names"), max_length=120, required=False)
    title = forms.CharField(label=__("Title"), max_length=30, required=False)
    birth_date = PartialDateField(label=__("Birth date"), required=False)
    gender = forms.ChoiceField(
        label=__("Sex"),
        choices=Patient.GENDERS,
        widget=forms.RadioSelect,
        error_messages={"required": __("Choose the sex; unknown is a choice too.")},
    )
    preferred_name = forms.CharField(label=__("Likes to be called"), max_length=120, required=False)
    other_name = forms.CharField(
        label=__("Name in another script or spelling"),
        max_length=200,
        required=False,
        help_text=__("王小明, Мохаммед, Müller"),
    )
    former_name = forms.CharField(label=__("Former family name"), max_length=120, required=False)
    language = forms.ChoiceField(label=__("Language"), required=False)
    marital_status = forms.ChoiceField(label=__("Marital status"), choices=marital_choices, required=False)
    phone = forms.CharField(label=__("Mobile phone"), widget=Phone, max_length=40, required=False)
    other_phone = forms.CharField(label=__("Other phone"), widget=Phone, max_length=40, required=False)
    email = forms.EmailField(
        label=__("E-mail"),
        max_length=200,
        required=False,
        error_messages={"invalid": __("Write an e-mail address like ann@example.org.")},
    )
    line = forms.CharField(label=__("Street and number"), max_length=200, required=False)
    city = forms.CharField(label=__("Town or village"), max_length=120, required=False)
    state = forms.CharField(label=__("District, county or state"), max_length=120, required=False)
    postal_code = forms.CharField(label=__("Postal code"), max_length=20, required=False)
    country = forms.CharField(label=__("Country"), max_length=60, required=False)
    photo = forms.FileField(label=__("Photo from a file"), required=False)
    photo_taken = forms.FileField(label=__("Take a photo with this device"), required=False)
    photo_kept = forms.CharField(required=False, max_length=400_000)

    WHO = ("family", "given", "title", "birth_date", "gender")
    ALSO = ("preferred_name", "other_name", "former_name", "language", "marital_status")
    CONTACT = ("phone", "other_phone", "email", "line", "city", "state", "postal_code", "country")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        given = self.initial.get("language", "")
        self.fields["language"].choices = language_choices(given)  # type: ignore[attr-defined]

    def clean_phone(self) -> str:
        return self._phone("phone")

    def clean_other_phone(self) -> str:
        return self._phone("other_phone")

    def clean_photo(self) -> Any:
        return self._not_too_large("photo")

    def clean_photo_taken(self) -> Any:
        return self._not_too_large("photo_taken")

    def _not_too_large(self, name: str) -> Any:
        upload = self.cleaned_data[name]
        if upload and upload.size > LARGEST_UPLOAD:
            raise forms.ValidationError(_("A photo may have 8 MB at most. Take it with a lower resolution."))
        return upload

    def _phone(self, name: str) -> str:
        text: str = self.cleaned_data[name]
        if text and not contacts.digits_of(text):
            raise forms.ValidationError(_("Write the number in digits, like +44 7700 900123."))
        return text

    def photo_bytes(self) -> bytes | None:
        """The photo that was sent, or the one that came back with the form."""
        upload = self.cleaned_data.get("photo_taken") or self.cleaned_data.get("photo")
        if upload:
            upload.seek(0)
            return bytes(upload.read())
        try:
            return base64.b64decode(self.cleaned_data.get("photo_kept", ""), validate=True) or None
        except (binascii.Error, ValueError):
            return None

    def person(self, before: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The arguments of `register_patient` and `update_patient`; `before` holds the FHIR lists to be kept beside."""
        said, before = self.cleaned_data, before or {}
        plain = ("family", "given", "title", "gender", "preferred_name", "language", "marital_status")
        return {name: said[name] for name in plain} | {
            "birth_date": said["birth_date"] or None,
            "names": _names(said, before.get("names", ())),
            "telecom": _telecom(said, before.get("telecom", ())),
            "addresses": _addresses(said, before.get("addresses", ())),
        }


class NumberForm(forms.Form):
    """One number by which others know the patient."""

    kind = forms.ChoiceField(label=__("Kind of number"), choices=Identifier.KINDS, initial="national")
    value = forms.CharField(label=__("Number"), max_length=80, required=False)
    system = forms.CharField(label=__("Given by"), max_length=200, required=False, help_text=__("Country or body"))


MOST_NUMBERS = 12
NumberForms = forms.formset_factory(NumberForm, extra=1, max_num=MOST_NUMBERS, absolute_max=MOST_NUMBERS)


def problems_of(person: PersonForm, numbers: Any, more: Sequence[Any] = ()) -> list[tuple[str, list[str]]]:
    """All that has to be mended, as `(field's name on the page, words)`, in the order of the page."""
    found = []
    for form in (person, *(numbers if numbers.is_bound else ()), *more):
        for name, words in form.errors.items():
            found.append((name if name == "__all__" else form.add_prefix(name), list(words)))
    return found


def numbers_of(forms_: Any) -> list[dict[str, str]]:
    """The filled rows of the numbers, as identifiers."""
    rows = (one.cleaned_data for one in forms_ if one.cleaned_data.get("value"))
    return [{"kind": row["kind"], "system": row["system"], "value": row["value"]} for row in rows]


@lru_cache(maxsize=32)
def _languages(locale: str) -> tuple[tuple[str, str], ...]:
    known = Locale.parse(locale.replace("-", "_"))
    named = [(code, str(known.languages.get(code, code)).capitalize()) for code in _LANGUAGES]
    return tuple(sorted(named, key=lambda one: one[1]))


def language_choices(given: str = "") -> list[tuple[str, str]]:
    """The languages to choose from, in the reader's language; one that is not among them is kept."""
    choices = [("", _("Not asked")), *_languages(get_language() or "en")]
    return choices if given in dict(choices) else [*choices, (given, given)]


# ---------------------------------------------------------------- FHIR lists


def initial_of(
    patient: Patient, telecom: Sequence[Mapping[str, Any]], addresses: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """What the form shows of a known patient."""
    phones = [point for point in telecom if point.get("system") in ("phone", "sms")]
    mails = [point for point in telecom if point.get("system") == "email"]
    address: Mapping[str, Any] = addresses[0] if addresses else {}
    other, former = _other_name(patient.names), _former_name(patient.names)
    plain = ("family", "given", "title", "gender", "preferred_name", "language", "marital_status")
    return {name: getattr(patient, name) for name in plain} | {
        "birth_date": str(patient.birth_date or ""),
        "other_name": other.get("text", "") if other else "",
        "former_name": former.get("family", "") if former else "",
        "phone": phones[0].get("value", "") if phones else "",
        "other_phone": phones[1].get("value", "") if len(phones) > 1 else "",
        "email": mails[0].get("value", "") if mails else "",
        "line": ", ".join(address.get("line", ())),
        "city": address.get("city", ""),
        "state": address.get("state", ""),
        "postal_code": address.get("postalCode", ""),
        "country": address.get("country", ""),
    }


def other_names(patient: Patient) -> list[str]:
    """The names beside the one to show, as texts, with what they are."""
    shown = f"{patient.given} {patient.family}".strip()
    found = []
    for one in patient.names:
        text = one.get("text") or " ".join([*one.get("given", ()), one.get("family", "")]).strip()
        if text and text != shown:
            found.append(f"{text} ({_('former')})" if one.get("use") in ("maiden", "old") else text)
    return list(dict.fromkeys(found))


def _other_name(names: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    return next((one for one in names if one.get("text") and not one.get("family") and not one.get("given")), None)


def _former_name(names: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    return next((one for one in names if one.get("use") in ("maiden", "old") and one.get("family")), None)


def _names(said: Mapping[str, Any], before: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    other, former = _other_name(before), _former_name(before)
    kept = [dict(one) for one in before if one is not other and one is not former]
    for one in kept:
        if one.get("use") == "official" and one.get("family"):
            one.update(family=said["family"], given=said["given"].split())
            one.pop("text", None)
    if said["other_name"]:
        kept.append({**(other or {"use": "usual"}), "text": said["other_name"]})
    if said["former_name"]:
        kept.append({**(former or {"use": "maiden"}), "family": said["former_name"]})
    return kept


def _telecom(said: Mapping[str, Any], before: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Phones and e-mail as typed, in the places of those that the form showed; all else stays."""
    phones = [one for one in before if one.get("system") in ("phone", "sms")]
    mails = [one for one in before if one.get("system") == "email"]
    shown = [*phones[:2], *mails[:1]]
    found = []
    for value, known, fresh in (
        (said["phone"], phones[:1], {"system": "phone", "use": "mobile"}),
        (said["other_phone"], phones[1:2], {"system": "phone", "use": "home"}),
        (said["email"], mails[:1], {"system": "email"}),
    ):
        if value:
            found.append({**(known[0] if known else fresh), "value": value})
    return found + [dict(one) for one in before if all(one is not other for other in shown)]


def _addresses(said: Mapping[str, Any], before: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    first: dict[str, Any] = dict(before[0]) if before else {"use": "home"}
    if said["line"] != ", ".join(first.get("line", ())):
        first["line"] = [said["line"]] if said["line"] else []
    for name, field in (("city", "city"), ("state", "state"), ("postalCode", "postal_code"), ("country", "country")):
        first[name] = said[field]
    filled = {name: value for name, value in first.items() if value}
    rest = [dict(one) for one in before[1:]]
    return [filled, *rest] if filled.keys() - {"use"} else rest


def typed_start(text: str, what: Asked) -> dict[str, str]:
    """What a search that found nobody tells of somebody new: the name as typed, the phone, the birth date."""
    start: dict[str, str] = {"phone": what.phone, "email": what.mail}
    if what.born and (what.born[1] - what.born[0]).days == 1:
        start["birth_date"] = what.born[0].isoformat()
    elif what.words:
        *given, family = text.replace(",", " ").split()
        start |= {"family": family, "given": " ".join(given)}
    return {name: value for name, value in start.items() if value}
