"""`salus worker`: procrastinate's worker, connected as the application."""

import asyncio
import contextlib

import click
from procrastinate import App, PsycopgConnector
from procrastinate.contrib.django import app, connector_params
from procrastinate.exceptions import ConnectorException

from salus.config.cli.check import require_migrations
from salus.config.cli.ground import standing
from salus.config.supervise import stop_with_parent

_GRACE = 10.0
#: a worker says so often that it lives; one that was silent for so long is dead, and somebody looks so often
_ALIVE_EVERY, _DEAD_AFTER, _LOOK_EVERY = 1.0, 5.0, 2.0


@click.command()
@click.option("--concurrency", type=click.IntRange(1, 32), default=2, show_default=True, help="Jobs at once.")
def worker(concurrency: int) -> None:
    """The worker that does what follows later: charges, messages, tidying up."""
    stop_with_parent()
    with standing("app"):
        require_migrations()
        # A database that restarts is waited for; one that stays away ends the worker, and the supervisor starts another.
        connector = PsycopgConnector(kwargs=connector_params(), min_size=1, max_size=4, timeout=5, reconnect_timeout=2)
        with app.replace_connector(connector) as listening:
            asyncio.run(_work(listening, concurrency))


async def _work(listening: App, concurrency: int) -> None:
    async with listening.open_async():
        taking_up = asyncio.create_task(_take_up_what_was_left(listening))
        try:
            await listening.run_worker_async(
                concurrency=concurrency,
                shutdown_graceful_timeout=_GRACE,
                update_heartbeat_interval=_ALIVE_EVERY,
                stalled_worker_timeout=_DEAD_AFTER,
            )
        finally:
            taking_up.cancel()


async def _take_up_what_was_left(listening: App) -> None:
    """Jobs whose worker was killed are run again, within seconds; their handlers are idempotent."""
    manager = listening.job_manager
    while True:
        # Without a database the worker itself ends; and of two who take up one job, the second is refused.
        with contextlib.suppress(ConnectorException):
            for job in await manager.get_stalled_jobs(seconds_since_heartbeat=_DEAD_AFTER):
                with contextlib.suppress(ConnectorException):
                    await manager.retry_job(job)
        await asyncio.sleep(_LOOK_EVERY)
