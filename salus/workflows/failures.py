"""Work that failed in the background eight times: shown to the administrator, and tried again on his word."""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from procrastinate.contrib.django import app

from salus.core.act import Act
from salus.core.errors import NotFound

SHOWN = 200


@dataclass(frozen=True, slots=True)
class Failure:
    """A job that waits for somebody: which consequence of which fact, and since when."""

    job_id: int
    fact: str
    fact_id: int | None
    handler: str
    attempts: int
    since: datetime | None


def failures(act: Act) -> list[Failure]:
    """The jobs that gave up, newest first. It holds no patient data: a fact's number and a handler's name."""
    act.require("accounts.view_failures")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT j.id, coalesce(f.name, j.task_name), f.id, coalesce(j.args->>'handler', j.task_name), j.attempts, "
            "(SELECT max(e.at) FROM procrastinate_events e WHERE e.job_id = j.id) "
            "FROM procrastinate_jobs j LEFT JOIN core_fact f ON f.id = (j.args->>'fact_id')::bigint "
            "WHERE j.status = 'failed' ORDER BY j.id DESC LIMIT %s",
            [SHOWN],
        )
        return [Failure(*row) for row in cursor.fetchall()]


def count_failures() -> int:
    """How many jobs gave up."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE status = 'failed'")
        found: int = cursor.fetchone()[0]
    return found


@transaction.atomic
def try_again(act: Act, *, job_id: int) -> None:
    """Have a failed job tried once more; if it fails again, it is shown again.

    :raises NotFound: if it is not (or no longer) failed
    """
    act.require("accounts.view_failures")
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM procrastinate_jobs WHERE id = %s AND status = 'failed' FOR UPDATE", [job_id])
        if cursor.fetchone() is None:
            raise NotFound
    app.job_manager.retry_job_by_id(job_id, retry_at=act.at)
