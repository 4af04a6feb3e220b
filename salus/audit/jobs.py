"""By the clock: every minute the journal is filed, what is settled is sealed, and the newest head is anchored outside."""

from procrastinate.contrib.django import app

from salus.audit import anchors, sealing
from salus.core import access


@app.periodic(cron="* * * * *")
@app.task(name="audit.seal_and_anchor", queueing_lock="audit.seal_and_anchor")
def seal_and_anchor(timestamp: int = 0) -> int:
    """Returns how many rows were sealed. May run twice or beside another: one seals, and a head is anchored once."""
    access.file_journal()
    sealed = sealing.seal()
    anchors.anchor()
    return sealed
