"""The tests' own database: an embedded PostgreSQL below `.cache/`, a migrated template, and clones of it.

Never `var/`, never `DATABASE_URL`. Each test runs as the application's role in a transaction that is rolled back;
`real_db` gives a test a database of its own in which commits are real; `salus_server` puts `salus serve` before it.
"""

import contextlib
import fcntl
import hashlib
import logging
import os
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import django
import hypothesis
import psycopg
import pytest
from playwright.sync_api import Browser, expect
from psycopg import sql

ROOT = Path(__file__).resolve().parent
CACHE = ROOT / ".cache" / "tests"

# Before any settings are loaded: what a person's shell names for their hospital must not be found by a test.
for _name in [
    name for name in os.environ if name.startswith(("SALUS_", "PG")) and name not in ("SALUS_CORPUS", "SALUS_PICTURES")
] + ["DATABASE_URL"]:
    if _name not in ("SALUS_PG_BIN", "SALUS_PG_USER"):
        os.environ.pop(_name, None)
os.environ |= {
    "SALUS_HOME": str(CACHE / "home"),
    "SALUS_PG_ROOT": "/tmp/salus-tests",  # noqa: S108 - only as root: somewhere that an ordinary account can enter
    "SALUS_DB_POOLED": "0",
    "SALUS_DB_ROLE": "app",
    "SALUS_SECOND_FACTOR": "none",  # tests of signing in ask for it themselves
    "SALUS_THROTTLE": "0",
    "SALUS_DB_NAME": "salus_nobody",
    "DJANGO_ALLOW_ASYNC_UNSAFE": "1",  # a browser's driver has an event loop in the thread of the test
    "DJANGO_SETTINGS_MODULE": "salus.config.settings",
    "PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")])),
}
sys.path[:0] = [] if str(ROOT) in sys.path else [str(ROOT)]

from salus.config import home, postgres  # noqa: E402 - after the environment, which they read
from salus.config.postgres_settings import Settings  # noqa: E402
from tests.ports import free_port  # noqa: E402

#: of everybody in a `demonstration`
PASSWORD = "a-long-demo-password"  # noqa: S105 - of a hospital that lives for one test
SERVER = Settings(durable=False, max_connections=300, shared_buffers_mb=256)
SALUS = (sys.executable, "-m", "salus.config.cli")

# how long an example takes says how busy the machine is
hypothesis.settings.register_profile("salus", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("salus")

django.setup()  # not by pytest-django's ini setting: it would load the settings before this page is read

from salus.simulator.demonstration import make_demonstration  # noqa: E402 - its models need the settings
from tests import canaries  # noqa: E402 - it forms lines as the log does

pytest_plugins = ["tests.cast"]


# ---------------------------------------------------------------- the template


_MADE_FROM = (
    "requirements.lock",
    "salus/*/migrations/*.py",
    "salus/*/models.py",
    "salus/*/models/*.py",
    "salus/*/data/**/*",
    "salus/**/*reference*",
    "salus/**/*load*.py",
    "salus/core/guards.py",
    "salus/core/upsert.py",
    "salus/terminology/icd10cm.py",
    "salus/terminology/rules.py",
    "salus/config/roles.py",
    "salus/workflows/roles.py",
)


def _fingerprint() -> str:
    """What the template was made from: tables and their guards, migrations, roles, reference data and its loaders."""
    seen = hashlib.sha256()
    files = {path for pattern in _MADE_FROM for path in ROOT.glob(pattern) if path.is_file() and path.suffix != ".pyc"}
    for path in sorted(files):
        seen.update(str(path.relative_to(ROOT)).encode() + path.read_bytes())
    return seen.hexdigest()[:12]


def _template() -> str:
    """The name of the migrated template, made first if nobody has made it since the code changed."""
    name = f"salus_template_{_fingerprint()}"
    with (CACHE / "template.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two workers start together: one makes it, the other waits
        with _superuser() as connection:
            if _exists(connection, name):
                return name
            for old in _databases(connection, "salus_template_%") + _databases(connection, "salus_making"):
                _drop(connection, old)
        making = subprocess.run(  # noqa: S603 - ourselves
            [*SALUS, "migrate"],
            env={**os.environ, "SALUS_DB_NAME": "salus_making"},
            capture_output=True,
            text=True,
            check=False,
        )
        if making.returncode:
            pytest.exit(f"the tests' database cannot be made:\n{making.stdout}{making.stderr}", returncode=3)
        with _superuser() as connection:
            _execute(connection, "ALTER DATABASE {} RENAME TO {}", "salus_making", name)
    return name


def _superuser() -> psycopg.Connection:
    return psycopg.connect(home.superuser_dsn(), autocommit=True)


def _execute(connection: psycopg.Connection, statement: str, *names: str) -> None:
    connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


def _exists(connection: psycopg.Connection, name: str) -> bool:
    return bool(_databases(connection, name))


def _databases(connection: psycopg.Connection, like: str) -> list[str]:
    return [row[0] for row in connection.execute("SELECT datname FROM pg_database WHERE datname LIKE %s", [like])]


def _drop(connection: psycopg.Connection, name: str) -> None:
    _execute(connection, "DROP DATABASE IF EXISTS {} WITH (FORCE)", name)


@contextlib.contextmanager
def _clone(template: str, prefix: str) -> Iterator[str]:
    """A fresh copy of the template, dropped afterwards."""
    name = f"{prefix}_{os.getpid()}_{uuid.uuid4().hex[:8]}"
    with _superuser() as connection:
        _execute(connection, "CREATE DATABASE {} TEMPLATE {} OWNER salus_owner STRATEGY FILE_COPY", name, template)
        # privileges on a database are not copied with it
        _execute(connection, "REVOKE ALL ON DATABASE {} FROM PUBLIC", name)
        _execute(connection, "GRANT CONNECT, TEMPORARY ON DATABASE {} TO {}", name, home.APP)
        _execute(connection, "GRANT CONNECT ON DATABASE {} TO {}", name, home.AUDIT)
    try:
        yield name
    finally:
        with _superuser() as connection:
            _drop(connection, name)


@contextlib.contextmanager
def _django_at(name: str) -> Iterator[None]:
    """Point Django's connection, and the commands that a test starts, at a database."""
    connection = django.db.connection
    before = connection.settings_dict["NAME"], os.environ["SALUS_DB_NAME"]
    connection.close()
    connection.settings_dict["NAME"] = os.environ["SALUS_DB_NAME"] = name
    # other threads make connections of their own from the settings
    django.db.connections.settings["default"]["NAME"] = name
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"], os.environ["SALUS_DB_NAME"] = before
        django.db.connections.settings["default"]["NAME"] = before[0]


@pytest.fixture(scope="session")
def database_template() -> Iterator[str]:
    """The tests' server, running, and the name of its migrated template."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with postgres.running(SERVER):
        yield _template()


# ---------------------------------------------------------------- for the tests


@pytest.fixture(scope="session")
def django_db_setup(database_template: str, django_db_blocker: Any) -> Iterator[None]:
    """pytest-django's database: a clone for this process, in which no test commits."""
    with django_db_blocker.unblock(), _clone(database_template, "salus_test") as name, _django_at(name):
        yield


@dataclass
class RealDatabase:
    """A database of a test's own: commits are real, any number of threads and processes may use it."""

    name: str
    environ: dict[str, str] = field(default_factory=dict)

    def dsn(self, role: home.Role = "app") -> str:
        """The connection string of a role."""
        return home.database_dsn(role)

    def connect(self, role: home.Role = "app", **options: Any) -> psycopg.Connection:
        """A connection outside Django."""
        return psycopg.connect(self.dsn(role), **options)

    def salus(self, *arguments: str, **environ: str) -> "subprocess.CompletedProcess[str]":
        """Run a command of `salus` on this database to its end."""
        whole = {**os.environ, **environ}
        return subprocess.run([*SALUS, *arguments], env=whole, capture_output=True, text=True, check=False)  # noqa: S603 - ourselves


@pytest.fixture
def real_template(database_template: str) -> str:
    """What a `real_db` is a copy of: the migrated template. A module that wants `demonstration` under it says so."""
    return database_template


@pytest.fixture
def real_db(request: pytest.FixtureRequest, real_template: str, django_db_blocker: Any) -> Iterator[RealDatabase]:
    """A fresh database of this test's own, with committing connections; threads close theirs (`connection.close()`)."""
    if "db" in request.fixturenames or request.node.get_closest_marker("django_db"):
        pytest.fail("real_db has a database of its own: take away db, or the mark django_db")
    with django_db_blocker.unblock(), _clone(real_template, "salus_real") as name, _django_at(name):
        yield RealDatabase(name)


@pytest.fixture(scope="session")
def demonstration(database_template: str, django_db_blocker: Any) -> Iterator[str]:
    """A small demonstration hospital, made once for each process; its people sign in with `PASSWORD`."""
    with django_db_blocker.unblock(), _clone(database_template, "salus_shown") as name:
        with _django_at(name):
            make_demonstration(
                seed=3, as_of=datetime.now(UTC), patients=25, password=PASSWORD, progress=lambda words: None
            )
        yield name


@pytest.fixture
def own_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the tests' keyring that a test may change; commands find it too."""
    path = tmp_path / "keyring.json"
    shutil.copy(django.conf.settings.SALUS_KEYRING, path)
    monkeypatch.setattr(django.conf.settings, "SALUS_KEYRING", path)
    monkeypatch.setenv("SALUS_KEYS", str(tmp_path))
    return path


@dataclass
class RunningServer:
    """`salus serve` on a free port before a `real_db`."""

    url: str
    database: RealDatabase
    process: "subprocess.Popen[bytes]"
    start: Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture
def salus_processes(tmp_path: Path) -> Iterator[Callable[..., "subprocess.Popen[bytes]"]]:
    """Start commands of `salus` that go on beside the test (`worker`), and are stopped after it.

    What they write to stderr is kept in `tmp_path` until then.
    """
    started: list[subprocess.Popen[bytes]] = []

    def start(*arguments: str, **environ: str) -> "subprocess.Popen[bytes]":
        whole = {**os.environ, **environ}
        with (tmp_path / f"said-{len(started)}-{arguments[0]}").open("wb") as said:
            process = subprocess.Popen([*SALUS, *arguments], env=whole, start_new_session=True, stderr=said)  # noqa: S603 - ourselves
        started.append(process)
        return process

    yield start
    for process in started:
        process.terminate()
    for process in started:
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
    for said in sorted(tmp_path.glob("said-*")):
        text = said.read_text(errors="replace")
        sys.stderr.write(text)
        assert not canaries.heard_in(text), f"{said.name} tells who a patient is"


@pytest.fixture
def salus_server(real_db: RealDatabase, salus_processes: Callable[..., Any]) -> RunningServer:
    """The real web server on a free port and a database of the test's own; `start("worker")` adds the worker."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    process = salus_processes("serve", "--port", str(port), "--workers", "1", SALUS_DB_POOLED="1")
    until = time.monotonic() + 180
    while not answers(f"{url}/healthz"):
        if process.poll() is not None or time.monotonic() > until:
            pytest.fail(f"salus serve did not come up (exit code {process.poll()})")
        time.sleep(0.05)
    return RunningServer(url, real_db, process, salus_processes)


def answers(url: str) -> bool:
    """True if a web server answers there, whatever it says."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        opener.open(url, timeout=5).close()
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


# ---------------------------------------------------------------- canaries

EAR = canaries.Ear()
logging.getLogger().addHandler(EAR)


@pytest.fixture(autouse=True)
def _nothing_of_a_patient_in_the_logs() -> Iterator[None]:
    """Whatever a test does, what Salus logs meanwhile says nothing of its patients (B57)."""
    yield
    heard, EAR.heard = EAR.heard, []
    assert not heard, "the log tells who a patient is"


# ---------------------------------------------------------------- the browser

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
NO_CHROMIUM = "no Chromium is installed (Debian: apt-get install chromium; .ci/run does it)"


#: what takes a minute and more, the longest first
_LONGEST = (
    "tests/test_run.py",
    "salus/fhir/tests/test_round_trip.py",
    "tests/chaos/",
    "tests/journeys/",
    "tests/sweep/test_garbage.py",
    "tests/sweep/",
    "salus/chart/tests/test_chart_browser.py",
    "tests/test_at_the_screen.py",
    "salus/fhir/tests/test_garbage.py",
    "tests/test_key_rotation.py",
    "tests/test_database_restart.py",
)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark what opens a browser, and skip it, saying so, where there is none; what takes long begins first.

    Processes take whole files: one that takes minutes and begins last would be waited for alone.
    """
    turn = dict.fromkeys((item.path for item in items), len(_LONGEST) + 1)
    for item in items:
        if {"page", "context", "browser"} & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.browser)
        if CHROMIUM is None and item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.skip(reason=NO_CHROMIUM))
        if item.get_closest_marker("slow") or item.get_closest_marker("browser"):
            turn[item.path] = len(_LONGEST)
    for path in turn:
        place = path.relative_to(ROOT).as_posix()
        turn[path] = next((n for n, start in enumerate(_LONGEST) if place.startswith(start)), turn[path])
    items.sort(key=lambda item: turn[item.path])


#: how long a browser waits for what must come (ms): three tests share two cores
PATIENCE = 30_000
expect.set_options(timeout=PATIENCE)

#: the browser of this process, once it was opened
_BROWSERS: list[Browser] = []


@pytest.fixture(scope="session")
def browser(browser: Browser) -> Browser:
    _BROWSERS.append(browser)
    return browser


@pytest.fixture(autouse=True, scope="module")
def no_page_stays_open() -> Iterator[None]:
    """Pages that a file leaves open would go on drawing, and asking for their server, beside all later tests."""
    yield
    for one in _BROWSERS:
        for context in one.contexts:
            context.close()


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Debian's Chromium, able to run as root, and silent towards the internet."""
    flags = [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-default-apps",
        "--disable-domain-reliability",
        "--disable-sync",
        "--no-first-run",
        "--no-pings",
        "--metrics-recording-only",
        "--disable-features=OptimizationHints,MediaRouter,Translate,AutofillServerCommunication",
    ]
    return {**browser_type_launch_args, "executable_path": CHROMIUM, "args": flags}
