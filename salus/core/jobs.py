"""Jobs of the ground itself: old answers are forgotten."""

from django.db import connection
from procrastinate.contrib.django import app

#: how long the answers of unsafe requests are kept for a replay
REPLAY_DAYS = 7


@app.task(name="core.forget_answers", queueing_lock="core.forget_answers")
def forget_answers(timestamp: int) -> None:
    """Delete stored answers that nobody can replay any more."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM core_idempotencykey WHERE created_at < clock_timestamp() - make_interval(days => %s)",
            [REPLAY_DAYS],
        )
