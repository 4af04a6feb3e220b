"""`salus audit proof ENTRY`: a proof that an entry is in the log, for scripts/check_proof.py."""

from typing import Any

from django.core.management import BaseCommand, CommandError, CommandParser

from salus.audit import proving
from salus.core.errors import NotFound


class Command(BaseCommand):
    """Prints JSON; it holds the entry itself, so give it to nobody but the patient."""

    help = "Prove that an entry of the log of access is under the newest head."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("entry", type=int)

    def handle(self, *args: Any, entry: int, **options: Any) -> None:
        try:
            proof = proving.as_json(entry)
        except NotFound as error:
            raise CommandError(str(error)) from None
        self.stdout.write(proof)
