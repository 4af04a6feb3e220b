"""The real web server, started for the bench on a port of its own."""

import contextlib
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator

from salus.core.errors import Unavailable

_STARTS_WITHIN = 90


@contextlib.contextmanager
def serving(port: int, workers: int = 2) -> Iterator[None]:
    """`salus serve` on this port before the bench's database, until the block ends."""
    environ = os.environ | {"SALUS_DB_POOLED": "1", "SALUS_DB_ROLE": "app"}
    command = [sys.executable, "-m", "salus.config.cli", "serve", "--port", str(port), "--workers", str(workers)]
    process = subprocess.Popen(command, env=environ, start_new_session=True)  # noqa: S603 - ourselves
    try:
        _wait_for(process, f"http://127.0.0.1:{port}/healthz")
        yield
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()


def _wait_for(process: "subprocess.Popen[bytes]", url: str) -> None:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    until = time.monotonic() + _STARTS_WITHIN
    while True:
        try:
            opener.open(url, timeout=5).close()
        except OSError as error:
            if process.poll() is not None or time.monotonic() > until:
                raise Unavailable(f"salus serve did not come up: {error}") from error
            time.sleep(0.1)
        else:
            return
