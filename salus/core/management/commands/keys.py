"""`salus keys status|rotate|forget`: which keys seal, and how many values each has sealed."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from salus.core import crypto, keys, resealing
from salus.core.keyring import KeyringMissing
from salus.core.keys import KeyTrouble


class Command(BaseCommand):
    help = "The keys of what is sealed."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("action", choices=["prepare", "status", "rotate", "forget"])
        parser.add_argument("--number", type=int)
        parser.add_argument("--batch", type=int, default=500)
        parser.add_argument("--index", action="store_true")
        parser.add_argument("--pause", type=float, default=0.0)

    def handle(self, *args: Any, action: str, **options: Any) -> None:
        try:
            if action == "prepare":
                keys.prepare()
            elif action == "rotate":
                keys.rotate(batch=options["batch"], pause=options["pause"], tell=self._tell)
            elif action == "forget":
                (keys.forget_index if options["index"] else keys.forget)(options["number"])
            else:
                self._status()
        except (KeyTrouble, KeyringMissing) as trouble:
            raise CommandError(str(trouble)) from None

    def _tell(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()

    def _status(self) -> None:
        trouble = keys.lost()
        counts = resealing.counts()
        try:
            ring = crypto.keyring()
        except KeyringMissing as error:
            raise CommandError(trouble) from error
        for number in sorted({*ring.data, *ring.retired, *counts}):
            state = (
                "seals" if number == ring.current else "opens, is being replaced" if number in ring.data else "retired"
            )
            if number not in ring.data and number not in ring.retired:
                state = "LOST"
            self._tell(f"key {number:<4}{state:<26}{counts.get(number, 0):>10} values and files")
        for number in sorted({*ring.index, *ring.index_retired}):
            state = "makes indexes" if number == ring.index_writes else "finds" if number in ring.index else "retired"
            self._tell(f"index key {number:<4}{state}")
        if trouble:
            raise CommandError(trouble)
        if set(counts) - {*ring.data, *ring.retired}:
            raise CommandError("values are sealed with a key that is not here: bring back the copy of the keyring")
