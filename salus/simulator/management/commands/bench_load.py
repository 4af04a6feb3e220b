"""`salus bench` calls this: load a hospital of any size into an empty database of the bench's own."""

from argparse import ArgumentParser
from datetime import UTC, datetime
from time import monotonic
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from salus.places.models import Facility
from salus.simulator.bench import volume


class Command(BaseCommand):
    help = "Load a hospital of so many patients, with history and a day in full swing, into an empty database."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--patients", type=int, required=True)
        parser.add_argument("--password", required=True)

    def handle(self, *args: Any, patients: int, password: str, **options: Any) -> None:
        if Facility.objects.exists():
            raise CommandError("this database already holds a hospital")
        began = monotonic()

        def progress(done: int) -> None:
            took = monotonic() - began
            self.stderr.write(f"  {done:>9,} patients with their history in {took:6.1f} s")

        at = datetime.now(UTC).replace(second=0, microsecond=0)
        made = volume.load(patients, at=at, password=password, progress=progress)
        self.stderr.write(f"  {made} in {monotonic() - began:.1f} s")
