"""The signed-in shell's content: what the rail, the bottom bar and the top bar show to this person."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch

from salus.ui import formatting, sockets
from salus.ui.addresses import url
from salus.ui.sockets import Command, NavItem, Person, ScreenLock

BOTTOM_BAR = 4


@dataclass(frozen=True)
class NavLine:
    """A navigation item as drawn."""

    label: str
    short: str
    icon: str
    href: str
    current: bool
    count: str


@dataclass(frozen=True)
class NavGroup:
    """A titled run of lines; the first has no title."""

    title: str
    lines: tuple[NavLine, ...]


@dataclass(frozen=True)
class Shell:
    """All that ``ui/base.html`` draws around a page."""

    groups: tuple[NavGroup, ...]
    bottom: tuple[NavLine, ...]
    person: Person
    person_links: tuple[NavLine, ...]
    place: str
    place_url: str
    sign_out_url: str
    bell_url: str
    bell_part_url: str
    notice: str
    lock: ScreenLock | None


def shell(request: HttpRequest) -> Shell:
    """Everything around the page for who is signed in; without an act (an error page) it is nearly empty."""
    actor: Any = getattr(request, "act", None)
    groups = _groups(actor, request.path) if actor else ()
    plug = sockets.shell
    lines = [line for group in groups for line in group.lines]
    return Shell(
        groups=groups,
        bottom=tuple(lines[:BOTTOM_BAR]),
        person=_person(request),
        person_links=tuple(_link(command) for command in plug.person_links if _open_to(actor, command)),
        place=plug.place(request) if plug.place and actor else "",
        place_url=address(plug.place_route),
        sign_out_url=address(plug.sign_out_route),
        bell_url=address(plug.bell_route) if actor and sockets.allowed(actor, plug.bell_right) else "",
        bell_part_url=address(plug.bell_part),
        notice=plug.notice(request) if plug.notice else "",
        lock=plug.lock(request) if plug.lock and actor else None,
    )


def address(route: str) -> str:
    """The route's address, or empty where the room that owns it is not installed."""
    if not route:
        return ""
    try:
        return url(route)
    except NoReverseMatch:
        return ""


def _open_to(actor: Any, command: Command) -> bool:
    return actor is not None and sockets.allowed(actor, command.right) and bool(address(command.route))


def _groups(actor: Any, path: str) -> tuple[NavGroup, ...]:
    items = [item for item in sockets.nav_items if sockets.allowed(actor, item.right) and address(item.route)]
    current = _current([address(item.route) for item in items], path)
    titles: dict[str, list[NavLine]] = {}
    for item in sorted(items, key=lambda one: (one.group != "", one.order)):
        titles.setdefault(str(item.group), []).append(_line(item, actor, current))
    return tuple(NavGroup(title, tuple(lines)) for title, lines in titles.items())


def _current(addresses: list[str], path: str) -> str:
    """The longest address that the path begins with; home only when it is the page itself."""
    fitting = [one for one in addresses if path == one or (one != "/" and path.startswith(one))]
    return max(fitting, key=len, default="")


def _line(item: NavItem, actor: Any, current: str) -> NavLine:
    href = address(item.route)
    count = item.count(actor) if item.count else None
    return NavLine(
        label=str(item.label),
        short=str(item.short or item.label),
        icon=item.icon,
        href=href,
        current=href == current,
        count="" if count in (None, 0) else str(count),
    )


def _link(command: Command) -> NavLine:
    label = str(command.label)
    return NavLine(label=label, short=label, icon=command.icon, href=address(command.route), current=False, count="")


def _person(request: HttpRequest) -> Person:
    found = sockets.shell.person(request) if sockets.shell.person else None
    if found is None:
        user = getattr(request, "user", None)
        name = (user.get_full_name() or user.get_username()) if user is not None and user.is_authenticated else ""
        found = Person(name=name)
    if found.initials:
        return found
    words = found.name.split()
    letters = formatting.initials(words[0], words[-1]) if len(words) > 1 else found.name[:2].upper()
    return Person(name=found.name, role=found.role, initials=letters, photo_url=found.photo_url)
