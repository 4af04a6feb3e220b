"""`salus bench` calls this on a database that `bench_load` has filled: measure, and print the table."""

import random
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import connection
from django.urls import NoReverseMatch

from salus.simulator.bench import measure, table
from salus.simulator.bench.browsers import HttpBrowser
from salus.simulator.bench.measure import Measurement
from salus.simulator.bench.scenarios import Scenario, chosen
from salus.simulator.bench.server import serving
from salus.simulator.bench.statements import connect_bare, same_database
from salus.simulator.bench.workshop import Workshop

_WARM = 8


class Command(BaseCommand):
    help = "Measure each act over HTTP, and beside it the same statements as bare SQL."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--patients", type=int, required=True)
        parser.add_argument("--password", required=True)
        parser.add_argument("--rounds", type=int, default=100)
        parser.add_argument("--clients", default="1,16")
        parser.add_argument("--port", type=int, default=8970)
        parser.add_argument("--only", nargs="*", default=[])
        parser.add_argument("--markdown", type=Path, default=None)

    def handle(self, *args: Any, **options: Any) -> None:
        self.rounds, self.password, self.port = options["rounds"], options["password"], options["port"]
        self.clients = [int(one) for one in options["clients"].split(",")]
        self.shop = Workshop(random.Random())  # noqa: S311 - chosen anew each time: caches must not help
        self.browsers: dict[str, list[HttpBrowser]] = {}
        with connection.cursor() as cursor:
            cursor.execute("SET statement_timeout = 0")
        with serving(self.port):
            found = [one for one in map(self._measured, chosen(options["only"])) if one]
        self._tell(found, options)

    def _measured(self, scenario: Scenario) -> Measurement | None:
        found = Measurement(scenario)
        try:
            for clients in self.clients:
                rounds = self.rounds * (1 if clients == 1 else 2)
                supplies = measure.supplies_for(scenario, self.shop, rounds + _WARM)
                browsers = self._signed_in(scenario.username, clients)
                found.http[clients] = measure.over_http(scenario, browsers, supplies, warm=_WARM)
            supplies = measure.supplies_for(scenario, self.shop, max(self.rounds // 3, 5))
            with connect_bare(same_database()) as bare:
                found.bare = measure.as_bare_sql(scenario, supplies, bare, self.stderr.write)
        except NoReverseMatch as error:
            self.stderr.write(f"  {scenario.name}: there is no such page yet ({error})")
            return None
        self._forget_jobs()
        for words in {one for times in found.http.values() for one in times.failures[:3]}:
            self.stderr.write(f"  {scenario.name}: {words}")
        self.stderr.write(f"  {scenario.name}: done")
        return found

    def _signed_in(self, username: str, number: int) -> list[HttpBrowser]:
        there = self.browsers.setdefault(username, [])
        while len(there) < number:
            browser = HttpBrowser(self.port)
            browser.sign_in(username, self.password)
            there.append(browser)
        for browser in there[:number]:
            browser.close()  # the server ends connections on which nobody has asked for a while
        return there[:number]

    @staticmethod
    def _forget_jobs() -> None:
        """Consequences wait here for no worker; those of replayed statements name facts that were never committed."""
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM procrastinate_jobs WHERE status = 'todo'")

    def _tell(self, found: list[Measurement], options: dict[str, Any]) -> None:
        home, patients = Path(settings.SALUS_HOME), options["patients"]
        before = table.kept(home / "figures-10000.json") if patients > 10_000 else {}
        lines = table.rows(found, before)
        table.keep(home / f"figures-{patients}.json", found)
        self.stdout.write(table.as_text(lines))
        if options["markdown"]:
            command = f"salus bench --patients {patients} --rounds {self.rounds}"
            options["markdown"].write_text(table.as_markdown(lines, patients, command))
