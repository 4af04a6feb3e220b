"""`salus what-follows FACT`: print the consequences of a fact from the table."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from salus.core.consequences import Handler, what_follows
from salus.core.facts import known_facts


class Command(BaseCommand):
    help = "Print what follows a fact: at once in its transaction, and later as jobs."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("fact", nargs="?", help="such as lab.ResultVerified; without it, all facts are listed")

    def handle(self, *args: Any, fact: str | None = None, **options: Any) -> None:
        known = known_facts()
        if fact is None:
            for name in sorted(known):
                self.stdout.write(name)
            return
        wanted = [name for name in known if name == fact or name.split(".", 1)[1] == fact]
        if not wanted:
            raise CommandError(f"no fact {fact}; without an argument this lists them all")
        for name in wanted:
            self._tell(name)

    def _tell(self, name: str) -> None:
        then = what_follows(known_facts()[name])
        self.stdout.write(name)
        if not then.now and not then.later:
            self.stdout.write("  nothing follows")
        for handler in then.now:
            self.stdout.write(f"  now    {_line(handler)}")
        for handler in then.later:
            self.stdout.write(f"  later  {_line(handler)}")


def _line(handler: Handler) -> str:
    rights = ", ".join(sorted(handler.rights))
    return f"{handler.__module__.rsplit('.', 1)[-1]}.{handler.__name__}  (as {rights})"
