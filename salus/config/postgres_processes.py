"""Is it alive, and is it a PostgreSQL? A number in a lock file proves neither."""

import os
from pathlib import Path


def recorded_pid(pid_file: Path) -> int | None:
    """The process number in a lock file, if there is one."""
    try:
        return int(pid_file.read_text().split("\n", 1)[0])
    except (FileNotFoundError, ValueError):
        return None


def live_pid(data: Path) -> int | None:
    """The main process of the PostgreSQL that has this data folder, if it lives."""
    pid = recorded_pid(data / "postmaster.pid")
    return pid if pid and is_process(pid) and is_postgres(pid) else None


def is_process(pid: int) -> bool:
    """True if a process of this number lives."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return not _is_zombie(pid)


def _is_zombie(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return False


def is_postgres(pid: int) -> bool:
    """True if the process of this number is a PostgreSQL, as far as the system tells."""
    command = Path(f"/proc/{pid}/cmdline")
    if not Path("/proc/self").exists():
        return True  # no /proc (macOS): the number is all there is to go by
    try:
        return b"postgres" in command.read_bytes()
    except OSError:
        return False
