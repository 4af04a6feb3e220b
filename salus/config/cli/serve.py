"""`salus serve` and the options that it shares with `salus run`."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from salus.config import postgres
from salus.config.cli.ground import SALUS, require_disk, say
from salus.config.preflight import port_trouble
from salus.config.serve import serve as serve_until_stopped
from salus.config.supervise import stop_with_parent
from salus.config.tls import certificate_of
from salus.config.trouble import Trouble

#: how long a port may still be held by what we were before, when we were killed and start again
_OUR_LAST_BREATH = 3.0


def address_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """`--host`, `--port`, `--workers`, `--tls-cert`, `--tls-key`."""
    file = click.Path(dir_okay=False, path_type=Path)
    for option in (
        click.option("--tls-key", type=file, envvar="SALUS_TLS_KEY", help="The certificate's key (PEM)."),
        click.option("--tls-cert", type=file, envvar="SALUS_TLS_CERT", help="Speak TLS: certificate and chain (PEM)."),
        click.option("--workers", type=click.IntRange(1, 64), default=2, show_default=True, help="Web processes."),
        click.option("--port", type=click.IntRange(1, 65535), envvar="PORT", default=8000, show_default="PORT or 8000"),
        click.option(
            "--host", envvar="SALUS_HOST", default="127.0.0.1", show_default=True, help="0.0.0.0: everywhere."
        ),
    ):
        command = option(command)
    return command


@click.command()
@address_options
def serve(host: str, port: int, workers: int, tls_cert: Path | None, tls_key: Path | None) -> None:
    """The web server."""
    stop_with_parent()
    certificate = certificate_of(tls_cert, tls_key)
    require_disk()
    require_port(host, port)
    with postgres.running(say=say):
        if "SALUS_PARENT" not in os.environ:  # `salus run` has just migrated
            asked = ("check", "--only", "migrations", "--only", "keys", "--quiet")
            checked = subprocess.run([*SALUS, *asked], check=False)  # noqa: S603 - ourselves
            if checked.returncode:
                raise SystemExit(checked.returncode)
        serve_until_stopped(host, port, workers=workers, certificate=certificate)


def require_port(host: str, port: int) -> None:
    """Refuse a port on which something else listens.

    :raises Trouble: if the address cannot be listened on
    """
    trouble = port_trouble(host, port, patience=_OUR_LAST_BREATH)
    if trouble:
        raise Trouble(trouble)
