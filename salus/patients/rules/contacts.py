"""Phones, e-mail addresses and numbers in the one form by which they are compared."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

import phonenumbers

_DIGITS = re.compile(r"\d")
#: national significant numbers of people are longer than this nearly everywhere (ITU-T E.164 allows 15 in all)
TAIL = 7
_FEWEST = 6
#: written with its country code and nothing to guess: the library would say the same, and takes 70 microseconds
_E164 = re.compile(r"\+[1-9][0-9]{1,3}( ?[1-9])( ?[0-9]){5,11}")
#: digits of any script, spaces and the usual marks
_PHONE_MARKS = re.compile(r"[\s().+/-]+")


def phone(text: str, region: str = "") -> str:
    """A phone number as E.164 (`+447700900123`); where it cannot be told, its digits; empty for no number.

    :param region: ISO 3166 alpha-2 code of the country whose national numbers are meant
    """
    if _E164.fullmatch(text):
        return "+" + digits_of(text)
    try:
        number = phonenumbers.parse(text, region or None)
    except phonenumbers.NumberParseException:
        digits = digits_of(text).lstrip("0")
        return digits if len(digits) >= _FEWEST else ""
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def phone_tail(text: str) -> str:
    """The last seven digits: equal however the country and the trunk prefix were written; empty for a short number."""
    digits = digits_of(text)
    return digits[-TAIL:] if len(digits) >= TAIL else ""


def mail(text: str) -> str:
    """An e-mail address in small letters."""
    return text.strip().lower()


def identifier(text: str) -> str:
    """A number of a card or passport without spaces and marks, in capitals: how it is compared, not how it is shown."""
    return re.sub(r"[\W_]+", "", text).upper()


def digits_of(text: str) -> str:
    """The decimal digits of any script as 0 to 9."""
    digits = "".join(_DIGITS.findall(text))
    return digits if digits.isascii() else "".join(str(int(one)) for one in digits)


def looks_like_phone(text: str) -> bool:
    """Whether a text is nothing but digits and marks, and long enough for a phone number."""
    bare = _PHONE_MARKS.sub("", text)
    return bare.isdigit() and len(bare) >= _FEWEST


def contact_texts(telecom: Iterable[Mapping[str, Any]], region: str = "") -> list[tuple[str, str]]:
    """`(kind, normalised value)` of FHIR ContactPoints, as their blind indexes are made: `phone`, `phone-tail`, `email`."""
    found: dict[tuple[str, str], None] = {}
    for point in telecom:
        value = str(point.get("value") or "")
        if point.get("system") == "email" or "@" in value:
            found["email", mail(value)] = None
        elif point.get("system") in ("phone", "sms", "fax", "pager", None):
            found.update(dict.fromkeys(phone_texts(value, region)))
    return [one for one in found if one[1]]


def phone_texts(text: str, region: str = "") -> list[tuple[str, str]]:
    """`(kind, normalised value)` of one phone number."""
    return [one for one in (("phone", phone(text, region)), ("phone-tail", phone_tail(text))) if one[1]]


def mail_of(telecom: Iterable[Mapping[str, Any]]) -> str:
    """The first e-mail address of FHIR ContactPoints by which somebody is reached now; empty without one."""
    found = (str(one.get("value") or "") for one in telecom if one.get("use") != "old")
    return next((one.strip() for one in found if "@" in one), "")


def mobile_of(telecom: Iterable[Mapping[str, Any]], region: str = "") -> str:
    """The number in E.164 to which a text message can go: one that is said to be mobile, or may be; empty without one."""
    points = [one for one in telecom if one.get("use") != "old" and one.get("system") in ("phone", "sms", None)]
    for point in sorted(points, key=lambda one: one.get("use") != "mobile"):
        number = phone(str(point.get("value") or ""), region)
        if number.startswith("+") and (point.get("use") == "mobile" or _may_be_mobile(number)):
            return number
    return ""


def _may_be_mobile(number: str) -> bool:
    kinds = phonenumbers.PhoneNumberType
    kind = phonenumbers.number_type(phonenumbers.parse(number))
    return kind in (kinds.MOBILE, kinds.FIXED_LINE_OR_MOBILE)
