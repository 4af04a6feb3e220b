"""`salus check`: is everything well? One line for each thing, exit code 1 if any is not."""

import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import click
from django.db import OperationalError, connections
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder
from django.utils.module_loading import import_string

from salus.config import home, roles
from salus.config.cli.ground import set_up_django
from salus.config.postgres_binaries import MAJOR
from salus.config.preflight import disk_trouble
from salus.config.trouble import Trouble

_HEARTBEAT_WITHIN = 60
_CLOCK_WITHIN = 1.0
_SEALED_WITHIN = 600
#: so long before its end a certificate is asked to be renewed
_RENEWED_BEFORE = timedelta(days=30)


@click.command()
@click.option("--only", multiple=True, metavar="NAME", help="Check only this (may be repeated).")
@click.option("--quiet", is_flag=True, help="Say only what is not well.")
def check(only: tuple[str, ...], quiet: bool) -> None:
    """Is everything well: database, migrations, roles, worker, disk, clock? Exit code 1 if anything is not."""
    set_up_django("app")
    trouble = {name: _look(name, quiet=quiet) for name in CHECKS if not only or name in only}
    if any(trouble.values()):
        sys.exit(1)


def _look(name: str, *, quiet: bool) -> bool:
    try:
        said = CHECKS[name]()
    except Trouble as trouble:
        click.echo(f"salus: {trouble}" if quiet else f"{name:<11}BAD  {trouble}", err=quiet)
        return True
    if not quiet:
        click.echo(f"{name:<11}ok   {said}")
    return False


def require_migrations() -> None:
    """Refuse to work on a database that is older or newer than this code.

    :raises Trouble: if migrations wait, or the database knows some that this code does not
    """
    waiting = waiting_migrations()
    if waiting:
        raise Trouble(f"the database is older than this Salus: {waiting} migrations wait (salus migrate)")


def waiting_migrations() -> int:
    """How many migrations the database lacks; Django must be set up.

    :raises Trouble: if the database knows migrations that this code does not
    """
    try:
        executor = MigrationExecutor(connections["default"])
    except OperationalError as error:
        raise Trouble(f"the database cannot be reached: {roles.first_line(error)}") from None
    loader = executor.loader
    replaced = {key for migration in loader.replacements.values() for key in migration.replaces}
    unknown = sorted(set(loader.applied_migrations) - set(loader.disk_migrations) - replaced)
    if unknown:
        names = ", ".join(".".join(key) for key in unknown[:3])
        raise Trouble(f"the database belongs to a newer Salus: it knows migrations that this one does not ({names})")
    return len(executor.migration_plan(loader.graph.leaf_nodes()))


def nothing_is_there() -> bool:
    """Whether no migration was ever applied to the database."""
    return not MigrationRecorder(connections["default"]).applied_migrations()


def append_only_tables() -> list[str]:
    """The tables that only grow, as `core` names them (a room: it can be imported only after Django is set up)."""
    return list(import_string("salus.core.guards.append_only_tables")())


def _database() -> str:
    with roles.connect("app", timeout=5) as connection:
        version = connection.info.server_version
    if version // 10000 != MAJOR:
        raise Trouble(f"PostgreSQL {version // 10000}, this Salus runs on {MAJOR} only")
    return f"PostgreSQL {version // 10000}.{version % 10000}, {'embedded' if home.is_embedded() else 'DATABASE_URL'}"


def _migrations() -> str:
    roles.connect("app", timeout=5).close()
    require_migrations()
    return "all applied"


def _roles() -> str:
    if roles.app_role() is None:
        raise Trouble(
            "the application runs as the owner: the server let `salus migrate` make no role of its own for it"
        )
    breakable = roles.what_the_app_could_break(append_only_tables())
    if breakable:
        raise Trouble(f"the application could change what only grows: {', '.join(breakable)}")
    return f"the application runs as {roles.app_role()}; what only grows is closed to it"


def _keys() -> str:
    roles.connect("app", timeout=5).close()
    trouble = import_string("salus.core.keys.lost")()
    if trouble:
        raise Trouble(trouble)
    return "those that this database was sealed with"


def _worker() -> str:
    with roles.connect("app", timeout=5) as connection:
        row = connection.execute(
            "SELECT extract(epoch FROM now() - max(last_heartbeat))::int, count(*) FROM procrastinate_workers"
        ).fetchone()
    age = row[0] if row else None
    if age is None or age > _HEARTBEAT_WITHIN:
        raise Trouble("no worker runs (salus worker)" if age is None else f"the last sign of a worker is {age} s old")
    return f"seen {age} s ago"


def _seal() -> str:
    """The record of access is sealed every minute; what has waited for longer is not safe from its administrator."""
    with roles.connect("audit", timeout=5) as connection:
        row = connection.execute(
            """SELECT extract(epoch FROM now() - min(written_at))::int, count(*) FROM core_accessentry
               WHERE (xid, id) > (SELECT coalesce(max(upto_xid), 0)::text::xid8, 9223372036854775807 FROM audit_batch
                                  WHERE source = 'core_accessentry')"""
        ).fetchone()
    age, waiting = row if row else (None, 0)
    if age is not None and age > _SEALED_WITHIN:
        raise Trouble(f"{waiting} entries of the record of access wait for their seal, the oldest for {age} s")
    return f"{waiting} entries wait for their seal"


def _papers() -> str:
    """What documents are signed with; one that nobody can read, or that is over, lets them go out as if from anybody."""
    try:
        held = import_string("salus.ui.house_signature.certificate")()
    except (OSError, ValueError) as error:
        raise Trouble(f"SALUS_PAPERS_P12 cannot be used, papers go out unsigned: {error}") from None
    if held is None:
        return "no document was printed yet; the first makes the key that signs them"
    until = held.not_valid_after_utc
    if until < datetime.now(UTC) + _RENEWED_BEFORE:
        raise Trouble(f"the certificate that signs papers holds until {until:%Y-%m-%d} only")
    mark = import_string("salus.ui.house_signature.fingerprint")(held)
    return f"signed by {held.subject.rfc4514_string()} until {until:%Y-%m-%d}, SHA-256 {mark}"


def _disk() -> str:
    folders = [str(home.home()), *([home.place().data] if home.is_embedded() else [])]
    for folder in folders:
        trouble = disk_trouble(folder)
        if trouble:
            raise Trouble(trouble)
    return "enough is free"


def _clock() -> str:
    with roles.connect("app", timeout=5) as connection:
        before = time.time()
        row = connection.execute("SELECT extract(epoch FROM clock_timestamp())::float8").fetchone()
        after = time.time()
    apart = max(before - row[0], row[0] - after, 0.0) if row else 0.0
    if apart > _CLOCK_WITHIN:
        raise Trouble(f"this machine and the database are {apart:.1f} s apart")
    return "this machine and the database agree"


CHECKS: dict[str, Callable[[], str]] = {
    "database": _database,
    "migrations": _migrations,
    "roles": _roles,
    "keys": _keys,
    "worker": _worker,
    "seal": _seal,
    "papers": _papers,
    "disk": _disk,
    "clock": _clock,
}
