"""How somebody is reached, in the one form by which it is compared, and found by its blind index."""

import re
from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext as _

from salus.core import crypto
from salus.core.errors import Invalid
from salus.patients.rules import contacts

_MAIL = re.compile(r"[^@\s<>\"',;]+@[^@\s<>\"',;]+\.[^@\s<>\"',;]{2,}")
_LONGEST = 120


@dataclass(frozen=True, slots=True)
class Contact:
    """A phone number as E.164, or an e-mail address in small letters."""

    kind: str
    value: str

    @property
    def key(self) -> bytes:
        """The blind index that is written."""
        return crypto.blind_index(f"portal-{self.kind}", self.value)

    @property
    def indexes(self) -> list[bytes]:
        """Every blind index by which it may stand there."""
        return crypto.blind_indexes(f"portal-{self.kind}", self.value)

    @property
    def email(self) -> str:
        return self.value if self.kind == "email" else ""

    @property
    def phone(self) -> str:
        return self.value if self.kind == "phone" else ""


def kept_index(value: str) -> bytes:
    """The blind index of a contact as it is kept."""
    return Contact("email" if "@" in value else "phone", value).key


def contact_of(typed: str, *, field: str = "contact") -> Contact:
    """The contact that somebody typed.

    :raises Invalid: if it is neither a phone number nor an e-mail address
    """
    text = typed.strip()[: _LONGEST + 1]
    if "@" in text:
        if len(text) <= _LONGEST and _MAIL.fullmatch(text):
            return Contact("email", contacts.mail(text))
    elif contacts.looks_like_phone(text):
        number = contacts.phone(text, settings.SALUS_REGION)
        if number.startswith("+"):  # digits alone may be anybody's, in any country
            return Contact("phone", number)
    raise Invalid(**{field: _("Write a phone number with its country code (+44 …), or an e-mail address.")})
