"""`salus worker`: procrastinate's worker, connected as the application."""

import click

from salus.config.cli.check import require_migrations
from salus.config.cli.ground import manage, standing
from salus.config.supervise import stop_with_parent


@click.command()
@click.option("--concurrency", type=click.IntRange(1, 32), default=2, show_default=True, help="Jobs at once.")
def worker(concurrency: int) -> None:
    """The worker that does what follows later: charges, messages, tidying up."""
    stop_with_parent()
    with standing("app"):
        require_migrations()
        manage("procrastinate", "worker", "--concurrency", concurrency, "--shutdown-graceful-timeout", 10)
