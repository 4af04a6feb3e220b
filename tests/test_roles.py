"""The owner migrates, the application runs: what the application's role can and cannot do."""

import contextlib
import secrets
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from salus.config import home, roles
from salus.config.cli.check import append_only_tables
from salus.config.cli.ground import SALUS
from salus.config.trouble import Trouble

pytestmark = pytest.mark.guarantee("S14")


def test_the_application_cannot_change_the_shape_of_the_database(real_db: Any) -> None:
    for statement in (
        "CREATE TABLE mine (id int)",
        "DROP TABLE core_fact",
        "ALTER TABLE core_fact DISABLE TRIGGER ALL",
        "CREATE EXTENSION citext",
        "CREATE ROLE other",
        "SET ROLE salus_owner",
        "SET session_replication_role = replica",
    ):
        assert refused(real_db, statement), statement


@pytest.mark.guarantee("B21")
@pytest.mark.parametrize("statement", ["UPDATE {} SET id = DEFAULT", "DELETE FROM {}", "TRUNCATE {}"])
def test_what_only_grows_is_closed(real_db: Any, statement: str) -> None:
    tables = append_only_tables()
    assert {"core_fact", "core_accessentry"} <= set(tables)
    for table in tables:
        assert refused(real_db, statement.format(table)), table


def test_no_table_can_be_truncated(real_db: Any) -> None:
    assert not [table for table, may in privileges(real_db).items() if "TRUNCATE" in may]


def test_the_application_can_do_its_work(real_db: Any) -> None:
    assert {table for table, may in privileges(real_db).items() if "SELECT" not in may} == set()
    with real_db.connect() as app:
        app.execute("SELECT procrastinate_defer_jobs_v1(ARRAY[]::procrastinate_job_to_defer_v1[])")


def test_what_is_filled_by_the_thousand_may_be_counted(real_db: Any) -> None:
    """A server that may not count skips the table with a warning that nobody reads, and plans as if it were empty."""
    told: list[Any] = []
    with real_db.connect(autocommit=True) as app:
        app.add_notice_handler(lambda notice: told.append(notice.message_primary))
        app.execute("ANALYZE chart_observation, encounters_encounter, inbox_task, patients_carerelation")
    assert told == []


def test_a_wider_grant_of_yesterday_is_taken_back(real_db: Any) -> None:
    with real_db.connect("owner", autocommit=True) as owner:
        owner.execute("GRANT ALL ON core_fact TO salus_app")
    assert "core_fact" in roles.what_the_app_could_break(append_only_tables())
    roles.grant(append_only_tables())
    assert roles.what_the_app_could_break(append_only_tables()) == []


def refused(real_db: Any, statement: str) -> bool:
    with real_db.connect() as app:
        try:
            app.execute(statement)
        except psycopg.errors.InsufficientPrivilege:
            return True
        finally:
            app.rollback()
    return False


def privileges(real_db: Any) -> dict[str, str]:
    """What the application may do with each table."""
    with real_db.connect() as app:
        rows = app.execute(
            """SELECT c.relname, string_agg(p, ' ' ORDER BY p) FILTER (WHERE has_table_privilege(c.oid, p))
               FROM pg_class c, unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']) p
               WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') GROUP BY 1"""
        )
        return {table: may or "" for table, may in rows}


@pytest.mark.guarantee("B21")
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE {} SET id = DEFAULT",
        "DELETE FROM {}",
        "TRUNCATE {}",
        "DROP TABLE {}",
        "ALTER TABLE {} DISABLE TRIGGER ALL",
        "ALTER TABLE {} OWNER TO salus_app",
        "COPY {} TO PROGRAM 'cat'",
        "CREATE TRIGGER mine BEFORE INSERT ON {} FOR EACH ROW EXECUTE FUNCTION core_refuse()",
        "CREATE RULE mine AS ON INSERT TO {} DO INSTEAD NOTHING",
        "LOCK TABLE {} IN ACCESS EXCLUSIVE MODE",
    ],
)
def test_the_application_can_only_add_to_the_record_of_access(real_db: Any, statement: str) -> None:
    for table in ("core_accessentry", "core_fact", "core_rowversion", "audit_batch", "audit_head"):
        assert refused(real_db, statement.format(table)), table


def test_auditors_read_the_logs_and_nothing_else(real_db: Any) -> None:
    """The audit role sees ids and codes; no record, no name, no password; and it changes nothing."""
    with real_db.connect("audit") as auditor:
        rows = auditor.execute(
            """SELECT c.relname, has_table_privilege(c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE') FROM pg_class c
               WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v')
               AND has_table_privilege(c.oid, 'SELECT') ORDER BY 1"""
        ).fetchall()
    readable = ["audit_batch", "audit_head", "core_accessentry", "core_fact", "core_rowversion", "django_migrations"]
    assert rows == [(table, False) for table in readable]


# ---------------------------------------------------------------- the hospital's own server


@contextlib.contextmanager
def a_hospitals_server(*, may_make_roles: bool) -> Iterator[str]:
    """A database that is empty and not ours, and its owner, who may or may not make roles."""
    name, superuser = f"hospital_{secrets.token_hex(4)}", home.superuser_dsn()
    may = "CREATEROLE" if may_make_roles else "NOCREATEROLE"
    with psycopg.connect(superuser, autocommit=True) as server:
        server.execute(f"CREATE ROLE {name} LOGIN PASSWORD 'boss' {may}")
        server.execute(f"CREATE DATABASE {name} OWNER {name}")
    yield make_conninfo(superuser, user=name, password="boss", dbname=name)
    with psycopg.connect(superuser, autocommit=True) as server:
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")
        server.execute(f"DROP ROLE IF EXISTS {name}_app, {name}_audit")
        server.execute(f"DROP ROLE {name}")


@pytest.fixture
def hospital(
    request: pytest.FixtureRequest, database_template: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    with a_hospitals_server(may_make_roles=request.param) as url, monkeypatch.context() as patch:
        patch.setenv("SALUS_HOME", str(tmp_path))
        patch.setenv("DATABASE_URL", url)
        yield url


may_make_roles = pytest.mark.parametrize("hospital", [True], indirect=True)
may_make_none = pytest.mark.parametrize("hospital", [False], indirect=True)


@may_make_roles
def test_on_a_server_of_the_hospital_the_application_gets_a_role_of_its_own(hospital: str) -> None:
    roles.prepare_database()
    assert roles.app_role() is not None
    roles.prepare_database()
    with roles.connect("app") as app, roles.connect("owner") as owner:
        assert app.info.user == f"{owner.info.user}_app"
        assert roles.role_of("audit") == f"{owner.info.user}_audit"
    roles.grant([])
    assert roles.what_the_app_could_break([]) == []


@may_make_none
def test_where_no_role_can_be_made_the_application_runs_as_the_owner(hospital: str) -> None:
    roles.prepare_database()
    assert roles.app_role() is None
    assert home.database_dsn("app") == hospital
    roles.grant([])


@may_make_roles
def test_a_database_that_holds_something_else_is_refused(hospital: str) -> None:
    with roles.connect("owner") as owner:
        owner.execute("CREATE TABLE payroll_of_another_program (id int)")
    with pytest.raises(Trouble, match="holds something else already"):
        roles.prepare_database()


@may_make_roles
def test_a_server_of_the_hospital_is_migrated_and_well(hospital: str) -> None:
    done = command("migrate")
    assert done.returncode == 0, done.stderr
    assert "roles      ok   the application runs as hospital_" in command("check").stdout


@may_make_none
def test_check_says_that_the_application_runs_as_the_owner(hospital: str) -> None:
    assert command("migrate").returncode == 0
    assert "roles      BAD  the application runs as the owner" in command("check").stdout


def command(name: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([*SALUS, name], capture_output=True, text=True, check=False)
