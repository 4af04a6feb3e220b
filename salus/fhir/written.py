"""JSON as it was written: numbers keep their digits (1.00 stays 1.00, 1e2 stays 1e2), and no key may appear twice."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec

JSON = dict[str, Any]


class NotJson(ValueError):
    """This cannot be read as JSON."""


class Written(Decimal):
    """A number whose text Python would write in another way (`1e2`, `0.0000001`): the text is kept beside the value."""

    text: str

    def __new__(cls, text: str) -> Written:
        number = super().__new__(cls, text)
        number.text = text
        return number

    def __deepcopy__(self, memo: Any) -> Written:
        return self


def number(text: str) -> Decimal:
    """A decimal that is written again just like this."""
    plain = Decimal(text)
    return plain if str(plain) == text else Written(text)


def plain(value: Decimal) -> Decimal:
    """A decimal from the database, to be written with all its digits and without an exponent."""
    return number(format(value, "f"))


def _text_of(value: Any) -> msgspec.Raw:
    if isinstance(value, Written):
        return msgspec.Raw(value.text.encode())
    raise TypeError(f"{type(value).__name__} is no JSON")


_decoder = msgspec.json.Decoder(float_hook=number)
_encoder = msgspec.json.Encoder(decimal_format="number", enc_hook=_text_of)
_sorting = msgspec.json.Encoder(decimal_format="number", enc_hook=_text_of, order="deterministic")


def decode(content: bytes | str, *, unique_keys: bool = False) -> Any:
    """Read JSON; decimals become `Decimal`.

    :param unique_keys: refuse an object in which a key appears twice, which would lose one of the values
    :raises NotJson: where it is none, or nested too deeply
    """
    try:
        value = _decoder.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise NotJson(str(error)) from None
    except RecursionError:
        raise NotJson("nested too deeply") from None
    # A value that was overwritten by a later one of the same key is missing when it is written again, and with it its quotes.
    if unique_keys and isinstance(content, bytes) and encode(value).count(b'"') < content.count(b'"'):
        raise NotJson("an object has the same key twice")
    return value


def encode(value: Any) -> bytes:
    """Compact JSON, UTF-8."""
    return _encoder.encode(value)


def encode_text(value: Any) -> str:
    """Compact JSON as text, for a column."""
    return _encoder.encode(value).decode()


def encode_sorted(value: Any) -> bytes:
    """JSON that is equal for equal content, whatever the order of keys: to compare and to digest."""
    return _sorting.encode(value)


def same(one: Any, other: Any) -> bool:
    """Whether two values are written alike, to the last digit."""
    return _sorting.encode(one) == _sorting.encode(other)


def indented(content: bytes) -> bytes:
    """The same JSON for a person to read."""
    return msgspec.json.format(content, indent=2)


def raw_numbers(value: Any) -> Any:
    """The value with its decimals as raw JSON, for an encoder that would write them as texts."""
    if isinstance(value, dict):
        return {key: raw_numbers(item) for key, item in value.items()}
    if isinstance(value, list):
        return [raw_numbers(item) for item in value]
    return msgspec.Raw(_encoder.encode(value)) if isinstance(value, Decimal) else value
