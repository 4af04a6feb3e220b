"""Where the state of one Salus lives, and the secrets that it makes for itself there.

Everything is below one folder, `SALUS_HOME` (default `var/` beside the code), each secret in a file of mode 0600 that
is made once. Pure Python: settings, the command line and the database's supervisor all stand on it.
"""

import hashlib
import json
import os
import resource
import secrets
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from psycopg.conninfo import conninfo_to_dict, make_conninfo

from salus.core import durable

Role = Literal["owner", "app", "audit"]

OWNER = "salus_owner"
APP = "salus_app"
AUDIT = "salus_audit"
SUPERUSER = "postgres"
_USERS: dict[Role, str] = {"owner": OWNER, "app": APP, "audit": AUDIT}

_CHECKOUT = Path(__file__).resolve().parents[2]
#: a socket's path must fit into sockaddr_un (104 bytes on some systems), with PostgreSQL's own name at its end
_LONGEST_SOCKET_FOLDER = 80


def home() -> Path:
    """The folder of all state, made with mode 0700 where it is missing."""
    told = os.environ.get("SALUS_HOME")
    return _folder(Path(told).expanduser().absolute() if told else _default_home())


def secret_key() -> str:
    """Django's secret key, made once."""
    return kept_secret(home() / "secret-key", length=50)


def keyring_path() -> Path:
    """The folder of the encryption keys (mode 0700): `SALUS_KEYS`, or `keys/` of the home."""
    told = os.environ.get("SALUS_KEYS")
    return _folder(Path(told).expanduser().absolute() if told else home() / "keys")


def demo_password() -> str:
    """The password of the demonstration's staff: `SALUS_DEMO_PASSWORD` or a random one; kept, to be shown again."""
    told = os.environ.get("SALUS_DEMO_PASSWORD")
    path = home() / "demo-password"
    if told:
        write_secret(path, told)
    return kept_secret(path, length=9)


def recorded_demo_password() -> str | None:
    """The password that the demonstration was made with, if it was made."""
    path = home() / "demo-password"
    return path.read_text().strip() if path.exists() else None


def demonstration() -> Literal["", "begun", "made"]:
    """How far the demonstration hospital of this home has come."""
    note = home() / "demonstration"
    said = note.read_text() if note.exists() else ""
    return "made" if said == "made" else "begun" if said == "begun" else ""


def note_demonstration(how_far: Literal["", "begun", "made"]) -> None:
    """Remember how far the demonstration hospital has come."""
    write_secret(home() / "demonstration", how_far)


# ---------------------------------------------------------------- the database


@dataclass(frozen=True)
class Place:
    """Where the embedded PostgreSQL lives: data and sockets, and the ordinary user that it runs as when we are root."""

    data: str
    sockets: str
    user: str | None


def is_embedded() -> bool:
    """True when Salus runs its own PostgreSQL, false when the hospital gave one in `DATABASE_URL`."""
    return not os.environ.get("DATABASE_URL")


def database_name() -> str:
    """The database inside the embedded server (`SALUS_DB_NAME`: the tests clone many)."""
    return os.environ.get("SALUS_DB_NAME") or "salus"


def database_dsn(role: Role) -> str:
    """The libpq connection string of a role; the owner's where the server allows no role of its own."""
    if is_embedded():
        return _embedded_dsn(_USERS[role], database_name())
    owner = os.environ["DATABASE_URL"]
    if role == "owner":
        return owner
    told = os.environ.get(f"SALUS_{role.upper()}_DATABASE_URL")
    if told:
        return told
    made = role_file(role, owner)
    if not made.exists():
        return owner
    return make_conninfo(owner, user=made.read_text().strip(), password=password_of(_USERS[role]))


def superuser_dsn(database: str = "postgres") -> str:
    """The embedded server's superuser, who makes roles and databases and does nothing else."""
    return _embedded_dsn(SUPERUSER, database)


def role_file(role: Role, owner_dsn: str) -> Path:
    """The file that says which role `migrate` made for the application, or for auditors, on the hospital's own server."""
    known = conninfo_to_dict(owner_dsn)
    server = "|".join(str(known.get(part, "")) for part in ("host", "hostaddr", "port", "dbname"))
    return _database_folder() / f"{role}-role-{_short_hash(server)}"


def password_of(user: str) -> str:
    """A database role's password, made once."""
    return kept_secret(_database_folder() / f"{user}-password", length=24)


def place() -> Place:
    """Where the embedded PostgreSQL lives, decided once and then read again from the home."""
    record = _database_folder() / "place.json"
    if record.exists():
        return Place(**json.loads(record.read_text()))
    chosen = _choose_place()
    write_secret(record, json.dumps(asdict(chosen), indent=2))
    return chosen


def move_sockets() -> Place:
    """Choose another folder for the sockets: the one we had is gone, or somebody else's."""
    moved = Place(**(asdict(place()) | {"sockets": tempfile.mkdtemp(prefix="salus-")}))
    write_secret(_database_folder() / "place.json", json.dumps(asdict(moved), indent=2))
    return moved


def _choose_place() -> Place:
    if os.geteuid() == 0:
        # PostgreSQL refuses to run as root, and root's folders are often closed to everyone else
        base = Path(os.environ.get("SALUS_PG_ROOT") or "/var/lib/salus") / _own_id()
        return Place(str(base / "data"), str(base / "run"), os.environ.get("SALUS_PG_USER") or "salus")
    sockets = home() / "run"
    if len(os.fsencode(sockets)) > _LONGEST_SOCKET_FOLDER:
        sockets = Path(tempfile.mkdtemp(prefix="salus-"))
    return Place(str(home() / "postgres"), str(sockets), None)


def _own_id() -> str:
    """A name for this home that an earlier home at the same path did not have: its database is not ours."""
    return f"{_short_hash(str(home()))}-{kept_secret(home() / 'id', length=4).lower()}"


def _embedded_dsn(user: str, database: str) -> str:
    return make_conninfo(host=place().sockets, port="5432", user=user, password=password_of(user), dbname=database)


def _database_folder() -> Path:
    return _folder(home() / "database")


# ---------------------------------------------------------------- files


def told_secret(name: str) -> str:
    """A secret that somebody else made: in a variable of the environment, or in a file of the home that has its name
    (`SALUS_STRIPE_KEY`: `stripe-key`); empty where there is none."""
    told = os.environ.get(name)
    file = home() / name.removeprefix("SALUS_").lower().replace("_", "-")
    return told or (file.read_text().strip() if file.is_file() else "")


def kept_secret(path: Path, *, length: int) -> str:
    """The secret in a file, made with `length` random bytes by whoever asks first."""
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        durable.write_first(path, _readable_token(length).encode())
    return path.read_text().strip()


def write_secret(path: Path, content: str) -> None:
    """Write a file of mode 0600, whole or not at all."""
    if not path.exists() or path.read_text() != content:
        durable.write_whole(path, content.encode())


def leave_no_memory_behind() -> None:
    """What crashes writes no core file, here and in every process that begins here: keys and patients stand in memory."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def forget_postgres_variables() -> None:
    """Take libpq's own variables (`PGOPTIONS`, ...) away, which would bend connections to the embedded server."""
    for name in [name for name in os.environ if name.startswith("PG")] if is_embedded() else []:
        del os.environ[name]


def _readable_token(length: int) -> str:
    return secrets.token_urlsafe(length).replace("-", "x").replace("_", "y")


def _short_hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:10]


def _folder(path: Path) -> Path:
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def _default_home() -> Path:
    return (_CHECKOUT if (_CHECKOUT / "pyproject.toml").exists() else Path.cwd()) / "var"
