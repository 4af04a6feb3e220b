"""What a message said is kept so long as somebody may ask, and no longer."""

from datetime import UTC, datetime, timedelta

from salus.messaging.models import OPEN, Content

#: so long can be looked up what a message said
KEPT = timedelta(days=90)
_AT_ONCE = 5_000


def forget_texts(now: datetime | None = None) -> int:
    """Delete the texts of messages that were settled long ago, a part at a time."""
    before = (now or datetime.now(UTC)) - KEPT
    forgotten = 0
    while True:
        old = Content.objects.filter(made_at__lt=before).exclude(id__status__in=OPEN)
        gone, _kinds = Content.objects.filter(id__in=list(old.values_list("id", flat=True)[:_AT_ONCE])).delete()
        forgotten += gone
        if gone < _AT_ONCE:
            return forgotten
