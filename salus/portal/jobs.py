"""What nobody needs any more is forgotten: codes that were asked for, and what came with them."""

from datetime import UTC, datetime, timedelta

from procrastinate.contrib.django import app

from salus.portal.models import Challenge


@app.task(name="portal.forget_codes", queueing_lock="portal.forget_codes")
def forget_codes(timestamp: int) -> None:
    """Delete challenges an hour after their codes ended."""
    Challenge.objects.filter(expires_at__lt=datetime.now(UTC) - timedelta(hours=1)).delete()
