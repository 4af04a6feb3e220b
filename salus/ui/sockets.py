"""What upper rooms plug into the shell at ``ready()``: navigation, home worklists, commands, finders, who and where.

Every registry is a plain list in the order of plugging; readers sort by ``order``. A callable gets the act of the
request and answers with loaded values: a template never runs a query.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from django.http import HttpRequest
from django.utils.functional import Promise

#: words for people, translated when they are shown
Words = str | Promise


class Actor(Protocol):
    """The part of core's Act that the shell needs."""

    def may(self, right: str) -> bool:
        """Whether the doer has the right, here and now."""
        ...


@dataclass(frozen=True)
class NavItem:
    """One line of the rail; the first four by ``order`` that a person may open also stand in a phone's bottom bar."""

    label: Words
    icon: str
    route: str
    right: str | None = None
    group: Words = ""
    order: int = 100
    count: Callable[[Any], int | str | None] | None = None
    short: Words = ""


@dataclass(frozen=True)
class HomeWorklist:
    """One worklist of the home page: ``render(request)`` draws a whole panel from a template; shown to who has the right."""

    right: str | None
    title: Words
    order: int
    render: Callable[[HttpRequest], str]


@dataclass(frozen=True)
class Command:
    """Something the find-or-do box can do: it leads to a route without arguments."""

    label: Words
    icon: str
    route: str
    right: str | None = None
    keywords: Words = ""
    shortcut: str = ""


@dataclass(frozen=True)
class Found:
    """One hit of a finder: a patient carries two identifiers in ``sub``."""

    label: str
    url: str
    sub: str = ""
    icon: str = "user"
    group: Words = ""
    badge: str = ""
    tone: str = "neutral"


Finder = Callable[[Any, str], Sequence[Found]]


@dataclass(frozen=True)
class Person:
    """Who is signed in, as the top bar shows it."""

    name: str
    role: str = ""
    initials: str = ""
    photo_url: str = ""


@dataclass(frozen=True)
class ScreenLock:
    """How a page covers itself: where it says so, where it says that somebody is there, after how many quiet seconds."""

    lock_url: str
    here_url: str
    way_in: str
    seconds: int
    #: a static file that the cover needs
    script: str = ""


@dataclass
class ShellSocket:
    """The few single plugs of the shell; ``accounts`` and ``places`` fill them."""

    person: Callable[[HttpRequest], Person] | None = None
    place: Callable[[HttpRequest], str] | None = None
    place_route: str = ""
    sign_out_route: str = ""
    person_links: list[Command] = field(default_factory=list)
    bell_route: str = ""
    #: the bell with its count, as a fragment that each page asks for after it is drawn
    bell_part: str = ""
    bell_right: str | None = None
    notice: Callable[[HttpRequest], str] | None = None
    lock: Callable[[HttpRequest], ScreenLock | None] | None = None


nav_items: list[NavItem] = []
home_worklists: list[HomeWorklist] = []
commands: list[Command] = []
finders: list[Finder] = []
shell = ShellSocket()


def allowed(actor: Actor, right: str | None) -> bool:
    """Whether the actor may see a thing that asks for ``right``; what asks for none is for everyone signed in."""
    return right is None or actor.may(right)
