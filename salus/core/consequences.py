"""The machinery behind `workflows/table.py`: when this fact happens, then those handlers run."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from types import CodeType
from typing import Any, Protocol, cast

from salus.core.act import Act
from salus.core.facts import Fact


class Handler(Protocol):
    """Translates a fact into one act of one room; declared by `@consequence(rights=...)`."""

    rights: frozenset[str]
    __name__: str
    __module__: str
    __code__: CodeType

    def __call__(self, act: Act, fact: Any) -> None: ...


def consequence(*rights: str) -> Callable[[Callable[[Act, Any], None]], Handler]:
    """Declare a handler and the rights that the system has while it runs it."""

    def mark(handler: Callable[[Act, Any], None]) -> Handler:
        handler.rights = frozenset(rights)  # type: ignore[attr-defined]
        return cast(Handler, handler)

    return mark


@dataclass(frozen=True, slots=True)
class Then:
    """What follows a fact: `now` in the same transaction (may refuse), `later` as jobs right after the commit."""

    now: tuple[Handler, ...] = ()
    later: tuple[Handler, ...] = ()


_TABLE: dict[type[Fact], Then] = {}


def install(table: dict[type[Fact], Then]) -> None:
    """Make this the table; called once, by `workflows` when it is ready."""
    _TABLE.clear()
    _TABLE.update(table)


def what_follows(fact: type[Fact]) -> Then:
    """The consequences of a kind of fact, in order."""
    return _TABLE.get(fact, Then())


def table() -> dict[type[Fact], Then]:
    """The whole table."""
    return dict(_TABLE)


def name_of(handler: Handler) -> str:
    """The name under which a job finds its handler: `charging.charge_for_result`."""
    return f"{handler.__module__.rsplit('.', 1)[-1]}.{handler.__name__}"


def handler_named(name: str) -> Handler:
    """Find a handler of the table.

    :raises LookupError: if the table no longer has it
    """
    for then in _TABLE.values():
        for handler in _both(then):
            if name_of(handler) == name:
                return handler
    raise LookupError(f"no handler {name} in the table of workflows")


def _both(then: Then) -> Iterable[Handler]:
    yield from then.now
    yield from then.later
