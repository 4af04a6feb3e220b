"""`salus worker`: procrastinate's worker, connected as the application."""

import click
from procrastinate.contrib.django import app
from procrastinate.contrib.django.django_connector import DjangoConnector

from salus.config.cli.check import require_migrations
from salus.config.cli.ground import standing
from salus.config.supervise import stop_with_parent

_GRACE = 10.0


@click.command()
@click.option("--concurrency", type=click.IntRange(1, 32), default=2, show_default=True, help="Jobs at once.")
def worker(concurrency: int) -> None:
    """The worker that does what follows later: charges, messages, tidying up."""
    stop_with_parent()
    with standing("app"):
        require_migrations()
        connector = app.connector
        assert isinstance(connector, DjangoConnector)
        with app.replace_connector(connector.get_worker_connector()) as listening:
            listening.run_worker(concurrency=concurrency, shutdown_graceful_timeout=_GRACE)
