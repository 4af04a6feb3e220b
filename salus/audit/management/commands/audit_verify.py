"""`salus audit verify`: is the record of access, and every row, as it was sealed?"""

from typing import Any

from django.core.management import BaseCommand, CommandError

from salus.audit import anchors, verifying
from salus.audit.reading import one_view
from salus.core import guards

_SHOWN = 200


class Command(BaseCommand):
    """Exit code 0 if all holds, 1 if anything was found; each thing found is named on a line of its own."""

    help = "Check logs, seals, heads, anchors and the versions of rows."

    def handle(self, *args: Any, **options: Any) -> None:
        with one_view() as (cursor, beside):
            found = verifying.verify(cursor, folders=anchors.folders(), sealed=guards.sealed_by_table(), beside=beside)
        for one in found.findings[:_SHOWN]:
            self.stdout.write(str(one))
        head = f"head {found.head.number} of {found.head.at}" if found.head else "no head yet"
        told = (
            f"{found.entries:,} rows sealed in {found.batches:,} batches, {found.waiting:,} wait for the seal; {head}"
        )
        if found.findings:
            raise CommandError(f"{len(found.findings):,} things are not as they were sealed ({told})")
        self.stdout.write(f"all is as it was sealed: {told}")
