"""Find or do: commands of this person and the hits of every room's finder, in groups."""

from typing import Any

from django.utils.translation import gettext as _

from salus.ui import sockets
from salus.ui.shell import address
from salus.ui.sockets import Command, Found

MOST_COMMANDS = 6
MOST_FOUND = 12


def found(act: Any, text: str) -> list[tuple[str, list[Found]]]:
    """What the box offers for a text: hits first, then commands; commands alone while it is empty."""
    groups: dict[str, list[Found]] = {}
    if text:
        for finder in sockets.finders:
            for hit in finder(act, text):
                groups.setdefault(str(hit.group) or _("Patients"), []).append(hit)
    commands = [_as_found(one) for one in commands_for(act, text)]
    shown = [(title, hits[:MOST_FOUND]) for title, hits in groups.items()]
    return [*shown, (_("Commands"), commands)] if commands else shown


def commands_for(act: Any, text: str) -> list[Command]:
    """The commands that this person may give and whose words begin with what was typed, best first."""
    wanted = text.casefold().split()
    ranked = []
    for command in (*sockets.commands, *_pages()):
        if not sockets.allowed(act, command.right) or not address(command.route):
            continue
        words = f"{command.label} {command.keywords}".casefold().split()
        if all(any(word.startswith(one) for word in words) for one in wanted):
            ranked.append(
                (0 if str(command.label).casefold().startswith(text.casefold()) else 1, str(command.label), command)
            )
    return [command for _rank, _label, command in sorted(ranked, key=lambda one: one[:2])][:MOST_COMMANDS]


def _pages() -> list[Command]:
    """Every page of the rail is a command too, unless a room gave it one."""
    given = {command.route for command in sockets.commands}
    return [
        Command(label=item.label, icon=item.icon, route=item.route, right=item.right)
        for item in sockets.nav_items
        if item.route not in given
    ]


def _as_found(command: Command) -> Found:
    return Found(label=str(command.label), url=address(command.route), icon=command.icon, badge=command.shortcut)
