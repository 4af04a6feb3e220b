"""What accounts plugs into the frame of every page: who is signed in, and the way out."""

from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from salus.accounts.directories import directory
from salus.ui.sockets import Command, Person, ScreenLock, shell
from salus.ui.sockets import commands as find_or_do


def plug_in() -> None:
    """Called once, when the room is ready."""
    shell.person = _person
    shell.sign_out_route = "accounts:sign_out"
    shell.lock = _lock
    shell.notice = _notice
    security = Command(label=_("Security and sessions"), icon="shield-check", route="accounts:security")
    shell.person_links.append(security)
    find_or_do.append(security)
    mine = Command(label=_("Programs that I allowed"), icon="plug", route="accounts:my_programs")
    shell.person_links.append(mine)
    programs = Command(label=_("Programs"), icon="plug", route="accounts:programs", right="accounts.manage_programs")
    find_or_do.extend([mine, programs])
    if _has_directory():
        label = _("Link people of the directory")
        find_or_do.append(
            Command(label=label, icon="link", route="accounts:directory_links", right="accounts.manage_users")
        )
    password = Command(label=_("Change password"), icon="key-round", route="accounts:password")
    shell.person_links.append(password)
    find_or_do.append(password)


def _has_directory() -> bool:
    """:raises SystemExit: in one line, where the environment names it wrongly: nothing starts without what was asked for"""
    try:
        return directory() is not None
    except ValueError as error:
        raise SystemExit(f"salus: {error}") from error


def _lock(request: Any) -> ScreenLock | None:
    row = request.session.row
    if row is None:
        return None
    seconds = int(row.idle.total_seconds())
    return ScreenLock(
        reverse("accounts:lock"), reverse("accounts:here"), reverse("accounts:sign_in"), seconds, "accounts/passkeys.js"
    )


def _notice(request: Any) -> str:
    """Decision 15: whoever sees the demonstration knows that it asks for less than a hospital would."""
    if settings.SALUS_DEMONSTRATION:
        return str(_("Demonstration: nobody here is real, and no second factor is asked for at sign-in."))
    return ""


def _person(request: Any) -> Person:
    person = getattr(request, "person", None)
    if person is None:
        return Person(name="")
    return Person(name=person.display_name, role=" · ".join(person.role_names))
