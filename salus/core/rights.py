"""Every right that exists, each with a sentence in words. Rooms declare theirs in `apps.ready()`; roles choose from them."""

from collections.abc import Mapping

_DECLARED: dict[str, str] = {}


def declare(rights: Mapping[str, str]) -> None:
    """Declare rights: `{"lab.verify_result": "Make laboratory results final"}`.

    :raises ValueError: if a right is declared twice with other words
    """
    for code, sentence in rights.items():
        if _DECLARED.setdefault(code, sentence) != sentence:
            raise ValueError(f"right {code} is declared twice")


def all_rights() -> Mapping[str, str]:
    """Right -> sentence, of every room that is installed."""
    return _DECLARED
