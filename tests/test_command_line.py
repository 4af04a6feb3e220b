"""`salus`: help, and one clear line for each foreseeable trouble."""

import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from salus.config import home, roles
from salus.config.cli import COMMANDS
from salus.config.cli.ground import SALUS
from salus.version import VERSION

Done = subprocess.CompletedProcess[str]


def salus(*arguments: str, **environ: str) -> Done:
    return subprocess.run(
        [*SALUS, *arguments], env={**os.environ, **environ}, capture_output=True, text=True, check=False
    )


def assert_one_line(done: Done, *words: str) -> None:
    assert done.returncode not in (0, 2), done
    assert done.stderr.startswith("salus: "), done.stderr
    assert done.stderr.count("\n") == 1, done.stderr
    for word in words:
        assert word in done.stderr


@pytest.mark.guarantee("B56")
def test_what_crashes_leaves_no_memory_on_the_disk() -> None:
    """A core file would hold the keys and whoever was on the screen; the limit passes on to all that a command begins."""
    code = (
        "import resource, sys; from salus.config.cli import main\n"
        "sys.argv = ['salus', '--help']\n"
        "try: main()\n"
        "except SystemExit: print(resource.getrlimit(resource.RLIMIT_CORE))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.endswith("(0, 0)\n")


def test_help_names_every_command() -> None:
    done = salus("--help")
    assert done.returncode == 0
    for name in ("serve", "worker", "run", "migrate", "demo", "import", "token", "check", "what-follows"):
        assert f"  {name} " in done.stdout


@pytest.mark.parametrize("name", [name for name in COMMANDS if name != "bench"])
def test_every_command_has_help(name: str) -> None:
    done = salus(name, "--help")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Usage: ")


def test_help_is_quick_because_it_loads_no_hospital() -> None:
    loaded = subprocess.run(
        [sys.executable, "-c", "import salus.config.cli, sys; print('django' in sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert loaded.stdout == "False\n"


def test_the_version_is_the_projects() -> None:
    assert salus("--version").stdout == f"salus {VERSION}\n"


def test_an_unknown_command_is_refused() -> None:
    done = salus("frobnicate")
    assert done.returncode == 2
    assert "frobnicate" in done.stderr


def test_a_busy_port_is_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        assert_one_line(salus("run", PORT=str(other.getsockname()[1])), "is busy")


def test_a_full_disk_is_one_line(tmp_path: Path) -> None:
    environ = {"SALUS_DISK_FLOOR_MB": str(2**40), "SALUS_HOME": str(tmp_path)}
    for command in ("run", "migrate", "serve", "worker"):
        assert_one_line(salus(command, **environ), "the disk is full")


def test_an_unreachable_server_is_one_line(tmp_path: Path) -> None:
    url = "postgresql://hospital:secret@127.0.0.1:1/hospital"
    done = salus("migrate", DATABASE_URL=url, SALUS_HOME=str(tmp_path))
    assert_one_line(done, "cannot be reached")
    assert "secret" not in done.stderr


def test_a_database_that_was_never_prepared_says_what_prepares_it(real_db: Any) -> None:
    with pytest.raises(psycopg.OperationalError) as told:
        psycopg.connect(make_conninfo(home.database_dsn("app"), dbname="salus_never_made"))
    assert roles.first_line(told.value).endswith("(salus migrate makes it, where nothing is there yet)")
    assert roles.first_line(OSError("no route to host")) == "no route to host"


def test_check_says_what_is_not_well(tmp_path: Path) -> None:
    done = salus("check", SALUS_HOME=str(tmp_path))
    assert done.returncode == 1
    assert "database   BAD  the database is not running" in done.stdout
    assert "disk       ok" in done.stdout
    assert "Traceback" not in done.stderr


def test_check_on_a_database_without_a_worker(real_db: Any) -> None:
    done = real_db.salus("check")
    assert done.returncode == 1
    assert [line.split()[:2] for line in done.stdout.splitlines()] == [
        ["database", "ok"],
        ["migrations", "ok"],
        ["roles", "ok"],
        ["keys", "ok"],
        ["worker", "BAD"],
        ["seal", "ok"],
        ["papers", "ok"],
        ["disk", "ok"],
        ["clock", "ok"],
    ]


def test_a_database_of_a_newer_version_is_one_line(real_db: Any) -> None:
    with real_db.connect("owner", autocommit=True) as owner:
        owner.execute("INSERT INTO django_migrations (app, name, applied) VALUES ('core', '0999_tomorrow', now())")
    for command in ("migrate", "worker", "serve"):
        assert_one_line(real_db.salus(command, PORT="0" if command == "migrate" else "18999"), "newer Salus", "0999")


def test_a_database_that_lacks_migrations_is_not_worked_on(real_db: Any) -> None:
    with real_db.connect("owner", autocommit=True) as owner:
        owner.execute("DELETE FROM django_migrations WHERE app = 'core'")
    assert_one_line(real_db.salus("worker"), "older than this Salus")


def test_migrating_twice_changes_nothing(real_db: Any) -> None:
    before = _schema(real_db)
    done = real_db.salus("migrate")
    assert done.returncode == 0, done.stderr
    assert _schema(real_db) == before


def _schema(real_db: Any) -> list[Any]:
    with real_db.connect("owner") as owner:
        columns = owner.execute(
            "SELECT table_name, column_name, data_type FROM information_schema.columns WHERE table_schema = 'public' "
            "ORDER BY 1, 2"
        ).fetchall()
        grants = owner.execute(
            "SELECT table_name, privilege_type, grantee FROM information_schema.table_privileges "
            "WHERE table_schema = 'public' ORDER BY 1, 2, 3"
        ).fetchall()
    return [columns, grants]
