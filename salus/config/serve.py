"""The web server: granian before the WSGI application, in worker processes that end with their parent."""

import importlib
import os
from collections.abc import Callable
from typing import Any

from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from salus.config.supervise import stop_with_parent

APPLICATION = "salus.config.wsgi:application"
#: more threads than connections in the pool only wait for one another
DEFAULT_THREADS = 8


def serve(host: str, port: int, *, workers: int) -> None:
    """Serve until SIGTERM or SIGINT; open requests are finished, new ones refused."""
    parent = os.getpid()

    def load(target: str) -> Callable[..., Any]:
        stop_with_parent(parent)  # a killed server must not leave workers that hold its port
        module, _, name = target.partition(":")
        application: Callable[..., Any] = getattr(importlib.import_module(module), name)
        return application

    server = Granian(
        APPLICATION,
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=int(os.environ.get("SALUS_WEB_THREADS") or DEFAULT_THREADS),
        respawn_failed_workers=True,
        workers_kill_timeout=10,
        log_level=LogLevels.error,
        websockets=False,
    )
    server.serve(target_loader=load)
