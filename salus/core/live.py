"""Live pages: whoever changes something names its topic, and every page that shows it asks for its part again.

A topic is a kind and an id (`queue:0193...`), never more: what changed is fetched through the page's own door, with the
viewer's rights. A page may hear a topic if the server gave it a ticket for it, which it does where it draws the part.
"""

from __future__ import annotations

from datetime import timedelta

from django.core.signing import BadSignature, TimestampSigner

from salus.core.announce import ring

#: what PostgreSQL is told and all web processes listen to
CHANNEL = "salus_live"
#: how long a page that nothing changed may still connect anew
LASTING = timedelta(days=7)
_AFTER_TOPIC = "~"


def changed(*topics: str) -> None:
    """Tell all pages that show these topics, once the transaction commits; nobody hears of one that does not.

    :raises ValueError: for a topic that is more than a kind and an id
    """
    for topic in topics:
        if not topic.isascii() or set(topic) & set(" ~\n") or len(topic) > 200:
            raise ValueError(f"not a topic: {topic!r}")
    if topics:
        ring(CHANNEL, topics)


def ticket(topic: str) -> str:
    """What lets a page hear of a topic: `data-live` of the part that shows it."""
    return _signer().sign(topic)


def topic_of(given: str) -> str | None:
    """The topic of a ticket, or None if we did not give it or it is too old."""
    try:
        return _signer().unsign(given, max_age=LASTING)
    except BadSignature:
        return None


def _signer() -> TimestampSigner:
    return TimestampSigner(sep=_AFTER_TOPIC, salt="salus.live")
