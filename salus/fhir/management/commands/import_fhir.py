"""`salus import fhir PATH...`: bring FHIR R4 records in."""

from __future__ import annotations

import os
import sys
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from salus.fhir.importing.files import files_in
from salus.fhir.importing.run import Report, import_files
from salus.places.models import Facility, Organization

COLUMNS = ("read", "stored", "updated", "unchanged", "rejected")


class Command(BaseCommand):
    """Refused records are an outcome, not a failure: the exit code is 0 and says that every file was read.

    A path or file that could not be read is a failure (1): something that was asked for has not been done. `--strict` makes
    refusals a failure too.
    """

    help = "Import FHIR R4 bundles and resources (.json, .json.gz, .ndjson), files and folders."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("paths", nargs="+", type=Path)
        parser.add_argument("--facility", help="code of the facility that the records belong to; the first unless said")
        parser.add_argument("--source", help="name of the system that they come from; the folder's name unless said")
        parser.add_argument("--rejected", type=Path, help="where to write what was refused (JSON lines)")
        parser.add_argument("--workers", type=int, default=min(2, os.cpu_count() or 1))
        parser.add_argument("--strict", action="store_true", help="fail if anything was refused")

    def handle(self, *args: Any, **options: Any) -> None:
        missing = [str(path) for path in options["paths"] if not path.exists()]
        if missing:
            raise CommandError(f"there is no {', '.join(missing)}")
        facility = _facility(options["facility"])
        target = options["rejected"] or _default_target()
        progress = _Progress()
        found = files_in(options["paths"], options["source"])
        with _Refusals(target) as refusals:
            for refusal in import_files(found, facility_id=facility.id, workers=options["workers"], tell=progress.tell):
                refusals.write(refusal)
        progress.end()
        self._tell(progress, refusals)
        if progress.total.unreadable:
            raise CommandError(f"{progress.total.unreadable} files could not be read (see {target})")
        if options["strict"] and refusals.count:
            raise CommandError(f"{refusals.count} refusals (see {target})")

    def _tell(self, progress: _Progress, refusals: _Refusals) -> None:
        total, seconds = progress.total, progress.seconds
        self.stdout.write(_table(total.counts))
        rate = f"{total.resources / seconds:,.0f} a second" if seconds else ""
        self.stdout.write(f"{total.files} files, {total.resources:,} resources in {seconds:.1f} s, {rate}")
        if refusals.count:
            self.stdout.write(f"{refusals.count} refusals with place and reason: {refusals.path}")


def _facility(code: str | None) -> Facility:
    """The facility named, or the first; a hospital that has none yet gets one, so that its records have a home.

    :raises CommandError: if there is none of that code
    """
    known = Facility.objects.filter(code=code) if code else Facility.objects.all()
    facility = known.order_by("created_at", "id").first()
    if facility is not None:
        return facility
    if code:
        raise CommandError(f"there is no facility {code}")
    house = Organization.objects.create(name="Hospital", kind="prov")
    return Facility.objects.create(organization=house, code="main", name="Hospital")


def _default_target() -> Path:
    folder = Path(settings.SALUS_HOME) / "import"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder / f"rejected-{datetime.now(UTC):%Y%m%d-%H%M%S}-{os.getpid()}.jsonl"


def _table(counts: Counter[tuple[str, str]]) -> str:
    """A line for each type: what was read, and what became of it."""
    lines: list[list[str]] = [["", *COLUMNS]]
    for name in sorted({name for name, _ in counts}):
        lines.append(_line(name, [counts[name, what] for what in COLUMNS[1:]]))
    lines.append(_line("all", [sum(n for (_, w), n in counts.items() if w == what) for what in COLUMNS[1:]]))
    widths = [max(len(line[place]) for line in lines) for place in range(len(lines[0]))]
    return "\n".join(
        line[0].ljust(widths[0])
        + "".join(f"  {cell:>{width}}" for cell, width in zip(line[1:], widths[1:], strict=True))
        for line in lines
    )


def _line(name: str, numbers: list[int]) -> list[str]:
    return [name, str(sum(numbers)), *map(str, numbers)]


class _Refusals:
    """The file of refusals, for its owner's eyes only; made when the first one comes."""

    def __init__(self, path: Path) -> None:
        self.path, self.count = path, 0
        self._file: BinaryIO | None = None

    def __enter__(self) -> _Refusals:
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()

    def write(self, refusal: Any) -> None:
        if self._file is None:
            self._file = open(self.path, "wb", opener=_private)  # noqa: SIM115 - closed on exit
        self._file.write(msgspec.json.encode(refusal) + b"\n")
        self.count += 1


def _private(name: str, flags: int) -> int:
    return os.open(name, flags, 0o600)


class _Progress:
    """A line on stderr that tells how far it is: on a terminal in place, else one now and then. No name of a file."""

    def __init__(self) -> None:
        self.total = Report()
        self._began = self._told = time.monotonic()
        self._is_terminal = sys.stderr.isatty()

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._began

    def tell(self, report: Report) -> None:
        if not report.waiting:
            self.total.counts += report.counts
            self.total.files += report.files
            self.total.unreadable += report.unreadable
        now = time.monotonic()
        if now - self._told < (0.2 if self._is_terminal else 5):
            return
        self._told = now
        rate = self.total.resources / self.seconds
        line = f"{self.total.files} files, {self.total.resources:,} resources, {rate:,.0f} a second"
        sys.stderr.write(f"\r{line}\x1b[K" if self._is_terminal else f"{line}\n")
        sys.stderr.flush()

    def end(self) -> None:
        if self._is_terminal:
            sys.stderr.write("\r\x1b[K")
