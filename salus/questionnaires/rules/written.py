"""JSON with its decimals as they were written: 1.0 stays 1.0, and nothing becomes a float."""

from decimal import Decimal
from typing import Any

import msgspec

JSON = dict[str, Any]

_decoder = msgspec.json.Decoder(float_hook=Decimal)
_encoder = msgspec.json.Encoder(decimal_format="number")


class NotJson(ValueError):
    """This cannot be read as JSON."""


def decode(text: str | bytes) -> Any:
    """Read JSON.

    :raises NotJson: where it is none, or nested too deeply
    """
    try:
        return _decoder.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise NotJson(str(error)) from None


def encode(value: Any) -> str:
    """Compact JSON, for a column."""
    return _encoder.encode(value).decode()


def indented(value: Any) -> bytes:
    """JSON for a person to read."""
    return msgspec.json.format(_encoder.encode(value), indent=2)
