"""`salus run`: everything at once, supervised, for a newcomer and for a small hospital."""

import http.client
import os
import ssl
import subprocess
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

import click
import psycopg

from salus.config import home, postgres, roles, stopping
from salus.config.cli.ground import OWN_DOOR, SALUS, SIGN_INS, require_disk, say
from salus.config.cli.serve import address_options, require_port
from salus.config.prepared import is_prepared, note_prepared
from salus.config.supervise import Child, Supervisor
from salus.config.tls import certificate_of, expiry_words
from salus.config.trouble import PostgresTrouble, Trouble

_DATABASE_LOOK_EVERY = 0.2


@click.command()
@address_options
@click.option(
    "--demo/--no-demo", default=None, help="The demonstration in an empty database (default: only in our own)."
)
@click.option("--prepare", is_flag=True, help="Prepare all of it and start nothing.")
def run(
    host: str,
    port: int,
    workers: int,
    demo: bool | None,
    prepare: bool,
    tls_cert: Path | None,
    tls_key: Path | None,
) -> None:
    """Everything: database, migrations, demonstration, web server and worker.

    Ctrl-C stops all of it. What dies is started again; after a kill of anything, start again: nothing is lost.
    """
    require_disk()
    certificate = certificate_of(tls_cert, tls_key)
    if not prepare:
        require_port(host, port)
    elif is_prepared():
        say("all is prepared: make run starts it")
        return
    with postgres.running(say=say):
        _prepare(demo=home.is_embedded() if demo is None else demo)
        if not prepare:
            _supervise(Web(host, port, workers, certificate))


def _prepare(*, demo: bool) -> None:
    _step("migrate")
    told = os.environ.get("SALUS_DEMO_PASSWORD")
    if demo and is_empty():
        say("making the demonstration hospital")
        _step("demo")
    elif told and home.demonstration() == "made" and told != home.recorded_demo_password():
        _step("demo-password")
    elif demo and home.demonstration() == "begun":
        raise Trouble(
            f"the demonstration was interrupted and is only half there: remove {home.home()} and start again, "
            "or go on with what is there (salus run --no-demo)"
        )
    note_prepared()


def is_empty() -> bool:
    """True while nobody can sign in and nobody is registered."""
    with roles.connect("owner") as connection:
        return not any(_has_rows(connection, table) for table in ("accounts_user", "patients_patient"))


def _has_rows(connection: psycopg.Connection, table: str) -> bool:
    if connection.execute("SELECT to_regclass(%s)", [table]).fetchone() == (None,):
        return False
    statement = psycopg.sql.SQL("SELECT 1 FROM {} LIMIT 1").format(psycopg.sql.Identifier(table))
    return connection.execute(statement).fetchone() is not None


def _step(*command: str) -> None:
    stopping.stop_if_asked()
    done = subprocess.run([*SALUS, *command], check=False)  # noqa: S603 - ourselves
    if done.returncode:
        raise SystemExit(done.returncode)


@dataclass(frozen=True)
class Web:
    """Where the web server listens, with how many processes, and with which certificate."""

    host: str
    port: int
    workers: int
    certificate: tuple[Path, Path] | None = None

    @property
    def arguments(self) -> list[str]:
        """What `salus serve` is told."""
        told = ["--host", self.host, "--port", str(self.port), "--workers", str(self.workers)]
        if self.certificate:
            cert, key = map(str, self.certificate)
            told += ["--tls-cert", cert, "--tls-key", key]
        return told

    def url(self, name: str = "") -> str:
        """Its address, under the name of this machine or another."""
        shown = "127.0.0.1" if self.host in ("0.0.0.0", "::") else self.host  # noqa: S104 - only compared
        return f"{'https' if self.certificate else 'http'}://{name or shown}:{self.port}"


def _supervise(web: Web) -> None:
    stopping.stop_if_asked()
    environ = dict(os.environ)
    children = [
        Child("web server", [*SALUS, "serve", *web.arguments], environ),
        Child("worker", [*SALUS, "worker"], environ),
    ]
    keeper = _DatabaseKeeper()
    supervisor = Supervisor(children, say=say, tend=keeper.tend, stopping=stopping.asked)
    supervisor.run(when_started=lambda: _announce(supervisor, web))


class _DatabaseKeeper:
    """Starts the embedded database again when it died."""

    def __init__(self) -> None:
        self.look_at = 0.0

    def tend(self) -> None:
        now = time.monotonic()
        if not home.is_embedded() or now < self.look_at:
            return
        self.look_at = now + _DATABASE_LOOK_EVERY
        if postgres.is_alive():
            return
        say("the database ended; starting it again")
        try:
            postgres.ensure_running(say=say)
        except PostgresTrouble as trouble:
            self.look_at = now + 5.0
            say(str(trouble))


def _announce(supervisor: Supervisor, web: Web) -> None:
    """Say that we are ready, once the web server answers, and how to sign in."""
    while not _answers(f"{web.url()}/healthz"):
        if supervisor.stopping.wait(0.1):
            return
    click.echo(f"ready {web.url()}")
    click.echo(f"also  {web.url('localhost')}")
    if web.certificate and (words := expiry_words(web.certificate[0])):
        say(words)
    password = home.recorded_demo_password()
    people = _demonstration_people() if password and home.demonstration() == "made" else []
    if people:
        click.echo("sign in as (password):")
    for name in people:
        if name not in OWN_DOOR:
            click.echo(f"  {name:<12} {password}")
    guests = [contact for name, contact in OWN_DOOR.items() if name in people]
    if guests:
        click.echo(f"patients at {web.url()}/portal/password as (password):")
    for contact in guests:
        click.echo(f"  {contact:<20} {password}")


def _answers(url: str) -> bool:
    # never through a proxy of the environment; whether the certificate names this machine is for browsers to judge
    unjudged = urllib.request.HTTPSHandler(context=ssl._create_unverified_context())  # noqa: S323 - our own server
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), unjudged)
    try:
        opener.open(url, timeout=5).close()
    except urllib.error.HTTPError:
        return True
    except (OSError, http.client.HTTPException):
        return False
    return True


def _demonstration_people() -> list[str]:
    with roles.connect("owner") as connection:
        rows = connection.execute(
            "SELECT username FROM accounts_user WHERE username = ANY(%s)", [[*SIGN_INS, *OWN_DOOR]]
        )
        there = {row[0] for row in rows}
    return [name for name in (*SIGN_INS, *OWN_DOOR) if name in there]
