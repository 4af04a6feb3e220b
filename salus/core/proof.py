"""Signing again: what a door asks of a room above when an act needs a recent proof of who is at the screen.

`accounts` plugs in. `prove` looks at what came with the request and raises `SignAgain` where it proves nothing; `ask`
answers with a page that asks for the proof, and carries the form that was sent so that it is sent again unchanged.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse

from salus.core.errors import SignAgain

#: fields of a form that carry a proof: never part of what the form asks for, never stored
PREFIX = "_again"


def _nobody_proves(request: Any) -> None:
    raise SignAgain


def _nobody_asks(request: Any, wanted: SignAgain) -> HttpResponse:
    raise wanted


@dataclass
class Proving:
    """The two plugs."""

    prove: Callable[[Any], None] = _nobody_proves
    ask: Callable[[Any, SignAgain], HttpResponse] = _nobody_asks


proving = Proving()


def is_given(request: Any) -> bool:
    """Whether a proof came along with the form."""
    return request.method == "POST" and any(name.startswith(PREFIX) for name in request.POST)
