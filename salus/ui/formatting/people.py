"""Who somebody is in words: name, sex, record number."""

from django.utils.translation import pgettext_lazy

from salus.ui.formatting.quantities import grouped
from salus.ui.formatting.spaces import NBSP

# ISO 5218 words and FHIR's AdministrativeGender codes
SEXES = {
    "female": pgettext_lazy("sex", "Female"),
    "male": pgettext_lazy("sex", "Male"),
    "other": pgettext_lazy("sex", "Other"),
    "unknown": pgettext_lazy("sex", "Unknown"),
}


def sex(code: str | None) -> str:
    """The word for FHIR's code: ``Female``."""
    return str(SEXES.get(code or "unknown", code or ""))


def sex_letter(code: str | None) -> str:
    """``F``, ``M``, ``X`` or ``U`` for dense lists."""
    letters = {
        "female": pgettext_lazy("sex letter", "F"),
        "male": pgettext_lazy("sex letter", "M"),
        "other": pgettext_lazy("sex letter", "X"),
    }
    return str(letters.get(code or "", pgettext_lazy("sex letter", "U")))


def mrn(number: object) -> str:
    """A record number in groups of three so that it can be read aloud: ``241 906``; one with letters stays as it is."""
    text = str(number or "")
    return grouped(text, NBSP) if text.isdigit() else text


def initials(given: str, family: str) -> str:
    """``NR`` for a person without a photo."""
    return "".join(word[0] for word in (given.strip(), family.strip()) if word).upper()


def full_name(family: str, given: str = "", title: str = "") -> str:
    """The order of NHS's patient name standard: ``RASHID, Nadia (Mrs)``."""
    name = f"{family.upper()}, {given}" if given else family.upper()
    return f"{name} ({title})" if title else name
