"""Jobs of the ground itself: what a killed worker left is taken up again, old answers are forgotten."""

from django.db import connection
from procrastinate.contrib.django import app
from procrastinate.exceptions import ConnectorException

#: how long the answers of unsafe requests are kept for a replay
REPLAY_DAYS = 7


@app.periodic(cron="* * * * *")
@app.task(name="core.take_up_stalled", queueing_lock="core.take_up_stalled", pass_context=False)
async def take_up_stalled(timestamp: int) -> None:
    """Jobs whose worker was killed are run again; their handlers are idempotent."""
    manager = app.job_manager
    for job in await manager.get_stalled_jobs():
        try:
            await manager.retry_job(job)
        except ConnectorException:
            # Somebody else took it up at the same moment.
            continue


@app.periodic(cron="17 3 * * *")
@app.task(name="core.forget_answers", queueing_lock="core.forget_answers")
def forget_answers(timestamp: int) -> None:
    """Delete stored answers that nobody can replay any more."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM core_idempotencykey WHERE created_at < clock_timestamp() - make_interval(days => %s)",
            [REPLAY_DAYS],
        )
