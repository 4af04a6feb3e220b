"""`salus import schedules FILE`: weekly sessions, absences and holidays from CSV or iCalendar."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.core.management.base import BaseCommand, CommandError, CommandParser

from salus.core.act import system_act
from salus.places.models import Facility
from salus.scheduling.importing.calendars import read_calendar
from salus.scheduling.importing.entries import Mistake, Read, Whose
from salus.scheduling.importing.filing import file_entries
from salus.scheduling.importing.tables import read_table
from salus.scheduling.models import MANAGE

#: octets; a year of a large hospital is a few hundred thousand
LARGEST = 20_000_000


class Command(BaseCommand):
    """The whole file or nothing; again changes nothing. Exit code 1 where anything of it could not be taken."""

    help = "Import weekly sessions, absences and holidays (.csv, .ics)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--facility", help="code of the facility; the first unless said")
        parser.add_argument("--dry-run", action="store_true", help="say what would become of it, and write nothing")
        parser.add_argument("--accept-touched", action="store_true", help="also where booked patients lose their time")
        parser.add_argument(
            "--leave-out", action="store_true", help=".ics: take the rest where an event is not understood"
        )
        parser.add_argument("--country", default="", help="of a table of public holidays only those of this one")
        parser.add_argument("--staff", default="", help=".ics: whose calendar it is, by staff number")
        parser.add_argument("--name", default="", help=".ics: the room, device or clinic whose calendar it is")
        parser.add_argument("--holidays", action="store_true", help=".ics: its days are the facility's holidays")
        parser.add_argument("--slot", type=int, default=20, help=".ics: minutes of a slot")

    def handle(self, *args: Any, **options: Any) -> None:
        facility = _facility(options["facility"])
        read = self._read(options, facility)
        may_leave_out = options["leave_out"] and options["file"].suffix.lower() == ".ics" and read.entries
        if read.mistakes and not may_leave_out:
            self._tell(read.mistakes)
            raise CommandError(f"{len(read.mistakes)} of it cannot be understood; nothing was written")
        act = system_act(rights={MANAGE}, door="command:import_schedules", facility_id=facility.id)
        filed = file_entries(act, read.entries, dry=options["dry_run"], accept_touched=options["accept_touched"])
        self._tell([*read.mistakes, *filed.mistakes])
        if filed.mistakes:
            raise CommandError(f"{len(filed.mistakes)} of it cannot be taken; nothing was written")
        for what, count in sorted(filed.counts.items()):
            self.stdout.write(f"{count:6,} {what}")
        if read.over:
            self.stdout.write(f"{read.over:6,} over, left out")
        if options["dry_run"]:
            self.stdout.write("Nothing was written (--dry-run).")
        if read.mistakes:
            raise CommandError(f"{len(read.mistakes)} events were left out, as listed; the rest was taken")

    def _read(self, options: dict[str, Any], facility: Facility) -> Read:
        path: Path = options["file"]
        try:
            if path.stat().st_size > LARGEST:
                raise CommandError(f"{path.name} is larger than {LARGEST:,} octets")
            content = path.read_bytes()
        except OSError as error:
            raise CommandError(f"{path.name} cannot be read: {error.strerror}") from error
        zone = ZoneInfo(facility.time_zone)
        if path.suffix.lower() != ".ics":
            return read_table(content, zone=zone, country=options["country"])
        if sum(map(bool, (options["staff"], options["name"], options["holidays"]))) != 1:
            raise CommandError("say whose calendar it is: --staff NUMBER, --name NAME or --holidays")
        if not 1 <= options["slot"] <= 1440:
            raise CommandError("a slot has 1 to 1440 minutes")
        whose = None
        if not options["holidays"]:
            whose = Whose(options["staff"], "practitioner" if options["staff"] else "service", options["name"])
        today = datetime.now(UTC).astimezone(zone).date()
        return read_calendar(content, zone=zone, whose=whose, today=today, slot_minutes=options["slot"])

    def _tell(self, mistakes: list[Mistake]) -> None:
        for one in mistakes:
            self.stderr.write(f"{one.where}: {one.words}")


def _facility(code: str | None) -> Facility:
    known = Facility.objects.filter(code=code) if code else Facility.objects.all()
    facility = known.order_by("created_at", "id").first()
    if facility is None:
        raise CommandError(f"there is no facility {code}" if code else "there is no facility yet")
    return facility
