"""What accounts plugs into the frame of every page: who is signed in, and the way out."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from salus.ui.sockets import Command, Person, shell
from salus.ui.sockets import commands as find_or_do


def plug_in() -> None:
    """Called once, when the room is ready."""
    shell.person = _person
    shell.sign_out_route = "accounts:sign_out"
    password = Command(label=_("Change password"), icon="key-round", route="accounts:password")
    shell.person_links.append(password)
    find_or_do.append(password)


def _person(request: Any) -> Person:
    person = getattr(request, "person", None)
    if person is None:
        return Person(name="")
    return Person(name=person.display_name, role=" · ".join(person.role_names))
