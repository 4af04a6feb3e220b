"""`salus load-snomed PATH`: SNOMED CT as the hospital brings it (the Global Patient Set, or a release in RF2)."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from salus.core.act import system_act
from salus.terminology.snomed import NotSnomed, load_snomed


class Command(BaseCommand):
    help = "Load SNOMED CT: the Global Patient Set's file, or a folder or zip of a release."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("path", type=Path)

    def handle(self, *_: Any, **options: Any) -> None:
        act = system_act(rights={"terminology.load_conditions"}, door="command:load_snomed")
        try:
            with transaction.atomic():
                done = load_snomed(act, options["path"])
        except (NotSnomed, OSError) as error:
            raise CommandError(str(error)) from None
        self.stderr.write(
            f"SNOMED CT: {done.rows:,} concepts, {done.added:,} added, {done.changed:,} changed, {done.retired:,} retired"
        )
