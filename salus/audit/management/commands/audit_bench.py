"""`salus bench-access`: what the record of access costs, and how fast it answers, on this machine."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable
from pathlib import Path
from statistics import quantiles
from typing import Any

from django.core.management import BaseCommand, CommandParser
from django.db import connection

from salus.audit import sealing, verifying
from salus.audit.queries import entries
from salus.audit.queries.entries import SORTS, Asked
from salus.audit.reading import one_view
from salus.audit.sources import SOURCES
from salus.core import access
from salus.core.act import Act, system_act
from salus.core.ids import uuid7
from salus.core.rights import all_rights
from salus.places.models import Facility, Organization

#: one entry every ten seconds for three years, of as many people and patients as a hospital of 500 beds has
_LOAD = """
    INSERT INTO core_accessentry (written_at, happened_at, act_id, by_id, facility_id, patient_id, action, door, what,
                                  purpose, reason, device, address, outcome)
    SELECT at, at, uuidv7(), ('0193a000-0000-7000-8000-' || lpad(to_hex(n * 7919 %% 2000), 12, '0'))::uuid, %s,
           ('0193b000-0000-7000-8000-' || lpad(to_hex(n * 104729 %% 200000), 12, '0'))::uuid,
           (ARRAY['read', 'read', 'read', 'read', 'write', 'search', 'print', 'export', 'refused'])[1 + n %% 9],
           (ARRAY['chart:summary', 'encounters:queue', 'lab:worklist', 'orders:compose', 'billing:bill'])[1 + n %% 5],
           'patient', 'TREAT', '', 'ward ' || n %% 40, '10.0.' || n %% 30 || '.' || n %% 200,
           CASE WHEN n %% 9 = 8 THEN 'refused:chart.view' ELSE 'ok' END
    FROM (SELECT n, now() - interval '3 years' + n * interval '94 seconds' * (1000000.0 / %s) AS at
          FROM generate_series(%s::bigint, %s::bigint) n) made
"""
_SLICE = 500_000


class Command(BaseCommand):
    """Loads entries that nobody wrote into a database of its own, and prints a table in Markdown."""

    help = "Measure the record of access."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--entries", type=int, default=10_000_000)
        parser.add_argument("--seconds", type=int, default=10)
        parser.add_argument("--writers", type=int, default=4)
        parser.add_argument("--markdown", type=Path)

    def handle(
        self, *args: Any, entries: int, seconds: int, writers: int, markdown: Path | None, **options: Any
    ) -> None:
        act = self._act()
        lines = ["| what | figure |", "|---|---|"]

        def tell(what: str, figure: str) -> None:
            lines.append(f"| {what} | {figure} |")
            self.stdout.write(lines[-1])

        self._writing(act, tell, seconds, writers)
        self._sealing(tell)
        tell(f"{entries:,} entries loaded", self._load(act, entries))
        self._reports(act, tell, entries)
        if markdown:
            markdown.write_text("\n".join(lines) + "\n")

    def _act(self) -> Act:
        house = Organization.objects.create(name="Bench", kind="hospital")
        facility = Facility.objects.create(organization=house, code="bench", name="Bench", currency="EUR")
        return system_act(rights=all_rights(), door="bench", facility_id=facility.id)

    def _writing(self, act: Act, tell: Callable[[str, str], None], seconds: int, writers: int) -> None:
        """Acts of one entry and of twenty, by several at once, with a sealer that seals every second."""
        for each in (1, 20):
            connection.close()
            with multiprocessing.Pool(writers) as pool:
                running = pool.starmap_async(write_for, [(seconds, each, act.facility_id)] * writers)
                while not running.ready():
                    sealing.seal()
                    running.wait(1)
                taken = [one for took in running.get() for one in took]
                pool.close()  # they leave by themselves: one that is told to stop while it waits says so at length
                pool.join()
            rate, p95 = each * len(taken) / seconds, quantiles(taken, n=20)[18] * 1000
            told = f"{rate:,.0f} a second, {p95:.2f} ms at the 95th percentile"
            tell(f"entries written, {each} with each act, {writers} at once, the sealer on", told)
        alone = write_for(3, 1, act.facility_id)
        tell("one entry written by a page, alone", f"{quantiles(alone, n=20)[18] * 1000:.2f} ms at the 95th percentile")

    def _sealing(self, tell: Callable[[str, str], None]) -> None:
        began = time.perf_counter()
        sealed = sealing.seal()
        tell(f"the rest sealed ({sealed:,})", f"{time.perf_counter() - began:.2f} s")
        self._verifying(tell)

    def _verifying(self, tell: Callable[[str, str], None]) -> None:
        """Beside what merely reading the same rows as text takes, on one connection: a machine that is busy slows both."""
        took, bare = [], []
        for _ in range(3):
            with one_view() as (cursor, beside):
                began = time.perf_counter()
                verdict = verifying.verify(cursor, folders=[], sealed={}, beside=beside)
                took.append(time.perf_counter() - began)
                began = time.perf_counter()
                for table in SOURCES:
                    cursor.execute(f"SELECT max(length(row::text)) FROM {table} row")  # noqa: S608 - our own names
                bare.append(time.perf_counter() - began)
        wrong = [one for one in verdict.findings if one.kind != "anchor"]
        rate = f"{verdict.entries / min(took):,.0f} a second, {min(took) / min(bare):.2f} of a bare reading"
        tell(f"{verdict.entries:,} entries verified ({len(wrong)} wrong), best of three", rate)

    def _load(self, act: Act, number: int) -> str:
        began = time.perf_counter()
        with connection.cursor() as cursor:
            cursor.execute("SET statement_timeout TO 0")
            for first in range(1, number + 1, _SLICE):
                cursor.execute(_LOAD, [act.facility_id, number, first, min(first + _SLICE - 1, number)])
            cursor.execute("ANALYZE core_accessentry")
        return f"{time.perf_counter() - began:.0f} s"

    def _reports(self, act: Act, tell: Callable[[str, str], None], number: int) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT patient_id, by_id, written_at FROM core_accessentry WHERE door <> 'bench' LIMIT 1 OFFSET 70000"
            )
            patient, person, at = cursor.fetchone()
        for what, asked in (
            ("one patient", {"patient_id": patient}),
            ("one person", {"person_id": person}),
            ("everything", {}),
            ("what was refused", {"outcome": "refused"}),
            ("all since a day three years ago", {"since": at}),
        ):
            worst = max((self._timed(act, Asked(sort=sort, **asked)), sort) for sort in SORTS)
            tell(f"{what} among {number:,}, sorted by each column", f"at most {worst[0]:.2f} s (by {worst[1]})")

    def _timed(self, act: Act, asked: Asked) -> float:
        began = time.perf_counter()
        entries.entries(act, asked)
        return time.perf_counter() - began


def write_for(seconds: float, each: int, facility: Any) -> list[float]:
    """Write acts of so many entries for so long; how long each took, in seconds."""
    until, taken = time.perf_counter() + seconds, []
    while time.perf_counter() < until:
        act = system_act(rights=[], door="bench", facility_id=facility)
        began = time.perf_counter()
        access.write_log(act, {uuid7(): "read" for _ in range(each)}, what="patient")
        taken.append(time.perf_counter() - began)
    return taken
