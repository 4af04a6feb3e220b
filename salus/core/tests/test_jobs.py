"""What has served is forgotten, and nothing else."""

from datetime import timedelta

import pytest
from django.db import connection

from salus.core import jobs


@pytest.mark.django_db
def test_jobs_that_succeeded_long_ago_are_forgotten(monkeypatch):
    """One that failed stays for somebody to see to it; one of yesterday can still be looked up."""
    monkeypatch.setattr(jobs, "_AT_ONCE", 2)
    old, young = timedelta(days=jobs.JOB_DAYS, hours=1), timedelta(days=jobs.JOB_DAYS, hours=-1)
    for status, kind, age in [
        *[("succeeded", "succeeded", old)] * 3,
        ("succeeded", "succeeded", young),
        ("failed", "failed", old),
        ("todo", "deferred", old),
    ]:
        _job(status, kind, age)
    assert jobs.forget_jobs(0) == 3
    with connection.cursor() as cursor:
        cursor.execute("SELECT status::text, count(*) FROM procrastinate_jobs GROUP BY 1")
        assert dict(cursor.fetchall()) == {"succeeded": 1, "failed": 1, "todo": 1}


def _job(status: str, kind: str, age: timedelta) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, args, status) "
            "VALUES ('consequences', 'core.run_consequence', '{}', %s) RETURNING id",
            [status],
        )
        (number,) = cursor.fetchone()
        cursor.execute("DELETE FROM procrastinate_events WHERE job_id = %s", [number])
        cursor.execute(
            "INSERT INTO procrastinate_events (job_id, type, at) VALUES (%s, %s, clock_timestamp() - %s)",
            [number, kind, age],
        )
