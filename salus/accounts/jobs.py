"""What nobody needs any more is forgotten: sessions that ended a month ago, empty buckets, what was signed once."""

from datetime import UTC, datetime, timedelta

from procrastinate.contrib.django import app

from salus.accounts import limits
from salus.accounts.models import Assertion
from salus.accounts.sessions import SessionStore


@app.task(name="accounts.forget_what_ended", queueing_lock="accounts.forget_what_ended")
def forget_what_ended(timestamp: int) -> None:
    """Delete rows that only say what was."""
    SessionStore.clear_expired()
    limits.forget_empty()
    Assertion.objects.filter(expires_at__lt=datetime.now(UTC) - timedelta(hours=1)).delete()
