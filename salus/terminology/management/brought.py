"""What the commands have in common that load what a hospital brings: a path, a dry run, and how much came of it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from salus.core.act import Act, system_act
from salus.core.upsert import Changed
from salus.terminology.releases import NotARelease


class LoadBrought(BaseCommand):
    """One code system of others; `load` brings it in, `name` is what it is called, `release` says which one there is then."""

    name: str
    load: Callable[[Act, Path], Changed]
    release: Callable[[], str] = staticmethod(str)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("path", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="Say what would change, and change nothing.")

    def handle(self, *_: Any, **options: Any) -> None:
        door = f"command:{type(self).__module__.rpartition('.')[2]}"
        act = system_act(rights={"terminology.load_conditions"}, door=door)
        try:
            with transaction.atomic():
                done = type(self).load(act, options["path"])
                release = type(self).release()
                transaction.set_rollback(options["dry_run"])
        except (NotARelease, OSError) as error:
            raise CommandError(str(error)) from None
        counts = f"{done.rows:,} codes, {done.added:,} added, {done.changed:,} changed, {done.retired:,} retired"
        named = f"{self.name}, {release}" if release else self.name
        self.stderr.write(f"{named}: {counts}{' (a dry run: nothing is changed)' if options['dry_run'] else ''}")
