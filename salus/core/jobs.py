"""Jobs of the ground itself: what has served is forgotten."""

from django.db import connection
from procrastinate.contrib.django import app

#: how long the answers of unsafe requests are kept for a replay
REPLAY_DAYS = 7
#: how long a job that succeeded can be looked up; one that failed stays until somebody has seen to it
JOB_DAYS = 7
_AT_ONCE = 10_000


@app.task(name="core.forget_answers", queueing_lock="core.forget_answers")
def forget_answers(timestamp: int) -> None:
    """Delete stored answers that nobody can replay any more."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM core_idempotencykey WHERE created_at < clock_timestamp() - make_interval(days => %s)",
            [REPLAY_DAYS],
        )


@app.task(name="core.forget_jobs", queueing_lock="core.forget_jobs")
def forget_jobs(timestamp: int) -> int:
    """Delete jobs that succeeded long ago, a part at a time; returns how many. Their facts stay."""
    forgotten = 0
    with connection.cursor() as cursor:
        while True:
            cursor.execute(
                "DELETE FROM procrastinate_jobs WHERE id IN (SELECT j.id FROM procrastinate_jobs j "
                "WHERE j.status = 'succeeded' AND NOT EXISTS (SELECT FROM procrastinate_events e WHERE e.job_id = j.id "
                "AND e.at > clock_timestamp() - make_interval(days => %s)) LIMIT %s)",
                [JOB_DAYS, _AT_ONCE],
            )
            gone: int = cursor.rowcount
            forgotten += gone
            if gone < _AT_ONCE:
                return forgotten
