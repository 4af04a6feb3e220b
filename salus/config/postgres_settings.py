"""How the embedded PostgreSQL is set: for a hospital, or fleeting for tests."""

import os
import platform
import re
import sys
from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """What differs between the hospital's server and the tests' one."""

    durable: bool = True
    max_connections: int = 120
    shared_buffers_mb: int = 0

    def lines(self, sockets: str) -> list[str]:
        """The lines of `salus.conf`."""
        memory = _memory_mb()
        # a quarter, as PostgreSQL's manual advises; only what is touched is really taken
        buffers = self.shared_buffers_mb or max(64, min(memory // 4, 8192))
        return [
            "listen_addresses = ''",
            f"unix_socket_directories = '{sockets}'",
            "unix_socket_permissions = 0700",
            f"max_connections = {self.max_connections}",
            f"shared_buffers = {buffers}MB",
            f"effective_cache_size = {max(128, memory // 2)}MB",
            f"maintenance_work_mem = {max(64, min(memory // 32, 512))}MB",
            "work_mem = 16MB",
            "random_page_cost = 1.1",
            # a page that is touched first after a checkpoint goes into the log whole; pressing it takes longer than writing it
            "wal_compression = off",
            "max_wal_size = 2GB",
            "checkpoint_timeout = 15min",
            "jit = off",
            "timezone = 'UTC'",
            "log_timezone = 'UTC'",
            "cluster_name = 'salus'",
            *_after_a_crash(),
            *_LOGGING,
            *(_DURABLE if self.durable else _FLEETING),
        ]


#: no statement and no value of a patient ever reaches the server's log: an error's text can quote what was typed
#: ("invalid input syntax ...", "Key (phone)=(...) already exists"), so only what the server says of itself is kept
_LOGGING = (
    "logging_collector = on",
    "log_directory = 'log'",
    "log_filename = 'postgresql-%a.log'",
    "log_truncate_on_rotation = on",
    "log_rotation_age = 1d",
    "log_rotation_size = 0",
    "log_min_messages = log",
    "log_min_error_statement = panic",
    "log_error_verbosity = terse",
    "log_statement = 'none'",
    "log_min_duration_statement = -1",
    "log_parameter_max_length = 0",
    "log_parameter_max_length_on_error = 0",
    "log_lock_waits = off",
    "log_temp_files = -1",
)
_DURABLE = ("fsync = on", "full_page_writes = on", "synchronous_commit = on")


def _after_a_crash() -> list[str]:
    """What lies unsynced when the server comes back is synced at once, not file by file (thousands of waits: seconds).

    Linux tells of an error while it does so from 5.8 on; elsewhere it stays with one file after the other.
    """
    number = re.match(r"(\d+)\.(\d+)", platform.release())
    can = sys.platform == "linux" and number is not None and (int(number[1]), int(number[2])) >= (5, 8)
    return ["recovery_init_sync_method = syncfs"] if can else []


_FLEETING = (
    "fsync = off",
    "full_page_writes = off",
    "synchronous_commit = off",
    "wal_level = minimal",
    "max_wal_senders = 0",
)


def _memory_mb() -> int:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
    except (ValueError, OSError):
        return 2048
