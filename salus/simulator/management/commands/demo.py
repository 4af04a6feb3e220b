"""`salus demo`: make the demonstration hospital in an empty database."""

from argparse import ArgumentParser
from datetime import UTC, datetime
from time import monotonic
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from salus.core.errors import SalusError
from salus.simulator.demonstration import make_demonstration


class Command(BaseCommand):
    help = "Make the demonstration hospital: departments, staff, stock, patients with years of history, a day in full swing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--as-of", default=None, help="the instant it is made for, such as 2026-11-21T10:30")
        parser.add_argument("--patients", type=int, default=2000)
        parser.add_argument("--password", required=True, help="what the people of the roles sign in with")

    def handle(self, *args: Any, seed: int, as_of: str | None, patients: int, password: str, **options: Any) -> None:
        began = monotonic()
        try:
            at = datetime.fromisoformat(as_of) if as_of else datetime.now(UTC).replace(second=0, microsecond=0)
        except ValueError as error:
            raise CommandError(f"--as-of {as_of} is no instant; write it as 2026-11-21T10:30") from error
        at = at if at.tzinfo else at.replace(tzinfo=UTC)
        try:
            made = make_demonstration(
                seed=seed,
                as_of=at,
                patients=patients,
                password=password,
                progress=lambda words: self.stdout.write(f"  {words} ..."),
            )
        except SalusError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"demonstration hospital: {made.patients} patients, {made.visits} visits, {made.observations} observations, "
            f"{made.today} people here today, in {monotonic() - began:.1f} s"
        )
