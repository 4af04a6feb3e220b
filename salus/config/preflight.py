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
from importlib.util import find_spec

OLDEST_PYTHON = (3, 11)


def python_trouble() -> "str | None":
    """What is wrong with this Python, if anything."""
    if sys.version_info[:2] < OLDEST_PYTHON:
        needed, found = (".".join(map(str, version)) for version in (OLDEST_PYTHON, sys.version_info[:2]))
        return f"Salus needs Python {needed} or newer, this is {found} (name one: make PYTHON=python3.11 run)"
    return None


def disk_trouble(folder: str) -> "str | None":
    """What is wrong with the disk under a folder, that need not exist yet."""
    floor = int(os.environ.get("SALUS_DISK_FLOOR_MB") or 500)
    while not os.path.exists(folder):
        folder = os.path.dirname(os.path.abspath(folder))
    free = shutil.disk_usage(folder).free // 2**20
    if free < floor:
        return f"the disk is full: {free} MB are free in {folder}, Salus needs {floor} MB (SALUS_DISK_FLOOR_MB)"
    return None


def port_trouble(host: str, port: int, patience: float = 0.0) -> "str | None":
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
                    return f"cannot listen on {host}:{port}: {error.strerror or error}"
            except OverflowError:
                return f"there is no port {port}"
            else:
                return None
        if time.monotonic() > until:
            return f"port {port} is busy: something else listens there (choose another: PORT={port + 1})"
        time.sleep(0.2)


def _ask() -> "str | None":
    trouble = python_trouble() or disk_trouble(os.environ.get("SALUS_HOME") or ".")
    if trouble is None and not (find_spec("ensurepip") and find_spec("venv")):
        return "this Python has no venv or pip (Debian and Ubuntu: apt-get install python3-venv)"
    if trouble is None and "--port" in sys.argv:
        port = os.environ.get("PORT") or "8000"
        if not port.isdigit():
            return f"PORT must be a number, not {port!r}"
        return port_trouble(os.environ.get("SALUS_HOST") or "127.0.0.1", int(port), patience=3.0)
    return trouble


if __name__ == "__main__":
    TROUBLE = _ask()
    if TROUBLE:
        sys.stderr.write(f"salus: {TROUBLE}\n")
        sys.exit(1)
