"""`salus bench`: a hospital of its own, of any size, is made (or found again), measured, and taken away."""

import os
import subprocess
import sys
from pathlib import Path

import click
import psycopg

from salus.config import home, postgres, roles
from salus.config.cli.ground import SALUS, manage, say, set_up_django
from salus.config.trouble import Trouble

_CHECKOUT = Path(__file__).resolve().parents[3]
#: the bench's people sign in with this; nobody else ever enters its database
PASSWORD = "bench-only-password"  # noqa: S105 - of a hospital that lives for one run


@click.command()
@click.option("--patients", type=click.IntRange(min=100), default=10_000, show_default=True, help="How many patients.")
@click.option("--keep", is_flag=True, help="Keep the database, and use it again next time.")
@click.option("--home", "folder", type=click.Path(path_type=Path), help="Where the bench lives (default .cache/bench).")
@click.option("--rounds", type=click.IntRange(min=5), default=100, show_default=True, help="Requests of each kind.")
@click.option("--clients", default="1,16", show_default=True, help="How many at once.")
@click.option("--only", multiple=True, metavar="WORD", help="Only the measurements whose name contains this word.")
@click.option("--port", type=click.IntRange(1, 65535), default=8970, show_default=True)
@click.option("--load-only", is_flag=True, help="Load, and measure nothing.")
@click.option("--markdown", type=click.Path(path_type=Path), help="Also write the table to this file.")
def bench(
    patients: int, keep: bool, folder: Path | None, load_only: bool, markdown: Path | None, **options: object
) -> None:
    """Measure this machine: each act over HTTP, and beside it the same statements as bare SQL.

    The bench has a home and a database of its own and never touches SALUS_HOME or DATABASE_URL.
    """
    for name in [name for name in os.environ if name.startswith("SALUS_") or name == "DATABASE_URL"]:
        del os.environ[name]
    database = f"bench_{patients}"
    place = (folder or _CHECKOUT / ".cache" / "bench").absolute()
    # the bench's browsers know a password and no more
    os.environ |= {"SALUS_HOME": str(place), "SALUS_DB_NAME": database, "SALUS_SECOND_FACTOR": "none"}
    loaded = place / f"loaded-{patients}"
    with postgres.running(say=say):
        if not loaded.exists():
            _drop(database)
        _run("migrate")
        set_up_django("app")
        if not loaded.exists():
            say(f"loading {patients:,} patients")
            manage("bench_load", patients=patients, password=PASSWORD)
            manage("fold_revenue")
            _settle()
            loaded.touch()
        if not load_only:
            options["only"] = list(options["only"])  # type: ignore[call-overload]
            manage("bench", patients=patients, password=PASSWORD, markdown=markdown, **options)
        if not keep:
            loaded.unlink()
            _drop(database)


@click.command()
@click.option(
    "--entries", type=click.IntRange(min=1_000), default=10_000_000, show_default=True, help="How many entries."
)
@click.option(
    "--seconds", type=click.IntRange(min=1), default=10, show_default=True, help="How long each writing lasts."
)
@click.option("--markdown", type=click.Path(path_type=Path), help="Also write the table to this file.")
def bench_access(entries: int, seconds: int, markdown: Path | None) -> None:
    """Measure the record of access: entries written a second, what one costs a page, and reports over many.

    It has a home and a database of its own, as `salus bench` has.
    """
    for name in [name for name in os.environ if name.startswith("SALUS_") or name == "DATABASE_URL"]:
        del os.environ[name]
    os.environ |= {"SALUS_HOME": str((_CHECKOUT / ".cache" / "bench").absolute()), "SALUS_DB_NAME": "bench_access"}
    with postgres.running(say=say):
        _drop("bench_access")
        _run("migrate", "--no-reference")
        set_up_django("app")
        try:
            manage("audit_bench", entries=entries, seconds=seconds, markdown=markdown)
        finally:
            _drop("bench_access")


def _run(*command: str) -> None:
    done = subprocess.run([*SALUS, *command], check=False, stdout=sys.stderr)  # noqa: S603 - ourselves
    if done.returncode:
        raise Trouble(f"salus {' '.join(command)} failed")


def _settle() -> None:
    """Statistics, visibility map and a checkpoint: what a database at rest has."""
    with roles.connect("owner") as connection:
        connection.execute("VACUUM (ANALYZE)")
    with psycopg.connect(home.superuser_dsn(), autocommit=True) as connection:
        connection.execute("CHECKPOINT")


def _drop(database: str) -> None:
    if not Path(home.place().data).exists():
        return
    with psycopg.connect(home.superuser_dsn(), autocommit=True) as connection:
        connection.execute(
            psycopg.sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(psycopg.sql.Identifier(database))
        )
