"""Every right that exists, each with a sentence in words. Rooms declare theirs in `apps.ready()`; roles choose from them."""

from collections.abc import Collection, Mapping

_DECLARED: dict[str, str] = {}
_FAR: set[str] = set()


def declare(rights: Mapping[str, str], *, far: Collection[str] = ()) -> None:
    """Declare rights: `{"lab.verify_result": "Make laboratory results final"}`.

    :param far: those by which rights change, a record is opened against its protection, or data leaves in bulk: whoever
        uses one proves first who is at the screen (`Act.require_fresh`; a test of the architecture holds it)
    :raises ValueError: if a right is declared twice with other words, or one is said to reach far that is not declared
    """
    for code, sentence in rights.items():
        if _DECLARED.setdefault(code, sentence) != sentence:
            raise ValueError(f"right {code} is declared twice")
    if unknown := set(far) - rights.keys():
        raise ValueError(f"{min(unknown)} is no right of this room")
    _FAR.update(far)


def all_rights() -> Mapping[str, str]:
    """Right -> sentence, of every room that is installed."""
    return _DECLARED


def far_rights() -> Collection[str]:
    """The rights that ask for a recent proof of who is at the screen."""
    return _FAR
