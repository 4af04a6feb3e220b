"""`salus audit head`: the newest signed head, to be printed, published or kept by somebody else."""

from typing import Any

from django.core.management import BaseCommand, CommandError

from salus.audit import anchors, keys


class Command(BaseCommand):
    """Prints the head's text, its signature and the public key, each on a line."""

    help = "Print the newest signed head of the log."

    def handle(self, *args: Any, **options: Any) -> None:
        head = anchors.newest_head()
        if head is None:
            raise CommandError("nothing is sealed yet")
        self.stdout.write(head.text)
        self.stdout.write(f"signature {head.signature.hex()}")
        self.stdout.write(f"key       {keys.public_keys()[-1].hex()}")
