"""The embedded PostgreSQL: how it is set, and what happens to it when processes are killed."""

import os
import pwd
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from salus.config import home, postgres
from salus.config.trouble import PostgresTrouble

pytestmark = pytest.mark.slow

CANARY = "Canary-4711"


@pytest.fixture(scope="module")
def own_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A cluster of this module's own, with the hospital's settings."""
    folder = tmp_path_factory.mktemp("salus")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SALUS_HOME", str(folder))
        place = home.place()
        yield folder
        postgres.stop()
        for folder in (place.data, place.sockets):
            shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def running(own_home: Path) -> Iterator[psycopg.Connection]:
    with postgres.running(), connect() as connection:
        yield connection


def connect() -> psycopg.Connection:
    return psycopg.connect(home.superuser_dsn(), autocommit=True)


def pid() -> int:
    return int((Path(home.place().data) / "postmaster.pid").read_text().split()[0])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("listen_addresses", ""),
        ("fsync", "on"),
        ("full_page_writes", "on"),
        ("synchronous_commit", "on"),
        ("data_checksums", "on"),
        ("password_encryption", "scram-sha-256"),
        ("server_encoding", "UTF8"),
        ("random_page_cost", "1.1"),
        ("wal_compression", "off"),
        ("jit", "off"),
        ("log_parameter_max_length", "0"),
        ("log_parameter_max_length_on_error", "0"),
        ("log_min_error_statement", "panic"),
        ("log_statement", "none"),
    ],
)
def test_it_is_set_for_a_hospital(running: psycopg.Connection, name: str, value: str) -> None:
    assert running.execute("SELECT current_setting(%s)", [name]).fetchone() == (value,)


def test_words_sort_the_same_on_every_machine(running: psycopg.Connection) -> None:
    row = running.execute("SELECT datlocprovider, datlocale FROM pg_database WHERE datname = 'template1'").fetchone()
    assert row == ("b", "C.UTF-8")
    assert running.execute("SELECT upper('straße ñ'), 'Zoë' ~ '^\\w+$'").fetchone() == ("STRAßE Ñ", True)


def test_letters_beyond_ascii_count_for_likeness(running: psycopg.Connection) -> None:
    running.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    row = running.execute("SELECT similarity('Нгуен', 'Нгуэн') > 0, similarity('Müller', 'Müler') > 0.3").fetchone()
    assert row == (True, True)


def test_nobody_enters_without_a_password(running: psycopg.Connection) -> None:
    for user in (home.SUPERUSER, "somebody"):
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(host=home.place().sockets, user=user, password="", dbname="postgres")


@pytest.mark.guarantee("B57")
def test_no_value_of_a_statement_reaches_the_log(running: psycopg.Connection) -> None:
    running.execute("CREATE TABLE IF NOT EXISTS canary (name text UNIQUE, n int)")
    for statement, values in (
        ("INSERT INTO canary VALUES (%s, 1), (%s, 2)", [CANARY, CANARY]),
        (f"SELECT '{CANARY}'::int", None),
        ("SELECT %s::text::date", [CANARY]),
        (f"SELECT * FROM nowhere WHERE name = '{CANARY}'", None),
        (f"DO $$ BEGIN RAISE WARNING '{CANARY}'; END $$", None),
    ):
        try:
            running.execute(statement, values)
        except psycopg.Error:
            continue
    logs = [path for path in Path(home.place().data).rglob("*") if path.suffix in (".log", ".csv", ".json")]
    assert logs
    for path in logs:
        assert CANARY not in path.read_text(errors="replace")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives way to an ordinary account")
def test_as_root_it_runs_as_an_ordinary_account(running: psycopg.Connection) -> None:
    account = pwd.getpwuid(os.stat(f"/proc/{pid()}").st_uid)
    assert account.pw_uid != 0
    assert Path(home.place().data).stat().st_uid == account.pw_uid


@pytest.mark.guarantee("R2")
@pytest.mark.guarantee("B30")
def test_after_a_kill_everything_committed_is_there(running: psycopg.Connection) -> None:
    running.execute("CREATE TABLE IF NOT EXISTS kept (n int)")
    for number in range(3):
        with connect() as writer:
            writer.execute("INSERT INTO kept VALUES (%s)", [number])
        os.kill(pid(), signal.SIGKILL)
        time.sleep(0.05)
        assert postgres.ensure_running() is True
        with connect() as reader:
            row = reader.execute("SELECT count(*), max(n) FROM kept").fetchone()
            assert row == (number + 1, number)


def test_a_live_server_is_adopted(running: psycopg.Connection) -> None:
    before = pid()
    assert postgres.ensure_running() is False
    assert pid() == before


def test_a_lock_file_whose_number_belongs_to_somebody_else_is_no_obstacle(running: psycopg.Connection) -> None:
    pid_file = Path(home.place().data) / "postmaster.pid"
    left = pid_file.read_text()
    postgres.stop()
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as stranger:
        pid_file.write_text(left.replace(left.split()[0], str(stranger.pid), 1))
        assert postgres.ensure_running() is True
        stranger.communicate(b"\n")


def test_a_socket_that_was_swept_away_comes_back(running: psycopg.Connection) -> None:
    for path in Path(home.place().sockets).glob(".s.PGSQL.*"):
        path.unlink()
    postgres.ensure_running()
    connect().close()


def test_the_last_one_out_stops_it(own_home: Path) -> None:
    with postgres.running():
        with postgres.running():
            assert postgres.is_alive()
        assert postgres.is_alive()
    assert not postgres.is_alive()


def test_a_killed_user_keeps_nobody_from_stopping_it(own_home: Path) -> None:
    code = (
        "import time; from salus.config import postgres\nwith postgres.running(): print(1, flush=True); time.sleep(99)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"1\n"
        with postgres.running():
            other.kill()
            other.wait()
    assert not postgres.is_alive()


def test_data_of_another_version_is_one_clear_line(own_home: Path) -> None:
    postgres.ensure_running()
    postgres.stop()
    version = Path(home.place().data) / "PG_VERSION"
    version.write_text("17\n")
    try:
        with pytest.raises(PostgresTrouble, match="was made by PostgreSQL 17, this Salus runs 18 only"):
            postgres.ensure_running()
    finally:
        version.write_text("18\n")


def test_programs_that_are_no_postgresql_18_are_refused(own_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SALUS_PG_BIN", "/usr/bin")
    done = subprocess.run(
        [sys.executable, "-m", "salus.config.cli", "migrate"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == "salus: no PostgreSQL 18 that runs here was found in SALUS_PG_BIN=/usr/bin"
