"""The database's roles: the owner migrates, the application runs (decision 16), auditors read the logs; and what each may do."""

import re
from collections.abc import Iterable

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from salus.config import home, postgres
from salus.config.postgres_binaries import MAJOR
from salus.config.trouble import Trouble

#: how a server says that role or database are not there; a role that is missing looks like one with another password
_UNPREPARED = re.compile(r'password authentication failed for user|(role|database) "[^"]+" does not exist')
EXTENSIONS = ("btree_gist", "pg_trgm", "unaccent")
#: what the application reads and never writes
_READ_ONLY = ("django_migrations",)
#: what auditors read, and nothing else: the logs and their seals hold ids and codes, never what a record says
_FOR_AUDITORS = (
    "core_accessentry",
    "core_fact",
    "core_rowversion",
    "audit_batch",
    "audit_head",
    "django_migrations",
)


def prepare_database() -> None:
    """Make the roles, the database and its extensions, as far as they are missing.

    :raises Trouble: if the database cannot be reached, is no PostgreSQL 18, or refuses an extension
    """
    if home.is_embedded():
        _prepare_embedded()
    with connect("owner") as connection:
        _require_version(connection)
        _refuse_a_stranger(connection)
        for name in EXTENSIONS:
            _extend(connection, name)
        if not home.is_embedded():
            for role in _ROLES_OF_OURS:
                _prepare_role_elsewhere(connection, role)


def connect(role: home.Role, *, timeout: int = 10) -> psycopg.Connection:
    """A connection of its own in a role, autocommitting.

    :raises Trouble: if the database cannot be reached
    """
    if home.is_embedded() and not postgres.is_alive():
        raise Trouble("the database is not running")
    try:
        return psycopg.connect(home.database_dsn(role), autocommit=True, connect_timeout=timeout)
    except psycopg.OperationalError as error:
        raise Trouble(f"the database cannot be reached: {first_line(error)}") from None


def grant(append_only: Iterable[str]) -> None:
    """Give the application's role exactly what it may do; called after each migration.

    Rows everywhere, except that append-only tables only grow; nothing that changes the shape of a table. What it fills by
    the thousand it may have counted (`ANALYZE`, which asks for MAINTAIN and else skips the table with a mere warning).
    """
    with connect("owner") as connection, connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(hashtext('salus.roles'))")
        app, auditor = app_role(), role_of("audit")
        if app:
            _grant_everywhere(connection, app, _GRANTS)
            for table in append_only:
                _change(connection, "REVOKE UPDATE, DELETE, TRUNCATE, MAINTAIN ON {table} FROM {role}", app, table)
            for table in _READ_ONLY:
                _change(
                    connection, "REVOKE INSERT, UPDATE, DELETE, TRUNCATE, MAINTAIN ON {table} FROM {role}", app, table
                )
        if auditor:
            _grant_everywhere(connection, auditor, _GRANTS[:2])
            for table in _FOR_AUDITORS:
                _change(connection, "GRANT SELECT ON {table} TO {role}", auditor, table)


def _grant_everywhere(connection: psycopg.Connection, role: str, statements: Iterable[str]) -> None:
    for schema in _schemas(connection):
        for statement in statements:
            connection.execute(sql.SQL(statement).format(schema=sql.Identifier(schema), app=sql.Identifier(role)))


_GRANTS = (
    "REVOKE ALL ON ALL TABLES IN SCHEMA {schema} FROM {app}",
    "GRANT USAGE ON SCHEMA {schema} TO {app}",
    "GRANT SELECT, INSERT, UPDATE, DELETE, MAINTAIN ON ALL TABLES IN SCHEMA {schema} TO {app}",
    "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA {schema} TO {app}",
    "GRANT EXECUTE ON ALL ROUTINES IN SCHEMA {schema} TO {app}",
)


def app_role() -> str | None:
    """The application's role, or None where the application runs as the owner."""
    return role_of("app")


def role_of(role: home.Role) -> str | None:
    """The name of a role on the server, or None where the owner stands in for it."""
    name = conninfo_to_dict(home.database_dsn(role)).get("user")
    owner = conninfo_to_dict(home.database_dsn("owner")).get("user")
    return str(name) if name and name != owner else None


def what_the_app_could_break(append_only: Iterable[str]) -> list[str]:
    """The append-only tables that the application's connection could change, and `CREATE` if it could make tables."""
    with connect("app") as connection:
        broken = [table for table in append_only if _may_change(connection, table)]
        row = connection.execute("SELECT has_schema_privilege(current_user, 'public', 'CREATE')").fetchone()
        return broken + (["CREATE"] if row and row[0] else [])


def first_line(error: BaseException) -> str:
    """An error of libpq in one line, without the connection string; what a database lacks that was never prepared says so."""
    lines = [line for line in str(error).splitlines() if line.strip()]
    line = (lines or [type(error).__name__])[0].strip()
    return f"{line} (salus migrate makes it, where nothing is there yet)" if _UNPREPARED.search(line) else line


# ---------------------------------------------------------------- embedded


def _prepare_embedded() -> None:
    if _all_roles_enter():
        return
    with psycopg.connect(home.superuser_dsn(), autocommit=True) as connection:
        for role in (home.OWNER, home.APP, home.AUDIT):
            _make_role(connection, role)
        name = home.database_name()
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            parts = {"name": sql.Identifier(name), "owner": sql.Identifier(home.OWNER)}
            connection.execute(sql.SQL("CREATE DATABASE {name} OWNER {owner}").format(**parts))
        # anyone else whom an administrator may add one day starts with nothing
        for statement in (
            "REVOKE ALL ON DATABASE {name} FROM PUBLIC",
            "GRANT CONNECT, TEMPORARY ON DATABASE {name} TO {app}",
            "GRANT CONNECT ON DATABASE {name} TO {audit}",
        ):
            named = {"name": name, "app": home.APP, "audit": home.AUDIT}
            connection.execute(sql.SQL(statement).format(**{key: sql.Identifier(one) for key, one in named.items()}))


def _all_roles_enter() -> bool:
    role: home.Role
    try:
        for role in ("owner", "app", "audit"):
            psycopg.connect(home.database_dsn(role), connect_timeout=10).close()
    except psycopg.OperationalError:
        return False
    return True


def _make_role(connection: psycopg.Connection, role: str) -> None:
    exists = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone()
    verb = "ALTER" if exists else "CREATE"
    statement = sql.SQL(verb + " ROLE {role} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD {password}")
    connection.execute(statement.format(role=sql.Identifier(role), password=_scram(connection, role, role)))


def _scram(connection: psycopg.Connection, role: str, secret_of: str) -> sql.Literal:
    """The role's password as a SCRAM verifier, made here: the server's log of statements never sees the password."""
    password = home.password_of(secret_of).encode()
    return sql.Literal(connection.pgconn.encrypt_password(password, role.encode(), b"scram-sha-256").decode())


# ---------------------------------------------------------------- the hospital's own server


#: role -> what its name ends with there, and what it may do with the database itself
_ROLES_OF_OURS: dict[home.Role, str] = {"app": "CONNECT, TEMPORARY", "audit": "CONNECT"}


def _prepare_role_elsewhere(connection: psycopg.Connection, role: home.Role) -> None:
    """Make a role where the server allows it; where not, the owner stands in for it."""
    record = home.role_file(role, home.database_dsn("owner"))
    if record.exists() or role_of(role) is not None:
        return
    name = f"{connection.info.dbname}_{role}"
    try:
        with connection.transaction():
            _make_role_elsewhere(connection, role, name)
    except psycopg.Error:
        return  # `salus check` says so
    home.write_secret(record, name)
    try:
        psycopg.connect(home.database_dsn(role), connect_timeout=10).close()
    except psycopg.OperationalError:
        record.unlink()  # made, but the server's pg_hba.conf does not let it in


def _make_role_elsewhere(connection: psycopg.Connection, role: home.Role, name: str) -> None:
    exists = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [name]).fetchone()
    secret_of = home.APP if role == "app" else home.AUDIT
    parts = {"role": sql.Identifier(name), "password": _scram(connection, name, secret_of)}
    verb = "ALTER" if exists else "CREATE"
    connection.execute(sql.SQL(verb + " ROLE {role} LOGIN PASSWORD {password}").format(**parts))
    connect_to = sql.SQL("GRANT " + _ROLES_OF_OURS[role] + " ON DATABASE {database} TO {role}")
    connection.execute(connect_to.format(database=sql.Identifier(connection.info.dbname), **parts))


def _require_version(connection: psycopg.Connection) -> None:
    major = connection.info.server_version // 10000
    if major != MAJOR:
        raise Trouble(f"the database is PostgreSQL {major}, this Salus runs on {MAJOR} only")


def _refuse_a_stranger(connection: psycopg.Connection) -> None:
    tables = [row[0] for row in connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
    if tables and "django_migrations" not in tables:
        name = connection.info.dbname
        raise Trouble(f"the database {name} holds something else already ({len(tables)} tables): name an empty one")


def _extend(connection: psycopg.Connection, name: str) -> None:
    if connection.execute("SELECT 1 FROM pg_extension WHERE extname = %s", [name]).fetchone():
        return
    try:
        connection.execute(sql.SQL("CREATE EXTENSION IF NOT EXISTS {}").format(sql.Identifier(name)))
    except psycopg.Error as error:
        raise Trouble(f"the database refuses the extension {name}: {first_line(error)}") from None


# ---------------------------------------------------------------- privileges


def _schemas(connection: psycopg.Connection) -> list[str]:
    rows = connection.execute(
        "SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' ORDER BY 1"
    )
    return [row[0] for row in rows]


def _change(connection: psycopg.Connection, statement: str, role: str, table: str) -> None:
    """Grant or revoke on one table, if there is such a table."""
    if connection.execute("SELECT to_regclass(%s)", [table]).fetchone() == (None,):
        return
    parts = {"table": sql.Identifier(*table.split(".")), "role": sql.Identifier(role)}
    connection.execute(sql.SQL(statement).format(**parts))


def _may_change(connection: psycopg.Connection, table: str) -> bool:
    row = connection.execute(
        "SELECT has_table_privilege(current_user, to_regclass(%s), 'UPDATE, DELETE, TRUNCATE')", [table]
    ).fetchone()
    return bool(row and row[0])
