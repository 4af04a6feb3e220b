"""`salus load-reference`: code systems, formulary and catalogues, brought up to date."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from salus.core.reference_data import ReferenceDataError
from salus.core.reference_loaders import Loaded, load_all, loader_names


class Command(BaseCommand):
    help = "Load code systems, formulary, test catalogue and services; what is there already is brought up to date."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--only", action="append", default=[], metavar="NAME", help=f"One of {_names()}.")
        parser.add_argument("--again", action="store_true", help="Also what the database has already.")

    def handle(self, *_: Any, **options: Any) -> None:
        unknown = sorted(set(options["only"]) - set(loader_names()))
        if unknown:
            raise CommandError(f"there is nothing called {', '.join(unknown)}; there is {_names()}")
        try:
            for loaded in load_all(only=options["only"], again=options["again"]):
                if loaded.changed is not None:
                    self.stderr.write(_sentence(loaded))
        except ReferenceDataError as error:
            raise CommandError(str(error)) from None


def _names() -> str:
    return ", ".join(loader_names())


def _sentence(loaded: Loaded) -> str:
    done = loaded.changed
    assert done is not None
    parts = [f"{done.added:,} added", f"{done.changed:,} changed", f"{done.retired:,} retired"]
    return f"{loaded.name}: {done.rows:,} rows, {', '.join(parts)} ({loaded.seconds:.1f} s)"
