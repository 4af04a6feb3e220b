"""Facts: what has happened, in the past tense, as ids and codes (never names). Each room lists its own in `facts.py`."""

from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import UUID

import msgspec

_KNOWN: dict[str, "type[Fact]"] = {}


@dataclass(frozen=True, kw_only=True)
class Fact:
    """Base of all facts. Subclass it as a frozen dataclass; its name is `<room>.<Class>`."""

    patient_id: UUID | None = None
    name: ClassVar[str] = "core.Fact"

    def __init_subclass__(cls, **kw: Any) -> None:
        super().__init_subclass__(**kw)
        room = cls.__module__.split(".")[-2]
        cls.name = f"{room}.{cls.__name__}"
        _KNOWN[cls.name] = cls

    def as_json(self) -> str:
        """The fact's ids and codes as JSON text."""
        return msgspec.json.encode(self).decode()


def known_facts() -> dict[str, type[Fact]]:
    """Name -> class, of every fact that any room may announce."""
    return dict(_KNOWN)


def fact_from(name: str, data: dict[str, Any]) -> Fact:
    """Read a fact back from its stored row.

    :raises KeyError: if no room knows that name any more
    """
    return msgspec.convert(data, type=_KNOWN[name], strict=False)
