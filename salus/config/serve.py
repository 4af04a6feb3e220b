"""The web server: granian before the WSGI application, in worker processes that end with their parent."""

import importlib
import os
import signal
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from granian import Granian
from granian.constants import Interfaces, SSLProtocols
from granian.log import LogLevels

from salus.config.supervise import stop_with_parent

APPLICATION = "salus.config.wsgi:application"
#: more than anybody sees at once: each stream of a live page holds one (`core.streams`), and `wsgi` lets the others in by turn
_THREADS = 300


def serve(host: str, port: int, *, workers: int, certificate: tuple[Path, Path] | None = None) -> None:
    """Serve until SIGTERM or SIGINT; open requests are finished, new ones refused.

    :param certificate: the certificate with its chain, and its key: then TLS 1.2 and 1.3 alone, with cookies for TLS
    """
    cert, key = certificate or (None, None)
    if certificate:
        os.environ["SALUS_TLS"] = "1"  # the settings of the worker processes
    parent = os.getpid()

    def load(target: str) -> Callable[..., Any]:
        stop_with_parent(parent)  # a killed server must not leave workers that hold its port
        module, _, name = target.partition(":")
        application: Callable[..., Any] = getattr(importlib.import_module(module), name)
        importlib.import_module("salus.config.warming").warm_up()  # it needs the settings, which stand now
        _end_streams_when_asked_to_stop()
        return application

    server = Granian(
        APPLICATION,
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=_THREADS,
        respawn_failed_workers=True,
        workers_kill_timeout=10,
        log_level=LogLevels.error,
        websockets=False,
        ssl_cert=cert,
        ssl_key=key,
        # rustls: only suites with forward secrecy and authenticated encryption
        ssl_protocol_min=SSLProtocols.tls12,
    )
    server.serve(target_loader=load)


def _end_streams_when_asked_to_stop() -> None:
    """A stop waits for open answers, and a stream is one that does not end by itself."""
    hears, told = socket.socketpair()
    told.setblocking(False)
    signal.set_wakeup_fd(told.fileno(), warn_on_full_buffer=False)
    hub = importlib.import_module("salus.core.streams").hub

    def wait() -> None:
        with told:  # kept as long as signals are written to it
            while (number := hears.recv(1)) and number[0] not in (signal.SIGTERM, signal.SIGINT):
                pass
            hub.stop()

    threading.Thread(target=wait, name="stopping", daemon=True).start()
