"""The formats of FHIR's primitive types. Source: hl7.org/fhir/R4/datatypes.html."""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any

from salus.core.dates import PartialDate
from salus.fhir.checking.narrative import is_narrative

_TIME = r"([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)(\.[0-9]+)?"

_match_date = re.compile(r"[0-9]{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?").fullmatch
_match_instant = re.compile(
    rf"[0-9]{{4}}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T{_TIME}(Z|[+-]((0[0-9]|1[0-3]):[0-5][0-9]|14:00))"
).fullmatch
_match_time = re.compile(_TIME).fullmatch
_match_code = re.compile(r"[^\s]+(\s[^\s]+)*").fullmatch
_match_id = re.compile(r"[A-Za-z0-9\-.]{1,64}").fullmatch
_match_oid = re.compile(r"urn:oid:[0-2](\.(0|[1-9][0-9]*))+").fullmatch
_match_uuid = re.compile(r"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}").fullmatch
_match_uri = re.compile(r"\S+").fullmatch
_match_base64 = re.compile(r"[0-9a-zA-Z+/=\s]+").fullmatch

#: beyond this many digits on one side of the point a number is a mistake (and PostgreSQL may refuse it)
_DIGITS = 400
#: integers are of 32 bits, signed
_INTEGERS = 2_147_483_648


def _is_string(value: Any) -> bool:
    return type(value) is str and bool(value) and not value.isspace()


def _is_boolean(value: Any) -> bool:
    return value is True or value is False


def _is_decimal(value: Any) -> bool:
    if type(value) is int:
        return bool(abs(value) < 10**_DIGITS)
    return isinstance(value, Decimal) and value.is_finite() and abs(value.adjusted()) < _DIGITS


def _is_integer(value: Any, lowest: int = -_INTEGERS) -> bool:
    return type(value) is int and value in range(lowest, _INTEGERS)


@lru_cache(maxsize=16384)
def _exists(text: str) -> bool:
    """Whether such a day exists: 2023-02-30 does not."""
    try:
        PartialDate.parse(text)
    except ValueError:
        return False
    return True


def _is_date(value: Any) -> bool:
    return type(value) is str and _match_date(value) is not None and _exists(value)


def _is_date_time(value: Any) -> bool:
    return type(value) is str and _exists(value)


def _is_instant(value: Any) -> bool:
    return type(value) is str and _match_instant(value) is not None and _exists(value)


def _by(match: Callable[[str], Any]) -> Callable[[Any], bool]:
    return lambda value: type(value) is str and match(value) is not None


#: kind -> whether a value is of it
CHECKS: Mapping[str, Callable[[Any], bool]] = {
    "base64Binary": _by(_match_base64),
    "boolean": _is_boolean,
    "canonical": _by(_match_uri),
    "code": _by(_match_code),
    "date": _is_date,
    "dateTime": _is_date_time,
    "decimal": _is_decimal,
    "id": _by(_match_id),
    "instant": _is_instant,
    "integer": _is_integer,
    "markdown": _is_string,
    "oid": _by(_match_oid),
    "positiveInt": lambda value: _is_integer(value, 1),
    "string": _is_string,
    "time": _by(_match_time),
    "unsignedInt": lambda value: _is_integer(value, 0),
    "uri": _by(_match_uri),
    "url": _by(_match_uri),
    "uuid": _by(_match_uuid),
    "xhtml": is_narrative,
}
