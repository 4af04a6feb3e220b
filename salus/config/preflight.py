"""What can be known before anything is done: this Python, the disk, the port. One line each, else nothing.

Needs nothing but some Python 3, so that the Makefile can ask it before there is an environment:
`python3 salus/config/preflight.py [--port]`.
"""

import errno
import os
import shutil
import socket
import sys
import time

OLDEST_PYTHON = (3, 11)


def python_trouble():  # type: () -> str | None
    """What is wrong with this Python, if anything."""
    if sys.version_info[:2] < OLDEST_PYTHON:
        return "Salus needs Python %d.%d or newer, this is %d.%d (choose one: make PYTHON=python3.11)" % (
            OLDEST_PYTHON + sys.version_info[:2]
        )
    return None


def disk_trouble(folder):  # type: (str) -> str | None
    """What is wrong with the disk under a folder, that need not exist yet."""
    floor = int(os.environ.get("SALUS_DISK_FLOOR_MB") or 500)
    while not os.path.exists(folder):
        folder = os.path.dirname(os.path.abspath(folder))
    free = shutil.disk_usage(folder).free // 2**20
    if free < floor:
        return "the disk is full: %d MB are free in %s, Salus needs %d MB" % (free, folder, floor)
    return None


def port_trouble(host, port, patience=0.0):  # type: (str, int, float) -> str | None
    """What is wrong with an address to listen on; waits a while for what is just stopping."""
    until = time.monotonic() + patience
    while True:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError as error:
                if error.errno != errno.EADDRINUSE:
                    return "cannot listen on %s:%d: %s" % (host, port, error.strerror or error)
            except OverflowError:
                return "there is no port %d" % port
            else:
                return None
        if time.monotonic() > until:
            return "port %d is busy: something else listens there (choose another: PORT=%d)" % (port, port + 1)
        time.sleep(0.2)


def _ask():  # type: () -> str | None
    trouble = python_trouble() or disk_trouble(os.environ.get("SALUS_HOME") or ".")
    if trouble is None:
        try:
            import ensurepip  # noqa: F401, PLC0415 - asked only here, of the newcomer's Python
            import venv  # noqa: F401, PLC0415
        except ImportError:
            return "this Python has no venv or pip (Debian and Ubuntu: apt-get install python3-venv)"
    if trouble is None and "--port" in sys.argv:
        port = os.environ.get("PORT") or "8000"
        if not port.isdigit():
            return "PORT must be a number, not %r" % port
        return port_trouble(os.environ.get("SALUS_HOST") or "127.0.0.1", int(port), patience=3.0)
    return trouble


if __name__ == "__main__":
    TROUBLE = _ask()
    if TROUBLE:
        sys.stderr.write("salus: %s\n" % TROUBLE)
        sys.exit(1)
