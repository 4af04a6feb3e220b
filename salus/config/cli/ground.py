"""What every command stands on: a word to the person, a place to stand, Django, and management commands as calls."""

import contextlib
import os
import sys
from collections.abc import Iterator

import click
import django
import psycopg
from django.core.management import CommandError, call_command, get_commands
from django.db.utils import InterfaceError, OperationalError

from salus.config import home, postgres
from salus.config.preflight import disk_trouble
from salus.config.roles import first_line
from salus.config.trouble import Trouble

#: a command started by `salus run`, or by us, in a process of its own
SALUS = (sys.executable, "-m", "salus.config.cli")
#: the demonstration's people at the patients' own door -> what they sign in with there
OWN_DOOR = {"demo-patient": "patient@example.org", "demo-parent": "parent@example.org"}
#: the demonstration's people, one for each role and a doctor who learns, who are shown with their password
SIGN_INS = (
    *("reception", "nurse", "doctor", "resident", "labtech", "pathologist", "pharmacist", "cashier", "admin"),
    "privacy",
)


def say(text: str) -> None:
    """Tell the person what is being done; stderr, so that what a command prints can be piped."""
    click.echo(f"salus: {text}", err=True)


def require_disk() -> None:
    """Refuse to begin on a disk so full that PostgreSQL would stop in the middle.

    :raises Trouble: if less than `SALUS_DISK_FLOOR_MB` is free where the state lives
    """
    for folder in [str(home.home()), *([home.place().data] if home.is_embedded() else [])]:
        trouble = disk_trouble(folder)
        if trouble:
            raise Trouble(trouble)


@contextlib.contextmanager
def standing(role: home.Role) -> Iterator[None]:
    """The database is up and Django set up to connect as a role, for as long as the block lasts."""
    require_disk()
    with postgres.running(say=say):
        set_up_django(role)
        try:
            yield
        except (OperationalError, InterfaceError, psycopg.OperationalError) as error:
            raise Trouble(f"the database: {first_line(error)}") from None


def set_up_django(role: home.Role) -> None:
    """Load the settings and the rooms, connecting as a role."""
    os.environ["SALUS_DB_ROLE"] = role
    os.environ.setdefault("SALUS_DB_POOLED", "0")  # the web server's threads share a pool; one command needs none
    if home.demonstration() == "made":
        os.environ.setdefault("SALUS_DEMONSTRATION", "1")
    django.setup()


def manage(command: str, *arguments: object, **options: object) -> None:
    """Call a management command; options that were not given are left to it.

    :raises Trouble: if it refuses, or is not there
    """
    if command not in get_commands():
        raise Trouble(f"this Salus has no command {command} yet")
    given = {key: value for key, value in options.items() if value is not None}
    try:
        call_command(command, *map(str, arguments), **given)
    except CommandError as error:
        raise Trouble(str(error)) from None
