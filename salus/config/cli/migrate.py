"""`salus migrate`: the database made or brought up to date, and each role given what it may do."""

import contextlib
import sys
from collections.abc import Callable

import click
from django.core.management import call_command, get_commands

from salus.config import roles
from salus.config.cli.check import append_only_tables, nothing_is_there, waiting_migrations
from salus.config.cli.ground import manage, say, standing
from salus.config.fresh import drawn_alone


@click.command()
@click.option("--reference/--no-reference", default=True, help="Also load code systems and catalogues.")
def migrate(reference: bool) -> None:
    """Make the database or bring it up to date."""
    with standing("owner"):
        bring_up_to_date(reference=reference)


def bring_up_to_date(*, reference: bool = True) -> None:
    """Roles, extensions, migrations, privileges and reference data, each only as far as it is missing.

    :raises Trouble: if the database cannot be reached, or was made by a newer Salus
    """
    roles.prepare_database()
    with roles.connect("owner") as guard:
        guard.execute("SELECT pg_advisory_lock(hashtext('salus.migrate'))")  # two who start at once migrate once
        waiting = waiting_migrations()
        if waiting:
            say(f"bringing the database up to date ({waiting} migrations)")
        quickly = drawn_alone() if nothing_is_there() else contextlib.nullcontext()
        with quickly, click.progressbar(length=waiting, label="migrations", file=sys.stderr, hidden=not waiting) as bar:
            # also with nothing to apply: what it announces afterwards installs the triggers of each table
            call_command("migrate", interactive=False, verbosity=1, stdout=_Counting(bar.update))
        roles.grant(append_only_tables())
        manage("keys", "prepare")
        if reference and "load_reference" in get_commands():
            manage("load_reference")


class _Counting:
    """What Django's `migrate` prints, counted instead of shown."""

    def __init__(self, done: Callable[[int], None]) -> None:
        self.done = done

    def write(self, text: str) -> None:
        if " OK" in text:
            self.done(1)

    def flush(self) -> None: ...
