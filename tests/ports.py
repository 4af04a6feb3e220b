"""Ports for servers that tests start."""

import random
import socket
from pathlib import Path

#: above 10080, the last of those that browsers refuse to open
_FIRST = 11_000
_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")


def free_port() -> int:
    """A port of this machine on which nothing listens now, and that no connection gets by chance.

    One from the range that the system hands out would be taken by any other test's connection while a server restarts.
    """
    last = int(_RANGE.read_text().split()[0]) if _RANGE.exists() else 32_768
    while True:
        port = random.randrange(_FIRST, last)  # noqa: S311 - nothing secret
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
